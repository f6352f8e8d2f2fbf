"""The page for looking a task table over, in a browser: corrected by clicking into cells, sound at every width."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cast import Cast
from playwright.sync_api import Page, expect

Enter = Callable[[object, str], Page]
Sound = Callable[[object], None]
WIDTHS = ((1440, 900), (390, 844), (320, 640))
TABLE = """云江市2026年创建全国文明城市任务分解表（12分）
\t序号
\t测评项目
\t测评标准
\t分值
\t责任单位
\t完成时限
\t佐证材料

\t1
\t市容秩序
\t户外招牌整齐，沿街无违规设置的广告，破损的及时修复；门前三包责任书签订率达到100%。
\t2
\t牵头：甲科；配合：乙股
\t6月底前
\t至少3张照片，注明时间、地点；责任书台账。

\t2
\t市容秩序
\t渣土车密闭运输，运输路线固定，每月抽查不少于4次。
\t3
\t各大队
\t每月底
\t提供检查记录和抽查照片10张。

\t3
\t文明风尚
\t组织道德讲堂，每季度至少1次，每次参加人数不少于50人。
\t3
\t丙科、城市管理服务中心
\t长期坚持
\t每个讲堂实景照片2张，说明报告500字左右。

\t4
\t文明风尚
\t开展“我们的节日”主题活动。
\t3
\t
\t
\t
"""


def pictured(page: Page, name: str) -> None:
    """Keep pictures of a page at three widths where a folder for them is named."""
    folder = os.environ.get("JUANZONG_PICTURES")
    if not folder:
        return
    page.emulate_media(color_scheme="light")
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
def page(cast: Cast, watched: Any, served: str, enter: Enter, tmp_path: Path) -> Iterator[Page]:
    """Give the page of a draft that somebody of the office has just begun."""
    file = tmp_path / "云江市任务分解表.txt"
    file.write_text(TABLE, encoding="utf-8")
    page = enter(watched, "zhao")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{served}/imports")
    page.set_input_files("#file", file)
    page.click("main form.card button.primary")
    page.wait_for_selector(".preview-rows")
    yield page
    page.wait_for_load_state("networkidle")


def test_a_table_is_corrected_where_it_stands(page: Page, watched: Any, page_is_sound: Sound) -> None:
    page_is_sound(watched)
    pictured(page, "looking-over")
    page.evaluate("window.stayed = true")
    page.locator("tr", has_text="渣土车").locator("td[data-open=points]").click()
    expect(page.locator("#points")).to_be_focused()
    page_is_sound(watched)
    pictured(page, "looking-over-edit")
    page.fill("#points", "4")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".look-bar, #table")).to_have_count(2)
    expect(page.locator("#table .card-head")).to_contain_text("各条合计 12 分，表头标明 12 分")
    assert page.evaluate("window.stayed") is True, "the page was not loaded anew"
    page.keyboard.press("Control+z")
    expect(page.locator("#table .card-head")).to_contain_text("各条合计 11 分")
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#table .card-head")).to_contain_text("各条合计 12 分")


def test_what_was_typed_in_one_row_is_saved_when_another_is_clicked(page: Page) -> None:
    page.locator("tr", has_text="渣土车").locator("td[data-open=points]").click()
    page.fill("#points", "4")
    page.locator("tr", has_text="道德讲堂").locator(".rule").click()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#text")).to_have_value("组织道德讲堂，每季度至少1次，每次参加人数不少于50人。")
    expect(page.locator("#table .card-head")).to_contain_text("各条合计 12 分")
    page.keyboard.press("Escape")
    expect(page.locator(".editing")).to_have_count(0)


def test_a_refusal_stands_in_the_row_and_the_words_stay(page: Page, watched: Any, page_is_sound: Sound) -> None:
    page.locator("tr", has_text="渣土车").locator("td[data-open=points]").click()
    page.fill("#points", "很多")
    page.click(".editing button.primary")
    expect(page.locator(".editing [role=alert]")).to_contain_text("分值应为数字")
    expect(page.locator("#points")).to_have_value("很多")
    watched.errors.clear()  # the browser itself notes a 4xx
    page_is_sound(watched)
    pictured(page, "looking-over-refused")


def test_a_row_is_split_moved_and_deleted_from_its_menu(page: Page, watched: Any, page_is_sound: Sound) -> None:
    row = page.locator("tr", has_text="户外招牌")
    row.locator("summary").click()
    pictured(page, "looking-over-menu")
    row.get_by_role("link", name="拆分").click()
    expect(page.locator(".cut")).to_have_count(3)
    page_is_sound(watched)
    pictured(page, "looking-over-split")
    page.locator(".cut").nth(2).click()
    expect(page.locator("tbody tr")).to_have_count(5)
    row = page.locator("tr", has=page.locator(".rule", has_text="门前三包责任书"))
    row.locator("summary").click()
    row.get_by_role("button", name="删除").click()
    expect(page.locator("#deleted")).to_contain_text("已删除 1 条")
    page.click("#deleted button")
    expect(page.locator("tbody tr")).to_have_count(5)


def test_the_columns_are_set_by_hand(page: Page, watched: Any, page_is_sound: Sound) -> None:
    page.get_by_role("link", name="列含义").click()
    expect(page.locator("#column-0")).to_be_visible()
    page_is_sound(watched)
    pictured(page, "looking-over-columns")
    page.select_option("#column-1", "unknown")
    page.click("#columns button.primary")
    expect(page.locator("#columns")).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(4)


def test_it_works_without_a_script(chromium: Any, served: str, cast: Cast, tmp_path: Path) -> None:
    from cast import PASSWORD

    file = tmp_path / "表.txt"
    file.write_text(TABLE, encoding="utf-8")
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/sign-in")
    page.fill("#login", "zhao")
    page.fill("#password", PASSWORD)
    page.click(".sign-in form[action='/sign-in'] button")
    page.goto(f"{served}/imports")
    page.set_input_files("#file", file)
    page.click("main form.card button.primary")
    row = page.locator("tr", has_text="渣土车")
    row.locator("a[data-edit]").click()
    page.fill("#points", "4")
    page.click(".editing button.primary")
    expect(page.locator("#table .card-head")).to_contain_text("各条合计 12 分")
    row = page.locator("tr", has_text="渣土车")
    row.locator("summary").click()
    row.get_by_role("button", name="上移").click()
    expect(page.locator("tbody tr").first).to_contain_text("渣土车")
    page.locator("button[value=undo]").click()
    expect(page.locator("tbody tr").first).to_contain_text("户外招牌")
    page.locator(".page-actions button").first.click()
    expect(page.locator(".verdict.ok")).to_be_visible()
    context.close()

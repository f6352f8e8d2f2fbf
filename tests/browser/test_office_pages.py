"""The pages of importing, assigning, trail, audit, archive and verifying in a browser: sound, and usable by clicking alone."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cast import DUTY, POSTERS, STREETS, Cast
from papers import to_archive
from playwright.sync_api import Page
from sqlalchemy import select

from models.breakdown import Rule
from models.evidence import Assignment
from workflows.lifecycle.archive import archive_case
from workflows.lifecycle.words import Outcome

Enter = Callable[[object, str], Page]
Sound = Callable[[object], None]
WIDTHS = ((1440, 900), (390, 844), (320, 640))

TABLE = """个性任务分解表（6分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t市容秩序
\t户外招牌整齐，沿街无违规设置的广告，破损的及时修复。
\t2
\t牵头：甲科；配合：丁科
\t至少3张照片，注明时间、地点。

\t市容秩序
\t渣土车密闭运输。
\t3
\t各大队
\t提供检查记录。
"""


def archived(cast: Cast, no: str, department: str) -> None:
    """Bring a case through every step, signatures and seal included."""
    archive_case(cast.sessions, cast.facilities, to_archive(cast, no, [department]))


def table_of(cast: Cast, no: str) -> UUID:
    with cast.reading() as session:
        return session.scalars(select(Rule.table_id).join(Assignment).where(Assignment.no == no)).one()


def pictured(page: Page, name: str) -> None:
    """Keep pictures of a page at three widths where a folder for them is named."""
    folder = os.environ.get("JUANZONG_PICTURES")
    if not folder:
        return
    page.emulate_media(color_scheme="light")
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def test_a_table_is_imported_and_assigned_by_clicking(
    cast: Cast, watched: Any, served: str, enter: Enter, page_is_sound: Sound, tmp_path: Path
) -> None:
    file = tmp_path / "个性任务分解表.txt"
    file.write_text(TABLE, encoding="utf-8")
    page = enter(watched, "zhao")
    page.goto(f"{served}/imports")
    page_is_sound(watched)
    pictured(page, "import-start")
    page.set_input_files("#file", file)
    page.click("main form button")
    page.wait_for_selector(".preview-rows")
    page_is_sound(watched)
    pictured(page, "import-preview")
    page.click(".page-actions button")
    page.wait_for_selector(".verdict.ok")
    page_is_sound(watched)
    pictured(page, "import-done")
    page.goto(f"{served}/assignments/tables/{table_of(cast, STREETS)}")
    page_is_sound(watched)
    pictured(page, "assign-table")
    page.click("main form button")
    page.wait_for_selector("text=已下达")
    page_is_sound(watched)
    pictured(page, "assign-table-done")
    page.click(f"tr:has-text('{DUTY}') a.btn")
    page.wait_for_selector("main form select")
    page_is_sound(watched)
    pictured(page, "assign-case")


def test_an_auditor_checks_everything_and_one_case(
    cast: Cast, watched: Any, served: str, enter: Enter, page_is_sound: Sound
) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.submit(STREETS, "甲科")
    cast.review(STREETS, "甲科", Outcome.RETURN)
    page = enter(watched, "feng")
    assert page.url == f"{served}/audit"
    page_is_sound(watched)
    page.click(".page-actions button")
    page.wait_for_selector(".verdict.ok")
    page_is_sound(watched)
    pictured(page, "audit")
    page.goto(f"{served}/items/{STREETS}/trail")
    page.click(".page-actions .btn.primary")
    page.wait_for_selector(".verdict.ok")
    page_is_sound(watched)
    pictured(page, "trail")
    page.click(".chain a >> nth=0")
    page.wait_for_selector("pre.raw")
    page_is_sound(watched)
    pictured(page, "raw")


def test_a_dossier_is_found_verified_and_its_file_checked(
    cast: Cast, watched: Any, served: str, enter: Enter, page_is_sound: Sound, tmp_path: Path
) -> None:
    # In a thread of its own: the browser's event loop runs in this one, and signing starts one too.
    with ThreadPoolExecutor(1) as other:
        other.submit(archived, cast, POSTERS, "丙科").result()
    page = enter(watched, "chen")
    page.fill("#find", "公益广告")
    page.press("#find", "Enter")
    page.wait_for_selector("table a")
    page_is_sound(watched)
    pictured(page, "archive")
    page.click("table a")
    page.wait_for_selector(".dossier-pages")
    page.click(".page-actions .btn.primary")
    page.wait_for_selector(".verdict.ok")
    page_is_sound(watched)
    pictured(page, "dossier")
    with page.expect_download() as download:
        page.click("a[href*='download=1']")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name.startswith("0001-WS·2026-D30-CWB-0001")
    page.goto(f"{served}/verify")
    page_is_sound(watched)
    page.set_input_files("#file", file)
    page.click("main form button")
    page.wait_for_selector(".verdict.ok")
    page_is_sound(watched)
    pictured(page, "verify")


@pytest.mark.parametrize("path", ["/archive?q=没有这样的事项", "/audit?kind=no.such", "/archive"])
def test_an_empty_list_says_so_and_is_sound(
    cast: Cast, watched: Any, served: str, enter: Enter, page_is_sound: Sound, path: str
) -> None:
    page = enter(watched, "feng")
    page.goto(f"{served}{path}")
    page.wait_for_selector(".empty")
    page_is_sound(watched)

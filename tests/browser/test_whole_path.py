"""One case in a real browser, from the table on paper to the dossier that other people's tools accept."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cast import PASSWORD, Cast
from papers import photo
from playwright.sync_api import Browser, BrowserContext, Page, expect
from running import ROOT, environment_of, process


#: A table nobody has seen before, in the shape offices paste from Word.
TABLE = """二〇二六年文明城市创建任务分解表（5分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t志愿服务
\t组织志愿者到社区开展服务活动。
\t5
\t甲科
\t至少2张照片，注明时间、地点；说明报告500字左右。
"""
REPORT = "本季度组织志愿者进社区开展卫生清扫、便民服务与文明劝导。" * 18
CHINESE = {**os.environ, "JUANZONG_LANGUAGE": "zh"}
VERIFY = (sys.executable, "-m", "web.cli", "verify")
PhotoFile = dict[str, str | bytes]


@pytest.fixture
def desk(chromium: Browser, served: str) -> Iterator[Callable[[str], Page]]:
    """Give a browser of somebody of the cast, signed in, with nobody else's cookies."""
    opened: list[BrowserContext] = []

    def signed_in(login: str) -> Page:
        opened.append(chromium.new_context(locale="zh-CN", accept_downloads=True))
        page = opened[-1].new_page()
        page.goto(f"{served}/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.click(".sign-in form[action='/sign-in'] button")
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        return page

    yield signed_in
    for context in opened:
        context.close()


def picture(number: int) -> PhotoFile:
    return {"name": f"活动照片{number}.jpg", "mimeType": "image/jpeg", "buffer": photo(number, "whole path")}


def test_a_new_table_becomes_a_verified_dossier_by_what_the_screen_says(
    cast: Cast, desk: Callable[[str], Page], served: str, database_url: str, tmp_path: Path
) -> None:
    no = import_and_assign(desk("zhao"), tmp_path)
    collect(desk("qian"), served, no)
    approve_from_the_inbox(desk("sun"), no)
    approve_from_the_inbox(desk("zhou"), no)
    office = desk("zhou")
    with process(environment_of(cast, database_url, tmp_path), "worker") as worker:
        while cast.case(no).state != "archived":
            assert worker.poll() is None
    dossier = download(office, served, no, tmp_path)
    root = cast.facilities.authority_dir / "root.pem"
    check_with_other_tools(dossier, root, tmp_path)
    check_with_ours(dossier, root)
    check_on_the_page(office, served, dossier)


def import_and_assign(page: Page, folder: Path) -> str:
    """Import the table through the preview and assign it whole; give the number of its only case."""
    table = folder / "任务分解表.txt"
    table.write_text(TABLE, encoding="utf-8")
    page.get_by_role("link", name="导入").first.click()
    page.get_by_label("任务分解表", exact=False).set_input_files(table)
    page.fill("#campaign", "2026年志愿服务专项")
    page.click("form[action='/imports/preview'] button")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("组织志愿者到社区开展服务活动")
    page.click("form[action='/imports'] button")
    page.locator(".checks a.btn").click()
    page.locator("form.filters button.primary").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("已下达")
    return row.locator(".reference").inner_text()


def collect(page: Page, served: str, no: str) -> None:
    """Upload two photos and a report at once, describe them, submit; everything missing is said first."""
    page.goto(f"{served}/items/{no}/fill")
    expect(page.locator("#missing")).to_contain_text("还缺 2 张照片")
    slots = page.locator("section[data-slot]")
    slots.filter(has_text="照片 ≥ 2").locator("input[type=file]").set_input_files([picture(1), picture(2)])
    expect(page.locator("input[name^='caption:']")).to_have_count(4)
    report = {"name": "情况说明.txt", "mimeType": "text/plain", "buffer": REPORT.encode()}
    slots.filter(has_text="说明报告").locator("input[type=file]").set_input_files(report)
    expect(slots.filter(has_text="说明报告")).to_contain_text("情况说明.txt")
    expect(slots.filter(has_text="说明报告").locator("input[type=date]")).to_be_visible()
    for field in page.locator("input[name^='caption:']").all():
        field.fill("和平社区广场" if "地点" in (field.get_attribute("name") or "") else "2026年3月5日上午")
    page.fill("#statement", "两次活动均按计划完成。")
    page.locator(".dock button.primary").click()
    expect(page.locator("#toast")).to_contain_text("提交")


def approve_from_the_inbox(page: Page, no: str) -> None:
    """Approve with one click in the preview of the inbox."""
    page.locator(".work-row", has_text="组织志愿者到社区开展服务活动").locator("a").click()
    bar = page.locator("#preview form.decision-bar")
    expect(page.locator("#preview .reference")).to_have_text(no)
    bar.locator("button[value=approve]").click()
    expect(page.locator("#toast")).to_contain_text(no)


def download(page: Page, served: str, no: str, folder: Path) -> Path:
    """Download the dossier from its page."""
    page.goto(f"{served}/archive/{no}")
    with page.expect_download() as waiting:
        page.locator(".page-actions a", has_text="下载").click()
    file = folder / "dossier.pdf"
    waiting.value.save_as(file)
    return file


def check_with_other_tools(dossier: Path, root: Path, folder: Path) -> None:
    """pdfsig finds the seal valid and trusted, qpdf finds the file in order, pdftotext finds the words."""
    trust = f"sql:{folder / 'nss'}"
    (folder / "nss").mkdir()
    run("certutil", "-N", "-d", trust, "--empty-password")
    run("certutil", "-A", "-d", trust, "-n", "root", "-t", "CT,CT,CT", "-i", str(root))
    report = run("pdfsig", "-nssdir", trust, str(dossier))
    assert "Signature is Valid." in report
    assert "Certificate is Trusted." in report
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", str(dossier))
    words = re.sub(r"\s", "", run("pdftotext", str(dossier), "-"))
    for expected in ("组织志愿者到社区开展服务活动", "和平社区广场", "孙平", "周宁", "两次活动均按计划完成"):
        assert expected in words


def check_with_ours(dossier: Path, root: Path) -> None:
    """`juanzong verify` says intact; with one byte changed it says what is wrong."""
    said = run(*VERIFY, str(dossier), "--root", str(root))
    assert said.startswith("完好无损。")
    assert "✗" not in said
    data = bytearray(dossier.read_bytes())
    place = len(data) // 3
    data[place] ^= 0x01
    changed = dossier.with_name("changed.pdf")
    changed.write_bytes(data)
    verdict = subprocess.run([*VERIFY, str(changed), "--root", str(root)], capture_output=True, text=True, check=False, cwd=ROOT, env=CHINESE)
    assert verdict.returncode == 1
    assert verdict.stdout.startswith("已被改动：")
    assert "✗" in verdict.stdout


def check_on_the_page(page: Page, served: str, dossier: Path) -> None:
    """The page for checking a paper gives the same two answers."""
    for file, state in ((dossier, "ok"), (dossier.with_name("changed.pdf"), "bad")):
        page.goto(f"{served}/verify")
        page.set_input_files("#file", file)
        page.click("form[action='/verify'] button")
        expect(page.locator(f".verdict.{state}")).to_be_visible()


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=CHINESE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

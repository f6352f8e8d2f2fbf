"""Uploading in a browser: progress, cuts, a page that is loaded again, refusals, twins; nothing typed is lost."""

import os
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from cast import STREETS, Cast
from PIL import Image
from playwright.sync_api import Page, Route, expect
from samples import film

Enter = Callable[[object, str], Page]
Sound = Callable[[object], None]
MEGABYTE = 1 << 20
PARTS = "**/fill/uploads/*/*"
#: Where pictures of the pages are put to be looked at; none are made when it is not set.
SHOTS = os.environ.get("JUANZONG_SHOTS")


def photo(name: str, size: int = 0, colour: str = "navy") -> dict[str, object]:
    """Give a photo as a browser chooses it, with so many bytes of noise behind it."""
    out = BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue() + os.urandom(size)}


@pytest.fixture
def page(cast: Cast, watched: object, enter: Enter, served: str) -> Page:
    """Open the collecting page of 街面秩序 for 甲科."""
    shutil.rmtree(cast.facilities.vault.root / "uploads", ignore_errors=True)  # the vault is shared by the tests of a run
    cast.assign(STREETS, ["甲科", "乙科"])
    shown = enter(watched, "qian")
    shown.goto(f"{served}/items/{STREETS}/fill")
    return shown


def choose(page: Page, *files: dict[str, object]) -> None:
    page.locator("input[type=file]").first.set_input_files(list(files))


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        for width, height in ((390, 844), (320, 640)):
            page.set_viewport_size({"width": width, "height": height})
            page.locator(".uploads").first.scroll_into_view_if_needed()
            page.screenshot(path=str(Path(SHOTS) / f"upload-{name}-{width}.png"))


def test_many_files_arrive_three_at_a_time(page: Page, cast: Cast) -> None:
    begun: list[str] = []
    page.on("request", lambda request: begun.append(request.url) if request.url.endswith("/fill/uploads") else None)
    with page.expect_navigation():
        choose(page, *(photo(f"{number}.jpg", 300_000) for number in range(7)))
    expect(page.locator(".upload:not(.sending)")).to_have_count(7)
    assert len(begun) == 7
    shoot(page, "done")


def test_after_a_cut_it_goes_on_by_itself(page: Page, cast: Cast, watched: object, page_is_sound: Sound) -> None:
    sent: list[int] = []

    def pass_one(route: Route) -> None:
        if route.request.method == "PUT":
            sent.append(int(route.request.url.rsplit("/", 1)[1]))
            if len(sent) == 2:
                page.context.set_offline(True)
        route.continue_()

    page.route(PARTS, pass_one)
    choose(page, photo("街口.jpg", 4 * MEGABYTE))
    expect(page.locator(".upload.sending .warn-text")).to_have_text("网络已断开，恢复后自动继续。")
    watched.errors.clear()  # type: ignore[attr-defined] - the browser notes the broken connection that was meant
    page_is_sound(watched)
    shoot(page, "cut")
    with page.expect_navigation():
        page.context.set_offline(False)
    expect(page.locator(".upload:not(.sending)")).to_have_count(1)
    assert sent[0] == 0
    assert sent.count(0) == 1  # what had arrived was not sent again
    assert cast.verdict().intact


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(page: Page, watched: object, page_is_sound: Sound) -> None:
    film_file = {"name": "现场录像.mp4", "mimeType": "video/mp4", "buffer": film(data=os.urandom(5 * MEGABYTE))}
    other = page.locator("#slot-other input[type=file]")
    parts: list[Route] = []
    page.route(PARTS, lambda route: parts.append(route) if len(parts) else (parts.append(route), route.continue_()))
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        other.set_input_files([film_file])
    expect(page.locator(".upload.sending small")).to_contain_text("%·")
    page.unroute(PARTS)
    page.reload()
    expect(page.locator("[data-unfinished]")).to_contain_text("现场录像.mp4")
    expect(page.locator("[data-unfinished]")).to_contain_text("选择同一文件即可继续")
    page_is_sound(watched)
    starts: list[int] = []
    page.on("request", lambda request: starts.append(int(request.url.rsplit("/", 1)[1])) if request.method == "PUT" else None)
    with page.expect_navigation():
        page.locator("#slot-other input[type=file]").set_input_files([film_file])
    assert min(starts) >= MEGABYTE
    expect(page.locator("[data-unfinished]")).to_have_count(0)
    expect(page.locator("#slot-other .upload-name")).to_have_text("现场录像.mp4")


def test_an_unfinished_file_can_be_given_up(page: Page) -> None:
    parts: list[Route] = []
    page.route(PARTS, lambda route: parts.append(route) if len(parts) else (parts.append(route), route.continue_()))
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        choose(page, photo("街口.jpg", 3 * MEGABYTE))
    expect(page.locator(".upload.sending small")).to_contain_text("%·")
    page.unroute(PARTS)
    page.reload()
    with page.expect_navigation():
        page.locator("[data-unfinished] button").click()
    expect(page.locator("[data-unfinished]")).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text("已取消未传完的文件")


def test_a_pause_holds_and_a_stop_lets_go(page: Page) -> None:
    held: list[Route] = []
    page.route(PARTS, lambda route: held.append(route) if route.request.method == "PUT" else route.continue_())
    with page.expect_request(lambda request: request.method == "PUT"):
        choose(page, photo("街口.jpg", 3 * MEGABYTE))
    page.evaluate("document.querySelector('.upload.sending').line.progress(1)")
    page.locator(".upload.sending button", has_text="暂停").click()
    expect(page.locator(".upload.sending .warn-text")).to_have_text("已暂停")
    page.unroute(PARTS)
    with page.expect_navigation():
        page.locator(".upload.sending button", has_text="继续").click()
    expect(page.locator(".upload:not(.sending)")).to_have_count(1)


def test_of_two_files_with_the_same_bytes_one_is_sent(page: Page, watched: object, page_is_sound: Sound) -> None:
    one = photo("街口.jpg", 1000)
    choose(page, one, {**one, "name": "又一张.jpg"}, photo("巷子.jpg", 1000))
    row = page.locator(".upload.sending", has_text="是同一个文件，未重复上传")
    expect(row).to_have_count(1)
    page_is_sound(watched)
    page.fill("#statement", "已整治")
    with page.expect_navigation():
        row.locator("button").click()
    expect(page.locator(".upload:not(.sending)")).to_have_count(2)
    expect(page.locator("#statement")).to_have_value("已整治")


def test_refused_files_say_why_and_the_others_and_the_words_stay(page: Page, watched: object, page_is_sound: Sound, cast: Cast) -> None:
    page.fill("#statement", "写到一半")
    wrong = {"name": "通知.jpg", "mimeType": "image/jpeg", "buffer": b"<html><script>"}
    program = {"name": "工具.exe", "mimeType": "application/octet-stream", "buffer": b"MZ" + bytes(100)}
    choose(page, wrong, photo("街口.jpg"), program)
    expect(page.locator(".upload.sending .bad-text")).to_have_count(2)
    expect(page.locator(".upload.sending", has_text="通知.jpg 是网页")).to_have_count(1)
    expect(page.locator(".upload.sending", has_text="工具.exe 的格式不受支持")).to_have_count(1)
    expect(page.locator("#statement")).to_have_value("写到一半")
    watched.errors.clear()  # type: ignore[attr-defined] - the browser notes the 422 that was meant
    page_is_sound(watched)
    shoot(page, "refused")
    page.locator(".upload.sending", has_text="通知.jpg").locator("button").click()
    with page.expect_navigation():
        page.locator(".upload.sending", has_text="工具.exe").locator("button").click()
    expect(page.locator(".upload:not(.sending)")).to_have_count(1)
    expect(page.locator("#statement")).to_have_value("写到一半")


def test_progress_is_shown_while_a_slow_line_sends(page: Page, watched: object, page_is_sound: Sound) -> None:
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 50, "downloadThroughput": 1_000_000, "uploadThroughput": 400_000}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", slow)
    choose(page, photo("街口.jpg", 2 * MEGABYTE), photo("巷子.jpg", MEGABYTE, "green"))
    expect(page.locator(".upload.sending small", has_text="%·")).to_have_count(2)
    page_is_sound(watched)
    shoot(page, "progress")
    line.send("Network.emulateNetworkConditions", {**slow, "downloadThroughput": -1, "uploadThroughput": -1})
    with page.expect_navigation(timeout=60_000):
        expect(page.locator(".upload:not(.sending)")).to_have_count(2, timeout=60_000)


def test_without_scripts_files_go_with_every_button_and_refusals_stand_in_their_place(
    cast: Cast, chromium: object, served: str
) -> None:
    from cast import PASSWORD

    cast.assign(STREETS, ["甲科"])
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{served}/sign-in?next=/items/{STREETS}/fill")
    page.fill("#login", "qian")
    page.fill("#password", PASSWORD)
    page.click(".sign-in form[action='/sign-in'] button")
    page.fill("#statement", "写到一半")
    wrong = {"name": "通知.jpg", "mimeType": "image/jpeg", "buffer": b"<html><script>"}
    page.locator("input[type=file]").first.set_input_files([photo("街口.jpg"), wrong])
    page.locator("#slot-other input[type=file]").set_input_files([photo("别处.jpg", colour="green")])
    page.locator(".dock button", has_text="存草稿").click()
    expect(page.locator(".upload")).to_have_count(2)
    expect(page.locator("section[data-slot] .fault").first).to_contain_text("通知.jpg 是网页")
    expect(page.locator("#statement")).to_have_value("写到一半")
    context.close()

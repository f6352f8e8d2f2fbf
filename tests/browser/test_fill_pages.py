"""Collecting in a browser: choose photos, watch them arrive, write beside them, submit; and the pages of the house."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from cast import STREETS, Cast
from PIL import Image
from playwright.sync_api import Page, Route, expect

from workflows.evidence.drafts import waive
from workflows.lifecycle.decide import Outcome
from workflows.lifecycle.words import Step

Enter = Callable[[object, str], Page]
Sound = Callable[[object], None]


def photo(colour: str) -> dict[str, object]:
    """Give a file as a browser chooses it."""
    out = BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def desk(cast: Cast, page: Page, served: str) -> Page:
    """Open the collecting page of 街面秩序 for 甲科."""
    cast.assign(STREETS, ["甲科", "乙科"])
    page.goto(f"{served}/items/{STREETS}/fill")
    return page


def test_it_works(cast: Cast, watched: object, enter: Enter, served: str, page_is_sound: Sound) -> None:
    page = desk(cast, enter(watched, "qian"), served)
    page.fill("#statement", "已整治")
    with page.expect_navigation():
        page.locator("input[type=file]").first.set_input_files([photo("navy"), photo("green")])
    assert page.locator(".upload").count() == 2
    # Typed before the photos were chosen: saved with them.
    assert page.input_value("#statement") == "已整治"
    for field in page.locator(".upload .fields input:not([type=date])").all():
        field.fill("和平路")
    page.click(".dock .primary")
    page.wait_for_url(f"{served}/inbox*")
    assert "已提交" in page.inner_text("#toast")


def test_a_refused_file_says_why_in_its_place(cast: Cast, watched: object, enter: Enter, served: str) -> None:
    page = desk(cast, enter(watched, "qian"), served)
    page.locator("input[type=file]").first.set_input_files(
        [{"name": "街口.jpg", "mimeType": "image/jpeg", "buffer": b"<html>"}]
    )
    page.wait_for_selector(".upload.sending .bad-text")
    assert "街口.jpg" in page.inner_text(".upload.sending .bad-text")
    page.locator(".upload.sending button", has_text="知道了").click()
    expect(page.locator(".upload.sending")).to_have_count(0)


def test_a_button_pressed_while_a_file_is_on_its_way_waits_for_it(cast: Cast, watched: object, enter: Enter, served: str) -> None:
    page = desk(cast, enter(watched, "qian"), served)
    held: list[Route] = []
    page.route("**/fill/uploads", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks what it is given
    with page.expect_request("**/fill/uploads"):
        page.locator("input[type=file]").first.set_input_files([photo("navy")])
    page.fill("#statement", "边传边写")
    page.locator(".dock button", has_text="存草稿").click()
    expect(page.locator("#toast")).to_contain_text("传完后自动继续")
    with page.expect_navigation():
        held[0].continue_()
    expect(page.locator(".upload:not(.sending)")).to_have_count(1)
    expect(page.locator("#statement")).to_have_value("边传边写")


def test_a_press_that_waited_for_a_refused_file_can_be_repeated(cast: Cast, watched: object, enter: Enter, served: str) -> None:
    page = desk(cast, enter(watched, "qian"), served)
    held: list[Route] = []
    page.route("**/fill/uploads", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks what it is given
    wrong = {"name": "街口.jpg", "mimeType": "image/jpeg", "buffer": b"<html>"}
    with page.expect_request("**/fill/uploads"):
        page.locator("input[type=file]").first.set_input_files([wrong])
    page.fill("#statement", "再按一次")
    page.locator(".dock button", has_text="存草稿").click()
    held[0].continue_()
    page.wait_for_selector(".upload.sending .bad-text")
    with page.expect_navigation():
        page.locator(".dock button", has_text="存草稿").click()
    expect(page.locator("#statement")).to_have_value("再按一次")
    assert [item.element for item in cast.items(STREETS)].count(Step.COLLECT) == 2  # saved, not submitted


def test_what_is_missing_is_first_and_each_line_jumps_there(cast: Cast, watched: object, enter: Enter, served: str) -> None:
    page = desk(cast, enter(watched, "qian"), served)
    page.fill("#statement", "还没拍")
    page.click(".dock .primary")
    page.wait_for_load_state()
    assert page.evaluate("document.activeElement.id") == "missing"
    assert page.input_value("#statement") == "还没拍"
    page.click("#missing a >> nth=0")
    assert page.evaluate("document.querySelector(':target').dataset.slot !== undefined")


def test_enter_in_a_field_saves_and_removes_nothing(cast: Cast, watched: object, enter: Enter, served: str) -> None:
    page = desk(cast, enter(watched, "qian"), served)
    with page.expect_navigation():
        page.locator("input[type=file]").first.set_input_files([photo("navy")])
    field = page.locator(".upload .fields input:not([type=date])").first
    field.fill("和平路")
    with page.expect_navigation():
        field.press("Enter")
    assert page.locator(".upload").count() == 1
    assert page.locator(".upload .fields input:not([type=date])").first.input_value() == "和平路"


def test_without_scripts_the_same_is_done(cast: Cast, chromium: object, served: str, tmp_path: Path) -> None:
    from cast import PASSWORD

    cast.assign(STREETS, ["甲科"])
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{served}/sign-in?next=/items/{STREETS}/fill")
    page.fill("#login", "qian")
    page.fill("#password", PASSWORD)
    page.click(".sign-in form[action='/sign-in'] button")
    page.locator("input[type=file]").first.set_input_files([photo("navy"), photo("green")])
    page.locator(".drop button").first.click()
    assert page.locator(".upload").count() == 2
    for field in page.locator(".upload .fields input:not([type=date])").all():
        field.fill("和平路")
    page.click(".dock .primary")
    assert "/inbox" in page.url
    context.close()


@pytest.mark.parametrize("state", ["empty", "refused", "returned", "waived"])
def test_the_collecting_page_is_sound(
    state: str, cast: Cast, watched: object, enter: Enter, served: str, page_is_sound: Sound
) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    if state == "returned":
        cast.submit(STREETS, "甲科")
        cast.review(STREETS, "甲科", Outcome.RETURN)
    if state == "waived":
        item = cast.item(STREETS, Step.COLLECT, "甲科")
        with cast.work("qian") as unit:
            waive(unit, item.id, cast.requirements(STREETS)[0].id, "道路封闭施工，暂时无法拍摄")
    page = enter(watched, "qian")
    page.goto(f"{served}/items/{STREETS}/fill")
    if state == "refused":
        with page.expect_navigation():
            page.locator("input[type=file]").first.set_input_files([photo("navy")])
        page.click(".dock .primary")
        page.wait_for_load_state()
        watched.errors.clear()  # type: ignore[attr-defined] - the browser notes the 422 that was meant
    page_is_sound(watched)


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("chen", "/board"),
        ("sun", "/board"),
        ("chu", "/people"),
        ("chu", "/people?q=nobody"),
        ("chu", "/people/new"),
        ("chu", "/departments"),
        ("zhao", "/departments"),
    ],
)
def test_the_pages_of_the_house_are_sound(
    login: str, path: str, cast: Cast, watched: object, enter: Enter, served: str, page_is_sound: Sound
) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    page = enter(watched, login)
    page.goto(f"{served}{path}")
    page_is_sound(watched)


def test_the_page_of_a_person_is_sound(
    watched: object, enter: Enter, served: str, page_is_sound: Sound
) -> None:
    page = enter(watched, "chu")
    page.goto(f"{served}/people?q=qian")
    page.click("tbody th a")
    page_is_sound(watched)
    page.fill("#password", "kurz")
    page.click("form:has(#password) button")
    page.wait_for_load_state()
    watched.errors.clear()  # type: ignore[attr-defined] - the browser notes the 422 that was meant
    assert "至少需要 10 个字符" in page.inner_text("#password-fault")
    page_is_sound(watched)

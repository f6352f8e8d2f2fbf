"""The inbox and the page of a case in a browser: one click to approve, a return that asks for its reason, sound pages."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from cast import COLLECTORS, PASSWORD, POSTERS, REVIEWERS, STREETS, VOLUNTEERS, Cast
from playwright.sync_api import Browser, Page

from models.process import WorkItem
from web.moments import BEIJING
from workflows.demo.pictures import SCENES, photograph
from workflows.evidence import drafts
from workflows.evidence.intake import received
from workflows.evidence.previews import make_preview
from workflows.lifecycle.collect import submit
from workflows.lifecycle.decide import Verdict, form_version
from workflows.lifecycle.signed_decision import Decider, DecisionForm, sign_and_decide
from workflows.lifecycle.words import Outcome, Step

Enter = Callable[[object, str], Page]
Sound = Callable[[object], None]
TAKEN = datetime(2026, 3, 2, 15, 20, tzinfo=BEIJING)


def hand_in(cast: Cast, no: str, department: str, scenes: tuple[int, ...] = (0, 1)) -> None:
    """Hand in a round with photos that are really there, pictures made."""
    login = COLLECTORS[department]
    item = cast.item(no, Step.COLLECT, department)
    for one in cast.requirements(no):
        if one.kind == "photo_min":
            for number in scenes:
                add_photo(cast, item.id, login, one.id, number)
        elif one.kind != "caption_fields":
            cast.add_file(item.id, login, one, "整治情况说明")
    with cast.work(login) as unit:
        submit(unit, item.id, "东风巷等 12 条背街小巷已完成整治，明确巷长，每日巡查。")


def add_photo(cast: Cast, item_id: int, login: str, requirement_id: object, number: int) -> None:
    """Add one drawn photo of a scene, with time and place beside it."""
    data = photograph(sorted(SCENES)[number], f"{number}", TAKEN)
    got = received(cast.facilities.vault, BytesIO(data), f"DSC_{number:04d}.jpg", 20_000_000)
    words = {"时间": "2026年3月2日", "地点": "和平路北段"}
    with cast.work(login) as unit:
        new = drafts.NewEvidence(got.file, got.stored.sha256, got.stored.size, got.file_name, requirement_id, words)
        drafts.add(unit, item_id, new)
    make_preview(cast.sessions, cast.facilities.vault, got.stored.sha256)


def decided(cast: Cast, no: str, department: str, verdict: Verdict) -> None:
    """Let the reviewer of a department decide, with a real signature."""
    item = cast.item(no, Step.DEPARTMENT_REVIEW, department)
    with cast.reading() as session:
        version = form_version(session, session.get_one(WorkItem, item.id))
    decider = Decider(cast.actor(REVIEWERS[department]), None, PASSWORD)
    form = DecisionForm(item.id, verdict, version, None)
    # In a thread of its own: the browser's event loop runs in this one, and signing starts one too.
    with ThreadPoolExecutor(1) as other:
        other.submit(sign_and_decide, cast.sessions, cast.facilities, decider, form).result()


def second_round(cast: Cast) -> None:
    """Bring 街面秩序 to its second review: returned once, one photo replaced."""
    cast.assign(STREETS, ["甲科"])
    hand_in(cast, STREETS, "甲科")
    phrase = next(one.source_phrase for one in cast.requirements(STREETS) if one.kind == "photo_min")
    decided(cast, STREETS, "甲科", Verdict(Outcome.RETURN, "缺少整治前对比照，请补充", (), (phrase,)))
    hand_in(cast, STREETS, "甲科", scenes=(3,))


def test_it_works_one_click_in_the_preview_approves_and_opens_the_next(
    cast: Cast, watched: object, enter: Enter, page_is_sound: Sound
) -> None:
    for no in (STREETS, VOLUNTEERS):
        cast.assign(no, ["甲科"])
        hand_in(cast, no, "甲科")
    page = enter(watched, "sun")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.inner_text("#preview-title") == cast.case(STREETS).title
    page.click("[name=outcome][value=approve]")
    page.wait_for_url("**/inbox?*sel=*")
    assert page.inner_text("#preview-title") == cast.case(VOLUNTEERS).title
    assert "已通过" in page.inner_text("#toast")
    assert cast.parts(STREETS) == {"甲科": ("reviewed", 1)}
    page_is_sound(watched)


def test_a_return_without_a_reason_stays_and_puts_the_cursor_into_the_reason(
    cast: Cast, watched: object, enter: Enter
) -> None:
    cast.assign(STREETS, ["甲科"])
    hand_in(cast, STREETS, "甲科")
    page = enter(watched, "sun")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.click("[name=outcome][value=return]")
    assert page.evaluate("document.activeElement.id") == "bar-remark"
    assert page.locator("[data-reason-needed]").is_visible()
    page.keyboard.type("照片太暗")
    page.click("[name=outcome][value=return]")
    page.wait_for_load_state()
    assert cast.parts(STREETS) == {"甲科": ("returned", 1)}


def test_without_scripts_a_case_is_opened_refused_without_reason_and_returned(
    cast: Cast, chromium: Browser, served: str
) -> None:
    cast.assign(STREETS, ["甲科"])
    hand_in(cast, STREETS, "甲科")
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/sign-in")
    page.fill("#login", "sun")
    page.fill("#password", PASSWORD)
    page.click(".sign-in form[action='/sign-in'] button")
    page.click("text=打开详情")
    page.click("#decision [name=outcome][value=return]")
    assert page.locator("#remark").get_attribute("aria-invalid") == "true"
    assert page.locator("[role=alert]:visible").count() == 1
    page.fill("#remark", "照片太暗")
    page.click("#decision [name=outcome][value=return]")
    assert "已退回" in page.inner_text("#toast")
    assert cast.parts(STREETS) == {"甲科": ("returned", 1)}
    context.close()


def test_the_list_is_walked_with_keys_and_the_preview_follows(cast: Cast, watched: object, enter: Enter) -> None:
    for no in (STREETS, VOLUNTEERS):
        cast.assign(no, ["甲科"])
        hand_in(cast, no, "甲科")
    page = enter(watched, "sun")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("j")
    page.wait_for_function("title => document.querySelector('#preview-title').textContent === title", arg=cast.case(VOLUNTEERS).title)
    assert "sel=" in page.url
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/items/{VOLUNTEERS}?*")
    assert "2 / 2" in page.inner_text(".pager")


def test_the_page_of_a_case_in_its_second_round_is_sound(
    cast: Cast, watched: object, enter: Enter, served: str, page_is_sound: Sound
) -> None:
    second_round(cast)
    page = enter(watched, "sun")
    page.goto(f"{served}/items/{STREETS}?view=todo&sort=due")
    page.locator("#diagram").scroll_into_view_if_needed()
    page.wait_for_selector("#diagram[data-drawn=yes]")
    assert "已回应" in page.inner_text("#comparison")
    page_is_sound(watched)
    shot(page, "case")


def test_the_inbox_of_every_role_is_sound(cast: Cast, watched: object, enter: Enter, served: str, page_is_sound: Sound) -> None:
    second_round(cast)
    cast.assign(POSTERS, ["丙科"])
    page = enter(watched, "sun")
    page_is_sound(watched)
    shot(page, "inbox")
    for login in ("zhao", "zheng", "feng"):
        page.context.clear_cookies()
        page = enter(watched, login)
        page.goto(f"{served}/inbox")
        page_is_sound(watched)
        shot(page, f"inbox-{login}")
    page.goto(f"{served}/inbox?view=todo&q=没有这样的任务")
    page_is_sound(watched)


@pytest.mark.parametrize("login", ["zhao", "zheng", "chen"])
def test_the_page_of_a_case_is_sound_for_those_who_only_look(
    cast: Cast, watched: object, enter: Enter, served: str, page_is_sound: Sound, login: str
) -> None:
    cast.assign(POSTERS, ["丙科"])
    page = enter(watched, login)
    page.goto(f"{served}/items/{POSTERS}")
    page_is_sound(watched)
    shot(page, f"case-{login}")


def shot(page: Page, name: str) -> None:
    """Keep pictures of a page where a person asks for them: JUANZONG_SHOTS=folder."""
    folder = os.environ.get("JUANZONG_SHOTS")
    if not folder:
        return
    page.emulate_media(color_scheme="light")
    for width, height in ((1440, 900), (390, 844), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)

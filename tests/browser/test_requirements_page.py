"""The page of a case's requirements in a browser: sound with each form open, and usable by clicking alone."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cast import STREETS, Cast
from playwright.sync_api import Page
from watched import WIDTHS

Enter = Callable[[object, str], Page]
Sound = Callable[[object], None]


def pictured(page: Page, name: str) -> None:
    """Keep pictures of a page at three widths where a folder for them is named."""
    folder = os.environ.get("JUANZONG_PICTURES")
    if not folder:
        return
    page.emulate_media(color_scheme="light")
    for width, height in WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def judged(watched: Any, page_is_sound: Sound) -> None:
    """Judge a page from its top: an anchor scrolls buttons half under the bar that stays."""
    watched.page.evaluate("window.scrollTo(0, 0)")
    page_is_sound(watched)


def test_requirements_are_changed_by_clicking(
    cast: Cast, watched: Any, served: str, enter: Enter, page_is_sound: Sound
) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    page = enter(watched, "zhao")
    page.goto(f"{served}/items/{STREETS}")
    page.click(f"a[href='/items/{STREETS}/requirements']")
    page.wait_for_selector("mark")
    judged(watched, page_is_sound)
    pictured(page, "requirements")
    page.click("mark >> nth=0")
    assert page.url.endswith("#number-1")
    page.click(".kinds a >> nth=0")
    page.wait_for_selector("#add-value")
    judged(watched, page_is_sound)
    page.fill("#add-value", "5")
    page.fill("#add-per", "每个路口")
    page.fill("#add-subjects", "东门\n西门")
    page.select_option("#add-department", label="乙科")
    pictured(page, "requirements-add")
    page.click("#add form button")
    page.wait_for_selector("li:has-text('每个路口')")
    page.click("li:has-text('每个路口') a.btn")
    page.wait_for_selector("li form[aria-label] input[name=reason]")
    judged(watched, page_is_sound)
    pictured(page, "requirements-change")
    page.fill("li form[aria-label] input[name=value]", "2.5")
    page.fill("li form[aria-label] input[name=reason]", "路口增加")
    page.click("li form[aria-label] button")
    page.wait_for_selector(".fault[role=alert]")
    assert all("422" in one for one in watched.errors), watched.errors
    watched.errors.clear()  # the browser tells the refusal's status; nothing else may be told
    judged(watched, page_is_sound)
    pictured(page, "requirements-refused")
    page.fill("li form[aria-label] input[name=value]", "6")
    page.click("li form[aria-label] button")
    page.wait_for_selector("li:has-text('≥6 张')")
    page.click("li:has-text('≥6 张') summary")
    page.fill("li:has-text('≥6 张') input[name=reason]", "与上一条重复")
    judged(watched, page_is_sound)
    page.click("li:has-text('≥6 张') details button")
    page.wait_for_selector("details.card summary")
    page.click("details.card summary")
    judged(watched, page_is_sound)
    pictured(page, "requirements-removed")
    page.click("details.card button")
    page.wait_for_selector("ol.asked li:has-text('≥6 张')")

"""The page of a file in a browser: sound at every width, a box drawn with the mouse, a picture that appears by itself."""

import os
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import docx
from cast import STREETS, VOLUNTEERS, Cast
from playwright.sync_api import Page

from models.evidence import Evidence
from web.moments import BEIJING
from workflows.demo.pictures import photograph
from workflows.evidence import drafts
from workflows.evidence.intake import received
from workflows.evidence.marks import marks_of
from workflows.evidence.previews import make_preview
from workflows.evidence.words_of_files import read_words
from workflows.lifecycle.words import Step

Enter = Callable[[object, str], Page]
Sound = Callable[[object], None]
TAKEN = datetime(2026, 3, 2, 15, 20, tzinfo=BEIJING)


def hand_in(cast: Cast, no: str, content: bytes, name: str) -> UUID:
    taken = received(cast.facilities.vault, BytesIO(content), name, 50_000_000)
    caption = {"时间": "2026年3月2日", "地点": "和平路北段"}
    new = drafts.NewEvidence(taken.file, taken.stored.sha256, taken.stored.size, taken.file_name, None, caption)
    with cast.work("qian") as unit:
        return drafts.add(unit, cast.item(no, Step.COLLECT, "甲科").id, new).id


def prepare(cast: Cast, evidence_id: UUID) -> None:
    with cast.reading() as session:
        digest = session.get_one(Evidence, evidence_id).file_sha256
    make_preview(cast.sessions, cast.facilities.vault, digest)
    read_words(cast.sessions, cast.facilities.vault, digest)


def report() -> bytes:
    made, content = docx.Document(), BytesIO()
    made.add_heading("和平路社区志愿服务情况说明报告", 1)
    for number in range(50):
        made.add_paragraph(f"第{number + 1}条　全区志愿者占比达到 96%，群众满意度持续提升。{uuid4()}")
    made.save(content)
    return content.getvalue()


def pictured(page: Page, name: str) -> None:
    """Keep what the page looks like where somebody wants to look at it."""
    folder = os.environ.get("JUANZONG_SHOTS")
    if folder is None:
        return
    for width, height in ((1440, 900), (390, 844), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(Path(folder) / f"{name}_{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_box_is_drawn_with_the_mouse_and_kept(cast: Cast, watched: object, enter: Enter, page_is_sound: Sound) -> None:
    cast.assign(STREETS, ["甲科"])
    evidence_id = hand_in(cast, STREETS, photograph("street", str(uuid4()), TAKEN), "现场.jpg")
    prepare(cast, evidence_id)
    page = enter(watched, "qian")
    page.set_viewport_size({"width": 1440, "height": 1600})
    page.goto("/".join(page.url.split("/")[:3]) + f"/files/{evidence_id}/look")
    page.get_by_role("button", name="在页面上画").click()
    area = page.locator("[data-sheet] svg").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 0.2 * area["width"], area["y"] + 0.3 * area["height"])
    page.mouse.down()
    page.mouse.move(area["x"] + 0.6 * area["width"], area["y"] + 0.5 * area["height"], steps=4)
    page.mouse.up()
    page.get_by_label("红色方框").check()
    page.get_by_label("说明").fill("整治后的街面")
    page.get_by_role("button", name="保存标注").click()
    page.wait_for_selector(".marks li")
    with cast.reading() as session:
        (mark,) = marks_of(session, [evidence_id])
    assert [round(side or 0, 2) for side in (mark.x0, mark.y0, mark.x1, mark.y1)] == [0.2, 0.3, 0.6, 0.5]
    pictured(page, "file_photo")
    page_is_sound(watched)


def test_a_picture_that_was_being_made_appears_by_itself(
    cast: Cast, watched: object, enter: Enter, page_is_sound: Sound
) -> None:
    cast.assign(STREETS, ["甲科"])
    evidence_id = hand_in(cast, STREETS, report(), "情况说明.docx")
    page = enter(watched, "qian")
    page.goto("/".join(page.url.split("/")[:3]) + f"/files/{evidence_id}/look")
    assert page.locator("[data-waiting]").count() == 1
    pictured(page, "file_waiting")
    prepare(cast, evidence_id)
    page.wait_for_selector("[data-waiting]", state="detached", timeout=30_000)
    pictured(page, "file_report")
    page_is_sound(watched)


def test_two_files_stand_side_by_side(cast: Cast, watched: object, enter: Enter, page_is_sound: Sound) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.assign(VOLUNTEERS, ["甲科"])
    picture = photograph("park", str(uuid4()), TAKEN)
    for no, name in ((STREETS, "原.jpg"), (VOLUNTEERS, "再用.jpg")):
        evidence_id = hand_in(cast, no, picture, name)
        prepare(cast, evidence_id)
    page = enter(watched, "qian")
    page.goto("/".join(page.url.split("/")[:3]) + f"/files/{evidence_id}/seen")
    assert page.locator(".twin").count() == 2
    pictured(page, "file_seen")
    page_is_sound(watched)

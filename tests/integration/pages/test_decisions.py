import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cast import PASSWORD, POSTERS, REVIEWERS, STREETS, VOLUNTEERS, Cast
from flask import Flask
from visitor import Visitor
from werkzeug.test import TestResponse

from models.process import WorkItem
from workflows.lifecycle.decide import Verdict, form_version
from workflows.lifecycle.signed_decision import Decider, DecisionForm, sign_and_decide
from workflows.lifecycle.words import Outcome, Step

SignedIn = Callable[[str], Visitor]


class Fields(HTMLParser):
    """Reads the form of a decision as a browser would send it: hidden fields, the remark, what is ticked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.inside = found.get("action") == "/decisions"
        elif tag == "input" and self.inside and found.get("name"):
            if found.get("type") == "checkbox":
                if "checked" in found:
                    self.fields.setdefault(str(found["name"]), []).append(found["value"])
            else:
                self.fields[str(found["name"])] = found.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def form_on(page: TestResponse) -> dict[str, Any]:
    fields = Fields(page.get_data(as_text=True)).fields
    assert fields, "no form for a decision on this page"
    return fields


def approve(client: Visitor, page: TestResponse, **more: Any) -> TestResponse:
    return client.post("/decisions", data={**form_on(page), "outcome": "approve", **more})


def send_back(client: Visitor, page: TestResponse, **more: Any) -> TestResponse:
    return client.post("/decisions", data={**form_on(page), "outcome": "return", **more})


def to_office(cast: Cast, no: str, departments: list[str]) -> None:
    """Bring a case to the office with sheets that are really signed."""
    cast.assign(no, departments)
    for name in departments:
        cast.submit(no, name)
        item = cast.item(no, Step.DEPARTMENT_REVIEW, name)
        with cast.reading() as session:
            version = form_version(session, session.get_one(WorkItem, item.id))
        decider = Decider(cast.actor(REVIEWERS[name]), None, PASSWORD)
        form = DecisionForm(item.id, Verdict(Outcome.APPROVE, "同意"), version, None)
        sign_and_decide(cast.sessions, cast.facilities, decider, form)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_it_works_a_reviewer_approves_from_the_inbox_and_the_sheet_is_signed(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    sun = signed_in("sun")
    answer = approve(sun, sun.get("/inbox"))
    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/inbox"
    assert "已通过" in text(sun.get(answer.location))
    assert cast.parts(STREETS) == {"甲科": ("reviewed", 1)}
    assert cast.item(STREETS, Step.OFFICE_APPROVAL)
    assert cast.verdict().intact


def test_after_the_decision_the_next_step_of_the_same_list_is_open(cast: Cast, signed_in: SignedIn) -> None:
    for no in (STREETS, VOLUNTEERS):
        cast.assign(no, ["甲科"])
        cast.submit(no, "甲科")
    sun = signed_in("sun")
    first, second = (cast.item(no, Step.DEPARTMENT_REVIEW, "甲科").id for no in (STREETS, VOLUNTEERS))
    page = sun.get(f"/items/{STREETS}?view=todo&sort=due&item={first}")
    assert "1 / 2" in text(page)
    answer = approve(sun, page)
    assert urlsplit(answer.location).path == f"/items/{VOLUNTEERS}"
    assert parse_qs(urlsplit(answer.location).query)["item"] == [str(second)]
    last = approve(sun, sun.get(answer.location))
    empty = sun.get(last.location)
    assert "今天的都办完了" in text(empty)


def test_a_return_without_a_reason_shows_the_same_page_with_what_was_typed(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    sun = signed_in("sun")
    phrase = next(one.source_phrase for one in cast.requirements(STREETS) if one.kind == "photo_min")
    page = sun.get(f"/items/{STREETS}")
    answer = send_back(sun, page, remark="  ", missing=[phrase])
    assert answer.status_code == 422
    shown = text(answer)
    assert "退回须" in shown or "退回必须" in shown
    assert re.search(r'<textarea id="remark"[^>]*aria-invalid="true" autofocus', shown)
    assert re.search(rf'name="missing" value="{phrase}" checked', shown)
    assert form_on(answer)["key"] == form_on(page)["key"]
    assert cast.parts(STREETS) == {"甲科": ("in_review", 1)}


def test_a_return_from_the_preview_without_a_reason_stays_in_the_inbox(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    sun = signed_in("sun")
    answer = send_back(sun, sun.get("/inbox"))
    assert answer.status_code == 422
    assert re.search(r'<input id="bar-remark"[^>]*aria-invalid="true" autofocus', text(answer))


def test_a_return_names_what_is_missing_and_the_collector_reads_it(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    sun = signed_in("sun")
    phrase = next(one.source_phrase for one in cast.requirements(STREETS) if one.kind == "photo_min")
    answer = send_back(sun, sun.get(f"/items/{STREETS}"), remark="照片太暗，请重拍", missing=[phrase])
    assert answer.status_code == 303
    page = text(signed_in("qian").get(f"/items/{STREETS}"))
    assert "照片太暗，请重拍" in page
    assert phrase in page
    listed = text(signed_in("qian").get("/inbox?view=returned"))
    assert cast.case(STREETS).title in listed


def test_the_office_returns_to_the_departments_it_names(cast: Cast, signed_in: SignedIn) -> None:
    to_office(cast, STREETS, ["甲科", "乙科"])
    zhao = signed_in("zhao")
    page = zhao.get(f"/items/{STREETS}")
    assert "department" not in form_on(page), "with several departments none is chosen beforehand"
    refused = send_back(zhao, page, remark="乙科照片不清")
    assert refused.status_code == 422
    assert "乙科照片不清" in text(refused)
    again = send_back(zhao, refused, remark="乙科照片不清", department=[str(cast.department("乙科"))])
    assert again.status_code == 303
    assert cast.parts(STREETS) == {"甲科": ("reviewed", 1), "乙科": ("returned", 1)}


def test_the_office_returns_a_case_of_one_department_without_a_choice(cast: Cast, signed_in: SignedIn) -> None:
    to_office(cast, POSTERS, ["丙科"])
    zhao = signed_in("zhao")
    answer = send_back(zhao, zhao.get("/inbox?q=" + POSTERS), remark="请补充")
    assert answer.status_code == 303
    assert cast.parts(POSTERS) == {"丙科": ("returned", 1)}


def test_the_office_returning_from_the_preview_is_shown_where_to_name_departments(
    cast: Cast, signed_in: SignedIn
) -> None:
    to_office(cast, STREETS, ["甲科", "乙科"])
    zhao = signed_in("zhao")
    answer = send_back(zhao, zhao.get("/inbox?q=" + STREETS), remark="请补充")
    assert answer.status_code == 422
    assert 'name="department"' in text(answer)
    assert "请补充" in text(answer)


def test_a_stale_form_is_refused_with_what_was_typed(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    sun = signed_in("sun")
    page = sun.get(f"/items/{STREETS}")
    cast.review(STREETS, "甲科", by="wei")
    answer = approve(sun, page, remark="同意，请归档")
    assert answer.status_code == 409
    assert "同意，请归档" in text(answer)


def test_the_same_form_sent_twice_decides_once(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    sun = signed_in("sun")
    fields = {**form_on(sun.get("/inbox")), "outcome": "approve"}
    assert [sun.post("/decisions", data=fields).status_code for _ in range(2)] == [303, 303]
    assert cast.parts(STREETS) == {"甲科": ("reviewed", 1)}


def test_a_locked_key_asks_for_the_password_in_place_and_keeps_what_was_typed(
    app: Flask, cast: Cast, signed_in: SignedIn
) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    sun = signed_in("sun")
    with sun.session_transaction() as session:
        del session["key"]
    page = sun.get(f"/items/{STREETS}")
    asked = approve(sun, page, remark="同意上报")
    assert asked.status_code == 422
    assert "同意上报" in text(asked)
    wrong = approve(sun, asked, remark="同意上报", password="not the password")
    assert wrong.status_code == 422
    assert re.search(r'id="signing-password"[^>]*aria-invalid="true"', text(wrong))
    right = approve(sun, wrong, remark="同意上报", password=PASSWORD)
    assert right.status_code == 303
    assert cast.parts(STREETS) == {"甲科": ("reviewed", 1)}


def test_nobody_decides_on_what_they_handed_in_themselves(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科", by="wei")
    page = text(signed_in("wei").get(f"/items/{STREETS}"))
    assert 'value="approve"' not in page
    assert "本人" in page or "您" in page


def test_an_outsider_cannot_decide_by_sending_the_form(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    fields = form_on(signed_in("sun").get("/inbox"))
    fields.pop("csrf_token")
    answer = signed_in("wu").post("/decisions", data={**fields, "outcome": "approve"})
    assert answer.status_code == 403
    assert cast.parts(STREETS) == {"甲科": ("in_review", 1)}


@pytest.mark.parametrize("fields", [{}, {"outcome": "maybe"}, {"outcome": "approve"}, {"outcome": "approve", "item_id": "9" * 30}])
def test_a_damaged_form_is_refused_in_words(signed_in: SignedIn, fields: dict[str, str]) -> None:
    assert signed_in("sun").post("/decisions", data=fields).status_code in {404, 422}


def test_claiming_and_releasing_moves_the_step_between_person_and_pool(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    sun = signed_in("sun")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    assert f"/items/{STREETS}/claim" in text(sun.get(f"/items/{STREETS}"))
    assert sun.post(f"/items/{STREETS}/claim", data={"item_id": item.id}).status_code == 303
    assert cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科").assignee_id == cast.actor("sun").id
    assert "孙平" in text(signed_in("wei").get(f"/items/{STREETS}")), "others read who has it"
    assert signed_in("wei").post(f"/items/{STREETS}/claim", data={"item_id": item.id}).status_code == 409
    assert sun.post(f"/items/{STREETS}/release", data={"item_id": item.id}).status_code == 303
    assert cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科").assignee_id is None

"""What a department was called when it acted stays on every page of its cases, with what it is called now."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from cast import POSTERS, STREETS, VOLUNTEERS, Cast
from visitor import Visitor
from werkzeug.test import TestResponse

from engine.unit_of_work import work
from workflows.departments import rename_department
from workflows.departments.merging import merge

SignedIn = Callable[[str], Visitor]


def words(answer: TestResponse) -> str:
    """Give what people read of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main", 1)[1])
    return " ".join(unescape(text).split())


def row(answer: TestResponse, no: str) -> str:
    """Give what people read of the row of a case."""
    rows = re.findall(r"<tr>.*?</tr>", answer.get_data(as_text=True), re.DOTALL)
    found = next(one for one in rows if no in one)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


@pytest.fixture
def renamed(cast: Cast) -> Cast:
    """One case of 丙科 archived, one at the office, one still to be handed in; then it gets the name 宣传科, a day later."""
    cast.to_office(POSTERS, ["丙科"])
    cast.approve(POSTERS)
    cast.archive(POSTERS)
    cast.to_office(STREETS, ["丙科"])
    cast.assign(VOLUNTEERS, ["丙科"])
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with work(cast.sessions, cast.actor("chu"), lambda: tomorrow) as unit:
        rename_department(unit, cast.department("丙科"), "宣传科")
    return cast


def test_lists_and_case_pages_keep_the_name_of_the_day(renamed: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    assert "丙科（现宣传科）" in row(client.get("/archive"), POSTERS)
    for no in (POSTERS, STREETS):
        assert "丙科（现宣传科）" in words(client.get(f"/items/{no}")), no
        assert "丙科（现宣传科）" in words(client.get(f"/items/{no}/trail")), no
    # What nobody has done yet will be done under the name of today.
    waiting = words(client.get(f"/items/{VOLUNTEERS}"))
    assert "宣传科" in waiting
    assert "丙科（现宣传科）" not in waiting.split("最近动态")[0]


@pytest.mark.parametrize("name", ["丙科", "宣传科"])
def test_the_archive_is_searched_by_either_name(name: str, renamed: Cast, signed_in: SignedIn) -> None:
    assert POSTERS in words(signed_in("zhao").get(f"/archive?q={name}"))


def test_work_of_a_merged_department_says_whose_it_is_now(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科", "丙科"])
    cast.submit(STREETS, "丙科")
    with cast.work("chu") as unit:
        merge(unit, cast.department("丙科"), cast.department("甲科"))
    office = signed_in("zhao")
    assert "丙科（现甲科）" in words(office.get(f"/items/{STREETS}"))
    assert STREETS in words(office.get("/archive?q=丙科&state=open"))
    reviewer = signed_in("sun")
    assert "丙科（现甲科）" in words(reviewer.get("/inbox"))
    page = reviewer.get(f"/items/{STREETS}")
    assert "丙科（现甲科）" in words(page)
    cast.review(STREETS, "丙科", by="sun")
    assert cast.parts(STREETS)["丙科"] == ("reviewed", 1)
    assert cast.verdict().intact

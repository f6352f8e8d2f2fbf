"""The board: figures of a campaign by department, each leading to the list it counts."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from cast import CAMPAIGN, POSTERS, STREETS, VOLUNTEERS, Cast
from sqlalchemy import event
from visitor import Visitor
from werkzeug.test import TestResponse

from engine.unit_of_work import SYSTEM, work
from models.evidence import Assignment, AssignmentState
from workflows.breakdown.importing import campaign_named

SignedIn = Callable[[str], Visitor]


def words(answer: TestResponse) -> str:
    """Give what people read of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main", 1)[1])
    return " ".join(unescape(text).split())


def settle_cases(cast: Cast) -> None:
    """街面秩序 open in time with 甲科 and 乙科, 宣传氛围 late with 丙科, 队伍建设 (4 points) closed with 甲科 and 丙科."""
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.assign(POSTERS, ["丙科"])
    cast.assign(VOLUNTEERS, ["甲科", "丙科"])
    with work(cast.sessions, SYSTEM) as unit:
        late = unit.session.get_one(Assignment, cast.case(POSTERS).id)
        late.due_at = datetime.now(UTC) - timedelta(days=3)
        closed = unit.session.get_one(Assignment, cast.case(VOLUNTEERS).id)
        closed.state, closed.closed_at = AssignmentState.ARCHIVED, datetime.now(UTC)
        unit.record("tests", "tests.arranged", {})


def test_it_works(cast: Cast, signed_in: SignedIn) -> None:
    settle_cases(cast)
    page = signed_in("chen").get("/board")
    assert page.status_code == 200
    text = words(page)
    assert CAMPAIGN in text
    # Four cases of 2 + 3 + 4 + 1 points; the fourth is not assigned yet: open, and nobody's.
    assert "任务 4 办结 1 / 4 在办（未逾期） 2 逾期 1 已办结分值 4 / 10" in text
    assert "甲科 1 / 2 1 0 4 / 6" in text
    assert "乙科 0 / 1 1 0 0 / 2" in text
    assert "丙科 1 / 2 0 1 4 / 7" in text


def test_each_number_leads_to_its_list(cast: Cast, signed_in: SignedIn) -> None:
    settle_cases(cast)
    page = signed_in("zhao").get("/board").get_data(as_text=True)
    department = cast.department("丙科")
    for state in ("closed", "open", "overdue"):
        assert re.search(rf'href="/archive\?campaign=[0-9a-f-]+&amp;department={department}&amp;state={state}"', page)


def test_the_list_behind_a_number_holds_so_many_cases(cast: Cast, signed_in: SignedIn) -> None:
    settle_cases(cast)
    client = signed_in("chen")
    page = client.get("/board").get_data(as_text=True)
    links = re.findall(r'<a(?: class="[^"]*")? href="(/archive\?[^"]+)">(\d+)</a>', page)
    assert len(links) == 4 + 3 * 2 + 1  # figures; closed and open of each department; one overdue
    for href, number in links:
        shown = words(client.get(unescape(href)))
        assert re.search(rf"\b{number} 件", shown), f"{href} should hold {number}: {shown[:80]}"


def test_a_reviewer_sees_only_the_own_department(cast: Cast, signed_in: SignedIn) -> None:
    settle_cases(cast)
    text = words(signed_in("sun").get("/board"))
    assert "甲科 1 / 2 1 0 4 / 6" in text
    assert "乙科" not in text
    assert "丙科" not in text
    assert "任务 2 办结 1 / 2" in text


@pytest.mark.parametrize("login", ["qian", "chu"])
def test_collectors_and_administrators_have_no_board(login: str, signed_in: SignedIn) -> None:
    assert signed_in(login).get("/board").status_code == 403


def test_an_older_campaign_can_be_chosen(cast: Cast, signed_in: SignedIn) -> None:
    with cast.work("zhao") as unit:
        other = campaign_named(unit, "2025年创建文明城市").id
    client = signed_in("feng")
    assert CAMPAIGN in words(client.get("/board"))
    page = words(client.get(f"/board?campaign={other}"))
    assert "2025年创建文明城市" in page
    assert "还没有部门承担任务" in page


def test_an_unknown_campaign_is_said_to_be_unknown(signed_in: SignedIn) -> None:
    client = signed_in("feng")
    assert client.get("/board?campaign=00000000-0000-0000-0000-000000000000").status_code == 404
    assert client.get("/board?campaign=nonsense").status_code == 200


def test_the_board_asks_the_database_twice_however_many_departments(cast: Cast, signed_in: SignedIn) -> None:
    settle_cases(cast)
    client = signed_in("chen")
    asked: list[str] = []
    event.listen(cast.sessions.kw["bind"], "before_cursor_execute", lambda *call: asked.append(call[2]))
    client.get("/board")
    assert len([one for one in asked if "FROM campaign" in one or "FROM contribution JOIN" in one]) == 2

"""Assigning over the pages: a whole table in one action, what keeps the other cases, one case by hand."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from cast import DUTY, POSTERS, STREETS, VOLUNTEERS, Cast
from visitor import Visitor

from models.evidence import AssignmentState
from web.assignment_page import default_due
from web.moments import BEIJING, end_of_day, start_of_day
from models.breakdown import Campaign
from workflows.lifecycle.words import Step

SignedIn = Callable[[str], Visitor]

FAR = (date.today() + timedelta(days=40)).isoformat()  # noqa: DTZ011 - any day far ahead will do


def row_of(page: str, no: str) -> str:
    return next(row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if no in row)


def test_a_table_is_assigned_in_one_action_row_by_row(cast: Cast, signed_in: SignedIn) -> None:
    client, path = signed_in("zhao"), f"/assignments/tables/{cast.table_id()}"
    assert client.get(path).status_code == 200
    answer = client.post(path, data={"due": FAR})
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    assert [cast.case(no).state for no in (STREETS, POSTERS, VOLUNTEERS)] == [AssignmentState.COLLECTING] * 3
    assert cast.case(DUTY).state == AssignmentState.NOT_ASSIGNED
    assert "已下达" in row_of(page, STREETS)
    assert "各科（室）" in row_of(page, DUTY), "the row that stayed says why"
    assert cast.case(STREETS).due_at == end_of_day(date.fromisoformat(FAR))


def test_the_table_page_says_beforehand_what_keeps_a_case(cast: Cast, signed_in: SignedIn) -> None:
    page = signed_in("zhao").get(f"/assignments/tables/{cast.table_id()}").get_data(as_text=True)
    assert "status warn" in row_of(page, DUTY)
    assert "status warn" not in row_of(page, STREETS)


def test_a_group_with_members_is_ready(cast: Cast, signed_in: SignedIn) -> None:
    cast.fill_group(["甲科", "丙科"])
    client, path = signed_in("zhao"), f"/assignments/tables/{cast.table_id()}"
    client.post(path, data={"due": FAR})
    assert set(cast.parts(DUTY)) == {"甲科", "丙科"}


@pytest.mark.parametrize("due", ["", "2020-01-01", "tomorrow"])
def test_a_due_date_that_is_missing_or_past_is_refused(cast: Cast, signed_in: SignedIn, due: str) -> None:
    answer = signed_in("zhao").post(f"/assignments/tables/{cast.table_id()}", data={"due": due})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert cast.case(STREETS).state == AssignmentState.NOT_ASSIGNED


def test_sending_the_table_again_assigns_nothing_twice(cast: Cast, signed_in: SignedIn) -> None:
    client, path = signed_in("zhao"), f"/assignments/tables/{cast.table_id()}"
    client.post(path, data={"due": FAR})
    answer = client.post(path, data={"due": FAR})
    assert answer.status_code == 303
    assert len(cast.parts(STREETS)) == 2
    assert cast.verdict().intact


def test_one_case_comes_with_the_departments_of_the_table_chosen(cast: Cast, signed_in: SignedIn) -> None:
    page = signed_in("zhao").get(f"/assignments/{VOLUNTEERS}").get_data(as_text=True)
    lead = re.search(rf'name="role:{cast.department("甲科")}".*?</select>', page, re.DOTALL)
    assist = re.search(rf'name="role:{cast.department("丙科")}".*?</select>', page, re.DOTALL)
    assert lead is not None
    assert assist is not None
    assert 'value="lead" selected' in lead[0]
    assert 'value="assist" selected' in assist[0]


def test_one_case_is_assigned_to_the_departments_that_were_chosen(cast: Cast, signed_in: SignedIn) -> None:
    item = cast.item(DUTY, Step.ASSIGN)
    form = {"item_id": item.id, "due": FAR, f"role:{cast.department('乙科')}": "responsible", f"role:{cast.department('甲科')}": ""}
    answer = signed_in("zhao").post(f"/assignments/{DUTY}", data=form)
    assert (answer.status_code, answer.location) == (303, f"/items/{DUTY}")
    assert set(cast.parts(DUTY)) == {"乙科"}


def test_from_the_table_one_comes_back_to_the_table(cast: Cast, signed_in: SignedIn) -> None:
    table = f"/assignments/tables/{cast.table_id()}"
    form = {"item_id": cast.item(DUTY, Step.ASSIGN).id, "due": FAR, f"role:{cast.department('乙科')}": "lead"}
    answer = signed_in("zhao").post(f"/assignments/{DUTY}?back={table}", data=form)
    assert answer.location == table


def test_nobody_chosen_is_refused_and_the_day_typed_is_kept(cast: Cast, signed_in: SignedIn) -> None:
    form = {"item_id": cast.item(STREETS, Step.ASSIGN).id, "due": FAR, f"role:{cast.department('甲科')}": ""}
    answer = signed_in("zhao").post(f"/assignments/{STREETS}", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert f'value="{FAR}"' in page
    assert 'value="responsible" selected' not in page, "what was unchosen stays unchosen"


@pytest.mark.parametrize("key", ["not-a-department", "00000000-0000-0000-0000-000000000000"])
def test_a_department_that_does_not_exist_is_refused(cast: Cast, signed_in: SignedIn, key: str) -> None:
    form = {"item_id": cast.item(STREETS, Step.ASSIGN).id, "due": FAR, f"role:{key}": "lead"}
    assert signed_in("zhao").post(f"/assignments/{STREETS}", data=form).status_code in {404, 422}


def test_a_part_that_does_not_exist_is_refused(cast: Cast, signed_in: SignedIn) -> None:
    form = {"item_id": cast.item(STREETS, Step.ASSIGN).id, "due": FAR, f"role:{cast.department('甲科')}": "boss"}
    assert signed_in("zhao").post(f"/assignments/{STREETS}", data=form).status_code == 422
    assert cast.parts(STREETS) == {}


def test_a_case_somebody_else_has_assigned_meanwhile_is_a_conflict(cast: Cast, signed_in: SignedIn) -> None:
    item = cast.item(STREETS, Step.ASSIGN)
    cast.assign(STREETS, ["甲科"])
    client = signed_in("zhou")
    form = {"item_id": item.id, "due": FAR, f"role:{cast.department('乙科')}": "lead"}
    assert client.post(f"/assignments/{STREETS}", data=form).status_code == 409
    assert client.get(f"/assignments/{STREETS}").status_code == 409
    assert set(cast.parts(STREETS)) == {"甲科"}


def test_a_case_or_table_that_does_not_exist_is_not_found(signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    assert client.get("/assignments/CJ-2026-9999").status_code == 404
    assert client.get("/assignments/tables/00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize("since", ["1e300", "yesterday", "0001-01-01T00:00:00+00:00"])
def test_a_moment_in_the_address_that_makes_no_sense_does_no_harm(cast: Cast, signed_in: SignedIn, since: str) -> None:
    client = signed_in("zhao")
    assert client.get(f"/assignments/tables/{cast.table_id()}", query_string={"since": since}).status_code == 200
    assert client.post(f"/assignments/{STREETS}", data={"item_id": 9**30, "due": FAR}).status_code == 404


@pytest.mark.parametrize("login", ["qian", "sun", "feng", "chen", "chu"])
def test_only_the_creation_office_assigns(cast: Cast, signed_in: SignedIn, login: str) -> None:
    client = signed_in(login)
    assert client.get(f"/assignments/{STREETS}").status_code == 403
    assert client.post(f"/assignments/tables/{cast.table_id()}", data={"due": FAR}).status_code == 403
    assert cast.case(STREETS).state == AssignmentState.NOT_ASSIGNED


@pytest.mark.parametrize(
    ("today", "ends", "proposed"),
    [
        ("2026-03-02", "2026-12-31", "2026-04-01"),
        ("2026-03-05", "2026-12-31", "2026-04-03"),  # thirty days ahead is a Saturday
        ("2026-12-15", "2026-12-31", "2026-12-31"),
        ("2027-02-01", "2026-12-31", "2027-03-03"),  # the campaign is over
    ],
)
def test_the_proposed_due_date_is_a_working_day_within_the_campaign(today: str, ends: str, proposed: str) -> None:
    now = start_of_day(date.fromisoformat(today)).astimezone(BEIJING)
    campaign = Campaign(name="测评", year=2026, starts_on=date(2026, 1, 1), ends_on=date.fromisoformat(ends))
    assert default_due(now, campaign) == proposed

"""Assigning a case: who gets a step of their own, and what is refused."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cast import DUTY, GROUP, POSTERS, STREETS, VOLUNTEERS, Cast
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.unit_of_work import Actor
from models.breakdown import Rule
from models.evidence import Assignment
from models.people import Role
from workflows.departments import add_department, set_department_active
from workflows.lifecycle.assign import ASSIST, LEAD, RESPONSIBLE, AssignmentPlan, assign, assign_table, suggested
from workflows.lifecycle.words import Step
from workflows.people import set_person_active, set_roles


def in_days(days: int) -> datetime:
    """Give a due date."""
    return datetime.now(UTC) + timedelta(days=days)


def plan(*departments: tuple[UUID, str], days: int = 30) -> AssignmentPlan:
    """Give a plan due in so many days."""
    return AssignmentPlan(departments, in_days(days))


def refuse(cast: Cast, wrong: AssignmentPlan) -> str:
    """Assign as planned, expect the refusal, and see that nothing was kept."""
    item = cast.item(STREETS, Step.ASSIGN)
    with pytest.raises(Invalid) as refused, cast.work("zhao") as unit:
        assign(unit, item.id, wrong)
    assert cast.case(STREETS).state == "not_assigned"
    assert cast.parts(STREETS) == {}
    assert cast.item(STREETS, Step.ASSIGN).id == item.id
    return str(refused.value)


def test_every_department_gets_a_step_of_its_own(cast: Cast) -> None:
    due = in_days(20)
    item = cast.item(STREETS, Step.ASSIGN)
    with cast.work("zhao") as unit:
        assign(unit, item.id, AssignmentPlan(((cast.department("甲科"), LEAD), (cast.department("乙科"), ASSIST)), due))
    assert cast.parts(STREETS) == {"甲科": ("collecting", 0), "乙科": ("collecting", 0)}
    assert cast.case(STREETS).state == "collecting"
    assert cast.case(STREETS).due_at == due
    items = cast.items(STREETS)
    assert [(one.element, one.name, one.candidate_group, one.due_at) for one in items] == [
        ("collect", "收集", "collector", due),
        ("collect", "收集", "collector", due),
    ]
    assert {one.scope for one in items} == {str(cast.department("甲科")), str(cast.department("乙科"))}
    assert {one.queue for one in items} == {f"collector@{cast.department('甲科')}", f"collector@{cast.department('乙科')}"}
    assert cast.verdict().intact


@pytest.mark.parametrize("login", ["qian", "sun", "feng", "chen", "chu"])
def test_only_the_office_assigns(cast: Cast, login: str) -> None:
    item = cast.item(STREETS, Step.ASSIGN)
    with pytest.raises(Forbidden), cast.work(login) as unit:
        assign(unit, item.id, plan((cast.department("甲科"), RESPONSIBLE)))
    assert cast.parts(STREETS) == {}


def test_a_case_is_assigned_once(cast: Cast) -> None:
    item = cast.item(STREETS, Step.ASSIGN)
    cast.assign(STREETS, ["甲科"])
    with pytest.raises(Conflict, match="already been done"), cast.work("zhou") as unit:
        assign(unit, item.id, plan((cast.department("乙科"), RESPONSIBLE)))
    assert list(cast.parts(STREETS)) == ["甲科"]


def test_assigning_at_another_step_is_refused(cast: Cast) -> None:
    cast.to_office(POSTERS, ["丙科"])
    item = cast.item(POSTERS, Step.OFFICE_APPROVAL)
    with pytest.raises(Invalid, match="already been assigned"), cast.work("zhao") as unit:
        assign(unit, item.id, plan((cast.department("甲科"), RESPONSIBLE)))


def test_a_step_that_never_was_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound, match="no such step"), cast.work("zhao") as unit:
        assign(unit, 10**9, plan((cast.department("甲科"), RESPONSIBLE)))


def test_a_plan_for_nobody_is_refused(cast: Cast) -> None:
    assert "at least one department" in refuse(cast, plan())


def test_a_department_chosen_twice_is_refused(cast: Cast) -> None:
    one = cast.department("甲科")
    assert "twice" in refuse(cast, plan((one, LEAD), (one, ASSIST)))


def test_two_leads_are_refused(cast: Cast) -> None:
    assert "lead" in refuse(cast, plan((cast.department("甲科"), LEAD), (cast.department("乙科"), LEAD)))


def test_a_due_date_in_the_past_is_refused(cast: Cast) -> None:
    assert "past" in refuse(cast, plan((cast.department("甲科"), RESPONSIBLE), days=-1))


def test_a_department_that_is_unknown_is_not_found(cast: Cast) -> None:
    item = cast.item(STREETS, Step.ASSIGN)
    with pytest.raises(NotFound), cast.work("zhao") as unit:
        assign(unit, item.id, plan((uuid4(), RESPONSIBLE)))


def test_a_department_without_people_is_refused_by_name(cast: Cast) -> None:
    with cast.work("chu") as unit:
        empty = add_department(unit, "丁科").id
    assert "丁科" in refuse(cast, plan((empty, RESPONSIBLE)))


def test_a_department_whose_reviewer_left_is_refused(cast: Cast) -> None:
    with cast.work("chu") as unit:
        set_person_active(unit, cast.actor("wu").id or uuid4(), active=False)
    assert "乙科" in refuse(cast, plan((cast.department("乙科"), RESPONSIBLE)))


def test_one_person_on_both_chairs_is_not_enough(cast: Cast) -> None:
    department = cast.department("乙科")
    with cast.work("chu") as unit:
        set_person_active(unit, cast.actor("wu").id or uuid4(), active=False)
        both = ((Role.COLLECTOR, department), (Role.DEPARTMENT_REVIEWER, department))
        set_roles(unit, cast.actor("li").id or uuid4(), both)
    assert "乙科" in refuse(cast, plan((department, RESPONSIBLE)))


def test_a_department_switched_off_is_refused(cast: Cast) -> None:
    with cast.work("chu") as unit:
        set_department_active(unit, cast.department("丙科"), active=False)
    assert "丙科 is switched off" in refuse(cast, plan((cast.department("丙科"), RESPONSIBLE)))


def suggestions(cast: Cast, no: str) -> list[tuple[str, str, bool, str | None]]:
    """Give what the table suggests for a case: name, role, known, group."""
    with cast.reading() as session:
        assignment = session.scalars(select(Assignment).join(Rule).where(Assignment.no == no)).one()
        return [(one.name, one.role, one.department is not None, one.group) for one in suggested(session, assignment)]


def test_the_table_suggests_who_delivers_the_lead_first(cast: Cast) -> None:
    assert suggestions(cast, VOLUNTEERS) == [("甲科", "lead", True, None), ("丙科", "assist", True, None)]


def test_a_group_is_suggested_as_its_members_on_this_day(cast: Cast) -> None:
    assert suggestions(cast, DUTY) == [("各科（室）", "responsible", False, "各科（室）")]
    cast.fill_group(["乙科", "丙科"])
    assert suggestions(cast, DUTY) == [("乙科", "responsible", True, "各科（室）"), ("丙科", "responsible", True, "各科（室）")]
    with cast.work("chu") as unit:
        set_department_active(unit, cast.department("乙科"), active=False)
    assert suggestions(cast, DUTY) == [("丙科", "responsible", True, "各科（室）")]


def test_a_whole_table_is_assigned_and_what_cannot_be_is_named(cast: Cast) -> None:
    results = assign_table(cast.sessions, cast.actor("zhao"), cast.table_id(), in_days(30))
    assert [one.no for one in results] == [STREETS, POSTERS, VOLUNTEERS, DUTY]
    assert [one.refused is None for one in results] == [True, True, True, False]
    assert isinstance(results[3].refused, Invalid)
    assert "各科（室）" in str(results[3].refused)
    assert list(cast.parts(VOLUNTEERS)) == ["甲科", "丙科"]
    cast.fill_group(["甲科", "乙科", "丙科"])
    (again,) = assign_table(cast.sessions, cast.actor("zhao"), cast.table_id(), in_days(30))
    assert (again.no, again.refused) == (DUTY, None)
    assert set(cast.parts(DUTY)) == {"甲科", "乙科", "丙科"}
    assert cast.verdict().intact


def test_a_whole_table_is_assigned_by_the_office_only(cast: Cast) -> None:
    stranger: Actor = cast.actor("qian")
    results = assign_table(cast.sessions, stranger, cast.table_id(), in_days(30))
    assert all(isinstance(one.refused, Forbidden) for one in results[:3])
    assert cast.parts(STREETS) == {}


def test_the_group_of_the_table_is_known_by_its_short_name(cast: Cast) -> None:
    assert GROUP == "各科室"
    cast.fill_group(["甲科"])
    assert suggestions(cast, DUTY)[0][0] == "甲科"

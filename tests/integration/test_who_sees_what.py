"""Which cases, parts and events each role sees."""

import pytest
from cast import DUTY, POSTERS, STREETS, VOLUNTEERS, Cast
from sqlalchemy import select

from engine.errors import NotFound
from models.evidence import Assignment
from workflows.visibility import (
    departments_of,
    may_see_case,
    sees_event,
    visible_case,
    visible_cases,
    visible_contributions,
)

ALL = {STREETS, POSTERS, VOLUNTEERS, DUTY}


@pytest.fixture
def shared(cast: Cast) -> Cast:
    """Give a cast with one case of two departments and one of the third."""
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.assign(POSTERS, ["丙科"])
    return cast


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("zhao", ALL),
        ("chen", ALL),
        ("feng", ALL),
        ("wei", ALL),
        ("qian", {STREETS}),
        ("sun", {STREETS}),
        ("wu", {STREETS}),
        ("zheng", {POSTERS}),
        ("chu", set()),
    ],
)
def test_everybody_sees_the_cases_they_have_to_do_with(shared: Cast, login: str, expected: set[str]) -> None:
    actor = shared.actor(login)
    with shared.reading() as session:
        assert set(session.scalars(select(Assignment.no).where(visible_cases(actor)))) == expected
        for assignment in session.scalars(select(Assignment)):
            assert may_see_case(session, actor, assignment) == (assignment.no in expected)
        for no in ALL:
            if no in expected:
                assert visible_case(session, actor, no).no == no
            else:
                with pytest.raises(NotFound, match=no):
                    visible_case(session, actor, no)


def test_a_case_that_is_not_there_is_refused_like_one_not_for_the_reader(shared: Cast) -> None:
    with shared.reading() as session, pytest.raises(NotFound, match="or it is not for you"):
        visible_case(session, shared.actor("zhao"), "CJ-2026-9999")


def test_a_department_sees_its_own_part_only(shared: Cast) -> None:
    with shared.reading() as session:
        case = visible_case(session, shared.actor("qian"), STREETS)
        assert [one.department.name for one in visible_contributions(shared.actor("qian"), case)] == ["甲科"]
        assert [one.department.name for one in visible_contributions(shared.actor("feng"), case)] == ["甲科", "乙科"]
        assert visible_contributions(shared.actor("chu"), case) == []


def test_the_departments_of_a_person_are_where_they_hold_a_role(cast: Cast) -> None:
    assert departments_of(cast.actor("wei")) == {cast.department("甲科")}
    assert departments_of(cast.actor("zhao")) == frozenset()


def test_events_about_other_departments_are_not_shown(cast: Cast) -> None:
    mine, other = str(cast.department("甲科")), str(cast.department("乙科"))
    collector, auditor = cast.actor("qian"), cast.actor("feng")
    for details, shown in (
        ({"department": mine}, True),
        ({"department": other}, False),
        ({"departments": [other, mine]}, True),
        ({"departments": [other]}, False),
        ({"departments": [{"id": mine, "role": "lead"}]}, True),
        ({"departments": [{"id": other, "role": "lead"}]}, False),
        ({"departments": []}, True),
        ({}, True),
    ):
        assert sees_event(collector, details) is shown
        assert sees_event(auditor, details) is True

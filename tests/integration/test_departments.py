"""The tree of departments, their names through the years, the names strangers write, and mergers: what moves, what stays."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cast import GROUP, POSTERS, STREETS, VOLUNTEERS, Cast
from sqlalchemy import func, select

from engine import audit
from engine.errors import Conflict, Invalid, NotFound
from models.people import Role, RoleHeld
from workflows.departments import (
    add_alias,
    add_department,
    current,
    day_of,
    find_department,
    get_department,
    move_department,
    name_on,
    outline,
    rename_department,
    set_department_active,
    set_group,
    withdraw_alias,
)
from workflows.departments.groups import find_group, members_on
from workflows.departments.merging import merge, merger_effect
from workflows.departments.suggestions import settle_name, suggest
from workflows.people import set_roles

TODAY = day_of(datetime.now(UTC))


def tree(cast: Cast) -> list[str]:
    """Give the tree in reading order, one dash before each name for each department above it."""
    with cast.reading() as session:
        return ["-" * one.depth + one.department.name for one in outline(session)]


def events(cast: Cast) -> list[tuple[str, dict[str, object]]]:
    """Give what stands in the record of departments, oldest first."""
    with cast.reading() as session:
        return [(one.action, json.loads(one.body)["details"]) for one in audit.trail(session, "departments")]


def put(cast: Cast, name: str, parent: str | None, before: str | None = None) -> None:
    """Move a department."""
    ids = [cast.department(one) if one else None for one in (parent, before)]
    with cast.work("chu") as unit:
        move_department(unit, cast.department(name), ids[0], before_id=ids[1])


def merged(cast: Cast, old: str, new: str) -> None:
    """Let one department take over from another."""
    with cast.work("chu") as unit:
        merge(unit, cast.department(old), cast.department(new))


def answers(cast: Cast, name: str) -> str | None:
    """Give which department answers to a name."""
    with cast.reading() as session:
        found = find_department(session, name)
        return found.name if found else None


def test_the_tree_is_read_from_above_in_the_order_it_was_put_in(cast: Cast) -> None:
    with cast.work("chu") as unit:
        add_department(unit, "一大队", parent_id=cast.department("甲科"))
        add_department(unit, "二大队", parent_id=cast.department("甲科"))
    assert tree(cast) == ["甲科", "-一大队", "-二大队", "乙科", "丙科"]
    put(cast, "二大队", "甲科", before="一大队")
    put(cast, "丙科", None, before="甲科")
    assert tree(cast) == ["丙科", "甲科", "-二大队", "-一大队", "乙科"]
    put(cast, "甲科", "乙科")
    assert tree(cast) == ["丙科", "乙科", "-甲科", "--二大队", "--一大队"]
    action, details = events(cast)[-1]
    assert action == "department.moved"
    assert (details["name"], details["old"], details["new"], details["place"]) == ("甲科", None, "乙科", 1)
    many = len(events(cast))
    put(cast, "甲科", "乙科")
    put(cast, "二大队", "甲科", before="一大队")
    assert len(events(cast)) == many


def test_no_department_stands_under_itself_or_where_nobody_stands(cast: Cast) -> None:
    put(cast, "乙科", "甲科")
    put(cast, "丙科", "乙科")
    for parent in ("甲科", "乙科", "丙科"):
        with pytest.raises(Invalid, match="甲科 cannot stand under"):
            put(cast, "甲科", parent)
    with pytest.raises(Invalid, match="丙科 does not stand there"):
        put(cast, "乙科", None, before="丙科")
    with pytest.raises(NotFound), cast.work("chu") as unit:
        move_department(unit, cast.department("乙科"), uuid4())
    assert tree(cast) == ["甲科", "-乙科", "--丙科"]


def test_a_name_holds_from_its_day_and_stays_for_the_days_before(cast: Cast) -> None:
    for name, since in (("甲一科", date(2025, 3, 1)), ("甲二科", date(2026, 1, 15)), ("甲科", None)):
        with cast.work("chu") as unit:
            rename_department(unit, key(cast), name, since=since)
    with cast.reading() as session:
        department = get_department(session, key(cast))
        days = [date(2025, 2, 28), date(2025, 3, 1), date(2026, 1, 14), date(2026, 1, 15), TODAY]
        assert [name_on(department, day) for day in days] == ["甲科", "甲一科", "甲一科", "甲二科", "甲科"]
    assert [answers(cast, name) for name in ("甲科", "甲一科", "甲二科")] == ["甲科"] * 3
    assert events(cast)[-3][1] == {"id": str(key(cast)), "old": "甲科", "new": "甲一科", "since": "2025-03-01"}
    for since, words in (
        (TODAY + timedelta(days=1), "from today at the latest"),
        (date(2026, 1, 14), "was renamed on"),
    ):
        with pytest.raises(Invalid, match=words), cast.work("chu") as unit:
            rename_department(unit, key(cast), "甲三科", since=since)


def key(cast: Cast) -> UUID:
    """Give the department that is called 甲科 in the beginning, by what it never loses."""
    with cast.reading() as session:
        return outline(session)[0].department.id


def test_a_name_is_settled_once_and_remembered(cast: Cast) -> None:
    with cast.reading() as session:
        assert [one.department.name for one in suggest(session, "市丙科")] == ["丙科"]
    with cast.work("zhao") as unit:
        assert settle_name(unit, " 市丙科 ", cast.department("丙科")).name == "丙科"
    assert answers(cast, "市丙科") == "丙科"
    with cast.reading() as session:
        assert suggest(session, "市丙科") == []
    with cast.work("zhao") as unit:
        made = settle_name(unit, "市乙科", None)
    assert answers(cast, "市乙科") == "市乙科"
    with cast.reading() as session:
        assert cast.department("乙科") not in {one.department.id for one in suggest(session, "市乙科")}
    assert [action for action, _ in events(cast)][-3:] == [
        "department.alias_added",
        "department.added",
        "department.alias_refused",
    ]
    # Said the other way round later, it holds.
    with cast.work("zhao") as unit:
        rename_department(unit, made.id, "新科")
        withdraw_alias(unit, made.id, "市乙科")
        add_alias(unit, cast.department("乙科"), "市乙科")
    assert answers(cast, "市乙科") == "乙科"


def test_an_alias_is_withdrawn_only_where_it_is(cast: Cast) -> None:
    with cast.work("chu") as unit:
        add_alias(unit, cast.department("甲科"), "甲办")
    with pytest.raises(NotFound, match="no such other name"), cast.work("chu") as unit:
        withdraw_alias(unit, cast.department("乙科"), "甲办")
    with cast.work("chu") as unit:
        withdraw_alias(unit, cast.department("甲科"), "甲办")
    assert answers(cast, "甲办") is None
    assert events(cast)[-1] == ("department.alias_withdrawn", {"id": str(cast.department("甲科")), "alias": "甲办"})


def test_a_merger_moves_people_names_units_and_groups_and_says_so_before(cast: Cast) -> None:
    cast.fill_group(["甲科", "丙科"])
    with cast.work("chu") as unit:
        add_alias(unit, cast.department("丙科"), "丙办")
        add_department(unit, "三大队", parent_id=cast.department("丙科"))
        set_group(unit, "下半年各组", [cast.department("丙科")], since=TODAY + timedelta(days=30))
    cast.assign(STREETS, ["甲科", "丙科"])
    with cast.reading() as session:
        effect = merger_effect(session, cast.department("丙科"))
    assert (effect.people, effect.groups, effect.aliases, effect.units, effect.open_cases) == (2, 2, 1, 1, (STREETS,))
    merged(cast, "丙科", "甲科")
    assert tree(cast) == ["甲科", "-三大队", "乙科", "丙科"]
    assert [answers(cast, name) for name in ("丙科", "丙办")] == ["甲科", "甲科"]
    for login in ("zheng", "wang"):
        assert {scope for _, scope in cast.actor(login).groups} == {
            str(cast.department(one)) for one in ("甲科", "丙科")
        }
    with cast.reading() as session:

        def there(group: str, day: date) -> list[str]:
            found = find_group(session, group)
            assert found is not None
            return [one.name for one in members_on(session, found, day)]

        assert there(GROUP, TODAY) == ["甲科"]
        assert [there("下半年各组", TODAY + timedelta(days=days)) for days in (29, 30)] == [[], ["甲科"]]
    action, details = events(cast)[-1]
    assert (action, details["old"], details["new"], details["open_cases"]) == (
        "department.merged",
        "丙科",
        "甲科",
        [STREETS],
    )
    assert cast.verdict().intact


def test_a_merger_leaves_what_was_done_and_the_work_goes_on(cast: Cast) -> None:
    cast.to_office(POSTERS, ["丙科"])
    cast.approve(POSTERS)
    cast.archive(POSTERS)
    cast.assign(STREETS, ["甲科", "丙科"])
    cast.assign(VOLUNTEERS, ["丙科"])
    cast.submit(VOLUNTEERS, "丙科")
    merged(cast, "丙科", "甲科")
    assert cast.parts(POSTERS) == {"丙科": ("approved", 1)}
    # The steps that were open are done by the people of the department that took over: its own, and those who came.
    cast.submit(STREETS, "丙科", by="qian")
    cast.submit(STREETS, "甲科", by="zheng")
    cast.review(STREETS, "丙科", by="sun")
    cast.review(STREETS, "甲科", by="wang")
    cast.review(VOLUNTEERS, "丙科", by="sun")
    cast.approve(STREETS)
    assert cast.parts(STREETS) == {"甲科": ("approved", 1), "丙科": ("approved", 1)}
    assert cast.parts(VOLUNTEERS) == {"丙科": ("reviewed", 1)}
    assert cast.verdict().intact


def test_a_chain_of_mergers_ends_at_the_last_one(cast: Cast) -> None:
    cast.assign(STREETS, ["丙科"])
    merged(cast, "丙科", "乙科")
    merged(cast, "乙科", "甲科")
    assert answers(cast, "丙科") == "甲科"
    with cast.reading() as session:
        assert current(session, get_department(session, cast.department("丙科"))).name == "甲科"
    cast.submit(STREETS, "丙科", by="qian")
    assert cast.parts(STREETS) == {"丙科": ("in_review", 1)}


def test_a_department_below_comes_up_when_it_takes_over(cast: Cast) -> None:
    put(cast, "乙科", "甲科")
    put(cast, "丙科", "乙科")
    merged(cast, "甲科", "丙科")
    assert sorted(tree(cast)) == sorted(["甲科", "丙科", "-乙科"])


def test_what_was_merged_is_not_changed_any_more(cast: Cast) -> None:
    merged(cast, "丙科", "甲科")
    old = cast.department("丙科")
    refusals = (
        (Invalid, "into itself", lambda unit: merge(unit, cast.department("甲科"), cast.department("甲科"))),
        (Conflict, "merged already", lambda unit: merge(unit, old, cast.department("乙科"))),
        (Invalid, "switched off", lambda unit: merge(unit, cast.department("乙科"), old)),
        (Conflict, "merged into 甲科", lambda unit: rename_department(unit, old, "丁科")),
        (Conflict, "merged into 甲科", lambda unit: move_department(unit, old, cast.department("乙科"))),
        (Conflict, "merged into 甲科", lambda unit: set_department_active(unit, old, active=True)),
        (Invalid, "no longer exists", lambda unit: add_department(unit, "丁科", parent_id=old)),
        (Invalid, "no longer exists", lambda unit: move_department(unit, cast.department("乙科"), old)),
        (Invalid, "name or alias of 甲科", lambda unit: add_department(unit, "丙科")),
        (NotFound, "no such department", lambda unit: merge(unit, uuid4(), old)),
    )
    many = len(events(cast))
    for error, sentence, deed in refusals:
        with pytest.raises(error, match=sentence), cast.work("chu") as unit:
            deed(unit)
    assert len(events(cast)) == many


def test_somebody_in_both_departments_holds_each_role_once(cast: Cast) -> None:
    wei = cast.actor("wei").id
    assert wei is not None
    grants = [(Role.COLLECTOR, cast.department("甲科")), (Role.COLLECTOR, cast.department("丙科"))]
    with cast.work("chu") as unit:
        set_roles(unit, wei, grants)
    merged(cast, "丙科", "甲科")
    with cast.reading() as session:
        assert session.scalar(select(func.count()).select_from(RoleHeld).where(RoleHeld.person_id == wei)) == 1

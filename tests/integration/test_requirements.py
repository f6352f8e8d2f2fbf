"""The creation office adds, changes, removes and restores requirements; each is one event, nothing decided is changed."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from cast import POSTERS, STREETS, VOLUNTEERS, Cast
from sqlalchemy import select

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from models.audit import AuditEvent
from models.breakdown import Requirement
from models.evidence import Contribution, Evidence
from workflows.breakdown.requirements import (
    add_requirement,
    change_requirement,
    remove_requirement,
    removed_of,
    requirements_of,
    restore_requirement,
)
from workflows.breakdown.wording import Wording, sentence, wording_of
from workflows.evidence.gathering import checks_for
from workflows.lifecycle.cases import latest_submission

PHOTOS = Wording("photo_min", value=Decimal(3), per="每个路口", deadline="10月底前", subjects=("东门", "西门"))


def rule_of(cast: Cast, no: str) -> UUID:
    """Give the rule of a case."""
    return cast.case(no).rule_id


def asked(cast: Cast, no: str, department: str | None = None) -> list[str]:
    """Give what is asked for, as sentences."""
    with cast.reading() as session:
        key = None if department is None else cast.department(department)
        return [sentence(one, "zh") for one in requirements_of(session, rule_of(cast, no), key)]


def events(cast: Cast) -> list[tuple[str, dict[str, Any]]]:
    """Give the events about requirements, with their details."""
    with cast.reading() as session:
        query = select(AuditEvent).where(AuditEvent.action.startswith("requirement.")).order_by(AuditEvent.id)
        return [(one.action, json.loads(one.body)["details"]) for one in session.scalars(query)]


def only(cast: Cast, no: str, kind: str) -> Requirement:
    """Give the one requirement of a kind."""
    (found,) = (one for one in cast.requirements(no) if one.kind == kind)
    return found


def test_a_requirement_of_ones_own_is_asked_of_all_or_of_one_department(cast: Cast) -> None:
    rule = rule_of(cast, STREETS)
    with cast.work("zhao") as unit:
        added = add_requirement(unit, rule, PHOTOS)
        assert (added.origin, added.created_by, added.bound, added.unit) == ("person", unit.actor.id, "min", "张")
    only_b = Wording("table", note="按附件格式", department_id=cast.department("乙科"), phrase="乱贴乱画")
    with cast.work("zhao") as unit:
        assert add_requirement(unit, rule, only_b).scope == "rule"
    from_table = ["照片 ≥2 张；每张写明时间、地点", "照片说明，时间、地点"]
    own = "照片 ≥3 张，每个路口；分别计数：东门、西门；10月底前"
    assert asked(cast, STREETS) == [*from_table, own, "统计表格"]
    assert asked(cast, STREETS, "甲科") == [*from_table, own]
    assert asked(cast, STREETS, "乙科") == [*from_table, own, "统计表格"]
    (first, second) = events(cast)
    assert first[0] == "requirement.added"
    assert first[1]["after"] == {
        "kind": "photo_min", "value": "3", "unit": "张", "bound": "min", "per": "每个路口", "subjects": ["东门", "西门"], "deadline": "10月底前",
    }  # fmt: skip
    assert (second[1]["department"], second[1]["phrase"]) == (str(cast.department("乙科")), "乱贴乱画")
    assert cast.verdict().intact


def test_a_change_is_recorded_with_what_stood_before(cast: Cast) -> None:
    photos = only(cast, STREETS, "photo_min")
    wording = wording_of(photos)
    with cast.work("zhou") as unit:
        changed = change_requirement(
            unit,
            photos.id,
            Wording("photo_min", Decimal(4), Decimal(6), "张", "min", fields=("时间",)),
            " 市里要求提高 ",
        )
        assert (changed.origin, changed.changed_by) == ("table", unit.actor.id)
    ((action, details),) = events(cast)
    assert (action, details["reason"]) == ("requirement.changed", "市里要求提高")
    assert (details["before"]["value"], details["before"]["fields"]) == ("2", ["时间", "地点"])
    assert (details["after"]["value"], details["after"]["upper"]) == ("4", "6")
    now = only(cast, STREETS, "photo_min")
    assert (sentence(now, "zh"), now.source_phrase) == ("照片 4 至 6 张；每张写明时间", "至少2张照片")
    # Whoever still looks at the old wording is told so.
    with pytest.raises(Conflict, match="since you opened"), cast.work("zhao") as unit:
        change_requirement(unit, photos.id, wording, "改回来")
    with cast.work("zhao") as unit:
        change_requirement(unit, photos.id, wording, "改回来", seen=now.changed_at)
    with pytest.raises(Invalid, match="Nothing is different"), cast.work("zhao") as unit:
        change_requirement(unit, photos.id, wording, "再改", seen=only(cast, STREETS, "photo_min").changed_at)


def test_what_is_filed_under_a_removed_requirement_stays_and_comes_back(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.gather(STREETS, "甲科")
    photos = only(cast, STREETS, "photo_min")
    with cast.work("zhao") as unit:
        remove_requirement(unit, photos.id, "与另一条重复")
    with cast.reading() as session:
        part = session.scalars(select(Contribution).where(Contribution.department_id == cast.department("甲科"))).one()
        assert photos.id not in {one.requirement_id for one in checks_for(session, part, datetime.now(UTC).date())}
        pieces = list(session.scalars(select(Evidence).where(Evidence.contribution_id == part.id)))
        assert {one.requirement_id for one in pieces} >= {photos.id}
        assert all(one.removed_at is None for one in pieces)
        assert [one.id for one in removed_of(session, part.assignment.rule_id)] == [photos.id]
    with pytest.raises(Conflict, match="removed already"), cast.work("zhao") as unit:
        remove_requirement(unit, photos.id, "再删")
    with pytest.raises(Conflict, match="since you opened"), cast.work("zhao") as unit:
        change_requirement(unit, photos.id, PHOTOS, "改")
    with cast.work("zhou") as unit:
        restore_requirement(unit, photos.id)
    assert asked(cast, STREETS)[0].startswith("照片 ≥2")
    with pytest.raises(Conflict, match="is not removed"), cast.work("zhao") as unit:
        restore_requirement(unit, photos.id)
    assert [action for action, _ in events(cast)] == ["requirement.removed", "requirement.restored"]


def test_a_round_keeps_what_it_was_asked_for(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.gather(STREETS, "甲科")
    cast.submit(STREETS, "甲科")
    photos = only(cast, STREETS, "photo_min")
    with cast.reading() as session:
        part = session.scalars(select(Contribution).where(Contribution.department_id == cast.department("甲科"))).one()
        before = latest_submission(session, part.id).snapshot
    with cast.work("zhao") as unit:
        change_requirement(unit, photos.id, Wording("photo_min", Decimal(9), unit="张"), "补充要求")
    with cast.reading() as session:
        assert latest_submission(session, part.id).snapshot == before
    assert next(one["needed"] for one in before["checks"]) == "≥2张"


def test_what_is_approved_can_no_longer_be_asked_differently(cast: Cast) -> None:
    cast.to_office(POSTERS, ["丙科"])
    cast.approve(POSTERS)
    report, rule = only(cast, POSTERS, "report_chars"), rule_of(cast, POSTERS)
    for attempt in (
        lambda unit: add_requirement(unit, rule, Wording("video")),
        lambda unit: change_requirement(unit, report.id, Wording("video"), "改"),
        lambda unit: remove_requirement(unit, report.id, "删"),
    ):
        with pytest.raises(Conflict, match=f"{POSTERS} is decided|is approved"), cast.work("zhao") as unit:
            attempt(unit)
    cast.archive(POSTERS)
    with pytest.raises(Conflict, match="is decided"), cast.work("zhao") as unit:
        add_requirement(unit, rule, Wording("video"))
    assert events(cast) == []


@pytest.mark.parametrize("login", ["qian", "sun", "feng", "chen", "chu"])
def test_nobody_but_the_office_says_what_is_asked_for(cast: Cast, login: str) -> None:
    rule, photos = rule_of(cast, STREETS), only(cast, STREETS, "photo_min")
    for attempt in (
        lambda unit: add_requirement(unit, rule, PHOTOS),
        lambda unit: change_requirement(unit, photos.id, PHOTOS, "改"),
        lambda unit: remove_requirement(unit, photos.id, "删"),
        lambda unit: restore_requirement(unit, photos.id),
    ):
        with pytest.raises(Forbidden, match="Only the creation office"), cast.work(login) as unit:
            attempt(unit)


def test_strangers_to_the_case_and_things_that_are_not_there(cast: Cast) -> None:
    cast.assign(VOLUNTEERS, ["甲科"])
    rule = rule_of(cast, VOLUNTEERS)
    with pytest.raises(Invalid, match="乙科 takes no part"), cast.work("zhao") as unit:
        add_requirement(unit, rule, Wording("video", department_id=cast.department("乙科")))
    with pytest.raises(Invalid, match="no such department"), cast.work("zhao") as unit:
        add_requirement(unit, rule, Wording("video", department_id=rule))
    with pytest.raises(Invalid, match="does not stand in the table so"), cast.work("zhao") as unit:
        add_requirement(unit, rule, Wording("video", phrase="没有这句话"))
    with pytest.raises(NotFound, match="no such case"), cast.work("zhao") as unit:
        add_requirement(unit, cast.case(VOLUNTEERS).id, Wording("video"))
    with pytest.raises(NotFound, match="no such requirement"), cast.work("zhao") as unit:
        restore_requirement(unit, rule)
    for reason in ("", "  ", "很" * 1001):
        with pytest.raises(Invalid), cast.work("zhao") as unit:
            remove_requirement(unit, only(cast, VOLUNTEERS, "summary").id, reason)

"""Review and approval: who may decide, what a return does, and that every decision is taken once."""

from uuid import UUID, uuid4

import pytest
from cast import POSTERS, STREETS, VOLUNTEERS, Cast
from sqlalchemy import select

from engine import audit
from engine.errors import Conflict, Forbidden, Invalid
from engine.unit_of_work import SYSTEM, Actor, work
from models.dossier import ApprovalSheet, SheetSignature
from models.evidence import Decision
from models.people import Role
from models.process import WorkItem
from workflows.lifecycle.cases import case_of
from workflows.lifecycle.decide import (
    Signed,
    Verdict,
    addressed,
    concerned,
    decide,
    form_version,
    may_decide,
)
from workflows.lifecycle.words import Outcome, Step
from workflows.people import set_roles

APPROVE = Verdict(Outcome.APPROVE, "同意")
RETURN = Verdict(Outcome.RETURN, "照片不清晰")


def actions(cast: Cast, no: str) -> list[str]:
    """Give what happened to a case, in order."""
    with cast.reading() as session:
        return [event.action for event in audit.trail(session, f"case:{no}")]


def decisions(cast: Cast) -> list[Decision]:
    """Give every decision taken, oldest first."""
    with cast.reading() as session:
        return list(session.scalars(select(Decision).order_by(Decision.decided_at)))


def test_a_case_goes_all_the_way_to_the_archive(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科", "乙科"])
    assert cast.case(STREETS).state == "awaiting_approval"
    assert [one.element for one in cast.items(STREETS)] == ["office_approval"]
    cast.approve(STREETS)
    assert cast.case(STREETS).state == "archiving"
    assert cast.parts(STREETS) == {"甲科": ("approved", 1), "乙科": ("approved", 1)}
    (waiting,) = cast.items(STREETS)
    assert (waiting.element, waiting.kind, waiting.candidate_group) == ("archive", "external", "system")
    cast.archive(STREETS)
    assert cast.items(STREETS) == []
    assert cast.case(STREETS).state == "archived"
    assert cast.case(STREETS).closed_at is not None
    assert cast.verdict().intact


def test_the_office_sees_a_case_only_when_every_department_is_through(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.submit(STREETS, "甲科")
    cast.review(STREETS, "甲科")
    assert [one.element for one in cast.items(STREETS)] == ["collect"]
    assert cast.case(STREETS).state == "collecting"
    cast.submit(STREETS, "乙科")
    assert cast.case(STREETS).state == "in_review"
    cast.review(STREETS, "乙科")
    assert [one.element for one in cast.items(STREETS)] == ["office_approval"]


def test_a_reviewer_returns_to_the_collector_of_that_department_only(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.submit(STREETS, "甲科")
    cast.submit(STREETS, "乙科")
    cast.review(STREETS, "甲科", Outcome.RETURN)
    assert cast.parts(STREETS) == {"甲科": ("returned", 1), "乙科": ("in_review", 1)}
    cast.submit(STREETS, "甲科")
    assert cast.parts(STREETS)["甲科"] == ("in_review", 2)


def test_the_office_returns_to_the_named_departments_and_the_others_keep_their_approval(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科", "乙科", "丙科"])
    cast.send_back(STREETS, ["乙科"])
    assert cast.parts(STREETS) == {"甲科": ("reviewed", 1), "乙科": ("returned", 1), "丙科": ("reviewed", 1)}
    assert [(one.element, one.scope) for one in cast.items(STREETS)] == [("collect", str(cast.department("乙科")))]
    cast.submit(STREETS, "乙科")
    cast.review(STREETS, "乙科")
    cast.approve(STREETS)
    assert cast.parts(STREETS) == {"甲科": ("approved", 1), "乙科": ("approved", 2), "丙科": ("approved", 1)}
    assert [(one.stage, one.outcome) for one in decisions(cast) if one.stage == "office_approval"] == [
        ("office_approval", "return"),
        *[("office_approval", "approve")] * 3,
    ]
    assert cast.verdict().intact


def test_a_return_keeps_its_reason_and_what_is_missing(cast: Cast) -> None:
    cast.to_office(POSTERS, ["丙科"])
    cast.send_back(POSTERS, ["丙科"])
    with cast.reading() as session:
        event = audit.trail(session, f"case:{POSTERS}")[-1]
    assert event.action == "office_approval.returned"
    assert "照片不清晰".encode() in event.body
    last = decisions(cast)[-1]
    assert (last.remark, last.missing, last.decided_by) == ("照片不清晰", ["照片"], cast.actor("zhao").id)


@pytest.mark.parametrize("remark", ["", "   ", "\n"])
def test_a_return_without_a_reason_is_refused(cast: Cast, remark: str) -> None:
    cast.assign(POSTERS, ["丙科"])
    cast.submit(POSTERS, "丙科")
    item = cast.item(POSTERS, Step.DEPARTMENT_REVIEW, "丙科")
    with pytest.raises(Invalid, match="needs a reason"):
        cast.decide(item.id, "wang", Verdict(Outcome.RETURN, remark))
    assert decisions(cast) == []


def test_the_office_must_say_to_whom_it_returns(cast: Cast) -> None:
    cast.to_office(POSTERS, ["丙科"])
    item = cast.item(POSTERS, Step.OFFICE_APPROVAL)
    for departments in ((), (cast.department("甲科"),), (uuid4(),), (cast.department("丙科"), cast.department("甲科"))):
        with pytest.raises(Invalid, match="Name the departments"):
            cast.decide(item.id, "zhao", Verdict(Outcome.RETURN, "请补充", departments))
    assert cast.case(POSTERS).state == "awaiting_approval"


def test_nobody_decides_on_what_they_handed_in(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科", by="wei")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    with pytest.raises(Forbidden, match="handed this evidence in yourself"):
        cast.decide(item.id, "wei", APPROVE)
    cast.review(STREETS, "甲科")
    with pytest.raises(Forbidden, match="handed this evidence in yourself"):
        cast.approve(STREETS, by="wei")
    cast.approve(STREETS)


def test_nobody_decides_on_evidence_they_gathered_for_another(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    cast.add_file(item.id, "wei", None, "一张")
    cast.submit(STREETS, "甲科", by="qian")
    with pytest.raises(Forbidden, match="Some of this evidence is yours"):
        cast.review(STREETS, "甲科", by="wei")


def test_the_office_does_not_approve_what_it_reviewed_itself(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    cast.review(STREETS, "甲科", by="wei")
    with pytest.raises(Forbidden, match="You reviewed this evidence"):
        cast.approve(STREETS, by="wei")
    assert cast.case(STREETS).state == "awaiting_approval"
    cast.approve(STREETS, by="zhou")


@pytest.mark.parametrize("login", ["qian", "wu", "wang", "zhao", "feng", "chen", "chu"])
def test_a_department_is_reviewed_by_its_own_reviewer_only(cast: Cast, login: str) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    with pytest.raises(Forbidden, match="not in the group"):
        cast.review(STREETS, "甲科", by=login)


def test_an_older_form_is_a_conflict_and_decides_nothing(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.submit(STREETS, "甲科")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    signed = cast.sign(item.id, "sun")
    with pytest.raises(Conflict, match="handed in anew"), cast.work("sun") as unit:
        decide(unit, item.id, APPROVE, Signed("0" * 16, signed.sheets))
    assert decisions(cast) == []
    with cast.work("sun") as unit:
        decide(unit, item.id, APPROVE, signed)


def test_the_form_changes_when_a_round_is_handed_in(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科", "乙科"])
    with cast.reading() as session:
        item = session.get_one(WorkItem, cast.item(STREETS, Step.OFFICE_APPROVAL).id)
        first = form_version(session, item)
        assert first == form_version(session, item)
        assert len(concerned(session, case_of(session, item), item)) == 2
    cast.send_back(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    cast.review(STREETS, "甲科")
    with cast.reading() as session:
        assert form_version(session, session.get_one(WorkItem, cast.item(STREETS, Step.OFFICE_APPROVAL).id)) != first


def test_a_repeat_with_the_same_key_decides_once(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    first = cast.decide(item.id, "sun", APPROVE, "key-1")
    with cast.work("sun") as unit:
        again = decide(unit, item.id, APPROVE, Signed("anything", (), "key-1"))
    assert (first.no, first.repeated) == (STREETS, False)
    assert (again.no, again.repeated) == (STREETS, True)
    assert len(decisions(cast)) == 1
    assert actions(cast, STREETS).count("department_review.approved") == 1


def test_the_key_of_another_person_repeats_nothing(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科"])
    cast.decide(cast.item(STREETS, Step.OFFICE_APPROVAL).id, "zhao", APPROVE, "key-1")
    cast.to_office(POSTERS, ["丙科"])
    result = cast.decide(cast.item(POSTERS, Step.OFFICE_APPROVAL).id, "zhou", APPROVE, "key-1")
    assert (result.no, result.repeated) == (POSTERS, False)


def test_one_approval_of_several_departments_is_one_click_with_one_key(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科", "乙科"])
    item = cast.item(STREETS, Step.OFFICE_APPROVAL)
    cast.decide(item.id, "zhao", APPROVE, "key-9")
    with cast.reading() as session:
        assert len(session.scalars(select(SheetSignature).where(SheetSignature.field == "office_approval")).all()) == 2
    with cast.work("zhao") as unit:
        assert decide(unit, item.id, APPROVE, Signed("", (), "key-9")).repeated


def test_a_decision_without_its_signature_is_refused(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    signed = cast.sign(item.id, "sun")
    with pytest.raises(Conflict, match="signed this sheet"), cast.work("sun") as unit:
        decide(unit, item.id, APPROVE, Signed(signed.version, ()))
    assert decisions(cast) == []
    assert cast.case(STREETS).state == "in_review"


def test_a_signature_on_older_bytes_is_refused(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.OFFICE_APPROVAL)
    early, late = cast.sign(item.id, "zhao"), cast.sign(item.id, "zhou")
    with cast.sessions.begin() as session:
        session.get_one(ApprovalSheet, late.sheets[0].sheet_id).current_sha256 = "f" * 64
    with pytest.raises(Conflict, match="signed this sheet"), cast.work("zhao") as unit:
        decide(unit, item.id, APPROVE, early)
    assert [one.stage for one in decisions(cast)] == ["department_review"]


def test_nothing_is_decided_where_there_is_nothing_to_decide(cast: Cast) -> None:
    item = cast.item(STREETS, Step.ASSIGN)
    with pytest.raises(Forbidden), cast.work("zhao") as unit:
        decide(unit, item.id, APPROVE, Signed("", ()))


def test_machines_decide_nothing(cast: Cast) -> None:
    cast.to_office(POSTERS, ["丙科"])
    item = cast.item(POSTERS, Step.OFFICE_APPROVAL)
    robot = Actor(None, "robot", frozenset({("creation_office", None)}))
    signed = cast.sign(item.id, "zhao")
    with pytest.raises(Forbidden, match="taken by people"), work(cast.sessions, robot) as unit:
        decide(unit, item.id, APPROVE, signed)
    with pytest.raises(Forbidden), work(cast.sessions, SYSTEM) as unit:
        decide(unit, item.id, APPROVE, signed)


def test_the_page_asks_what_the_verb_enforces(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科"])
    with cast.reading() as session:
        item = session.get_one(WorkItem, cast.item(STREETS, Step.OFFICE_APPROVAL).id)
        allowed = {login for login in ("zhao", "zhou", "sun", "qian", "chu") if not may_decide(session, cast.actor(login), item)}
    assert allowed == {"zhao", "zhou"}


def test_roles_lost_after_the_form_was_opened_count(cast: Cast) -> None:
    cast.to_office(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.OFFICE_APPROVAL)
    signed = cast.sign(item.id, "zhou")
    with cast.work("chu") as unit:
        set_roles(unit, cast.actor("zhou").id or UUID(int=0), ((Role.LEADER, None),))
    with pytest.raises(Forbidden), cast.work("zhou") as unit:
        decide(unit, item.id, APPROVE, signed)


def test_an_approval_reaches_every_round_on_the_table(cast: Cast) -> None:
    cast.to_office(VOLUNTEERS, ["甲科", "丙科"])
    with cast.reading() as session:
        item = session.get_one(WorkItem, cast.item(VOLUNTEERS, Step.OFFICE_APPROVAL).id)
        rounds = concerned(session, case_of(session, item), item)
        named = Verdict(Outcome.RETURN, "补", (cast.department("丙科"),))
        assert [one.contribution.department_id for one in addressed(rounds, named)] == [cast.department("丙科")]
        assert addressed(rounds, APPROVE) == rounds

"""The verbs on a case of the city: taking a round back, handing over by name, acting for an absent colleague, stopping."""

import json
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from cast import POSTERS, STREETS, VOLUNTEERS, Cast
from office import refused
from papers import dossiers, hand_in, pdf_of, say, submissions
from sqlalchemy import select

from engine.audit import trail
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.unit_of_work import utc_now
from engine.verbs import reminders, withdrawing
from engine.verbs.substitution import Period, substitute
from models.evidence import AssignmentState
from models.people import Person
from models.process import ProcessInstance
from workflows.dossier.sheets import render_sheet
from workflows.dossier.verification import verify_dossier
from workflows.lifecycle.archive import archive_case
from workflows.lifecycle.decide import Outcome, Verdict, may_decide
from workflows.lifecycle.ending import cancel, resume, suspend
from workflows.lifecycle.handing_over import copy, delegate, reassign
from workflows.lifecycle.taking_back import may_withdraw, withdraw
from workflows.lifecycle.words import Step
from workflows.people import actor_of
from workflows.visibility import sees_event, visible_case


def person_id(cast: Cast, login: str) -> UUID:
    """Give the id of a person."""
    found = cast.actor(login).id
    assert found is not None
    return found


def actions(cast: Cast, no: str) -> list[str]:
    """Give what was recorded of a case."""
    with cast.reading() as session:
        return [event.action for event in trail(session, f"case:{no}")]


def details(cast: Cast, no: str) -> dict[str, object]:
    """Give the facts of the newest event of a case."""
    with cast.reading() as session:
        found: dict[str, object] = json.loads(trail(session, f"case:{no}")[-1].body)
        return found


def absent(cast: Cast, principal: str, deputy: str) -> None:
    """Let somebody act for an absent colleague from now on."""
    now = utc_now()
    with cast.work(principal) as unit:
        substitute(unit, cast.actor(principal), cast.actor(deputy), Period(now, now + timedelta(days=1)), "出差")


def done(cast: Cast, no: str, step: Step) -> int:
    """Give the step of a case that was done last at an element."""
    from models.process import WorkItem

    query = select(WorkItem.id).join(ProcessInstance).where(ProcessInstance.business_key == no, WorkItem.element == step)
    with cast.reading() as session:
        return session.scalars(query.where(WorkItem.closed_at.is_not(None)).order_by(WorkItem.id.desc())).first() or 0


@pytest.fixture
def submitted(cast: Cast) -> Cast:
    """Give a case whose department has just handed in."""
    cast.assign(POSTERS, ["丙科"])
    cast.submit(POSTERS, "丙科")
    return cast


def test_a_round_is_taken_back_before_the_reviewer_opens_it_and_handed_in_anew(submitted: Cast) -> None:
    with submitted.work("zheng") as unit:
        withdraw(unit, done(submitted, POSTERS, Step.COLLECT), "漏了一张")
    assert submitted.parts(POSTERS) == {"丙科": ("collecting", 1)}
    assert submitted.case(POSTERS).state == AssignmentState.COLLECTING
    item = submitted.item(POSTERS, Step.COLLECT, "丙科")
    assert item.assignee_id == person_id(submitted, "zheng")
    submitted.submit(POSTERS, "丙科")
    assert submitted.parts(POSTERS) == {"丙科": ("in_review", 2)}
    submitted.review(POSTERS, "丙科")
    submitted.approve(POSTERS)
    assert submitted.case(POSTERS).state == AssignmentState.ARCHIVING
    assert submitted.verdict().intact


def test_after_a_return_the_round_taken_back_still_has_a_return_to_answer(submitted: Cast) -> None:
    submitted.review(POSTERS, "丙科", Outcome.RETURN)
    submitted.submit(POSTERS, "丙科")
    with submitted.work("zheng") as unit:
        withdraw(unit, done(submitted, POSTERS, Step.COLLECT))
    assert submitted.parts(POSTERS) == {"丙科": ("returned", 2)}


def test_one_department_takes_its_round_back_and_the_others_go_on(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.submit(STREETS, "甲科")
    cast.submit(STREETS, "乙科")
    with cast.work("li") as unit:
        withdraw(unit, done(cast, STREETS, Step.COLLECT))
    assert cast.parts(STREETS) == {"甲科": ("in_review", 1), "乙科": ("collecting", 1)}
    cast.submit(STREETS, "乙科")
    cast.review(STREETS, "甲科")
    cast.review(STREETS, "乙科")
    assert cast.case(STREETS).state == AssignmentState.AWAITING_APPROVAL
    assert cast.verdict().intact


def test_what_the_reviewer_has_opened_is_not_taken_back(submitted: Cast) -> None:
    with submitted.work("wang") as unit:
        assert withdrawing.opened(unit, submitted.item(POSTERS, Step.DEPARTMENT_REVIEW, "丙科").id)
    with refused(Conflict, "already opened", "已有人打开"), submitted.work("zheng") as unit:
        withdraw(unit, done(submitted, POSTERS, Step.COLLECT))
    assert submitted.parts(POSTERS) == {"丙科": ("in_review", 1)}


def test_nobody_else_takes_it_back_and_no_decision_is(submitted: Cast) -> None:
    with refused(Forbidden, "Only the person who did this step", "只有该环节的办理人"), submitted.work("wang") as unit:
        withdraw(unit, done(submitted, POSTERS, Step.COLLECT))
    submitted.review(POSTERS, "丙科")
    with refused(Conflict, "A decision is signed and stands", "已经签名"), submitted.work("wang") as unit:
        withdraw(unit, done(submitted, POSTERS, Step.DEPARTMENT_REVIEW))
    with submitted.work("wang") as unit:
        item = submitted.item(POSTERS, Step.OFFICE_APPROVAL)
        assert may_withdraw(unit.session, unit.actor, item) is not None


def test_a_dossier_is_sound_when_a_round_was_taken_back_on_the_way(cast: Cast) -> None:
    cast.assign(POSTERS, ["丙科"])
    hand_in(cast, POSTERS, "丙科", "初稿")
    (first,) = submissions(cast, POSTERS)
    render_sheet(cast.sessions, cast.facilities, first.id)
    with cast.work("zheng") as unit:
        withdraw(unit, done(cast, POSTERS, Step.COLLECT), "漏了一张")
    hand_in(cast, POSTERS, "丙科", "定稿")
    yes = Verdict(Outcome.APPROVE, "同意")
    say(cast, cast.item(POSTERS, Step.DEPARTMENT_REVIEW, "丙科").id, "wang", yes)
    say(cast, cast.item(POSTERS, Step.OFFICE_APPROVAL).id, "zhao", yes)
    archive_case(cast.sessions, cast.facilities, cast.item(POSTERS, Step.ARCHIVE).id)
    assert len(dossiers(cast)) == 1
    root = (cast.facilities.authority_dir / "root.pem").read_bytes()
    verdict = verify_dossier(pdf_of(cast, POSTERS), [root], None)
    assert [light.key for light in verdict.lights if light.ok is False] == []


def test_the_office_hands_a_step_to_a_named_collector(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    with cast.work("zhao") as unit:
        reassign(unit, item.id, person_id(cast, "wei"), "钱立休假")
    assert cast.item(STREETS, Step.COLLECT, "甲科").assignee_id == person_id(cast, "wei")
    with cast.work("sun") as unit:
        reassign(unit, item.id, person_id(cast, "qian"), "已返岗")
    assert actions(cast, STREETS)[-2:] == ["work_item.reassigned"] * 2
    assert cast.verdict().intact


@pytest.mark.parametrize(
    ("by", "to", "kind"),
    [
        pytest.param("wu", "qian", Forbidden, id="reviewer-of-another-department"),
        pytest.param("chu", "qian", Forbidden, id="administrator"),
        pytest.param("feng", "qian", Forbidden, id="auditor"),
        pytest.param("chen", "qian", Forbidden, id="leader"),
        pytest.param("li", "qian", Forbidden, id="collector-of-another-department"),
        pytest.param("zhao", "li", Invalid, id="to-another-department"),
    ],
)
def test_who_hands_no_step_over_and_to_whom_not(cast: Cast, by: str, to: str, kind: type[Refused]) -> None:
    cast.assign(STREETS, ["甲科"])
    with pytest.raises(kind), cast.work(by) as unit:
        reassign(unit, cast.item(STREETS, Step.COLLECT, "甲科").id, person_id(cast, to), "x")
    assert cast.item(STREETS, Step.COLLECT, "甲科").assignee_id is None


def test_a_deciding_step_is_handed_to_nobody_with_a_part_in_the_evidence(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科", by="wei")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    with refused(Invalid, "卫东 has a part in this evidence", "卫东参与了"), cast.work("zhao") as unit:
        reassign(unit, item.id, person_id(cast, "wei"), "x")
    with cast.work("zhao") as unit:
        reassign(unit, item.id, person_id(cast, "sun"), "x")
    with refused(Invalid, "吴桐 may not see this case", "吴桐无权查看"), cast.work("sun") as unit:
        delegate(unit, item.id, person_id(cast, "wu"), "请提意见")
    with refused(Invalid, "卫东 has a part in this evidence", "卫东参与了"), cast.work("sun") as unit:
        delegate(unit, item.id, person_id(cast, "wei"), "请提意见")
    with cast.work("sun") as unit:
        delegate(unit, item.id, person_id(cast, "qian"), "请核对")
    with pytest.raises(Conflict, match="claimed this step"):
        cast.review(STREETS, "甲科")


def test_a_copy_goes_to_who_sees_the_case(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    with refused(Invalid, "吴桐 may not see this case", "吴桐无权查看"), cast.work("zhao") as unit:
        copy(unit, item.id, [person_id(cast, "wu")], "请知悉")
    with cast.work("zhao") as unit:
        copy(unit, item.id, [person_id(cast, "sun"), person_id(cast, "chen")], "请知悉")
    assert actions(cast, STREETS)[-1] == "copy.sent"
    with cast.work("chu") as unit:
        unit.session.scalars(select(Person).where(Person.login == "sun")).one().active = False
        unit.record("people", "person.deactivated", {})
    with refused(Invalid, "孙平 is switched off", "孙平的账号已停用"), cast.work("zhao") as unit:
        copy(unit, item.id, [person_id(cast, "sun")], "请知悉")


@pytest.mark.parametrize(
    ("login", "supervised", "not_supervised"),
    [
        ("zhao", [("collector", "甲科"), ("department_reviewer", "丙科"), ("creation_office", None)], [("system", None)]),
        ("sun", [("collector", "甲科")], [("collector", "乙科"), ("department_reviewer", "甲科"), ("creation_office", None)]),
        ("qian", [], [("collector", "甲科")]),
        ("chu", [], [("collector", "甲科"), ("creation_office", None)]),
        ("feng", [], [("collector", "甲科")]),
    ],
)
def test_who_supervises_whom(
    cast: Cast, login: str, supervised: Sequence[tuple[str, str | None]], not_supervised: Sequence[tuple[str, str | None]]
) -> None:
    actor = cast.actor(login)

    def asked(group: str, name: str | None) -> bool:
        return actor.may_supervise(group, str(cast.department(name)) if name else None)

    assert all(asked(*one) for one in supervised)
    assert not any(asked(*one) for one in not_supervised)
    assert actor.holds("process_owner") == (login == "zhao")


def test_reminders_come_from_the_office_and_the_reviewer(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    with cast.work("sun") as unit:
        reminders.remind(unit, item.id)
    with pytest.raises(Conflict), cast.work("zhao") as unit:
        reminders.remind(unit, item.id)
    with pytest.raises(Forbidden), cast.work("wu") as unit:
        reminders.remind(unit, item.id)


def test_a_case_is_suspended_resumed_and_cancelled_by_the_office(submitted: Cast) -> None:
    with submitted.work("zhao") as unit:
        suspend(unit, POSTERS, "核查")
    with pytest.raises(Conflict, match="suspended"):
        submitted.review(POSTERS, "丙科")
    with submitted.work("zhou") as unit:
        resume(unit, POSTERS, "核查完毕")
    with submitted.work("zhao") as unit:
        cancel(unit, POSTERS, "任务撤销")
    case = submitted.case(POSTERS)
    assert (case.state, case.closed_at is not None) == (AssignmentState.CLOSED, True)
    assert submitted.items(POSTERS) == []
    assert actions(submitted, POSTERS)[-3:] == ["process.suspended", "process.resumed", "process.cancelled"]
    assert submitted.verdict().intact


@pytest.mark.parametrize("login", ["chu", "chen", "feng", "sun", "qian"])
@pytest.mark.parametrize("verb", [suspend, resume, cancel], ids=lambda one: one.__name__)
def test_only_the_office_stops_a_case(cast: Cast, login: str, verb: object) -> None:
    assert callable(verb)
    with pytest.raises(Forbidden), cast.work(login) as unit:
        verb(unit, VOLUNTEERS, "x")
    with pytest.raises(NotFound), cast.work("zhao") as unit:
        verb(unit, "CJ-2026-9999", "x")


def test_a_substitute_decides_for_an_absent_reviewer_and_both_names_are_kept(submitted: Cast) -> None:
    absent(submitted, "wang", "wu")
    deputy = submitted.actor("wu")
    assert [one.name for one in deputy.principals] == ["王芳"]
    with submitted.reading() as session:
        assert visible_case(session, deputy, POSTERS).no == POSTERS
    submitted.review(POSTERS, "丙科", by="wu")
    newest = details(submitted, POSTERS)
    assert (newest["actor"]["name"], newest["for"]["name"]) == ("吴桐", "王芳")  # type: ignore[index]
    assert submitted.verdict().intact


@pytest.mark.parametrize("submitter", ["wei", "qian"])
def test_nobody_decides_through_a_substitute_on_evidence_of_either(cast: Cast, submitter: str) -> None:
    # qian acts for wei; either of them handed the evidence in.
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科", by=submitter)
    absent(cast, "wei", "qian")
    with cast.work("qian") as unit:
        refusal = may_decide(unit.session, unit.actor, cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科"))
        assert isinstance(refusal, Forbidden)
    with pytest.raises(Forbidden):
        cast.review(STREETS, "甲科", by="qian")


def test_ones_own_chair_is_not_lost_by_acting_for_who_handed_it_in(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    absent(cast, "qian", "sun")
    cast.review(STREETS, "甲科", by="sun")
    assert "for" not in details(cast, STREETS)


def test_a_person_switched_off_acts_for_nobody_and_lends_nothing(submitted: Cast) -> None:
    absent(submitted, "wang", "wu")
    with submitted.work("chu") as unit:
        unit.session.scalars(select(Person).where(Person.login == "wang")).one().active = False
        unit.record("people", "person.deactivated", {})
    with pytest.raises(Forbidden):
        submitted.review(POSTERS, "丙科", by="wu")
    with submitted.reading() as session:
        off = session.scalars(select(Person).where(Person.login == "wang")).one()
        assert actor_of(off).principals == ()


def test_what_is_done_in_one_department_is_read_there_and_by_the_office(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    with cast.work("zhao") as unit:
        reassign(unit, cast.item(STREETS, Step.COLLECT, "甲科").id, person_id(cast, "qian"), "x")
    facts = details(cast, STREETS)["details"]
    assert isinstance(facts, dict)
    assert [sees_event(cast.actor(one), facts) for one in ("zhao", "sun", "wu")] == [True, True, False]



"""Substitutes: arranged for a period, never in a circle, with both names on what they do, and bound by separation."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from office import CHIEF, DRAFTER, ISSUER, JIA, MORNING, OWNER, REVIEWER, STRANGER, YI, Office, person, refused

from engine import audit
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.unit_of_work import SYSTEM, Actor, Sessions, reading, work
from engine.verbs.claims import Completion, complete
from engine.verbs.handing_over import reassign
from engine.verbs.returning import return_to
from engine.verbs.substitution import CHAIN, Period, principals_of, revoke, substitute, substitutes_of

DAY = timedelta(days=1)
WEEK = Period(MORNING, MORNING + 7 * DAY)
DEPUTY, SECOND_DEPUTY = person("代办人"), person("另一代办人")


@pytest.fixture
def office(sessions: Sessions) -> Office:
    """Give an office without a process."""
    return Office(sessions)


def arrange(office: Office, principal: Actor, deputy: Actor, period: Period = WEEK, by: Actor | None = None) -> UUID:
    """Arrange a substitution."""
    with office.work(by or principal) as unit:
        return substitute(unit, principal, deputy, period, "休假").id


def acting(office: Office, deputy: Actor, principal: Actor) -> Actor:
    """Give the deputy as they sign in now: with the principals they have at this moment."""
    with reading(office.sessions) as session:
        ids = principals_of(session, known(deputy), office.now)
    return replace(deputy, principals=(principal,) if principal.id in ids else ())


def known(one: Actor) -> UUID:
    """Give the id of a person."""
    assert one.id is not None
    return one.id


def test_a_substitution_holds_in_its_period_and_not_around_it(office: Office) -> None:
    arrange(office, REVIEWER, DEPUTY)
    with reading(office.sessions) as session:
        for moment, there in ((-DAY, False), (timedelta(0), True), (7 * DAY - timedelta(microseconds=1), True), (7 * DAY, False)):
            assert principals_of(session, known(DEPUTY), MORNING + moment) == ([REVIEWER.id] if there else [])
            assert substitutes_of(session, known(REVIEWER), MORNING + moment) == ([DEPUTY.id] if there else [])
        (event,) = audit.trail(session, CHAIN)
        assert audit.verify(session).intact
    details = json.loads(event.body)["details"]
    assert (event.action, details["principal"]["name"], details["substitute"]["name"]) == ("substitution.created", "审核人", "代办人")
    assert details["reason"] == "休假"


def test_a_revoked_substitution_holds_no_more(office: Office) -> None:
    for by in (REVIEWER, DEPUTY, OWNER):
        made = arrange(office, REVIEWER, DEPUTY)
        with office.work(by) as unit:
            revoke(unit, made, "提前返岗")
        with reading(office.sessions) as session:
            assert principals_of(session, known(DEPUTY), office.now) == []
        with refused(Conflict, "over already", "已经结束"), office.work(by) as unit:
            revoke(unit, made, "x")
    with reading(office.sessions) as session:
        assert [one.action for one in audit.trail(session, CHAIN)] == ["substitution.created", "substitution.revoked"] * 3


@pytest.mark.parametrize("by", [STRANGER, CHIEF, person("管理员", "administrator")], ids=lambda one: one.name)
def test_only_the_principal_and_the_owner_of_processes_arrange_and_the_two_end(office: Office, by: Actor) -> None:
    with refused(Forbidden, "Only the office that owns the process", "流程主管科室"), office.work(by) as unit:
        substitute(unit, REVIEWER, DEPUTY, WEEK, "x")
    made = arrange(office, REVIEWER, DEPUTY, by=OWNER)
    with refused(Forbidden, "Only the two people", "双方或创文办"), office.work(by) as unit:
        revoke(unit, made, "x")
    with refused(NotFound, "no such substitution", "没有此项委托"), office.work(OWNER) as unit:
        revoke(unit, uuid4(), "x")
    with refused(Invalid, "Give a reason", "事由"), office.work(OWNER) as unit:
        revoke(unit, made, "")


@pytest.mark.parametrize(
    ("deputy", "period", "reason", "kind", "english", "chinese"),
    [
        pytest.param(REVIEWER, WEEK, "x", Invalid, "Nobody substitutes themselves", "不能委托给本人", id="oneself"),
        pytest.param(SYSTEM, WEEK, "x", Invalid, "Choose a person", "请选择人员", id="machine"),
        pytest.param(DEPUTY, WEEK, "", Invalid, "Give a reason", "事由", id="no-reason"),
        pytest.param(DEPUTY, Period(MORNING + DAY, MORNING), "x", Invalid, "ends before it begins", "早于开始", id="upside-down"),
        pytest.param(DEPUTY, Period(MORNING, MORNING), "x", Invalid, "ends before it begins", "早于开始", id="empty"),
        pytest.param(DEPUTY, Period(MORNING - DAY, MORNING), "x", Invalid, "over already", "期限已过", id="past"),
        pytest.param(DEPUTY, Period(MORNING, MORNING + 367 * DAY), "x", Invalid, "a year at most", "最长一年", id="long"),
    ],
)
def test_what_is_not_arranged(
    office: Office, deputy: Actor, period: Period, reason: str, kind: type[Invalid], english: str, chinese: str
) -> None:
    with refused(kind, english, chinese), office.work(REVIEWER) as unit:
        substitute(unit, REVIEWER, deputy, period, reason)


def test_the_same_two_are_arranged_once_at_a_time(office: Office) -> None:
    arrange(office, REVIEWER, DEPUTY)
    with refused(Conflict, "代办人 is already the substitute", "代办人在此期限内已是代理人"), office.work(REVIEWER) as unit:
        substitute(unit, REVIEWER, DEPUTY, Period(MORNING + 6 * DAY, MORNING + 8 * DAY), "x")
    arrange(office, REVIEWER, DEPUTY, Period(MORNING + 7 * DAY, MORNING + 9 * DAY))
    arrange(office, REVIEWER, SECOND_DEPUTY)


@pytest.mark.parametrize("between", [(), (STRANGER,)], ids=["two", "three"])
def test_the_absent_do_not_stand_in_for_each_other(office: Office, between: tuple[Actor, ...]) -> None:
    chain = [JIA, *between, YI]
    for principal, deputy in pairwise(chain):
        arrange(office, principal, deputy)
    with refused(Conflict, "represented by the very person", "不能互相代理"), office.work(YI) as unit:
        substitute(unit, YI, JIA, Period(MORNING + DAY, MORNING + 2 * DAY), "x")
    arrange(office, YI, JIA, Period(MORNING + 7 * DAY, MORNING + 8 * DAY))


def test_two_arrangements_at_the_same_moment_do_not_close_a_circle(office: Office) -> None:
    ready = Barrier(2)

    def send(pair: tuple[Actor, Actor]) -> bool:
        ready.wait()
        try:
            with work(office.sessions, pair[0], lambda: MORNING) as unit:
                substitute(unit, *pair, WEEK, "x")
        except Refused:
            return False
        return True

    for _ in range(5):
        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(send, [(JIA, YI), (YI, JIA)])) == [False, True]
        with reading(office.sessions) as session:
            made = json.loads(audit.trail(session, CHAIN)[-1].body)["details"]["id"]
        with office.work(OWNER) as unit:
            revoke(unit, UUID(made), "x")


def test_a_substitute_acts_and_both_names_are_recorded(office: Office) -> None:
    office.begin("approval_steps")
    office.do(DRAFTER, "draft")
    arrange(office, REVIEWER, DEPUTY)
    item = office.item("review")
    with office.work(acting(office, DEPUTY, REVIEWER)) as unit:
        complete(unit, item.id, Completion("approve"))
    done = office.stored(item.id)
    assert (done.closed_by, done.closed_for) == (DEPUTY.id, REVIEWER.id)
    body = json.loads(office.trail()[-1].body)
    assert (body["actor"]["name"], body["for"]) == ("代办人", {"id": str(REVIEWER.id), "name": "审核人"})
    office.check()


def test_who_is_no_substitute_any_more_does_nothing(office: Office) -> None:
    office.begin("approval_steps")
    office.do(DRAFTER, "draft")
    made = arrange(office, REVIEWER, DEPUTY)
    with office.work(REVIEWER) as unit:
        revoke(unit, made, "返岗")
    with refused(Forbidden, "not in the group", "候选"), office.work(acting(office, DEPUTY, REVIEWER)) as unit:
        complete(unit, office.item("review").id, Completion("approve"))


@pytest.mark.parametrize("drafted_by", ["deputy", "principal"])
def test_nobody_decides_through_a_substitute_on_what_either_submitted(office: Office, drafted_by: str) -> None:
    drafting = person("两岗一人", "drafter", "reviewer")
    deputy = person("拟稿兼代办", "drafter")
    office.begin("approval_steps")
    office.do(deputy if drafted_by == "deputy" else drafting, "draft")
    with pytest.raises(Forbidden, match="did an earlier step"), office.work(replace(deputy, principals=(drafting,))) as unit:
        complete(unit, office.item("review").id, Completion("approve"))


def test_what_a_substitute_did_counts_for_the_principal_too(office: Office) -> None:
    both = person("审核兼签发", "reviewer", "office")
    office.begin("approval_steps")
    office.do(DRAFTER, "draft")
    office.do(replace(DEPUTY, principals=(both,)), "review", "approve")
    office.do(REVIEWER, "proofread")
    for actor in (both, replace(person("代签人"), principals=(both,))):
        with pytest.raises(Forbidden, match="did an earlier step"), office.work(actor) as unit:
            complete(unit, office.item("issue").id, Completion("approve"))
    office.do(ISSUER, "issue", "approve")
    office.check()


def test_what_a_substitute_returned_counts_for_the_principal_too(office: Office) -> None:
    both = person("审核兼签发", "reviewer", "office")
    office.begin("approval_steps")
    office.do(DRAFTER, "draft")
    item = office.item("review")
    with office.work(replace(DEPUTY, principals=(both,))) as unit:
        return_to(unit, item.id, "draft", "依据不足")
    assert (office.stored(item.id).closed_by, office.stored(item.id).closed_for) == (DEPUTY.id, both.id)
    office.do(DRAFTER, "draft")
    office.do(REVIEWER, "review", "approve")
    office.do(REVIEWER, "proofread")
    with pytest.raises(Forbidden, match="did an earlier step"), office.work(both) as unit:
        complete(unit, office.item("issue").id, Completion("approve"))
    office.check()


def test_a_supervisors_substitute_supervises_and_says_for_whom(office: Office) -> None:
    office.begin("approval_steps")
    with office.work(replace(DEPUTY, principals=(CHIEF,))) as unit:
        reassign(unit, office.item("draft").id, DRAFTER, "x")
    assert json.loads(office.trail()[-1].body)["for"]["name"] == "科长"


def test_a_substitute_of_a_substitute_is_nobodys(office: Office) -> None:
    office.begin("approval_steps")
    middle = replace(DEPUTY, principals=(DRAFTER,))
    with refused(Forbidden, "not in the group", "候选"), office.work(replace(STRANGER, principals=(middle,))) as unit:
        complete(unit, office.item("draft").id, Completion("done"))

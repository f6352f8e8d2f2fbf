"""Return a case to an earlier step, and take back what one has just done."""

import json

import pytest
from office import (
    CHIEF,
    DRAFTER,
    ISSUER,
    JIA,
    REVIEWER,
    SECOND_DRAFTER,
    SECOND_REVIEWER,
    STRANGER,
    YI,
    Office,
    person,
    refused,
)

from engine.errors import Conflict, Forbidden, Invalid
from engine.unit_of_work import Actor, Sessions
from engine.verbs.claims import claim
from engine.verbs.returning import earlier_steps, return_to
from engine.verbs.suspension import suspend
from engine.verbs.withdrawing import opened, withdraw


@pytest.fixture
def office(sessions: Sessions) -> Office:
    """Give a process with the draft done: review and proofreading wait at the same time."""
    there = Office(sessions)
    there.begin("approval_steps")
    there.do(DRAFTER, "draft")
    return there


@pytest.fixture
def issuing(office: Office) -> Office:
    """Give the process at its last human step."""
    office.do(REVIEWER, "review", "approve")
    office.do(SECOND_REVIEWER, "proofread")
    return office


@pytest.mark.parametrize(
    ("element", "open_then"),
    [
        # Back behind the fork both branches begin anew; back into one of them the other stays as it was.
        pytest.param("draft", ["draft"], id="before-the-fork"),
        pytest.param("review", ["review"], id="one-branch"),
    ],
)
def test_a_case_goes_back_to_a_step_it_has_passed(issuing: Office, element: str, open_then: list[str]) -> None:
    item = issuing.item("issue")
    with issuing.work(ISSUER) as unit:
        return_to(unit, item.id, element, "依据不足")
    assert issuing.open() == open_then
    done = issuing.stored(item.id)
    assert (done.outcome, done.closed_by) == ("returned", ISSUER.id)
    details = json.loads(issuing.trail()[-1].body)["details"]
    assert details == {"item": item.id, "step": "issue", "to": element, "reason": "依据不足"}
    issuing.check()


def test_after_a_return_the_case_goes_the_drawn_way_again(issuing: Office) -> None:
    with issuing.work(ISSUER) as unit:
        return_to(unit, issuing.item("issue").id, "draft", "重写")
    issuing.do(SECOND_DRAFTER, "draft")
    assert sorted(issuing.open()) == ["proofread", "review"]
    issuing.do(REVIEWER, "review", "approve")
    issuing.do(SECOND_REVIEWER, "proofread")
    issuing.do(ISSUER, "issue", "approve")
    assert issuing.open() == ["file"]
    issuing.check()


def test_a_return_from_one_branch_withdraws_the_other(office: Office) -> None:
    waiting = office.item("proofread").id
    with office.work(REVIEWER) as unit:
        return_to(unit, office.item("review").id, "draft", "重写")
    assert office.open() == ["draft"]
    assert office.stored(waiting).closed_by is None
    office.check()


def test_only_steps_that_were_passed_are_offered(office: Office, issuing: Office) -> None:
    with issuing.work(ISSUER) as unit:
        item = unit.session.merge(issuing.item("issue"))
        assert [one.element for one in earlier_steps(unit.session, item)] == ["draft", "review", "proofread"]
        assert [one.name for one in earlier_steps(unit.session, item)] == ["拟稿", "审核", "校对"]


@pytest.mark.parametrize(
    ("actor", "element", "reason", "kind", "english", "chinese"),
    [
        pytest.param(ISSUER, "draft", "", Invalid, "Give a reason", "事由", id="no-reason"),
        pytest.param(ISSUER, "issue", "x", Invalid, "has not passed step issue", "没有经过", id="itself"),
        pytest.param(ISSUER, "file", "x", Invalid, "one of: 拟稿、审核、校对", "可退回至：拟稿、审核、校对", id="ahead"),
        pytest.param(ISSUER, "nowhere", "x", Invalid, "has not passed step nowhere", "没有经过", id="unknown"),
        pytest.param(STRANGER, "draft", "x", Forbidden, "not in the group", "候选", id="stranger"),
        pytest.param(CHIEF, "draft", "x", Forbidden, "not in the group", "候选", id="supervisor"),
    ],
)
def test_what_is_not_returned(
    issuing: Office, actor: Actor, element: str, reason: str, kind: type[Invalid], english: str, chinese: str
) -> None:
    with refused(kind, english, chinese), issuing.work(actor) as unit:
        return_to(unit, issuing.item("issue").id, element, reason)
    assert issuing.open() == ["issue"]
    issuing.check()


def test_from_the_first_step_there_is_no_way_back(sessions: Sessions) -> None:
    office = Office(sessions)
    office.begin("approval_steps")
    with refused(Invalid, "first step of the case", "第一个环节"), office.work(DRAFTER) as unit:
        return_to(unit, office.item("draft").id, "review", "x")


def test_a_panel_is_returned_to_the_draft_by_one_of_it(sessions: Sessions) -> None:
    office = Office(sessions)
    office.begin("approval_all", JIA, YI)
    office.do(DRAFTER, "draft")
    office.do(JIA, "sign", "approve")
    with office.work(YI) as unit:
        return_to(unit, office.item("sign", YI).id, "draft", "重写")
    assert office.open() == ["draft"]
    office.do(DRAFTER, "draft")
    assert office.open() == ["sign", "sign"]
    office.check()


def test_a_panel_is_asked_again_by_a_return_and_in_one_branch_only_if_named(sessions: Sessions) -> None:
    office = Office(sessions)
    office.begin("approval_all", JIA, YI)
    office.do(DRAFTER, "draft")
    office.do(JIA, "sign", "approve")
    office.do(YI, "sign", "approve")
    with office.work(ISSUER) as unit:
        return_to(unit, office.item("issue").id, "sign", "请乙再看", branches=[1])
    assert [one.assignee_id for one in office.items() if one.closed_at is None] == [YI.id]
    assert json.loads(office.trail()[-1].body)["details"]["branches"] == [1]
    office.do(YI, "sign", "approve")
    assert office.open() == ["issue"]
    office.check()


def test_what_one_has_done_is_taken_back_until_somebody_opened_what_came_after(office: Office) -> None:
    item = office.items()[0]
    with office.work(DRAFTER) as unit:
        withdraw(unit, item.id, "漏了附件")
    assert office.open() == ["draft"]
    again = office.item("draft")
    assert again.id != item.id
    assert again.assignee_id == DRAFTER.id
    assert [one.outcome for one in office.items()] == ["done", "withdrawn", "withdrawn", None]
    details = json.loads(office.trail()[-1].body)["details"]
    assert (details["reason"], details["new"]) == ("漏了附件", [again.id])
    office.do(DRAFTER, "draft")
    assert sorted(office.open()) == ["proofread", "review"]
    office.check()


def test_opening_is_recorded_once_and_only_for_who_may_act(office: Office) -> None:
    item = office.item("review")
    for actor, first in ((STRANGER, False), (CHIEF, False), (DRAFTER, False), (REVIEWER, True), (SECOND_REVIEWER, False)):
        with office.work(actor) as unit:
            assert opened(unit, item.id) is first
    assert office.actions() == ["work_item.completed", "work_item.opened"]
    assert office.stored(item.id).opened_at is not None
    with refused(Conflict, "already opened what you handed on", "已有人打开"), office.work(DRAFTER) as unit:
        withdraw(unit, office.items()[0].id)
    office.check()


def test_a_claim_is_an_opening_too(office: Office) -> None:
    with office.work(REVIEWER) as unit:
        claim(unit, office.item("review").id)
    with refused(Conflict, "already opened what you handed on", "已有人打开"), office.work(DRAFTER) as unit:
        withdraw(unit, office.items()[0].id)


def test_who_must_not_act_does_not_end_the_right_to_take_back(sessions: Sessions) -> None:
    both = person("两岗一人", "drafter", "reviewer")
    office = Office(sessions)
    office.begin("approval_steps")
    office.do(both, "draft")
    with office.work(both) as unit:
        assert opened(unit, office.item("review").id) is False
    with office.work(both) as unit:
        withdraw(unit, office.items()[0].id)
    assert office.open() == ["draft"]


@pytest.mark.parametrize(
    ("actor", "kind", "english", "chinese"),
    [
        pytest.param(SECOND_DRAFTER, Forbidden, "Only the person who did this step", "只有该环节的办理人", id="colleague"),
        pytest.param(CHIEF, Forbidden, "Only the person who did this step", "只有该环节的办理人", id="supervisor"),
        pytest.param(REVIEWER, Forbidden, "Only the person who did this step", "只有该环节的办理人", id="next-person"),
    ],
)
def test_nobody_else_takes_it_back(office: Office, actor: Actor, kind: type[Forbidden], english: str, chinese: str) -> None:
    with refused(kind, english, chinese), office.work(actor) as unit:
        withdraw(unit, office.items()[0].id)


def test_what_is_open_or_has_gone_on_is_not_taken_back(office: Office) -> None:
    draft, review = office.items()[0], office.item("review")
    with refused(Conflict, "has not been done", "尚未办理"), office.work(REVIEWER) as unit:
        withdraw(unit, review.id)
    office.do(REVIEWER, "review", "approve")
    with refused(Conflict, "already opened", "已有人打开"), office.work(DRAFTER) as unit:
        withdraw(unit, draft.id)
    # The review waits at the join: nothing came after it yet that could be given back.
    with refused(Conflict, "gone on from this step", "继续流转"), office.work(REVIEWER) as unit:
        withdraw(unit, review.id)


def test_the_last_of_two_branches_is_taken_back_alone(issuing: Office) -> None:
    proofread = next(one for one in issuing.items() if one.element == "proofread")
    with issuing.work(SECOND_REVIEWER) as unit:
        withdraw(unit, proofread.id)
    assert issuing.open() == ["proofread"]
    issuing.do(SECOND_REVIEWER, "proofread")
    assert issuing.open() == ["issue"]
    issuing.check()


@pytest.mark.parametrize(
    ("model", "signing"),
    [pytest.param("approval_all", (JIA, YI), id="others-decided"), pytest.param("approval_any", (YI,), id="alone")],
)
def test_a_vote_is_taken_back_only_where_no_other_is_lost(sessions: Sessions, model: str, signing: tuple[Actor, ...]) -> None:
    office = Office(sessions)
    office.begin(model, JIA, YI)
    office.do(DRAFTER, "draft")
    for one in signing:
        office.do(one, "sign", "approve")
    last = next(one.id for one in office.items() if one.closed_by == YI.id)
    if len(signing) > 1:
        with refused(Conflict, "gone on from this step", "继续流转"), office.work(YI) as unit:
            withdraw(unit, last)
        assert office.open() == ["issue"]
        return
    with office.work(YI) as unit:
        withdraw(unit, last)
    assert office.open() == ["sign", "sign"]
    office.check()


def test_what_the_system_is_doing_is_not_taken_back(issuing: Office) -> None:
    issuing.do(ISSUER, "issue", "approve")
    with refused(Conflict, "system is already working", "系统已在办理"), issuing.work(ISSUER) as unit:
        withdraw(unit, next(one for one in issuing.items() if one.element == "issue").id)


def test_a_suspended_process_is_not_moved_back(office: Office) -> None:
    owner = person("流程管理员", "process_owner")
    with office.work(owner) as unit:
        suspend(unit, office.key, "核查")
    with refused(Conflict, "suspended", "挂起"), office.work(DRAFTER) as unit:
        withdraw(unit, office.items()[0].id)
    with refused(Conflict, "suspended", "挂起"), office.work(REVIEWER) as unit:
        return_to(unit, office.item("review").id, "draft", "x")

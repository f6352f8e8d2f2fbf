"""Claim, release, complete, reassign, delegate, resolve: a step passes from hand to hand and never into none."""

import json

import pytest
from office import (
    CHIEF,
    DRAFTER,
    ISSUER,
    OWNER,
    REVIEWER,
    SECOND_DRAFTER,
    SECOND_REVIEWER,
    STRANGER,
    Office,
    person,
    refused,
)

from engine.errors import Conflict, Forbidden, Invalid
from engine.unit_of_work import SYSTEM, Actor, Sessions
from engine.verbs.claims import Completion, claim, complete, release, version_of
from engine.verbs.handing_over import delegate, reassign, resolve
from engine.work_items import queue_of_person

#: Drafts and reviews: what they draft, somebody else reviews.
BOTH = person("两岗一人", "drafter", "reviewer")


@pytest.fixture
def office(sessions: Sessions) -> Office:
    """Give a process in three steps, the draft waiting."""
    there = Office(sessions)
    there.begin("approval_steps")
    return there


@pytest.fixture
def reviewing(office: Office) -> Office:
    """Give the process with the draft done, by somebody who also reviews."""
    office.do(BOTH, "draft")
    return office


def holder(office: Office, element: str) -> object:
    """Give who holds the open step of an element."""
    return office.item(element).assignee_id


def test_a_claimed_step_is_ones_own_until_it_is_released(office: Office) -> None:
    item = office.item("draft")
    with office.work(DRAFTER) as unit:
        claim(unit, item.id)
    stored = office.stored(item.id)
    assert (stored.assignee_id, stored.queue) == (DRAFTER.id, queue_of_person(DRAFTER.id))  # type: ignore[arg-type]
    with refused(Conflict, "Somebody else has claimed this step", "签收"), office.work(SECOND_DRAFTER) as unit:
        claim(unit, item.id)
    with refused(Conflict, "Somebody else has claimed this step", "签收"), office.work(SECOND_DRAFTER) as unit:
        release(unit, item.id)
    with office.work(DRAFTER) as unit:
        release(unit, item.id)
    assert (office.stored(item.id).assignee_id, office.stored(item.id).queue) == (None, "drafter")
    with refused(Conflict, "You do not hold this step", "释放"), office.work(DRAFTER) as unit:
        release(unit, item.id)
    with office.work(SECOND_DRAFTER) as unit:
        claim(unit, item.id)
    assert office.actions() == ["work_item.claimed", "work_item.released", "work_item.claimed"]
    office.check()


def test_claiming_what_one_holds_changes_nothing(office: Office) -> None:
    item = office.item("draft")
    with office.work(DRAFTER) as unit:
        claim(unit, item.id)
    with office.work(DRAFTER) as unit:
        claim(unit, item.id)
        assert unit.events == []
    assert office.actions() == ["work_item.claimed"]


def test_a_stranger_can_claim_nothing(office: Office) -> None:
    with refused(Forbidden, "you are not in the group", "候选"), office.work(STRANGER) as unit:
        claim(unit, office.item("draft").id)


def test_a_completed_step_says_what_was_decided(office: Office) -> None:
    item = office.item("draft")
    with office.work(DRAFTER) as unit:
        answer = complete(unit, item.id, Completion("done", {"页数": 3, "比例": 0.5}, "请审核"))
    assert answer.result == {"item": item.id, "ended": False, "opened": [one.id for one in office.items() if one.id != item.id]}
    details = json.loads(office.trail()[-1].body)["details"]
    assert details == {
        "item": item.id, "step": "draft", "outcome": "done", "remark": "请审核", "result": '{"比例": 0.5, "页数": 3}',
    }
    office.check()


@pytest.mark.parametrize("result", [{"when": object()}, {"share": float("nan")}], ids=["object", "not-a-number"])
def test_a_result_that_is_no_json_is_refused(office: Office, result: dict[str, object]) -> None:
    with refused(Invalid, "plain JSON", "JSON"), office.work(DRAFTER) as unit:
        complete(unit, office.item("draft").id, Completion("done", result))


def test_a_result_that_is_a_document_is_refused(office: Office) -> None:
    with refused(Invalid, "too large", "过大"), office.work(DRAFTER) as unit:
        complete(unit, office.item("draft").id, Completion("done", {"text": "字" * 6000}))


def test_a_form_shown_before_the_step_changed_hands_is_stale(office: Office) -> None:
    item = office.item("draft")
    shown = version_of(item)
    with office.work(CHIEF) as unit:
        reassign(unit, item.id, DRAFTER, "业务归口")
    with refused(Conflict, "changed hands since the form was shown", "办理人已变动"), office.work(DRAFTER) as unit:
        complete(unit, item.id, Completion("done", version=shown))
    with office.work(DRAFTER) as unit:
        complete(unit, item.id, Completion("done", version=version_of(office.stored(item.id))))
    office.check()


def test_a_supervisor_hands_a_step_to_somebody_of_its_group(office: Office) -> None:
    item = office.item("draft")
    with office.work(CHIEF) as unit:
        reassign(unit, item.id, DRAFTER, "  业务归口  ")
    assert holder(office, "draft") == DRAFTER.id
    with office.work(DRAFTER) as unit:
        reassign(unit, item.id, SECOND_DRAFTER, "出差")
    assert holder(office, "draft") == SECOND_DRAFTER.id
    first, second = (json.loads(one.body)["details"] for one in office.trail()[1:])
    assert (first["old"], first["new"], first["reason"]) == (None, {"id": str(DRAFTER.id), "name": "拟稿人"}, "业务归口")
    assert (second["old"], second["new"]["name"], second["reason"]) == (str(DRAFTER.id), "另一拟稿人", "出差")
    office.check()


@pytest.mark.parametrize(
    ("actor", "target", "reason", "kind", "english", "chinese"),
    [
        pytest.param(CHIEF, DRAFTER, " \n", Invalid, "Give a reason", "请填写事由", id="no-reason"),
        pytest.param(CHIEF, DRAFTER, "字" * 2001, Invalid, "2000 characters at most", "2000", id="long-reason"),
        pytest.param(CHIEF, REVIEWER, "x", Invalid, "审核人 is not in the group", "不在该环节的候选组内", id="outside-the-group"),
        pytest.param(CHIEF, SYSTEM, "x", Invalid, "never handed to nobody", "不能没有办理人", id="nobody"),
        pytest.param(SECOND_DRAFTER, DRAFTER, "x", Forbidden, "who holds this step or their supervisor", "主管", id="not-the-holder"),
        pytest.param(OWNER, DRAFTER, "x", Forbidden, "who holds this step or their supervisor", "主管", id="owner-of-processes"),
    ],
)
def test_what_is_not_reassigned(
    office: Office, actor: Actor, target: Actor, reason: str, kind: type[Invalid], english: str, chinese: str
) -> None:
    with refused(kind, english, chinese), office.work(actor) as unit:
        reassign(unit, office.item("draft").id, target, reason)
    assert holder(office, "draft") is None
    assert office.actions() == []


def test_a_step_is_not_handed_to_who_holds_it(office: Office) -> None:
    item = office.item("draft")
    with office.work(CHIEF) as unit:
        reassign(unit, item.id, DRAFTER, "x")
    with refused(Invalid, "拟稿人 holds this step already", "已由拟稿人办理"), office.work(CHIEF) as unit:
        reassign(unit, item.id, DRAFTER, "x")


def test_separation_holds_for_whom_a_step_is_handed_to(reviewing: Office) -> None:
    item = reviewing.item("review")
    with pytest.raises(Forbidden, match="did an earlier step"), reviewing.work(BOTH) as unit:
        claim(unit, item.id)
    with refused(Invalid, "两岗一人 did an earlier step", "回避"), reviewing.work(CHIEF) as unit:
        reassign(unit, item.id, BOTH, "人手不足")
    with reviewing.work(REVIEWER) as unit:
        claim(unit, item.id)
    with refused(Invalid, "两岗一人 did an earlier step", "回避"), reviewing.work(REVIEWER) as unit:
        delegate(unit, item.id, BOTH, "请提意见")


def test_a_delegated_step_comes_back_with_a_note_before_it_can_be_done(reviewing: Office) -> None:
    item = reviewing.item("review")
    with reviewing.work(REVIEWER) as unit:
        claim(unit, item.id)
    with reviewing.work(REVIEWER) as unit:
        delegate(unit, item.id, STRANGER, "请核对数据")
    lent = reviewing.stored(item.id)
    assert (lent.assignee_id, lent.owner_id, lent.queue) == (STRANGER.id, REVIEWER.id, queue_of_person(STRANGER.id))  # type: ignore[arg-type]
    for actor, kind in ((REVIEWER, Conflict), (STRANGER, Forbidden), (SECOND_REVIEWER, Conflict)):
        with pytest.raises(kind), reviewing.work(actor) as unit:
            complete(unit, item.id, Completion("approve"))
    with refused(Conflict, "first it is handed back", "交回"), reviewing.work(STRANGER) as unit:
        release(unit, item.id)
    with refused(Forbidden, "delegated to somebody else", "须由其交回"), reviewing.work(REVIEWER) as unit:
        resolve(unit, item.id, "不等了")
    with refused(Invalid, "Give a reason", "事由"), reviewing.work(STRANGER) as unit:
        resolve(unit, item.id, "")
    with reviewing.work(STRANGER) as unit:
        resolve(unit, item.id, "数据无误")
    back = reviewing.stored(item.id)
    assert (back.assignee_id, back.owner_id) == (REVIEWER.id, None)
    reviewing.do(REVIEWER, "review", "approve")
    assert reviewing.actions()[1:] == ["work_item.claimed", "work_item.delegated", "work_item.resolved", "work_item.completed"]
    assert json.loads(reviewing.trail()[-2].body)["details"]["note"] == "数据无误"
    reviewing.check()


def test_a_delegate_of_the_same_group_cannot_do_it_either(reviewing: Office) -> None:
    item = reviewing.item("review")
    with reviewing.work(REVIEWER) as unit:
        claim(unit, item.id)
    with reviewing.work(REVIEWER) as unit:
        delegate(unit, item.id, SECOND_REVIEWER, "请提意见")
    with refused(Conflict, "first it is handed back", "交回"), reviewing.work(SECOND_REVIEWER) as unit:
        complete(unit, item.id, Completion("approve"))
    with refused(Conflict, "first it is handed back", "交回"), reviewing.work(SECOND_REVIEWER) as unit:
        delegate(unit, item.id, STRANGER, "转问")
    reviewing.check()


def test_the_owner_takes_a_delegated_step_back_with_a_reason(reviewing: Office) -> None:
    item = reviewing.item("review")
    with reviewing.work(REVIEWER) as unit:
        claim(unit, item.id)
    with reviewing.work(REVIEWER) as unit:
        delegate(unit, item.id, STRANGER, "请提意见")
    with refused(Forbidden, "who holds this step or their supervisor", "主管"), reviewing.work(STRANGER) as unit:
        reassign(unit, item.id, SECOND_REVIEWER, "推给别人")
    with reviewing.work(REVIEWER) as unit:
        reassign(unit, item.id, REVIEWER, "对方休假")
    reviewing.do(REVIEWER, "review", "approve")
    reviewing.check()


@pytest.mark.parametrize(
    ("actor", "target", "kind", "english", "chinese"),
    [
        pytest.param(SECOND_REVIEWER, STRANGER, Forbidden, "who holds this step may delegate", "只有该待办的办理人", id="not-the-holder"),
        pytest.param(CHIEF, STRANGER, Forbidden, "who holds this step may delegate", "只有该待办的办理人", id="supervisor"),
        pytest.param(REVIEWER, REVIEWER, Invalid, "Nobody delegates to themselves", "不能委派给本人", id="oneself"),
        pytest.param(REVIEWER, SYSTEM, Invalid, "never handed to nobody", "不能没有办理人", id="nobody"),
    ],
)
def test_what_is_not_delegated(
    reviewing: Office, actor: Actor, target: Actor, kind: type[Invalid], english: str, chinese: str
) -> None:
    item = reviewing.item("review")
    with reviewing.work(REVIEWER) as unit:
        claim(unit, item.id)
    with refused(kind, english, chinese), reviewing.work(actor) as unit:
        delegate(unit, item.id, target, "请提意见")


def test_a_step_in_the_pool_is_claimed_before_it_is_delegated(reviewing: Office) -> None:
    with refused(Conflict, "Claim it first", "先签收"), reviewing.work(REVIEWER) as unit:
        delegate(unit, reviewing.item("review").id, STRANGER, "请提意见")
    with refused(Conflict, "not delegated", "没有委派"), reviewing.work(REVIEWER) as unit:
        resolve(unit, reviewing.item("review").id, "看过")


def test_what_the_system_does_nobody_takes_over(reviewing: Office) -> None:
    reviewing.do(REVIEWER, "review", "approve")
    reviewing.do(SECOND_REVIEWER, "proofread")
    reviewing.do(ISSUER, "issue", "approve")
    with refused(Invalid, "The system does this step", "由系统自动办理"), reviewing.work(CHIEF) as unit:
        reassign(unit, reviewing.item("file").id, REVIEWER, "x")


def test_what_is_done_changes_hands_no_more(reviewing: Office) -> None:
    done = reviewing.items()[0]
    for verb in (
        lambda unit: reassign(unit, done.id, DRAFTER, "x"),
        lambda unit: delegate(unit, done.id, DRAFTER, "x"),
        lambda unit: resolve(unit, done.id, "x"),
        lambda unit: release(unit, done.id),
    ):
        with refused(Conflict, "already been done", "已"), reviewing.work(CHIEF) as unit:
            verb(unit)

"""Copies that are read, and reminders that are not sent too often."""

import json
from datetime import timedelta

import pytest
from office import CHIEF, DRAFTER, ISSUER, OWNER, REVIEWER, SECOND_REVIEWER, STRANGER, Office, person, refused

from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.unit_of_work import SYSTEM, Actor, Sessions
from engine.verbs.copies import copies_for, copy, read, unread
from engine.verbs.reminders import remind

READER, OTHER_READER = person("收件人"), person("另一收件人")
INITIATOR = person("发起人")


@pytest.fixture
def office(sessions: Sessions) -> Office:
    """Give a process with the draft done, started by somebody."""
    there = Office(sessions)
    there.begin("approval_steps", initiator=INITIATOR)
    there.do(DRAFTER, "draft")
    return there


def test_a_copy_is_read_once_by_who_it_was_sent_to(office: Office) -> None:
    item = office.item("review")
    with office.work(REVIEWER) as unit:
        notices = [one.id for one in copy(unit, item.id, [READER, OTHER_READER, READER], "请知悉")]
    assert len(notices) == 2
    with refused(NotFound, "There is no such copy", "没有此抄送"), office.work(OTHER_READER) as unit:
        read(unit, notices[0])
    with office.work(READER) as unit:
        read(unit, notices[0])
    with office.work(READER) as unit:
        read(unit, notices[0])
        assert unit.events == []
        assert unread(unit.session, READER.id) == []  # type: ignore[arg-type]
        assert [one.id for one in unread(unit.session, OTHER_READER.id)] == [notices[1]]  # type: ignore[arg-type]
    sent, seen = (json.loads(one.body) for one in office.trail()[-2:])
    assert (sent["action"], sent["details"]["note"]) == ("copy.sent", "请知悉")
    assert [one["name"] for one in sent["details"]["to"]] == ["收件人", "另一收件人"]
    assert (seen["action"], seen["actor"]["name"], seen["details"]) == ("copy.read", "收件人", {"copy": notices[0]})
    office.check()


def test_the_newest_copy_comes_first_and_an_unread_one_is_not_doubled(office: Office) -> None:
    review, proofread = office.item("review"), office.item("proofread")
    for item in (review, proofread):
        with office.work(CHIEF) as unit:
            copy(unit, item.id, [READER])
    with refused(Invalid, "has this copy already", "均已收到抄送"), office.work(CHIEF) as unit:
        copy(unit, review.id, [READER])
    with office.work(CHIEF) as unit:
        assert [one.person_id for one in copy(unit, review.id, [READER, OTHER_READER])] == [OTHER_READER.id]
        ids = [one.item_id for one in unit.session.scalars(copies_for(READER.id))]  # type: ignore[arg-type]
    assert ids == [proofread.id, review.id]
    with office.work(READER) as unit:
        read(unit, unread(unit.session, READER.id)[-1].id)  # type: ignore[arg-type]
    with office.work(CHIEF) as unit:
        assert len(copy(unit, review.id, [READER])) == 1


@pytest.mark.parametrize("sender", [DRAFTER, INITIATOR, CHIEF, OWNER, SECOND_REVIEWER], ids=lambda one: one.name)
def test_who_has_part_in_the_case_sends_copies_also_of_what_is_done(office: Office, sender: Actor) -> None:
    item = office.item("review")
    office.do(REVIEWER, "review", "approve")
    with office.work(sender) as unit:
        assert len(copy(unit, item.id, [READER])) == 1
    office.check()


@pytest.mark.parametrize(
    ("sender", "readers", "kind", "english", "chinese"),
    [
        pytest.param(STRANGER, [READER], Forbidden, "Only people who have part", "参与该流程", id="stranger"),
        pytest.param(ISSUER, [READER], Forbidden, "Only people who have part", "参与该流程", id="not-yet-concerned"),
        pytest.param(REVIEWER, [], Invalid, "at least one person", "至少选择一名", id="nobody"),
        pytest.param(REVIEWER, [REVIEWER], Invalid, "somebody else for the copy", "不必抄送给本人", id="oneself"),
        pytest.param(REVIEWER, [SYSTEM], Invalid, "Choose a person", "请选择人员", id="machine"),
        pytest.param(REVIEWER, [person(str(n)) for n in range(51)], Invalid, "50 people at most", "50", id="crowd"),
    ],
)
def test_what_is_not_copied(
    office: Office, sender: Actor, readers: list[Actor], kind: type[Invalid], english: str, chinese: str
) -> None:
    with refused(kind, english, chinese), office.work(sender) as unit:
        copy(unit, office.item("review").id, readers)
    assert office.actions()[-1] == "work_item.completed"


@pytest.mark.parametrize("by", [CHIEF, OWNER, INITIATOR], ids=lambda one: one.name)
def test_a_reminder_is_recorded_and_the_next_has_to_wait(office: Office, by: Actor) -> None:
    item = office.item("review")
    with office.work(by) as unit:
        remind(unit, item.id, "请尽快")
    assert office.stored(item.id).reminded_at == office.now
    with refused(Conflict, "within the last 24 hours", "24 小时内已催办过"), office.work(by) as unit:
        remind(unit, item.id)
    with refused(Conflict, "within the last 2 hours", "2 小时内已催办过"), office.work(by) as unit:
        remind(unit, item.id, pause=timedelta(hours=2))
    office.now += timedelta(hours=24)
    with office.work(by) as unit:
        remind(unit, item.id)
    assert office.actions()[-2:] == ["work_item.reminded"] * 2
    details = json.loads(office.trail()[-2].body)["details"]
    assert details == {"item": item.id, "step": "review", "group": "reviewer", "note": "请尽快"}
    office.check()


@pytest.mark.parametrize("by", [REVIEWER, DRAFTER, STRANGER], ids=lambda one: one.name)
def test_others_do_not_remind(office: Office, by: Actor) -> None:
    with refused(Forbidden, "Only a supervisor", "只有主管或发起人"), office.work(by) as unit:
        remind(unit, office.item("review").id)


def test_each_step_is_reminded_by_itself(office: Office) -> None:
    for element in ("review", "proofread"):
        with office.work(CHIEF) as unit:
            remind(unit, office.item(element).id)
    assert office.actions()[-2:] == ["work_item.reminded"] * 2

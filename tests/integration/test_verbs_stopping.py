"""Suspend, resume and cancel a process: who may, what stands still, what goes on."""

import json
from datetime import timedelta

import pytest
from office import CHIEF, DRAFTER, ISSUER, OWNER, REVIEWER, SECOND_REVIEWER, STRANGER, Office, person, refused
from sqlalchemy import select, text

from engine import process
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.unit_of_work import SYSTEM, Actor, Sessions, UnitOfWork, reading
from engine.verbs.claims import claim
from engine.verbs.handing_over import reassign
from engine.verbs.reminders import remind
from engine.verbs.suspension import cancel, resume, suspend
from models.process import ProcessInstance


@pytest.fixture
def office(sessions: Sessions) -> Office:
    """Give a process with the draft done: review and proofreading wait."""
    there = Office(sessions)
    there.begin("approval_steps")
    there.do(DRAFTER, "draft")
    return there


@pytest.fixture
def suspended(office: Office) -> Office:
    """Give the process suspended."""
    with office.work(OWNER) as unit:
        suspend(unit, office.key, "等待上级文件")
    return office


def jobs(sessions: Sessions) -> list[str]:
    """Give the jobs that were enqueued, in order."""
    with reading(sessions) as session:
        return list(session.scalars(text("SELECT task_name FROM procrastinate_jobs ORDER BY id")))


def test_a_suspended_process_stands_still_until_it_is_resumed(suspended: Office) -> None:
    item = suspended.item("review")
    for act in (
        lambda unit: claim(unit, item.id),
        lambda unit: process.take(unit, item.id),
        lambda unit: reassign(unit, item.id, REVIEWER, "x"),
        lambda unit: remind(unit, item.id),
    ):
        with refused(Conflict, "This process is suspended", "流程已挂起"), suspended.work(REVIEWER) as unit:
            act(unit)
    with suspended.work(OWNER) as unit:
        resume(unit, suspended.key, "文件已到")
    suspended.do(REVIEWER, "review", "approve")
    assert suspended.actions() == ["work_item.completed", "process.suspended", "process.resumed", "work_item.completed"]
    reasons = [json.loads(one.body)["details"].get("reason") for one in suspended.trail()[2:4]]
    assert reasons == ["等待上级文件", "文件已到"]
    suspended.check()


def test_timers_stand_still_and_catch_up(sessions: Sessions) -> None:
    office = Office(sessions)
    office.begin("approval_deadline")
    due = office.instance().next_due
    assert due == office.now + timedelta(hours=2)
    with office.work(OWNER) as unit:
        suspend(unit, office.key, "x")
    office.now += timedelta(days=1)
    with refused(Conflict, "This process is suspended", "流程已挂起"), office.work(SYSTEM) as unit:
        process.advance(unit, office.instance().id, lambda execution: execution.fire_timers(unit.now))
    assert office.open() == ["draft"]
    with office.work(OWNER) as unit:
        resume(unit, office.key, "x")
    assert office.instance().next_due == due
    with office.work(SYSTEM) as unit:
        step = process.advance(unit, office.instance().id, lambda execution: execution.fire_timers(unit.now))
        unit.record(f"case:{office.key}", "timer.fired", {}, step.change)
    assert sorted(office.open()) == ["chase", "draft"]
    office.check()


def test_what_a_worker_gave_up_during_the_suspension_is_asked_again(office: Office) -> None:
    office.do(REVIEWER, "review", "approve")
    office.do(SECOND_REVIEWER, "proofread")
    office.do(ISSUER, "issue", "approve")
    assert jobs(office.sessions) == ["external.file"]
    with office.work(OWNER) as unit:
        suspend(unit, office.key, "x")
    with office.work(OWNER) as unit:
        resume(unit, office.key, "x")
    assert jobs(office.sessions) == ["external.file", "external.file"]


@pytest.mark.parametrize("first", [False, True], ids=["running", "suspended"])
def test_a_cancelled_process_is_over(office: Office, first: bool) -> None:
    if first:
        with office.work(OWNER) as unit:
            suspend(unit, office.key, "x")
    waiting = office.item("review")
    with office.work(OWNER) as unit:
        cancel(unit, office.key, "任务已取消")
    instance = office.instance()
    assert (instance.outcome, instance.ended_at, instance.suspended_at, instance.next_due) == ("cancelled", office.now, None, None)
    assert office.open() == []
    closed = office.stored(waiting.id)
    assert (closed.outcome, closed.closed_by) == ("cancelled", None)
    details = json.loads(office.trail()[-1].body)["details"]
    assert details == {"open": ["proofread", "review"], "reason": "任务已取消"}
    with refused(Conflict, "already been done", "已"), office.work(REVIEWER) as unit:
        claim(unit, waiting.id)
    for verb in (suspend, resume, cancel):
        with refused(Conflict, "This process has ended", "流程已结束"), office.work(OWNER) as unit:
            verb(unit, office.key, "x")
    office.check()


@pytest.mark.parametrize("actor", [CHIEF, DRAFTER, STRANGER, person("管理员", "administrator")], ids=lambda one: one.name)
@pytest.mark.parametrize("verb", [suspend, resume, cancel], ids=lambda one: one.__name__)
def test_only_the_owner_of_processes_stops_one(office: Office, actor: Actor, verb: object) -> None:
    assert callable(verb)
    with refused(Forbidden, "Only the office that owns the process", "流程主管科室"), office.work(actor) as unit:
        verb(unit, office.key, "x")
    assert office.actions() == ["work_item.completed"]


@pytest.mark.parametrize("verb", [suspend, resume, cancel], ids=lambda one: one.__name__)
def test_stopping_needs_a_reason_and_a_process(office: Office, verb: object) -> None:
    assert callable(verb)
    with refused(Invalid, "Give a reason", "事由"), office.work(OWNER) as unit:
        verb(unit, office.key, "  ")
    with refused(NotFound, "There is no process T-9", "没有流程 T-9"), office.work(OWNER) as unit:
        verb(unit, "T-9", "x")


def test_what_stands_still_is_not_suspended_twice_nor_what_goes_on_resumed(suspended: Office) -> None:
    with refused(Conflict, "This process is suspended", "流程已挂起"), suspended.work(OWNER) as unit:
        suspend(unit, suspended.key, "x")
    with suspended.work(OWNER) as unit:
        resume(unit, suspended.key, "x")
    with refused(Conflict, "not suspended", "没有挂起"), suspended.work(OWNER) as unit:
        resume(unit, suspended.key, "x")


def test_a_substitute_of_the_owner_stops_it_and_both_names_are_recorded(office: Office) -> None:
    with office.work(person("代办人", principals=[OWNER])) as unit:
        suspend(unit, office.key, "x")
    body = json.loads(office.trail()[-1].body)
    assert (body["actor"]["name"], body["for"]["name"]) == ("代办人", "流程管理员")
    office.check()


def test_a_process_is_locked_before_anything_of_it_is_read(office: Office) -> None:
    seen: list[bool] = []

    def locked_by_another(unit: UnitOfWork) -> bool:
        query = select(ProcessInstance.id).where(ProcessInstance.business_key == office.key)
        return unit.session.execute(query.with_for_update(skip_locked=True)).one_or_none() is None

    with office.work(OWNER) as unit:
        suspend(unit, office.key, "x")
        with office.work(OWNER) as other:
            seen.append(locked_by_another(other))
    assert seen == [True]

"""Moving running processes to another version: what stays, what is taken over, who is left where they are and why."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from diagrams import chain, element, ends, process as drawn
from office import OWNER, REVIEWER, STRANGER, person
from sqlalchemy import select, text

from engine import audit, definitions, incidents, jobs, migration, process, timers
from engine.audit import CASE
from engine.catalogue import translate
from engine.errors import Forbidden, Invalid, NotFound
from engine.migration import Batch, Migrated
from engine.unit_of_work import SYSTEM, Actor, Sessions, reading, work
from engine.verbs.claims import Completion, claim, complete
from engine.verbs.suspension import cancel, suspend
from engine.verify import canonical
from models.process import EventSubscription, Incident, ProcessInstance, ProcessVersion, WorkItem

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATE = element("boundaryEvent", "late", "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>", attachedToRef="check")
WHY = "the old diagram forgot a step"


def clock() -> datetime:
    """Give the moment of these tests."""
    return NOW


def step(identifier: str, group: str = "reviewer", *, called: str = "") -> str:
    """Draw a step of a group, under a name of its own if given."""
    drawn_step = element("userTask", identifier, camunda__candidateGroups=group)
    return drawn_step.replace("<userTask", f'<userTask name="{called}"') if called else drawn_step


def checking(*parts: str, after: Sequence[str] = ("end",)) -> bytes:
    """Draw a process with a step `check` that is watched by a timer; `after` are the steps behind it."""
    return drawn(
        ends(), element("endEvent", "given_up"), *(parts or (step("check"),)), LATE,
        chain("start", "check", *after), chain("late", "given_up"),
    )  # fmt: skip


OLD = checking()
NEW = checking(step("check", "office", called="审查"), step("seal"), after=("seal", "end"))
OTHER = drawn(ends(), step("read"), chain("start", "read", "end"))


def deploy(sessions: Sessions, xml: bytes) -> ProcessVersion:
    """Deploy a diagram of one process."""
    with work(sessions, SYSTEM, clock) as unit:
        (version,) = definitions.deploy(unit, xml, "test")
        return version


def begin(sessions: Sessions, version: ProcessVersion, *keys: str, data: dict[str, Any] | None = None) -> None:
    """Start instances of a version."""
    for key in keys:
        with work(sessions, SYSTEM, clock) as unit:
            started = process.start(unit, unit.session.merge(version), key, data or {})
            unit.record(CASE + key, "case.opened", {}, started.change)


def move(sessions: Sessions, version: ProcessVersion, *keys: str, actor: Actor = OWNER) -> list[Migrated]:
    """Move instances to a version."""
    return migration.migrate(sessions, actor, Batch(version.id, keys, WHY), clock)


def said(one: migration.Planned | Migrated) -> list[str]:
    """Give why a process stays where it is, in English."""
    found = [f"{each.element} {each.message}" for each in one.obstacles]
    return found if one.refused is None else [*found, translate("en", one.refused.message, **one.refused.params)]


def instance(sessions: Sessions, key: str) -> ProcessInstance:
    """Give a process as it is stored."""
    with reading(sessions) as session:
        return session.scalars(select(ProcessInstance).where(ProcessInstance.business_key == key)).one()


def open_items(sessions: Sessions, key: str) -> list[WorkItem]:
    """Give the open items of a process."""
    query = select(WorkItem).where(WorkItem.business_key == key, WorkItem.closed_at.is_(None)).order_by(WorkItem.id)
    with reading(sessions) as session:
        return list(session.scalars(query))


def event(sessions: Sessions, key: str) -> dict[str, Any]:
    """Give the facts of the last event of a process, whose chain must be whole."""
    with reading(sessions) as session:
        assert audit.verify(session, CASE + key).intact
        last = audit.trail(session, CASE + key)[-1]
    assert last.action == "process.migrated"
    return audit._record(last)


def test_a_case_goes_on_in_the_new_version_with_its_item_claim_and_timer(sessions: Sessions) -> None:
    old = deploy(sessions, OLD)
    begin(sessions, old, "T-1")
    new = deploy(sessions, NEW)
    (before,) = open_items(sessions, "T-1")
    with work(sessions, REVIEWER, clock) as unit:
        claim(unit, before.id)
    due = instance(sessions, "T-1").next_due
    assert move(sessions, new, "T-1") == [Migrated("T-1", moved=True, from_version=1)]
    (after,) = open_items(sessions, "T-1")
    assert (after.id, after.task_id, after.assignee_id, after.queue) == (
        before.id, before.task_id, REVIEWER.id, f"person:{REVIEWER.id}",
    )  # fmt: skip
    assert (after.name, after.candidate_group, after.due_at) == ("审查", "reviewer", before.due_at)
    moved = instance(sessions, "T-1")
    assert (moved.version_id, moved.next_due) == (new.id, due)
    assert due == NOW + timedelta(hours=2)
    with work(sessions, REVIEWER, clock) as unit:
        complete(unit, after.id, Completion("done"))
    assert [one.element for one in open_items(sessions, "T-1")] == ["seal"]


def test_an_item_nobody_holds_goes_to_the_pool_of_the_new_version(sessions: Sessions) -> None:
    begin(sessions, deploy(sessions, OLD), "T-1")
    move(sessions, deploy(sessions, NEW), "T-1")
    (item,) = open_items(sessions, "T-1")
    assert item.queue == "office"


def test_the_event_says_from_where_to_where_why_and_what_changed(sessions: Sessions) -> None:
    old = deploy(sessions, OLD)
    begin(sessions, old, "T-1")
    new = deploy(sessions, NEW)
    move(sessions, new, "T-1")
    record = event(sessions, "T-1")
    assert record["actor"]["name"] == OWNER.name
    assert record["state"]["after"] == instance(sessions, "T-1").state_sha256
    (item,) = open_items(sessions, "T-1")
    assert record["details"] == {
        "process": "p",
        "from": {"version": 1, "sha256": old.sha256},
        "to": {"version": 2, "sha256": new.sha256},
        "reason": WHY,
        "steps": [
            {
                "step": "check",
                "items": [item.id],
                "changed": [
                    {"what": "candidate_group", "from": "reviewer", "to": "office"},
                    {"what": "name", "from": "check", "to": "审查"},
                    {"what": "properties.candidateGroups", "from": "reviewer", "to": "office"},
                ],
            }
        ],
    }


def test_a_timer_of_before_fires_in_the_new_version(sessions: Sessions) -> None:
    begin(sessions, deploy(sessions, OLD), "T-1")
    move(sessions, deploy(sessions, NEW), "T-1")
    assert timers.sweep(sessions, lambda: NOW + timedelta(hours=3)).fired == 1
    assert instance(sessions, "T-1").ended_at is not None


def test_what_a_case_waits_for_follows_the_new_version(sessions: Sessions) -> None:
    def waiting(name: str) -> bytes:
        message = f'<message id="m" name="{name}"/>'
        catch = element("boundaryEvent", f"on_{name}", '<messageEventDefinition messageRef="m"/>', attachedToRef="check")
        return drawn(
            ends(), element("endEvent", "away"), step("check"), catch,
            chain("start", "check", "end"), chain(f"on_{name}", "away"), declared=message,
        )  # fmt: skip

    begin(sessions, deploy(sessions, waiting("stop")), "T-1")
    move(sessions, deploy(sessions, waiting("halt")), "T-1")
    with reading(sessions) as session:
        assert session.scalars(select(EventSubscription.name)).all() == ["halt"]


def test_a_dry_run_says_who_can_move_and_changes_nothing(sessions: Sessions) -> None:
    begin(sessions, deploy(sessions, OLD), "T-1", "T-2")
    version = deploy(sessions, NEW)
    stored = [instance(sessions, key).state for key in ("T-1", "T-2")]
    with reading(sessions) as session:
        planned = migration.plan(session, version.id, clock=clock)
        assert [(one.business_key, one.from_version, one.can_move) for one in planned] == [("T-1", 1, True), ("T-2", 1, True)]
    assert [instance(sessions, key).state for key in ("T-1", "T-2")] == stored


def test_a_dry_run_and_the_move_agree_on_what_stands_in_the_way(sessions: Sessions) -> None:
    first = deploy(sessions, OLD)
    begin(sessions, first, "T-1", "T-2", "T-3", "T-4")
    version = deploy(sessions, OTHER)
    begin(sessions, version, "T-5")
    begin(sessions, deploy(sessions, OTHER.replace(b'id="p"', b'id="q"')), "T-6")
    with work(sessions, OWNER, clock) as unit:
        suspend(unit, "T-2", "test")
    with work(sessions, OWNER, clock) as unit:
        cancel(unit, "T-3", "test")
    keys = ("T-1", "T-2", "T-3", "T-5", "T-6", "T-7")
    with reading(sessions) as session:
        planned = migration.plan(session, version.id, keys, clock)
    moved = move(sessions, version, *keys)
    expected = {
        "T-1": ["check is not in the new version, and the process stands at it"],
        "T-2": ["it is suspended: resume it first"],
        "T-3": ["it has ended"],
        "T-5": ["it runs on this version already"],
        "T-6": ["it is a process of q, not of p"],
        "T-7": ["there is no such process"],
    }
    assert {one.business_key: said(one) for one in planned} == expected
    assert {one.business_key: said(one) for one in moved} == expected
    assert not any(one.can_move for one in planned)
    assert not any(one.moved for one in moved)
    with reading(sessions) as session:
        assert migration.candidates(session, version.id) == ["T-1", "T-2", "T-4"]
        assert audit.verify(session).intact


def test_what_only_fails_when_it_is_tried_is_found_by_the_dry_run_and_rolled_back(sessions: Sessions) -> None:
    begin(sessions, deploy(sessions, OLD), "T-1")
    watched = LATE.replace("late", "soon").replace("PT2H", "${gone}")
    version = deploy(sessions, checking(step("check"), watched, chain("soon", "given_up")))
    with reading(sessions) as session:
        (planned,) = migration.plan(session, version.id, clock=clock)
    (moved,) = move(sessions, version, "T-1")
    assert "cannot go on at soon" in said(planned)[0]
    assert said(moved) == said(planned)
    assert instance(sessions, "T-1").version_id != version.id


def test_one_that_cannot_move_holds_nobody_up_and_each_is_told_at_once(sessions: Sessions) -> None:
    two_steps = drawn(ends(), step("first"), step("check"), chain("start", "first", "check", "end"))
    old = deploy(sessions, two_steps)
    begin(sessions, old, "T-1", "T-2", "T-3")
    with work(sessions, REVIEWER, clock) as unit:
        complete(unit, open_items(sessions, "T-2")[0].id, Completion("done"))
    version = deploy(sessions, drawn(ends(), step("first"), chain("start", "first", "end")))
    told: list[tuple[str, bool, int, int]] = []
    batch = Batch(version.id, ("T-1", "T-2", "T-3", "T-1"), WHY)
    migration.migrate(
        sessions, OWNER, batch, clock, lambda one, done, count: told.append((one.business_key, one.moved, done, count))
    )
    assert told == [("T-1", True, 1, 3), ("T-2", False, 2, 3), ("T-3", True, 3, 3)]
    assert [instance(sessions, key).version_id == version.id for key in ("T-1", "T-2", "T-3")] == [True, False, True]


def test_a_step_done_while_its_case_moves_is_done_in_one_version_or_the_other(sessions: Sessions) -> None:
    keys = [f"T-{number}" for number in range(8)]
    begin(sessions, deploy(sessions, OLD), *keys)
    version = deploy(sessions, NEW)
    items = {key: open_items(sessions, key)[0].id for key in keys}

    def finish(key: str) -> None:
        doer = person("能手", "reviewer", "office")
        with work(sessions, doer, clock) as unit:
            complete(unit, items[key], Completion("done"))

    with ThreadPoolExecutor(3) as threads:
        moving = threads.submit(move, sessions, version, *keys)
        done = [threads.submit(finish, key) for key in reversed(keys)]
        moved = {one.business_key: one for one in moving.result()}
        for one in done:
            one.result()
    for key in keys:
        waiting = [one.element for one in open_items(sessions, key)]
        # Moved before or after the step was done, or too late: the old version ends with it.
        assert waiting == (["seal"] if moved[key].moved else []), said(moved[key])
    with reading(sessions) as session:
        assert audit.verify(session).intact


def test_a_case_can_go_back_to_the_version_it_came_from(sessions: Sessions) -> None:
    old = deploy(sessions, OLD)
    begin(sessions, old, "T-1")
    (before,) = open_items(sessions, "T-1")
    move(sessions, deploy(sessions, NEW), "T-1")
    assert move(sessions, old, "T-1")[0].moved
    (after,) = open_items(sessions, "T-1")
    assert (after.id, after.name, after.queue) == (before.id, before.name, before.queue)


def test_a_called_process_moves_with_its_caller(sessions: Sessions) -> None:
    calling = drawn(ends(), element("callActivity", "call", calledElement="child"), chain("start", "call", "end"))
    child = drawn(ends(), step("ask"), chain("start", "ask", "end"), key="child")
    deploy(sessions, child)
    begin(sessions, deploy(sessions, calling), "T-1")
    changed = drawn(ends(), step("ask", called="请答复"), step("sign"), chain("start", "ask", "sign", "end"), key="child")
    deploy(sessions, changed)
    assert move(sessions, deploy(sessions, calling), "T-1")[0].moved
    (item,) = open_items(sessions, "T-1")
    assert item.name == "请答复"
    with work(sessions, REVIEWER, clock) as unit:
        complete(unit, item.id, Completion("done"))
    assert [one.element for one in open_items(sessions, "T-1")] == ["sign"]


def test_a_step_of_a_worker_is_asked_of_the_worker_the_new_version_names(sessions: Sessions) -> None:
    def posting(topic: str) -> bytes:
        sending = element("serviceTask", "send", camunda__type="external", camunda__topic=topic)
        return drawn(ends(), sending, chain("start", "send", "end"))

    begin(sessions, deploy(sessions, posting("psot")), "T-1")
    (item,) = open_items(sessions, "T-1")
    call = jobs.Call("external.psot", {"item_id": item.id})
    incidents.failed(sessions, incidents.Origin(incidents.JOB, call.name, item_id=item.id, call=call), KeyError("psot"), clock)
    move(sessions, deploy(sessions, posting("post")), "T-1")
    with reading(sessions) as session:
        queued = session.execute(text("SELECT task_name, args FROM procrastinate_jobs WHERE status = 'todo'")).all()
        assert [tuple(one) for one in queued] == [("external.post", {"item_id": item.id})]
        assert session.scalars(select(Incident.resolution)).all() == [incidents.OVERTAKEN]
    move(sessions, deploy(sessions, posting("post").replace(b"<serviceTask", b"<!-- same --><serviceTask")), "T-1")
    with reading(sessions) as session:
        assert len(session.execute(text("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo'")).all()) == 1


def test_changes_too_many_for_an_event_are_kept_by_their_digest(sessions: Sessions) -> None:
    def many(name: str) -> bytes:
        long = name * 60
        fork = element("parallelGateway", "fork")
        steps = [step(f"s{number}", called=f"{long}{number}") for number in range(120)]
        flows = [chain("fork", f"s{number}", f"end{number}") for number in range(120)]
        last = [element("endEvent", f"end{number}") for number in range(120)]
        return drawn(element("startEvent", "start"), fork, *steps, *last, chain("start", "fork"), *flows)

    begin(sessions, deploy(sessions, many("旧")), "T-1")
    version = deploy(sessions, many("新"))
    assert move(sessions, version, "T-1")[0].moved
    details = event(sessions, "T-1")["details"]
    assert details["steps_changed"] == 120
    assert len(details["steps_sha256"]) == 64
    assert len(canonical(details)) < audit.MAX_BODY_BYTES


@pytest.mark.parametrize("actor", [STRANGER, REVIEWER], ids=["stranger", "reviewer"])
def test_only_who_owns_processes_moves_them(sessions: Sessions, actor: Actor) -> None:
    begin(sessions, deploy(sessions, OLD), "T-1")
    version = deploy(sessions, NEW)
    with pytest.raises(Forbidden, match="owns the process"):
        move(sessions, version, "T-1", actor=actor)
    assert instance(sessions, "T-1").version_id != version.id


def test_a_substitute_moves_in_the_name_of_the_owner(sessions: Sessions) -> None:
    begin(sessions, deploy(sessions, OLD), "T-1")
    move(sessions, deploy(sessions, NEW), "T-1", actor=person("代理人", principals=(OWNER,)))
    assert event(sessions, "T-1")["for"]["name"] == OWNER.name


def test_nothing_moves_without_a_reason_or_to_a_version_there_is_not(sessions: Sessions) -> None:
    old = deploy(sessions, OLD)
    begin(sessions, old, "T-1")
    with pytest.raises(Invalid, match="reason"):
        migration.migrate(sessions, OWNER, Batch(old.id, ("T-1",), " "), clock)
    with pytest.raises(NotFound, match="no such version"):
        migration.migrate(sessions, OWNER, Batch(OWNER.id or old.id, ("T-1",), WHY), clock)

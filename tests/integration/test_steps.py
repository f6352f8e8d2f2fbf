"""A persisted step: who may take it and for whom, what it writes, and that nothing changes unseen."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, text, update

from engine import audit, definitions, process, spiff
from engine.errors import Conflict, Forbidden, NotFound, Refused, StepFailed, UnauditedChange
from engine.unit_of_work import SYSTEM, Actor, Sessions, UnitOfWork, changes_rows, reading, work
from engine.work_items import OpenItem, claim, queue_of_person, queues_for, release
from models.database import connect, session_factory
from models.process import EventSubscription, ProcessInstance, WorkItem

NAMESPACES = 'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GROUP = frozenset({("office", None)})


def person(name: str, *principals: Actor, groups: frozenset[tuple[str, str | None]] = GROUP) -> Actor:
    """Invent somebody."""
    return Actor(uuid4(), name, groups, principals)


ANN, BEN = person("安宁"), person("卞青")


def diagram(inner: str, flows: str) -> bytes:
    """Wrap a process; `flows` lists "source target" pairs, one a line."""
    drawn = "".join(
        f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate((line.split() for line in flows.strip().splitlines()), start=1)
    )
    return (
        f'<bpmn:definitions {NAMESPACES} targetNamespace="urn:test"><bpmn:message id="m1" name="answer"/>'
        f'<bpmn:process id="small" name="小流程" isExecutable="true"><bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>'
        f"{inner}{drawn}</bpmn:process></bpmn:definitions>"
    ).encode()


def task(element: str, **properties: str) -> str:
    """Draw a user task of the office."""
    own = "".join(f'<camunda:property name="{name}" value="{value}"/>' for name, value in properties.items())
    extended = f"<bpmn:extensionElements><camunda:properties>{own}</camunda:properties></bpmn:extensionElements>"
    return f'<bpmn:userTask id="{element}" name="{element}" camunda:candidateGroups="office">{extended if own else ""}</bpmn:userTask>'


TWO = diagram(task("write") + task("check", separate_from="write"), "start write\nwrite check\ncheck end")
WAITING = diagram(
    task("write")
    + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/><bpmn:exclusiveGateway id="either"/>'
    + '<bpmn:boundaryEvent id="late" attachedToRef="write"><bpmn:timerEventDefinition>'
    + "<bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    + '<bpmn:intermediateCatchEvent id="hear"><bpmn:messageEventDefinition messageRef="m1"/></bpmn:intermediateCatchEvent>',
    "start fork\nfork write\nfork hear\nwrite either\nlate either\neither join\nhear join\njoin end",
)
GATED = diagram(
    task("write") + task("mend") + '<bpmn:exclusiveGateway id="gate" default="f9"/><bpmn:sequenceFlow id="f9" sourceRef="gate" targetRef="end"/>'
    '<bpmn:sequenceFlow id="f8" sourceRef="gate" targetRef="mend"><bpmn:conditionExpression>write == "return"'
    "</bpmn:conditionExpression></bpmn:sequenceFlow>",
    "start write\nwrite gate\nmend end",
)


def begin(sessions: Sessions, xml: bytes, key: str = "T-1", by: Actor = SYSTEM) -> tuple[OpenItem, ...]:
    """Deploy a diagram and start one instance; give its open steps."""
    with work(sessions, by, lambda: NOW) as unit:
        definitions.deploy(unit, xml, "test")
        step = process.start(unit, definitions.latest(unit.session, "small"), key, {})
        unit.record(f"case:{key}", "case.opened", {}, step.change)
        return step.opened


def do(sessions: Sessions, item_id: int, actor: Actor, outcome: str = "done", **result: object) -> process.Step:
    """Take and complete a step."""
    with work(sessions, actor, lambda: NOW) as unit:
        item = process.take(unit, item_id)
        step = process.complete(unit, item, outcome, result)
        unit.record(f"case:{item.business_key}", "step.completed", {"step": item.element}, step.change)
        return step


def refusal(sessions: Sessions, item_id: int, actor: Actor) -> Refused:
    """Give why somebody may not take a step; the page must say the same as the verb."""
    with pytest.raises(Refused) as refused, work(sessions, actor, lambda: NOW) as unit:
        process.take(unit, item_id)
    with reading(sessions) as session:
        item = session.get(WorkItem, item_id)
        if item is not None and item.closed_at is None and item.instance.suspended_at is None:
            assert str(process.may_take(session, actor, item)) == str(refused.value)
    return refused.value


def stored(sessions: Sessions, key: str = "T-1") -> ProcessInstance:
    """Give an instance as it is stored."""
    with reading(sessions) as session:
        return session.scalars(select(ProcessInstance).where(ProcessInstance.business_key == key)).one()


def last_event(sessions: Sessions, key: str = "T-1") -> dict[str, Any]:
    """Give the last record of a case, the whole log checked."""
    with reading(sessions) as session:
        assert audit.verify(session).intact
        record: dict[str, Any] = json.loads(audit.trail(session, f"case:{key}")[-1].body)
        return record


def set_instance(sessions: Sessions, **values: object) -> None:
    """Change the row of the only instance."""
    with sessions.begin() as session:
        session.execute(update(ProcessInstance).values(**values))


def test_an_item_is_given_as_the_diagram_and_the_case_say(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO, by=ANN)
    with work(sessions, ANN, lambda: NOW) as unit:
        taken = process.take(unit, item.id)
    assert taken == item
    assert (taken.business_key, taken.element, taken.kind, taken.candidate_group) == ("T-1", "write", "user", "office")
    assert (taken.created_at, taken.assignee_id, taken.owner_id, taken.on_behalf_of) == (NOW, None, None, None)
    assert stored(sessions).initiator_id == ANN.id
    (after,) = do(sessions, item.id, ANN).opened
    assert after.properties["separate_from"] == "write"


def test_what_stands_against_taking_a_step_is_said_in_one_order(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    stranger = person("路人", groups=frozenset())
    assert isinstance(refusal(sessions, 0, ANN), NotFound)
    with work(sessions, BEN, lambda: NOW) as unit:
        claim(unit, process.take(unit, item.id))
        unit.record("case:T-1", "work_item.claimed", {})
    assert "Somebody else has claimed" in str(refusal(sessions, item.id, ANN))
    assert isinstance(refusal(sessions, item.id, stranger), Forbidden)
    set_instance(sessions, suspended_at=NOW)
    assert "is suspended" in str(refusal(sessions, item.id, stranger))
    set_instance(sessions, suspended_at=None)
    do(sessions, item.id, BEN)
    set_instance(sessions, suspended_at=NOW)
    assert "already been done" in str(refusal(sessions, item.id, stranger))


def test_who_wrote_does_not_check_in_no_name(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    (check,) = do(sessions, item.id, ANN).opened
    for excluded in (ANN, person("代班", ANN, groups=frozenset()), Actor(ANN.id, ANN.name, frozenset(), (BEN,))):
        assert isinstance(refusal(sessions, check.id, excluded), Forbidden)
    with reading(sessions) as session:
        row = session.get_one(WorkItem, check.id)
        assert ANN.id is not None
        assert BEN.id is not None
        assert process.is_excluded(session, row, ANN.id)
        assert not process.is_excluded(session, row, BEN.id)
    assert do(sessions, check.id, BEN).ended


def test_the_principal_of_who_wrote_does_not_check_either(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    substitute = person("代班", ANN, groups=frozenset())
    (check,) = do(sessions, item.id, substitute).opened
    assert isinstance(refusal(sessions, check.id, ANN), Forbidden)
    assert isinstance(refusal(sessions, check.id, Actor(substitute.id, "代班", GROUP)), Forbidden)
    assert do(sessions, check.id, BEN).ended


@pytest.mark.parametrize(
    ("written_in", "checked_in", "excluded"),
    [("d1", "d1", True), ("d1", "d2", False), (None, "d2", True), ("d1", None, True)],
)
def test_separation_counts_in_one_branch_and_for_the_whole_case(
    sessions: Sessions, written_in: str | None, checked_in: str | None, excluded: bool
) -> None:
    (item,) = begin(sessions, TWO)
    (check,) = do(sessions, item.id, ANN).opened
    with sessions.begin() as session:
        session.execute(update(WorkItem).where(WorkItem.id == item.id).values(scope=written_in))
        session.execute(update(WorkItem).where(WorkItem.id == check.id).values(scope=checked_in))
    if excluded:
        assert isinstance(refusal(sessions, check.id, ANN), Forbidden)
    else:
        assert do(sessions, check.id, ANN).ended


def test_a_substitute_acts_and_both_names_are_kept(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    substitute = person("代班", BEN, ANN, groups=frozenset())
    with work(sessions, ANN, lambda: NOW) as unit:
        claim(unit, process.take(unit, item.id))
        unit.record("case:T-1", "work_item.claimed", {})
    assert "for" not in last_event(sessions)
    do(sessions, item.id, substitute)
    with reading(sessions) as session:
        row = session.get_one(WorkItem, item.id)
        assert (row.closed_by, row.closed_for, row.outcome) == (substitute.id, ANN.id, "done")
    record = last_event(sessions)
    assert record["actor"] == {"id": str(substitute.id), "name": "代班"}
    assert record["for"] == {"id": str(ANN.id), "name": "安宁"}


def test_in_their_own_name_comes_first_for_a_substitute(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    do(sessions, item.id, person("代班", ANN))
    with reading(sessions) as session:
        assert session.get_one(WorkItem, item.id).closed_for is None
    assert "for" not in last_event(sessions)


def test_a_substitute_keeps_and_gives_back_what_they_claimed(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    substitute = person("代班", ANN, groups=frozenset())
    for act in (claim, release, claim):
        with work(sessions, substitute, lambda: NOW) as unit:
            act(unit, process.take(unit, item.id))
            unit.record("case:T-1", "work_item.moved", {})
    with reading(sessions) as session:
        row = session.get_one(WorkItem, item.id)
        assert substitute.id is not None
        assert (row.assignee_id, row.queue) == (substitute.id, queue_of_person(substitute.id))
    assert isinstance(refusal(sessions, item.id, BEN), Conflict)
    do(sessions, item.id, substitute)


def test_the_lists_of_a_substitute_hold_those_of_the_principals() -> None:
    ann = Actor(UUID(int=1), "安", frozenset({("collector", "d1"), ("office", None)}))
    ben = Actor(UUID(int=2), "卞", frozenset({("office", None)}), (ann,))
    assert queues_for(ben) == [f"person:{UUID(int=2)}", "office", f"person:{UUID(int=1)}", "collector@d1"]


def test_supervision_is_by_group_and_scope() -> None:
    chief = Actor(uuid4(), "科长", supervises=frozenset({("collector", "d1"), ("office", None)}))
    assert chief.may_supervise("collector", "d1")
    assert chief.may_supervise("office", "d9")
    assert not chief.may_supervise("collector", "d2")
    assert not chief.may_supervise("collector")
    assert not ANN.may_supervise("office")


def test_the_diagram_reads_the_outcome_under_the_name_of_the_step(sessions: Sessions) -> None:
    for number, (outcome, result, opened) in enumerate(
        [("return", {}, ["mend"]), ("approve", {}, []), ("approve", {"write": "return"}, ["mend"])]
    ):
        (item,) = begin(sessions, GATED, f"T-{number}")
        step = do(sessions, item.id, ANN, outcome, **result)
        assert [one.element for one in step.opened] == opened
        assert step.ended is not bool(opened)


def test_timers_and_subscriptions_are_kept_beside_the_state(sessions: Sessions) -> None:
    (item,) = begin(sessions, WAITING)
    assert stored(sessions).next_due == NOW + timedelta(hours=1)
    with reading(sessions) as session:
        (waiting,) = session.scalars(select(EventSubscription))
        assert (waiting.kind, waiting.name, waiting.instance_id) == ("message", "answer", item.instance_id)
    do(sessions, item.id, ANN)
    assert stored(sessions).next_due is None
    heard: list[bool] = []
    with work(sessions, SYSTEM, lambda: NOW) as unit:
        step = process.advance(unit, item.instance_id, lambda one: heard.append(one.receive_message("answer", {}, NOW)))
        unit.record("case:T-1", "message.received", {}, step.change)
    assert heard == [True]
    with reading(sessions) as session:
        assert session.scalars(select(EventSubscription)).all() == []
    instance = stored(sessions)
    assert (instance.ended_at, instance.outcome) == (NOW, "completed")
    assert last_event(sessions)["state"]["after"] == instance.state_sha256


def test_what_a_timer_takes_away_is_closed_with_a_note(sessions: Sessions) -> None:
    (item,) = begin(sessions, WAITING)
    later = NOW + timedelta(hours=2)
    with work(sessions, SYSTEM, lambda: later) as unit:
        known = unit.session.get_one(WorkItem, item.id)
        step = process.advance(unit, item.instance_id, lambda one: one.fire_timers(later), note="overdue")
        assert known.outcome == "overdue"  # what the session had read is read anew
        unit.record("case:T-1", "timer.fired", {}, step.change)
    with reading(sessions) as session:
        row = session.get_one(WorkItem, item.id)
        assert (row.closed_at, row.closed_by, row.outcome) == (later, None, "overdue")
    assert isinstance(refusal(sessions, item.id, ANN), Conflict)


def test_a_process_that_stands_still_or_is_not_there_does_not_move(sessions: Sessions) -> None:
    (item,) = begin(sessions, WAITING)

    def moving(instance_id: UUID) -> Refused:
        with pytest.raises(Refused) as refused, work(sessions, SYSTEM, lambda: NOW) as unit:
            process.advance(unit, instance_id, lambda one: one.fire_timers(NOW))
        return refused.value

    assert isinstance(moving(uuid4()), NotFound)
    set_instance(sessions, suspended_at=NOW)
    assert "is suspended" in str(moving(item.instance_id))
    set_instance(sessions, suspended_at=None, ended_at=NOW)
    assert "has ended" in str(moving(item.instance_id))


def test_an_act_that_fails_leaves_the_process_as_it_was(sessions: Sessions) -> None:
    (item,) = begin(sessions, WAITING)
    before = stored(sessions)

    def failing(execution: spiff.Execution) -> None:
        element, problem = "hear", "as the test wants it"
        execution.fire_timers(NOW + timedelta(hours=2))
        raise StepFailed(element, problem)

    with pytest.raises(StepFailed), work(sessions, SYSTEM, lambda: NOW) as unit:
        process.advance(unit, item.instance_id, failing)
    after = stored(sessions)
    assert (after.state, after.revision) == (before.state, before.revision)
    assert last_event(sessions)["action"] == "case.opened"
    do(sessions, item.id, ANN)


def test_a_number_given_twice_is_a_conflict(sessions: Sessions) -> None:
    begin(sessions, TWO)
    with pytest.raises(Conflict, match="Somebody else has just done this"):
        begin(sessions, TWO)


def test_two_steps_of_one_case_in_one_unit(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    with work(sessions, SYSTEM, lambda: NOW) as unit:
        unit.actor = ANN
        step = process.complete(unit, process.take(unit, item.id), "done", {})
        unit.record("case:T-1", "write.completed", {}, step.change)
        unit.actor = BEN
        (check,) = step.opened
        last = process.complete(unit, process.take(unit, check.id), "done", {})
        unit.record("case:T-1", "check.completed", {}, last.change)
    assert last.change.before == step.change.after
    assert last.ended
    assert last_event(sessions)["seq"] == 3


def test_an_end_of_a_chain_that_moved_after_it_was_read_is_read_again(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    with work(sessions, ANN, lambda: NOW) as unit:
        taken = process.take(unit, item.id)
        with work(sessions, SYSTEM, lambda: NOW) as other:
            other.record("case:T-1", "case.remarked", {})
        step = process.complete(unit, taken, "done", {})
        unit.record("case:T-1", "step.completed", {}, step.change)
    assert last_event(sessions)["action"] == "step.completed"
    assert last_event(sessions)["seq"] == 3


def test_a_chain_begun_by_two_at_once_stays_one(sessions: Sessions) -> None:
    with work(sessions, SYSTEM, lambda: NOW) as unit:
        unit.tails["case:new"] = audit.EMPTY
        with work(sessions, SYSTEM, lambda: NOW) as other:
            other.record("case:new", "case.first", {})
        unit.record("case:new", "case.second", {})
        unit.record("case:new", "case.third", {})
    with reading(sessions) as session:
        trail = audit.trail(session, "case:new")
        assert [(one.seq, one.action) for one in trail] == [(1, "case.first"), (2, "case.second"), (3, "case.third")]


HIDDEN = "INSERT INTO archival_counter (class_code, last) VALUES ('X', 1)"
UNSEEN: dict[str, Callable[[UnitOfWork], object]] = {
    "by the driver": lambda unit: unit.run(HIDDEN, {}),
    "by the driver, in a WITH": lambda unit: unit.run(f"WITH x AS ({HIDDEN} RETURNING 1) SELECT * FROM x", {}),
    "by text": lambda unit: unit.session.execute(text(HIDDEN)),
    "by text, in a WITH": lambda unit: unit.session.execute(text(f"WITH x AS ({HIDDEN} RETURNING 1) SELECT count(*) FROM x")),
    "by text, in a WITH of a statement that changes nothing": lambda unit: unit.session.execute(
        text(f"WITH x AS ({HIDDEN} RETURNING 1) UPDATE person SET name = name WHERE false")
    ),
}


@pytest.mark.parametrize("way", list(UNSEEN))
def test_nothing_changes_without_an_event_however_it_is_written(sessions: Sessions, way: str) -> None:
    with pytest.raises(UnauditedChange), work(sessions, ANN) as unit:
        UNSEEN[way](unit)
    with reading(sessions) as session:
        assert session.scalar(text("SELECT count(*) FROM archival_counter")) == 0


def test_a_lock_is_no_change(sessions: Sessions) -> None:
    (item,) = begin(sessions, TWO)
    with work(sessions, ANN) as unit:
        process.take(unit, item.id)
        process.lock_instance(unit, item.instance_id)
        unit.session.execute(text("WITH x AS (SELECT 1 AS n) SELECT * FROM x"))
    assert not unit.changed


@pytest.mark.parametrize(
    ("statement", "outcome", "changed"),
    [
        ("INSERT INTO t VALUES (1)", "INSERT 0 1", True),
        ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "INSERT 0 0", False),
        ("INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 1 WHERE false", "INSERT 0 0", False),
        ("UPDATE t SET n = 1 WHERE false", "UPDATE 0", False),
        ("DELETE FROM t", "DELETE 3", True),
        ("SELECT n FROM t FOR UPDATE", "SELECT 1", False),
        ("SELECT n FROM t FOR NO KEY\n  UPDATE OF t", "SELECT 1", False),
        ("SELECT 'UPDATE t' -- INSERT INTO t", "SELECT 1", False),
        ('SELECT "delete from" FROM t /* UPDATE */', "SELECT 1", False),
        ("WITH a AS (SELECT 1), b AS (\n update t SET n = 1 RETURNING n) SELECT * FROM b", "SELECT 1", True),
        ("WITH a AS (DELETE FROM t RETURNING n) SELECT count(*) FROM a", "SELECT 1", True),
        ("WITH a AS (DELETE FROM t) UPDATE u SET n = 1 WHERE false", "UPDATE 0", True),
        ("TRUNCATE t", "TRUNCATE TABLE", True),
        ("COPY t FROM STDIN", "COPY 2", True),
        ("SET LOCAL lock_timeout = 1", "SET", False),
    ],
)
def test_what_counts_as_a_change(statement: str, outcome: str, changed: bool) -> None:
    assert changes_rows(statement, outcome) is changed


def test_a_connection_whose_server_went_away_is_replaced(database: Engine, database_url: str) -> None:
    ours = connect(database_url, pool_size=1)
    asked = text("SELECT pg_backend_pid()")
    try:
        with reading(session_factory(ours)) as session:
            before = session.scalar(asked)
        with database.connect() as other:
            assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
        with work(session_factory(ours), SYSTEM) as unit:
            assert unit.session.scalar(asked) != before
            unit.record("people", "person.seen", {})
    finally:
        ours.dispose()

"""Instances: what runs stays on its version, steps run once and in turn."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from engine import audit, definitions, jobs, process, spiff
from engine.errors import Conflict, Forbidden, Invalid, StepFailed
from engine.unit_of_work import SYSTEM, Actor, Sessions, UnitOfWork, reading, work
from engine.work_items import queue_of
from engine.work_items import OpenItem
from models.process import ProcessInstance, WorkItem

NAMESPACES = 'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFICE = Actor(None, "office", frozenset({("office", None)}))


def flow(number: int, source: str, target: str, condition: str = "") -> str:
    """Draw a sequence flow."""
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def diagram(inner: str, name: str = "小流程") -> bytes:
    """Wrap a process."""
    return (
        f'<bpmn:definitions {NAMESPACES} targetNamespace="urn:test"><bpmn:process id="small" name="{name}" '
        f'isExecutable="true"><bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>{inner}</bpmn:process></bpmn:definitions>'
    ).encode()


ASKING = diagram(
    '<bpmn:userTask id="ask" name="询问" camunda:candidateGroups="office"/><bpmn:exclusiveGateway id="fork" default="f3"/>'
    '<bpmn:serviceTask id="send" name="发送" camunda:type="external" camunda:topic="post"/>'
    + flow(1, "start", "ask")
    + flow(2, "ask", "fork")
    + flow(3, "fork", "ask")
    + flow(4, "fork", "send", 'answer == "yes"')
    + flow(5, "send", "end")
)
EITHER = diagram(
    '<bpmn:userTask id="first" name="甲" camunda:candidateGroups="office">'
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>"
    "<bpmn:completionCondition>done</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    + flow(1, "start", "first")
    + flow(2, "first", "end")
)


def begin(sessions: Sessions, xml: bytes, key: str = "T-1") -> list[OpenItem]:
    """Deploy a diagram and start one instance; give its open steps."""
    with work(sessions, SYSTEM) as unit:
        step = process.start(unit, definitions.deploy(unit, xml, "test")[0], key, {"done": False})
        unit.record(f"case:{key}", "case.opened", {}, step.change)
        return list(step.opened)


def do(sessions: Sessions, item_id: int, actor: Actor, **result: object) -> process.Step:
    """Complete a step."""
    with work(sessions, actor) as unit:
        item = process.take(unit, item_id)
        step = process.complete(unit, item, "done", result)
        unit.record(f"case:{item.business_key}", "step.completed", {}, step.change)
        return step


def open_steps(sessions: Sessions, key: str = "T-1") -> list[OpenItem]:
    """Give the open steps of an instance."""
    with work(sessions, SYSTEM) as unit:
        return process.open_items(unit, key)


def test_what_runs_stays_on_the_version_it_started_with(sessions: Sessions) -> None:
    (item,) = begin(sessions, ASKING)
    begin(sessions, ASKING.replace("询问".encode(), "再问".encode()), "T-2")
    do(sessions, item.id, OFFICE, answer="no")
    assert [one.name for one in open_steps(sessions)] == ["询问"]
    assert [one.name for one in open_steps(sessions, "T-2")] == ["再问"]


def test_a_return_opens_the_step_anew_as_another_item(sessions: Sessions) -> None:
    (item,) = begin(sessions, ASKING)
    step = do(sessions, item.id, OFFICE, answer="no")
    assert [one.element for one in step.opened] == ["ask"]
    assert step.opened[0].id != item.id
    with pytest.raises(Conflict, match="already been done"):
        do(sessions, item.id, OFFICE, answer="yes")


def test_a_worker_is_asked_and_the_process_ends_when_it_has_answered(sessions: Sessions) -> None:
    (item,) = begin(sessions, ASKING)
    (sending,) = do(sessions, item.id, OFFICE, answer="yes").opened
    assert (sending.kind, sending.candidate_group, sending.properties["topic"]) == ("external", "system", "post")
    with reading(sessions) as session:
        assert session.get_one(WorkItem, sending.id).queue == "system"
        job = session.execute(text("SELECT task_name, args FROM procrastinate_jobs")).one()
    assert tuple(job) == ("external.post", {"item_id": sending.id})
    with pytest.raises(Forbidden):
        do(sessions, sending.id, OFFICE)
    step = do(sessions, sending.id, SYSTEM)
    assert step.ended
    assert open_steps(sessions) == []
    with reading(sessions) as session:
        assert session.scalars(select(ProcessInstance)).one().ended_at is not None
        assert audit.verify(session).intact


def test_a_thousand_returns_neither_lose_the_step_nor_make_the_state_grow() -> None:
    execution = spiff.Execution.start(spiff.definition(ASKING, "small"), {}, NOW)
    sizes = []
    for _ in range(1000):
        execution.complete(execution.open_tasks()[0].task_id, {"answer": "no"}, NOW)
        sizes.append(len(execution.state()))
    assert [one.element for one in execution.open_tasks()] == ["ask"]
    assert sizes[-1] - sizes[0] < 20  # the numbers of the tokens have more digits


def test_what_is_left_when_enough_have_answered_is_cancelled(sessions: Sessions) -> None:
    items = begin(sessions, EITHER)
    assert len(items) == 3
    step = do(sessions, items[0].id, OFFICE, done=True)
    assert step.ended
    with reading(sessions) as session:
        outcomes = session.scalars(select(WorkItem.outcome).order_by(WorkItem.id)).all()
    assert sorted(str(one) for one in outcomes) == ["cancelled", "cancelled", "done"]
    with pytest.raises(Conflict):
        do(sessions, items[1].id, OFFICE)


def test_a_step_the_engine_does_not_wait_for_is_a_conflict() -> None:
    definition = spiff.definition(ASKING, "small")
    execution = spiff.Execution.start(definition, {}, NOW)
    (asked,) = execution.open_tasks()
    execution.complete(asked.task_id, {"answer": "yes"}, NOW)
    for task_id in (asked.task_id, "no such task"):
        with pytest.raises(Conflict, match="no longer open"):
            spiff.Execution.load(definition, execution.state()).complete(task_id, {}, NOW)


@pytest.mark.parametrize("value", [NOW, b"bytes", {1, 2}, object()], ids=["moment", "bytes", "set", "object"])
def test_only_plain_data_goes_into_a_process(value: object) -> None:
    with pytest.raises(Invalid, match="cannot be stored"):
        spiff.Execution.start(spiff.definition(ASKING, "small"), {"value": value}, NOW)


def test_a_condition_runs_no_python() -> None:
    hostile = ASKING.replace(b'answer == "yes"', b"__import__('os').system('true')")
    execution = spiff.Execution.start(spiff.definition(hostile, "small"), {}, NOW)
    with pytest.raises(StepFailed, match="cannot go on at fork"):
        execution.complete(execution.open_tasks()[0].task_id, {"answer": "x"}, NOW)


def test_the_state_holds_no_diagram_and_the_caller_keeps_its_data() -> None:
    given: dict[str, object] = {"departments": ["a"]}
    state = spiff.Execution.start(spiff.definition(ASKING, "small"), given, NOW).state()
    assert "询问".encode() not in state
    assert b"sequenceFlow" not in state
    given["departments"] = ["changed"]
    assert b"changed" not in state


def test_a_due_date_and_a_scope_are_read_from_the_data() -> None:
    dated = diagram(
        '<bpmn:userTask id="ask" camunda:candidateGroups="office" camunda:dueDate="${due_at}"><bpmn:extensionElements>'
        '<camunda:properties><camunda:property name="scope" value="${where}"/></camunda:properties>'
        "</bpmn:extensionElements></bpmn:userTask>" + flow(1, "start", "ask") + flow(2, "ask", "end")
    )
    moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    definition = spiff.definition(dated, "small")
    (task,) = spiff.Execution.start(definition, {"due_at": moment.isoformat(), "where": "d7"}, NOW).open_tasks()
    assert (task.name, task.due_at, task.scope) == ("ask", moment, "d7")
    (undated,) = spiff.Execution.start(definition, {"due_at": None, "where": None}, NOW).open_tasks()
    assert (undated.due_at, undated.scope) == (None, None)


def test_pools_are_named_by_group_and_scope() -> None:
    assert queue_of("collector", "d7") == "collector@d7"
    assert queue_of("office", None) == "office"


def test_a_job_exists_exactly_if_its_transaction_commits(sessions: Sessions, database_url: str) -> None:
    done: list[int] = []

    def deferring(unit: UnitOfWork, number: int) -> None:
        jobs.defer(unit.session, "count", {"number": number})
        unit.record("jobs", "job.deferred", {"n": number})

    def going_wrong() -> None:
        with work(sessions, SYSTEM) as unit:
            deferring(unit, 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        going_wrong()
    with work(sessions, SYSTEM) as unit:
        deferring(unit, 2)
    def count(number: int) -> None:
        done.append(number)

    jobs.run_waiting(database_url, [jobs.Job("count", count)])
    assert done == [2]


def test_the_tables_of_the_queue_are_installed_once(sessions: Sessions) -> None:
    with sessions() as session:
        bound = session.get_bind()
    jobs.install_schema(bound)  # type: ignore[arg-type] - the factory is bound to an engine
    jobs.install_schema(bound)  # type: ignore[arg-type]

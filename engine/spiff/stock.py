"""The only file that drives SpiffWorkflow: state in, state out, no database.

SpiffWorkflow 3.2 checks little of what we rely on, so this adapter does: a task runs only while it is READY
(or waiting for a worker), the script engine is ours on every load and evaluates conditions only, and the
stored state leaves the specification out (it is parsed once per definition and shared).
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser, TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.task_spec import BpmnTaskSpecConverter
from SpiffWorkflow.bpmn.specs.defaults import ServiceTask
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.task import Task

from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from engine.expressions import evaluate

#: What the parser raises on a diagram it cannot make sense of: its own refusal, and what it trips over.
_UNPARSED = (ValidationException, AttributeError, KeyError, IndexError, TypeError, ValueError)

USER = "user"
EXTERNAL = "external"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
_MAX_DEPTH = 100_000

logging.getLogger("spiff").setLevel(logging.ERROR)


@dataclass(frozen=True)
class OpenTask:
    """A step that waits: for a person (`user`) or for a worker on a topic (`external`)."""

    task_id: str
    element: str
    name: str
    kind: str
    candidate_group: str
    scope: str | None
    due_at: datetime | None
    assignee: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Position:
    """Where a process stands: its state to store, the steps that wait, whether it has ended."""

    state: bytes
    open_tasks: tuple[OpenTask, ...]
    ended: bool


class ExternalTask(ServiceTask):  # type: ignore[misc]  # SpiffWorkflow carries no types
    """A service task that a worker completes later: it stays STARTED until then."""

    def _execute(self, _task: Task) -> None:
        return None


class _Parser(TaskParser):  # type: ignore[misc]
    """Keeps the camunda attributes of a node, which the stock parser drops."""

    def parse_extensions(self, node: etree._Element | None = None) -> dict[str, Any]:
        extensions: dict[str, Any] = super().parse_extensions(node) or {}
        attributes = {
            str(key).removeprefix(CAMUNDA): str(value)
            for key, value in self.node.attrib.items()
            if str(key).startswith(CAMUNDA)
        }
        properties = {
            item.get("name"): item.get("value") for item in self.node.iterfind(f".//{CAMUNDA}property") if item.get("name")
        }
        return {**extensions, **attributes, **properties}


class _DiagramParser(BpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - read by SpiffWorkflow from the class
        full_tag("serviceTask"): (_Parser, ExternalTask),
        full_tag("userTask"): (_Parser, BpmnParser.PARSER_CLASSES[full_tag("userTask")][1]),
    }


class _Conditions(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Evaluates conditions in the whitelisted language; runs no script, ever."""

    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: object = None) -> Any:  # noqa: ANN401
        del external_context
        return evaluate(str(expression), context)

    def execute(self, script: str, context: object, external_context: object = None) -> None:
        del script, context, external_context
        message = "diagrams run no scripts"
        raise PermissionError(message)

    def call_service(self, context: object, **kwargs: object) -> None:
        del context, kwargs
        message = "services are called by workers, not by the engine"
        raise PermissionError(message)


_SERIALIZER = BpmnWorkflowSerializer(
    BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, ExternalTask: BpmnTaskSpecConverter})
)


@dataclass(frozen=True)
class Definition:
    """A parsed process: shared by all instances of its version, never changed."""

    spec: Any
    subprocess_specs: dict[str, Any]


@lru_cache(maxsize=256)
def definition(xml: bytes, process_id: str, called: tuple[tuple[str, bytes], ...] = ()) -> Definition:
    """Parse a checked diagram; once per process and sealed version. Raises Invalid when SpiffWorkflow cannot."""
    del called
    parser = _DiagramParser()
    safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        parser.add_bpmn_xml(etree.fromstring(xml, safe))
        found = Definition(parser.get_spec(process_id), parser.get_subprocess_specs(process_id))
    except _UNPARSED as error:
        problem = str(error).strip().rstrip(".") or type(error).__name__
        raise Invalid(N_("The diagram cannot be run: {problem}. Correct it and deploy again."), problem=problem) from error
    for spec in (found.spec, *found.subprocess_specs.values()):
        _connect_loops(spec)
    return found


def start(process: Definition, data: Mapping[str, Any]) -> Position:
    """Start a process with its routing data and run it until only people or workers can move it."""
    workflow = BpmnWorkflow(process.spec, process.subprocess_specs, script_engine=PythonScriptEngine(_Conditions()))
    workflow.task_tree.data.update(json.loads(json.dumps(_checked(data))))
    return _advanced(workflow)


def complete(process: Definition, state: bytes, task_id: str, result: Mapping[str, Any]) -> Position:
    """Finish one waiting step with its result and run on. Raises Conflict when the step does not wait any more."""
    workflow = _loaded(process, state)
    task = next((one for one in workflow.get_tasks(max_depth=_MAX_DEPTH) if str(one.id) == task_id), None)
    if task is None or not _waits(task):
        raise Conflict(N_("This step is no longer open. Reload the page to see where the case stands."))
    task.set_data(**json.loads(json.dumps(_checked(result))))
    if isinstance(task.task_spec, ExternalTask):
        task.complete()
    else:
        task.run()
    return _advanced(workflow)


def _connect_loops(spec: Any) -> None:  # noqa: ANN401
    # The stock library connects these when an instance first reaches the loop, which a freshly started
    # process that loads a stored instance never does.
    for loop in [one for one in spec.task_specs.values() if isinstance(one, LoopTask)]:
        child = spec.task_specs[loop.task_spec]
        if not child.completed_event.is_connected(loop.merge_child):
            child.completed_event.connect(loop.merge_child)


def _loaded(process: Definition, state: bytes) -> BpmnWorkflow:
    stored = json.loads(state)
    stored["spec"] = process.spec
    stored["subprocess_specs"] = process.subprocess_specs
    workflow = _SERIALIZER.from_dict(stored)
    workflow.script_engine = PythonScriptEngine(_Conditions())
    return workflow


def _stored(workflow: BpmnWorkflow) -> bytes:
    spec, subprocess_specs = workflow.spec, workflow.subprocess_specs
    workflow.spec, workflow.subprocess_specs = None, {}
    try:
        state = _SERIALIZER.to_dict(workflow)
    finally:
        workflow.spec, workflow.subprocess_specs = spec, subprocess_specs
    del state["spec"], state["subprocess_specs"]
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> object:
    message = f"{type(value).__name__} cannot stand in the state of a process"
    raise TypeError(message)


def _advanced(workflow: BpmnWorkflow) -> Position:
    workflow.do_engine_steps()
    waiting = [task for task in workflow.get_tasks(max_depth=_MAX_DEPTH) if _waits(task)]
    open_tasks = tuple(_open_task(task) for task in waiting)
    return Position(_stored(workflow), open_tasks, workflow.completed)


def _waits(task: Task) -> bool:
    if isinstance(task.task_spec, ExternalTask):
        return bool(task.has_state(TaskState.STARTED))
    return bool(task.has_state(TaskState.READY)) and bool(task.task_spec.manual)


def _open_task(task: Task) -> OpenTask:
    spec = task.task_spec
    extensions = spec.extensions or {}
    names = {**task.data, "loopCounter": _loop_counter(task)}
    external = isinstance(spec, ExternalTask)
    group = extensions.get("topic") if external else extensions.get("candidateGroups")
    return OpenTask(
        task_id=str(task.id),
        element=spec.bpmn_id,
        name=spec.bpmn_name or spec.bpmn_id,
        kind=EXTERNAL if external else USER,
        candidate_group=str(group or spec.lane or ""),
        scope=_text(extensions.get("scope"), names),
        due_at=_moment(extensions.get("dueDate"), names),
        assignee=_text(extensions.get("assignee"), names),
        properties={key: str(value) for key, value in extensions.items()},
    )


def _loop_counter(task: Task) -> int | None:
    """Give the number of the multi-instance branch this task runs in, the innermost first."""
    workflow = task.workflow
    while workflow is not workflow.top_workflow:
        parent = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        counter = parent.internal_data.get("item", parent.internal_data.get("key_or_index"))
        if counter is not None:
            return int(counter)
        workflow = parent.workflow
    return None


def _text(expression: str | None, names: Mapping[str, Any]) -> str | None:
    if expression is None:
        return None
    value = evaluate(expression, names)
    return None if value is None else str(value)


def _moment(expression: str | None, names: Mapping[str, Any]) -> datetime | None:
    text = _text(expression, names)
    return datetime.fromisoformat(text) if text else None


def _checked(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse the one key that would make a stored instance unreadable for SpiffWorkflow, at any depth."""
    pending: list[object] = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            if "typename" in value:
                message = "the name 'typename' cannot be used in process data"
                raise ValueError(message)
            pending.extend(value.values())
        elif isinstance(value, list | tuple):
            pending.extend(value)
    return data

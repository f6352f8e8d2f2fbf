"""SpiffWorkflow as it comes, driven with care: what our own way of running its specifications is compared with."""

import json
import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser, TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.task import Task

from engine.expressions import evaluate

logging.getLogger("spiff").setLevel(logging.ERROR)


class _Conditions(BasePythonScriptEngineEnvironment):
    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: object = None) -> Any:
        del external_context
        return evaluate(str(expression), context)

    def execute(self, script: str, context: object, external_context: object = None) -> None:
        del script, context, external_context
        raise PermissionError


class _Parser(BpmnParser):
    OVERRIDE_PARSER_CLASSES: ClassVar = {full_tag("userTask"): (TaskParser, BpmnParser.PARSER_CLASSES[full_tag("userTask")][1])}


class StockProcess:
    """One process on the stock engine, kept in memory or stored and loaded between steps."""

    def __init__(self, xml: bytes, process_id: str, data: Mapping[str, Any]) -> None:
        parser = _Parser()
        parser.add_bpmn_xml(etree.fromstring(xml))
        spec, inner = parser.get_spec(process_id), parser.get_subprocess_specs(process_id)
        for one in (spec, *inner.values()):
            for loop in [task for task in one.task_specs.values() if isinstance(task, LoopTask)]:
                # Connected by the library only when an instance first comes by, which a loaded one never does.
                one.task_specs[loop.task_spec].completed_event.connect(loop.merge_child)
        self._serializer = BpmnWorkflowSerializer()
        self.workflow = BpmnWorkflow(spec, inner, script_engine=PythonScriptEngine(_Conditions()))
        self.workflow.task_tree.data.update(data)
        self.workflow.do_engine_steps()

    def reload(self) -> None:
        """Store the process with the library's own serializer and take it up again."""
        self.workflow = self._serializer.deserialize_json(self._serializer.serialize_json(self.workflow))
        self.workflow.script_engine = PythonScriptEngine(_Conditions())

    def open(self) -> dict[tuple[str, int | None], Task]:
        """Give the open user tasks by element and number of the multi-instance branch."""
        ready = self.workflow.get_tasks(state=TaskState.READY, manual=True, max_depth=100_000)
        return {(task.task_spec.bpmn_id, self._branch(task)): task for task in ready}

    def complete(self, task: Task, result: Mapping[str, Any]) -> None:
        """Finish an open user task."""
        task.set_data(**json.loads(json.dumps(result)))
        task.run()
        self.workflow.do_engine_steps()

    def send(self, name: str) -> None:
        """Deliver a message to whoever waits for it."""
        self.workflow.catch(BpmnEvent(MessageEventDefinition(name), payload={}))
        self.workflow.do_engine_steps()

    @property
    def ended(self) -> bool:
        """Say whether nothing is left to do."""
        return bool(self.workflow.completed)

    def _branch(self, task: Task) -> int | None:
        workflow = task.workflow
        while workflow is not workflow.top_workflow:
            parent = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
            number = parent.internal_data.get("item", parent.internal_data.get("key_or_index"))
            if number is not None:
                return int(number)
            workflow = parent.workflow
        return None

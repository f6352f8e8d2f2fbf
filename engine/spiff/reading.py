"""Read a normalised diagram with SpiffWorkflow's parser.

The library's parser is used as it is but for four things it would lose or change: the flows in the order they are
drawn (it sorts them by position), the vendor attributes, boundary events (it wraps the activity in helper tasks)
and loops (it replaces the activity). They are kept on the specifications as they were drawn.
"""

import sys
from dataclasses import dataclass
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import CallActivity, EventBasedGateway, ServiceTask, SubWorkflowTask
from SpiffWorkflow.specs.base import TaskSpec

from engine.catalogue import N_
from engine.errors import Invalid

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
#: What the parser raises on a diagram it cannot make sense of: its own refusal, and what it trips over.
_UNPARSED = (ValidationException, AttributeError, KeyError, IndexError, TypeError, ValueError)
#: The library follows the flows by recursion, about six frames an element.
_RECURSION = 60_000


@dataclass(frozen=True)
class DrawnFlow:
    """One sequence flow as drawn: the element it leads to and the text of its condition."""

    id: str
    target: str
    condition: str | None
    is_default: bool


@dataclass(frozen=True)
class DrawnLoop:
    """The loop marker of an activity: `mode` is parallel, sequential or standard; the rest are texts as drawn."""

    mode: str
    cardinality: str | None = None
    collection: str | None = None
    item_name: str | None = None
    output_collection: str | None = None
    output_item: str | None = None
    condition: str | None = None
    maximum: int | None = None
    test_before: bool = False


@dataclass(frozen=True)
class Mapping_:  # noqa: N801 - the plain name belongs to collections.abc
    """One camunda:in or camunda:out of a call activity."""

    outwards: bool
    source: str | None
    target: str | None
    everything: bool


class _Kept:
    """What every element parser of ours adds to the library's: flows, loops, boundary events, vendor attributes."""

    def get_position(self, _node: Any = None) -> dict[str, float]:  # noqa: ANN401 - the library's node
        return {"x": 0.0, "y": 0.0}

    def handles_multiple_outgoing(self) -> bool:
        return True

    def parse_node(self) -> Any:  # noqa: ANN401
        self.drawn: list[DrawnFlow] = []
        task = super().parse_node()  # type: ignore[misc]
        task.drawn = tuple(self.drawn)
        task.mappings = _mappings(self.node)  # type: ignore[attr-defined]
        return task

    def connect_outgoing(self, outgoing_task: Any, sequence_flow_node: Any, *_is_default: bool) -> None:  # noqa: ANN401
        condition = self.parse_condition(sequence_flow_node)  # type: ignore[attr-defined]
        # A gateway with one plain flow is called default by the library; only a drawn one is.
        name = sequence_flow_node.get("id")
        is_default = name == self.node.get("default")  # type: ignore[attr-defined]
        self.drawn.append(DrawnFlow(name, outgoing_task.name, condition, is_default))
        TaskSpec.connect(self.task, outgoing_task)  # type: ignore[attr-defined]

    def parse_extensions(self, _node: Any = None) -> dict[str, str]:  # noqa: ANN401
        return _vendor_attributes(self.node)  # type: ignore[attr-defined]

    def _add_boundary_event(self, children: list[Any]) -> Any:  # noqa: ANN401
        parse = self.process_parser.parse_node  # type: ignore[attr-defined]
        self.task.boundary = tuple(parse(child) for child in children)  # type: ignore[attr-defined]
        return self.task  # type: ignore[attr-defined]

    def _add_loop_task(self, drawn: etree._Element) -> None:
        maximum = drawn.get("loopMaximum")
        self.task.loop = DrawnLoop(  # type: ignore[attr-defined]
            "standard",
            condition=_text(drawn, "loopCondition"),
            maximum=int(maximum) if maximum else None,
            test_before=drawn.get("testBefore") == "true",
        )

    def _add_multiinstance_task(self, drawn: etree._Element) -> None:
        self.task.loop = DrawnLoop(  # type: ignore[attr-defined]
            "sequential" if drawn.get("isSequential") == "true" else "parallel",
            cardinality=_text(drawn, "loopCardinality"),
            collection=drawn.get(f"{CAMUNDA}collection") or _text(drawn, "loopDataInputRef"),
            item_name=drawn.get(f"{CAMUNDA}elementVariable") or _item(drawn, "inputDataItem"),
            output_collection=_text(drawn, "loopDataOutputRef"),
            output_item=_item(drawn, "outputDataItem"),
            condition=_text(drawn, "completionCondition"),
        )


class _Process(ProcessParser):  # type: ignore[misc]  # SpiffWorkflow carries no types
    def create_spec(self) -> BpmnProcessSpec:
        spec = super().create_spec()
        # The library's own elements are called Start and End, and would stand in for drawn ones of these names.
        spec.task_specs.clear()
        return spec

    def add_tasks(self) -> None:
        for node in self.xpath("./bpmn:startEvent"):
            self.parse_node(node)


class _EventGateway(EventBasedGateway):  # type: ignore[misc]
    def connect(self, taskspec: Any) -> None:  # noqa: ANN401
        # The library moves the events into the gateway, once and for all; two gateways may lead to one event.
        TaskSpec.connect(self, taskspec)


def _kept(parser: type) -> type:
    return type(f"Kept{parser.__name__}", (_Kept, parser), {})


class _Diagram(BpmnParser):  # type: ignore[misc]
    PROCESS_PARSER_CLASS = _Process
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - read by SpiffWorkflow from the class
        **{tag: (_kept(parser), spec) for tag, (parser, spec) in BpmnParser.PARSER_CLASSES.items()},
        full_tag("eventBasedGateway"): (_kept(BpmnParser.PARSER_CLASSES[full_tag("eventBasedGateway")][0]), _EventGateway),
        full_tag("businessRuleTask"): (_kept(BpmnParser.PARSER_CLASSES[full_tag("serviceTask")][0]), ServiceTask),
    }


@dataclass(frozen=True)
class Specifications:
    """What the library reads of a process: itself, its sub-processes by id, and the names of all processes of the file."""

    process: Any
    inner: dict[str, Any]
    in_file: frozenset[str]


def specifications(xml: bytes, process_id: str) -> Specifications:
    """Read one process of a file. Raises Invalid when the library cannot."""
    safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    parser = _Diagram()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION))
    try:
        parser.add_bpmn_xml(_identified(etree.fromstring(xml, safe)))
        in_file = frozenset(parser.process_parsers)
        spec = parser.get_spec(process_id)
        inner = _inner(parser, spec)
    except (*_UNPARSED, RecursionError, etree.XMLSyntaxError) as error:
        problem = str(error).strip().rstrip(".") or type(error).__name__
        raise Invalid(N_("The diagram cannot be run: {problem}. Correct it and deploy again."), problem=problem) from error
    finally:
        sys.setrecursionlimit(limit)
    return Specifications(spec, inner, in_file)


def _inner(parser: BpmnParser, spec: Any) -> dict[str, Any]:  # noqa: ANN401
    found: dict[str, Any] = {}
    pending = [spec]
    while pending:
        for task in pending.pop().task_specs.values():
            if isinstance(task, SubWorkflowTask) and not isinstance(task, CallActivity):
                found[task.spec] = parser.get_spec(task.spec)
                pending.append(found[task.spec])
    return found


def _identified(root: etree._Element) -> etree._Element:
    """Name the flows that have no id: BPMN allows it, the library passes over them in silence."""
    for number, flow in enumerate(root.iter(f"{BPMN}sequenceFlow")):
        if not flow.get("id"):
            flow.set("id", f"{flow.get('sourceRef')}-{flow.get('targetRef')}-{number}")
    return root


def _vendor_attributes(node: etree._Element) -> dict[str, str]:
    attributes = {
        str(key).removeprefix(CAMUNDA): str(value) for key, value in node.attrib.items() if str(key).startswith(CAMUNDA)
    }
    own = f"{BPMN}extensionElements"
    for item in node.iterfind(f"{own}/{CAMUNDA}properties/{CAMUNDA}property"):
        if item.get("name"):
            attributes[str(item.get("name"))] = str(item.get("value") or "")
    return attributes


def _mappings(node: etree._Element) -> tuple[Mapping_, ...]:
    own = f"{BPMN}extensionElements"
    found = []
    for tag, outwards in (("in", False), ("out", True)):
        for item in node.iterfind(f"{own}/{CAMUNDA}{tag}"):
            if item.get("businessKey"):
                continue
            source = item.get("source") or item.get("sourceExpression")
            found.append(Mapping_(outwards, source, item.get("target"), item.get("variables") == "all"))
    return tuple(found)


def _text(parent: etree._Element, tag: str) -> str | None:
    found = parent.find(f"{BPMN}{tag}")
    return found.text.strip() if found is not None and found.text and found.text.strip() else None


def _item(parent: etree._Element, tag: str) -> str | None:
    found = parent.find(f"{BPMN}{tag}")
    return None if found is None else str(found.get("name") or found.get("id"))

"""A definition made ready to run: the graphs of a process, its sub-processes and the processes it calls.

Built once per sealed version from SpiffWorkflow's specifications and shared by all instances; never changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as drawn
from SpiffWorkflow.bpmn.specs import event_definitions as events

from engine.catalogue import N_
from engine.errors import Invalid
from engine.spiff.reading import DrawnLoop, Mapping_, specifications


class Kind(StrEnum):
    """What an element does with a token."""

    USER = "user"
    EXTERNAL = "external"
    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    PARALLEL = "parallel"
    EVENT_GATEWAY = "event gateway"
    CATCH = "catch"
    THROW = "throw"
    END = "end"
    SUBPROCESS = "sub-process"
    CALL = "call"


@dataclass(frozen=True)
class Event:
    """What an event catches or throws. `name` is that of the message or signal, or the code; `text` the timer's."""

    kind: str  # none, message, signal, timer, error, escalation, terminate
    name: str | None = None
    text: str = ""
    form: str = ""  # date, duration, cycle


@dataclass(frozen=True)
class Flow:
    """A sequence flow between two elements of one graph."""

    id: str
    source: int
    target: int
    condition: str | None
    is_default: bool


@dataclass(frozen=True)
class Node:
    """One element of a graph."""

    index: int
    id: str
    name: str
    kind: Kind
    lane: str | None
    properties: Mapping[str, str]
    event: Event = Event("none")
    interrupting: bool = True
    inner: str = ""  # the graph of a sub-process or called process
    loop: DrawnLoop | None = None
    mappings: tuple[Mapping_, ...] = ()
    boundary: tuple[int, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    incoming: tuple[Flow, ...] = ()

    @property
    def drawn_at(self) -> str:
        """Give the element people know: a gateway the import has put in stands for the activity before it."""
        return self.properties.get("drawnAt", self.id)


@dataclass(frozen=True)
class Graph:
    """The elements of one process or sub-process."""

    key: str
    nodes: tuple[Node, ...]
    starts: tuple[int, ...]
    host_of: Mapping[int, int]  # boundary event → the activity it is attached to
    by_id: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Definition:
    """A process ready to run, with everything it needs."""

    key: str
    graphs: Mapping[str, Graph]

    @property
    def root(self) -> Graph:
        """Give the graph of the process itself."""
        return self.graphs[self.key]


@lru_cache(maxsize=256)
def definition(xml: bytes, process_id: str, called: tuple[tuple[str, bytes], ...] = ()) -> Definition:
    """Make a normalised diagram ready; once per process and sealed version.

    `called` holds the processes its call activities name that are not in the same file, with theirs.
    Raises Invalid when the diagram cannot be read.
    """
    graphs: dict[str, Graph] = {}
    sources = {**dict(called), process_id: xml}
    pending = [process_id]
    while pending:
        key = pending.pop()
        read = specifications(sources[key], key)
        graphs[key] = _graph(key, read.process, key, read.inner)
        for name, spec in read.inner.items():
            graphs[_inner_key(key, name)] = _graph(_inner_key(key, name), spec, key, read.inner)
        # Processes of the process's own file come first: they were drawn for each other.
        beside = dict.fromkeys(read.in_file, sources[key])
        sources = {**sources, **beside} if key == process_id else {**beside, **sources}
        pending = sorted(name for name in _calls(graphs) if name not in graphs and name in sources)
    missing = sorted(_calls(graphs) - set(graphs))
    if missing:
        raise Invalid(N_("The called process {name} is not deployed. Deploy it first."), name=missing[0])
    return Definition(process_id, graphs)


def _inner_key(process: str, name: str) -> str:
    return f"{process}#{name}"


def _calls(graphs: Mapping[str, Graph]) -> set[str]:
    return {node.inner for graph in graphs.values() for node in graph.nodes if node.kind is Kind.CALL}


_KINDS: tuple[tuple[type, Kind], ...] = (
    (drawn.ServiceTask, Kind.EXTERNAL),
    (drawn.UserTask, Kind.USER),
    (drawn.ManualTask, Kind.USER),
    (drawn.NoneTask, Kind.USER),
    (drawn.ExclusiveGateway, Kind.EXCLUSIVE),
    (drawn.InclusiveGateway, Kind.INCLUSIVE),
    (drawn.ParallelGateway, Kind.PARALLEL),
    (drawn.EventBasedGateway, Kind.EVENT_GATEWAY),
    (drawn.CallActivity, Kind.CALL),
    (drawn.SubWorkflowTask, Kind.SUBPROCESS),
    (drawn.EndEvent, Kind.END),
    (drawn.StartEvent, Kind.CATCH),
    (drawn.BoundaryEvent, Kind.CATCH),
    (drawn.IntermediateCatchEvent, Kind.CATCH),
    (drawn.ReceiveTask, Kind.CATCH),
    (drawn.IntermediateThrowEvent, Kind.THROW),
    (drawn.SendTask, Kind.THROW),
)

_TIMERS: tuple[tuple[Any, str], ...] = (
    (events.TimeDateEventDefinition, "date"),
    (events.DurationTimerEventDefinition, "duration"),
    (events.CycleTimerEventDefinition, "cycle"),
)

_NAMED: tuple[tuple[Any, str], ...] = (
    (events.MessageEventDefinition, "message"),
    (events.SignalEventDefinition, "signal"),
)

_CODED: tuple[tuple[Any, str], ...] = (
    (events.ErrorEventDefinition, "error"),
    (events.EscalationEventDefinition, "escalation"),
)


def _graph(key: str, spec: Any, process: str, inner: Mapping[str, Any]) -> Graph:  # noqa: ANN401 - untyped library
    specs = [one for one in spec.task_specs.values() if getattr(one, "bpmn_id", None)]
    numbers = {one.name: number for number, one in enumerate(specs)}
    flows = _Flows(specs, numbers)
    nodes = tuple(_node(one, numbers, flows, _inner_graph(one, process, inner)) for one in specs)
    boundary = {event: node.index for node in nodes for event in node.boundary}
    starts = tuple(numbers[one.name] for one in specs if isinstance(one, drawn.StartEvent))
    return Graph(key, nodes, starts, boundary, {node.id: node.index for node in nodes})


class _Flows:
    """The flows of one graph, by the element they leave and by the one they reach."""

    def __init__(self, specs: list[Any], numbers: Mapping[str, int]) -> None:
        self.leaving: dict[int, list[Flow]] = {}
        self.reaching: dict[int, list[Flow]] = {}
        for one in specs:
            for drawn_flow in getattr(one, "drawn", ()):
                source, target = numbers[one.name], numbers[drawn_flow.target]
                flow = Flow(drawn_flow.id, source, target, drawn_flow.condition, drawn_flow.is_default)
                self.leaving.setdefault(source, []).append(flow)
                self.reaching.setdefault(target, []).append(flow)


def _inner_graph(spec: Any, process: str, inner: Mapping[str, Any]) -> str:  # noqa: ANN401
    name = getattr(spec, "spec", "")
    if isinstance(spec, drawn.CallActivity):
        return str(name)
    return _inner_key(process, str(name)) if name and str(name) in inner else ""


def _node(spec: Any, numbers: Mapping[str, int], flows: _Flows, inner: str) -> Node:  # noqa: ANN401
    number = numbers[spec.name]
    return Node(
        index=number,
        id=str(spec.bpmn_id),
        name=str(spec.bpmn_name or spec.bpmn_id),
        kind=_kind(spec),
        lane=spec.lane,
        properties=dict(spec.extensions or {}),
        event=_awaited(spec, _event(getattr(spec, "event_definition", None))),
        interrupting=bool(getattr(spec, "cancel_activity", True)),
        inner=inner,
        loop=getattr(spec, "loop", None),
        mappings=getattr(spec, "mappings", ()),
        boundary=tuple(numbers[event.name] for event in getattr(spec, "boundary", ())),
        outgoing=tuple(flows.leaving.get(number, ())),
        incoming=tuple(flows.reaching.get(number, ())),
    )


def _kind(spec: Any) -> Kind:  # noqa: ANN401
    for drawn_as, kind in _KINDS:
        if isinstance(spec, drawn_as):
            return kind
    raise Invalid(N_("The element {element} is not run. Check the diagram, then deploy it again."), element=spec.bpmn_id)


def _awaited(spec: Any, event: Event) -> Event:  # noqa: ANN401
    """Let a receive task that names no message wait for one of its own name, never pass by."""
    waits = isinstance(spec, drawn.ReceiveTask | drawn.IntermediateCatchEvent) and event.kind == "none"
    return Event("message", str(spec.bpmn_id)) if waits else event


def _event(event: Any) -> Event:  # noqa: ANN401
    for drawn_as, form in _TIMERS:
        if isinstance(event, drawn_as):
            return Event("timer", None, str(event.expression or "").strip(), form)
    for drawn_as, kind in _NAMED:
        if isinstance(event, drawn_as):
            return Event(kind, str(event.name))
    for drawn_as, kind in _CODED:
        if isinstance(event, drawn_as):
            return Event(kind, event.code)
    return Event("terminate" if isinstance(event, events.TerminateEventDefinition) else "none")

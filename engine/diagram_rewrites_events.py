"""Rewrites of events: names for what is unnamed, triggers for what has none, links and signal ends."""

from collections import defaultdict
from collections.abc import Callable

from lxml import etree

from engine.catalogue import N_
from engine.diagram_model import (
    BPMN,
    Diagram,
    Element,
    around,
    child,
    event_definition,
    id_of,
    tag_of,
    text_of,
    trigger,
)
from engine.diagram_rules_events import is_executable

#: What an event refers to: the element declared, the attribute that names it to the outside.
_DECLARED: dict[str, str] = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}
#: What says when a timer or condition happens.
_TRIGGERS = frozenset({"timeDate", "timeDuration", "timeCycle", "condition"})


def rewrite_events(diagram: Diagram) -> None:
    """Apply the rewrites of this module."""
    for rewrite in _REWRITES:
        rewrite(diagram)


def _without_trigger(diagram: Diagram) -> None:
    """Let events that say nothing about when they happen wait for a message named after them."""
    for event in diagram.inside("startEvent", "boundaryEvent", "intermediateCatchEvent"):
        definition = event_definition(event)
        if definition is None:
            if tag_of(event) == "startEvent":
                continue
            definition = etree.SubElement(event, f"{BPMN}messageEventDefinition")
        elif trigger(event) not in {"timer", "conditional"} or any(
            text_of(one) for one in definition if tag_of(one) in _TRIGGERS
        ):
            continue
        message = N_("The event says nothing about when it happens: it waits for the message {name}.")
        diagram.rewritten("event-without-trigger", event, message, name=id_of(event))
        definition.tag = f"{BPMN}messageEventDefinition"
        for one in [one for one in definition if tag_of(one) in _TRIGGERS]:
            definition.remove(one)
        own = diagram.new_id(f"{id_of(event)}_message")
        diagram.declare("message", own, name=id_of(event))
        definition.set("messageRef", own)


def _references(diagram: Diagram) -> None:
    """Declare what events and tasks refer to without declaring it, or do not refer to at all."""
    declared = {kind: {id_of(one): one for one in diagram.every(kind)} for kind in _DECLARED}
    for element in diagram.inside(*(f"{kind}EventDefinition" for kind in _DECLARED), "receiveTask", "sendTask"):
        kind = "message" if tag_of(element).endswith("Task") else tag_of(element).removesuffix("EventDefinition")
        reference = element.get(f"{kind}Ref")
        if reference and reference not in declared[kind]:
            _declare(diagram, declared[kind], element, kind, str(reference))
        elif not reference and _must_refer(element, kind):
            _declare_own(diagram, declared[kind], element, kind)


def _declare(diagram: Diagram, declared: dict[str, Element], element: Element, kind: str, reference: str) -> None:
    local = reference.rpartition(":")[2]
    if local in declared:
        element.set(f"{kind}Ref", local)
        diagram.rewritten(
            "undeclared",
            element,
            N_("“{name}” is not declared under this name; {found} is meant."),
            name=reference,
            found=local,
        )
        return
    if diagram.has(reference):
        diagram.refuse("dangling-reference", element, N_("“{name}” is no {kind}."), name=reference, kind=kind)
        return
    message = N_("“{name}” is not declared: it is declared under this name.")
    diagram.rewritten("undeclared", element, message, name=reference)
    declared[reference] = diagram.declare(kind, reference, **{"name": reference, _DECLARED[kind]: reference})


def _must_refer(element: Element, kind: str) -> bool:
    if tag_of(element) == "sendTask":
        return False  # it becomes an external task
    throws = tag_of(around(element)) in {"endEvent", "intermediateThrowEvent"}
    if kind == "error":
        return throws and not is_executable(element)
    return kind != "escalation" or throws


def _declare_own(diagram: Diagram, declared: dict[str, Element], element: Element, kind: str) -> None:
    owner = diagram.named(element)
    name = id_of(owner)
    message = N_("The event names no {kind}: it has one of its own, named {name}.")
    diagram.rewritten("unnamed", element, message, kind=kind, name=name)
    own = diagram.new_id(f"{name}_{kind}")
    declared[own] = diagram.declare(kind, own, **{"name": name, _DECLARED[kind]: name})
    element.set(f"{kind}Ref", own)


def _names(diagram: Diagram) -> None:
    """Name declared messages and signals that have no name, and codes of escalations and errors that are thrown."""
    thrown = _thrown_references(diagram)
    for kind, attribute in _DECLARED.items():
        for one in diagram.every(kind):
            needed = attribute == "name" or id_of(one) in thrown
            if needed and id_of(one) and not one.get(attribute):
                diagram.rewritten("unnamed", one, N_("The {kind} has no name: its id is its name."), kind=kind)
                one.set(attribute, id_of(one))


def _thrown_references(diagram: Diagram) -> set[str]:
    thrown = set()
    for event in diagram.inside("endEvent", "intermediateThrowEvent"):
        definition, kind = event_definition(event), trigger(event)
        # A code that an executable process lacks has been refused already.
        if definition is not None and (kind == "escalation" or (kind == "error" and not is_executable(event))):
            thrown.add(str(definition.get(f"{kind}Ref")))
    return thrown


def _links(diagram: Diagram) -> None:
    """Draw the flows that link events mean."""
    catching, throwing = (
        _link_events(diagram, "intermediateCatchEvent"),
        _link_events(diagram, "intermediateThrowEvent"),
    )
    for key, events in catching.items():
        if len(events) > 1:
            diagram.refuse("link-event", events[1], N_("Two link events catch the same link {name}."), name=key[1])
        if key not in throwing:
            diagram.refuse(
                "link-event",
                events[0],
                N_("No link event leads to the link {name} in this process or sub-process."),
                name=key[1],
            )
    outgoing = diagram.outgoing()
    for key, events in throwing.items():
        if key not in catching:
            diagram.refuse(
                "link-event",
                events[0],
                N_("The link {name} leads nowhere in this process or sub-process."),
                name=key[1],
            )
            continue
        for event in events:
            if id_of(event) in outgoing:
                diagram.refuse("link-event", event, N_("A flow leaves this link event; the link is its way on."))
        _connect(diagram, events, catching[key][0], key[1])


def _connect(diagram: Diagram, sources: list[Element], target: Element, name: str) -> None:
    for source in sources:
        diagram.rewritten(
            "link-event", source, N_("The link {name} is a sequence flow to {target}."), name=name, target=id_of(target)
        )
        diagram.add_flow(around(source), source, target, f"{id_of(source)}_link")
    target.tag = f"{BPMN}intermediateThrowEvent"
    for event in (*sources, target):
        for definition in event.findall(f"{BPMN}linkEventDefinition"):
            event.remove(definition)


def _link_events(diagram: Diagram, tag: str) -> dict[tuple[Element, str], list[Element]]:
    found: dict[tuple[Element, str], list[Element]] = defaultdict(list)
    for event in diagram.inside(tag):
        definition = child(event, "linkEventDefinition")
        if definition is not None:
            name = definition.get("name") or event.get("name") or ""
            found[around(event), " ".join(str(name).split())].append(event)
    return found


def _signal_ends(diagram: Diagram) -> None:
    for event in diagram.inside("endEvent"):
        if trigger(event) == "signal":
            diagram.rewritten("signal-end", event, N_("The signal is thrown just before the end."))
            event.tag = f"{BPMN}intermediateThrowEvent"
            end = diagram.add_node(around(event), "endEvent", f"{id_of(event)}_end", after=event)
            diagram.add_flow(around(event), event, end, f"{id_of(event)}_to_end")


def _compensation_boundaries(diagram: Diagram) -> None:
    gone = set()
    if any(tag_of(around(one)) != "boundaryEvent" for one in diagram.inside("compensateEventDefinition")):
        return  # it is thrown, and refused
    for event in diagram.inside("boundaryEvent"):
        if child(event, "compensateEventDefinition") is not None:
            diagram.rewritten(
                "compensation",
                event,
                N_("Nothing in the file throws compensation: this event never happens and is left out."),
            )
            gone.add(id_of(event))
            diagram.remove(event)
    for line in diagram.every("association"):
        if gone & {str(line.get("sourceRef")), str(line.get("targetRef"))}:
            diagram.remove(line)


_REWRITES: tuple[Callable[[Diagram], None], ...] = (
    _compensation_boundaries,
    _without_trigger,
    _references,
    _names,
    _links,
    _signal_ends,
)

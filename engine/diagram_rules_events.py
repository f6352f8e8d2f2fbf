"""Rules about events: which kinds may stand where, and what an executable process must say about them."""

from collections.abc import Callable

from engine.catalogue import N_
from engine.diagram_model import (
    BPMN,
    EVENT_DEFINITIONS,
    FLOW_NODES,
    SUB_PROCESSES,
    Diagram,
    Element,
    around,
    child,
    event_definition,
    id_of,
    is_true,
    tag_of,
    text_of,
    trigger,
)

#: What each kind of event may wait for or throw.
_ALLOWED: dict[str, frozenset[str]] = {
    "startEvent": frozenset({"none", "message", "timer", "signal", "conditional"}),
    "intermediateCatchEvent": frozenset({"none", "message", "timer", "signal", "conditional", "link"}),
    "intermediateThrowEvent": frozenset({"none", "message", "signal", "escalation", "link"}),
    "boundaryEvent": frozenset(
        {"none", "message", "timer", "signal", "escalation", "error", "conditional", "compensate"}
    ),
    "endEvent": frozenset({"none", "message", "signal", "escalation", "error", "terminate"}),
}
_HANDLER_STARTS = frozenset({"message", "timer", "signal", "escalation", "error", "conditional"})
#: What an event-based gateway can wait for.
_AWAITED = frozenset({"none", "message", "timer", "signal", "conditional"})


def check_events(diagram: Diagram) -> None:
    """Apply the rules of this module."""
    for rule in _RULES:
        rule(diagram)


def is_handler(scope: Element) -> bool:
    """Say whether a scope is an event sub-process."""
    return tag_of(scope) in SUB_PROCESSES and is_true(scope, "triggeredByEvent")


def is_executable(element: Element) -> bool:
    """Say whether the process around an element is declared executable."""
    return any(tag_of(one) == "process" and is_true(one, "isExecutable") for one in element.iterancestors())


def _kinds(diagram: Diagram) -> None:
    for event in diagram.inside(*sorted(_ALLOWED)):
        definitions = [one for one in event if tag_of(one) in EVENT_DEFINITIONS]
        if len(definitions) > 1 or is_true(event, "parallelMultiple"):
            diagram.refuse("multiple-events", event, N_("This event has several triggers; draw an event for each."))
        else:
            _kind(diagram, event)


def _kind(diagram: Diagram, event: Element) -> None:
    kind = trigger(event)
    handler = tag_of(event) == "startEvent" and is_handler(around(event))
    allowed = _HANDLER_STARTS if handler else _ALLOWED[tag_of(event)]
    if kind == "compensate" and kind not in allowed:
        diagram.refuse("compensation", event, N_("Compensation is not run: draw the undoing step instead."))
    elif kind == "cancel":
        diagram.refuse("cancel-event", event, N_("Cancel events are not run: use an error event."))
    elif kind not in allowed:
        message = N_("An event of the kind “{kind}” cannot stand here ({place}).")
        diagram.refuse("event-not-allowed", event, message, kind=kind, place=tag_of(event))
    elif kind == "conditional" and text_of(child(event_definition(event), "condition")):
        diagram.refuse(
            "conditional-event", event, N_("Conditional events are not run: ask for the condition at a gateway.")
        )
    elif tag_of(event) == "startEvent" and not handler and kind != "none" and tag_of(around(event)) != "process":
        diagram.refuse("event-not-allowed", event, N_("An embedded sub-process starts with a plain start event."))


def _interrupting(diagram: Diagram) -> None:
    for event in diagram.inside("boundaryEvent", "startEvent"):
        attribute = "cancelActivity" if tag_of(event) == "boundaryEvent" else "isInterrupting"
        if trigger(event) == "error" and not is_true(event, attribute, default=True):
            diagram.refuse(
                "error-must-interrupt", event, N_("An error event always interrupts; the diagram says it does not.")
            )


def _same_start(diagram: Diagram) -> None:
    for process in diagram.every("process"):
        seen = set()
        for event in process.findall(f"{BPMN}startEvent"):
            definition = event_definition(event)
            reference = (
                (trigger(event), definition.get(f"{trigger(event)}Ref")) if definition is not None else (None, None)
            )
            if reference[1] and reference in seen:
                diagram.refuse("several-starts", event, N_("Two start events wait for the same message or signal."))
            seen.add(reference)


def _instantiating(diagram: Diagram) -> None:
    for node in diagram.inside("receiveTask", "eventBasedGateway"):
        if is_true(node, "instantiate") or node.get("eventGatewayType") == "Parallel":
            diagram.refuse("instantiate", node, N_("This element would start the process: draw message start events."))


def _behind_event_gateways(diagram: Diagram) -> None:
    nodes = {id_of(one): one for one in diagram.inside(*sorted(FLOW_NODES))}
    outgoing = diagram.outgoing()
    for gateway in diagram.inside("eventBasedGateway"):
        targets = [nodes[str(flow.get("targetRef"))] for flow in outgoing.get(id_of(gateway), ())]
        wrong = [one for one in targets if not _waits(one)]
        if wrong:
            message = N_("An event-based gateway leads only to catching events and receive tasks, not to {name}.")
            diagram.refuse("event-gateway", gateway, message, name=id_of(wrong[0]))
        elif not targets:
            diagram.refuse("event-gateway", gateway, N_("No event follows this event-based gateway."))


def _waits(node: Element) -> bool:
    return tag_of(node) == "receiveTask" or (tag_of(node) == "intermediateCatchEvent" and trigger(node) in _AWAITED)


def _error_codes(diagram: Diagram) -> None:
    errors = {id_of(one): one for one in diagram.every("error")}
    for event in diagram.inside("endEvent"):
        definition = event_definition(event)
        if definition is None or trigger(event) != "error" or not is_executable(event):
            continue
        reference = definition.get("errorRef")
        declared = errors.get(str(reference))
        if not reference or (declared is not None and not declared.get("errorCode")):
            message = N_("An error end event of an executable process needs an error with a code.")
            diagram.refuse("error-without-code", event, message)


_RULES: tuple[Callable[[Diagram], None], ...] = (
    _kinds,
    _interrupting,
    _same_start,
    _instantiating,
    _behind_event_gateways,
    _error_codes,
)

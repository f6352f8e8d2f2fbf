"""Rewrites of flows: gateways that are meant but not drawn, choices nobody formalised, starts and ends left out."""

import json
from collections.abc import Callable

from lxml import etree

from engine.catalogue import N_
from engine.diagram_model import (
    ACTIVITIES,
    BPMN,
    CAMUNDA,
    FLOW_NODES,
    Diagram,
    Element,
    around,
    child,
    drop,
    id_of,
    is_true,
    nodes_in,
    tag_of,
    text_of,
    trigger,
)
from engine.diagram_rules_events import is_handler

#: What may have several flows out of it, or conditions on them, without a gateway being drawn.
_FORKING = ACTIVITIES | {"startEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"}


def rewrite_flows(diagram: Diagram) -> None:
    """Apply the rewrites of this module."""
    for rewrite in _REWRITES:
        rewrite(diagram)


def condition_of(flow: Element) -> str | None:
    """Give the condition of a flow: None where none is drawn, "" where one is drawn and says nothing."""
    condition = child(flow, "conditionExpression")
    return None if condition is None else text_of(condition)


def _defaults(diagram: Diagram) -> None:
    """A default flow is taken when nothing else is: a condition on it means nothing."""
    defaults = {str(node.get("default")) for node in diagram.inside(*sorted(FLOW_NODES)) if node.get("default")}
    for flow in diagram.inside("sequenceFlow"):
        condition = child(flow, "conditionExpression")
        if id_of(flow) in defaults and condition is not None:
            diagram.rewritten(
                "default-condition",
                flow,
                N_("The condition of a default flow is not asked: the flow is taken when no other is."),
            )
            flow.remove(condition)


def _conditions_without_choice(diagram: Diagram) -> None:
    outgoing = diagram.outgoing()
    for node in diagram.inside("parallelGateway", "eventBasedGateway"):
        for flow in outgoing.get(id_of(node), ()):
            condition = child(flow, "conditionExpression")
            if condition is not None and text_of(condition):
                diagram.refuse(
                    "condition-off-gateway",
                    flow,
                    N_("This gateway asks no conditions; the one on its flow would be ignored."),
                )
            elif condition is not None:
                diagram.rewritten("empty-condition", flow, N_("The condition says nothing: the flow has none."))
                flow.remove(condition)


def _exclusive(diagram: Diagram) -> None:
    outgoing = diagram.outgoing()
    for gateway in diagram.inside("exclusiveGateway"):
        flows = outgoing.get(id_of(gateway), [])
        asked = [flow for flow in flows if id_of(flow) != gateway.get("default")]
        open_ones = [flow for flow in asked if not condition_of(flow)]
        if len(flows) < 2:  # noqa: PLR2004 - a choice is between two
            _unconditional(diagram, open_ones)
        elif open_ones and len(open_ones) == len(asked):
            _choice_by_name(diagram, gateway, asked)
        else:
            for flow in open_ones:
                message = N_(
                    "Other flows of this gateway have conditions, this one has none: mark it as the default flow or write its condition."
                )
                diagram.refuse("ambiguous-choice", flow, message)


def _unconditional(diagram: Diagram, flows: list[Element]) -> None:
    for flow in flows:
        condition = child(flow, "conditionExpression")
        if condition is not None:
            diagram.rewritten("empty-condition", flow, N_("The condition says nothing: the flow has none."))
            flow.remove(condition)


def _choice_by_name(diagram: Diagram, gateway: Element, flows: list[Element]) -> None:
    name = diagram.variable(id_of(gateway))
    ways = ", ".join(id_of(flow) for flow in flows)
    message = N_(
        "The gateway has no conditions: the step before answers {name} with the id of the flow to take ({ways})."
    )
    diagram.rewritten("choice-by-name", gateway, message, name=name, ways=ways)
    for flow in flows:
        _set_condition(flow, f"{name} == {json.dumps(id_of(flow), ensure_ascii=False)}")


def _set_condition(flow: Element, text: str) -> None:
    condition = child(flow, "conditionExpression")
    if condition is None:
        condition = etree.SubElement(flow, f"{BPMN}conditionExpression")
    condition.text = text
    drop(condition, "language")


def _forks(diagram: Diagram) -> None:
    """Draw the gateway an activity or event means by several flows out of it, or by a condition on one."""
    outgoing = diagram.outgoing()
    for node in diagram.inside(*sorted(_FORKING)):
        flows = outgoing.get(id_of(node), [])
        conditional = [flow for flow in flows if condition_of(flow) is not None]
        if len(flows) > 1 or conditional or node.get("default"):
            _draw_fork(diagram, node, flows, inclusive=bool(conditional or node.get("default")))


def _draw_fork(diagram: Diagram, node: Element, flows: list[Element], *, inclusive: bool) -> None:
    message = (
        N_("Flows with conditions leave this element: an inclusive gateway is meant.")
        if inclusive
        else N_("Several flows leave this element: a parallel gateway is meant.")
    )
    if len(flows) == 1 and condition_of(flows[0]) is None:
        drop(node, "default")
        diagram.rewritten(
            "default-alone", node, N_("The only flow out of this element is its default: it is always taken.")
        )
        return
    diagram.rewritten("implicit-fork", node, message)
    tag = "inclusiveGateway" if inclusive else "parallelGateway"
    gateway = diagram.add_node(around(node), tag, f"{id_of(node)}_fork", after=node)
    _mark(gateway, node)
    default = node.get("default")
    drop(node, "default")
    if default is not None:
        gateway.set("default", default)
    for flow in flows:
        flow.set("sourceRef", id_of(gateway))
    diagram.add_flow(around(node), node, gateway, f"{id_of(node)}_to_fork")


def _mark(gateway: Element, node: Element) -> None:
    """Let the runtime name the element that was drawn when the gateway cannot go on."""
    own = etree.SubElement(gateway, f"{BPMN}extensionElements")
    properties = etree.SubElement(own, f"{CAMUNDA}properties")
    etree.SubElement(properties, f"{CAMUNDA}property", {"name": "drawnAt", "value": id_of(node)})


def _inclusive(diagram: Diagram) -> None:
    """Each conditional flow whose condition says nothing is taken when the variable named after it is true."""
    outgoing = diagram.outgoing()
    for gateway in diagram.inside("inclusiveGateway"):
        flows = outgoing.get(id_of(gateway), [])
        for flow in [one for one in flows if condition_of(one) == ""]:
            name = diagram.variable(id_of(flow))
            message = N_("The condition says nothing: the flow is taken when the step before sets {name} to true.")
            diagram.rewritten("flow-by-name", flow, message, name=name)
            _set_condition(flow, name)


def _starts(diagram: Diagram) -> None:
    incoming = diagram.incoming()
    for scope in diagram.scopes():
        starts = [one for one in nodes_in(scope) if tag_of(one) == "startEvent"]
        plain = [one for one in starts if trigger(one) == "none"]
        if is_handler(scope) and len(starts) != 1:
            diagram.refuse("event-subprocess", scope, N_("An event sub-process has exactly one start event."))
        elif len(plain) > 1 or (tag_of(scope) != "process" and len(starts) > 1):
            diagram.refuse(
                "several-starts", scope, N_("Several plain start events stand here: draw one, or one for each message.")
            )
        elif not starts and not is_handler(scope):
            _draw_start(diagram, scope, [one for one in nodes_in(scope) if id_of(one) not in incoming and _begins(one)])
        _clocks(diagram, scope, starts)


def _clocks(diagram: Diagram, scope: Element, starts: list[Element]) -> None:
    for start in starts if tag_of(scope) == "process" else ():
        if trigger(start) == "timer":
            diagram.warn(
                "timer-start",
                start,
                N_("No clock starts the process: it is started by hand, by a message or by another process."),
            )


def _begins(node: Element) -> bool:
    return tag_of(node) != "boundaryEvent" and not is_true(node, "isForCompensation") and not is_handler(node)


def _draw_start(diagram: Diagram, scope: Element, first: list[Element]) -> None:
    if not first:
        diagram.refuse("no-start", scope, N_("Nothing starts here: every element has a flow leading to it."))
        return
    message = N_("No start event is drawn: it starts at {names}.")
    diagram.rewritten("implicit-start", scope, message, names=", ".join(id_of(one) for one in first))
    start = diagram.add_node(scope, "startEvent", f"{id_of(scope)}_start")
    source = start
    if len(first) > 1:
        source = diagram.add_node(scope, "parallelGateway", f"{id_of(scope)}_fork")
        diagram.add_flow(scope, start, source, f"{id_of(scope)}_to_fork")
    for node in first:
        diagram.add_flow(scope, source, node, f"{id_of(scope)}_to_{id_of(node)}")


def _unreached(diagram: Diagram) -> None:
    outgoing = diagram.outgoing()
    for scope in diagram.scopes():
        nodes = {id_of(one): one for one in nodes_in(scope)}
        attached: dict[str, list[str]] = {}
        for name, node in nodes.items():
            if tag_of(node) == "boundaryEvent":
                attached.setdefault(str(node.get("attachedToRef")), []).append(name)
        pending = [name for name, node in nodes.items() if tag_of(node) == "startEvent" or is_handler(node)]
        reached = set(pending)
        while pending:
            name = pending.pop()
            onwards = [str(flow.get("targetRef")) for flow in outgoing.get(name, ())] + attached.get(name, [])
            fresh = [one for one in onwards if one not in reached]
            reached.update(fresh)
            pending.extend(fresh)
        if any(tag_of(node) == "startEvent" for node in nodes.values()):
            _report_unreached(diagram, [node for name, node in nodes.items() if name not in reached])


def _report_unreached(diagram: Diagram, nodes: list[Element]) -> None:
    for node in nodes:
        if not is_true(node, "isForCompensation"):
            diagram.refuse("unreachable", node, N_("No flow leads here from a start event: it would never happen."))


def _ends(diagram: Diagram) -> None:
    outgoing = diagram.outgoing()
    for scope in diagram.scopes():
        for node in nodes_in(scope):
            if (
                tag_of(node) == "endEvent"
                or id_of(node) in outgoing
                or is_true(node, "isForCompensation")
                or is_handler(node)
            ):
                continue
            diagram.rewritten("implicit-end", node, N_("No flow leaves this element: the branch ends here."))
            end = diagram.add_node(scope, "endEvent", f"{id_of(node)}_end")
            diagram.add_flow(scope, node, end, f"{id_of(node)}_to_end")


_REWRITES: tuple[Callable[[Diagram], None], ...] = (
    _defaults,
    _conditions_without_choice,
    _exclusive,
    _starts,
    _forks,
    _inclusive,
    _unreached,
    _ends,
)

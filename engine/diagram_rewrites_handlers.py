"""Event sub-processes, rewritten to boundary events.

A scope S with event sub-processes does the same as S holding its main flow in a sub-process of its own, the wrapper:
each event that starts a handler becomes a boundary event of the wrapper, each handler an ordinary sub-process behind
it. Non-interrupting events stand on the inner wrapper; interrupting ones on a second wrapper around it and its
handlers, so that they also withdraw handlers under way, and what a handler throws leaves S.
"""

from engine.catalogue import N_
from engine.diagram_model import (
    BPMN,
    FLOW_NODES,
    Diagram,
    Element,
    child,
    drop,
    event_definition,
    id_of,
    is_true,
    nodes_in,
    tag_of,
)
from engine.diagram_rules_events import is_handler


def rewrite_handlers(diagram: Diagram) -> None:
    """Rewrite every scope that holds event sub-processes, inner ones first."""
    for scope in reversed(diagram.scopes()):
        handlers = [one for one in nodes_in(scope) if is_handler(one)]
        if handlers and _can_be_rewritten(diagram, scope, handlers):
            _rewrite(diagram, scope, handlers)


def _can_be_rewritten(diagram: Diagram, scope: Element, handlers: list[Element]) -> bool:
    starts = [one for one in nodes_in(scope) if tag_of(one) == "startEvent"]
    alone = [one for one in handlers if not is_true(_start_of(one), "isInterrupting", default=True)]
    terminates = any(child(one, "terminateEventDefinition") is not None for one in nodes_in(scope))
    if len(starts) != 1:
        for one in handlers:
            diagram.refuse(
                "event-subprocess",
                one,
                N_("An event sub-process is run only beside exactly one start event: use boundary events."),
            )
    elif alone and terminates:
        for one in alone:
            diagram.refuse(
                "event-subprocess",
                one,
                N_(
                    "An event sub-process that does not interrupt is not run beside a terminate end event: use boundary events."
                ),
            )
    else:
        return True
    return False


def _start_of(scope: Element) -> Element:
    return next(one for one in nodes_in(scope) if tag_of(one) == "startEvent")


def _rewrite(diagram: Diagram, scope: Element, handlers: list[Element]) -> None:
    interrupting = [one for one in handlers if is_true(_start_of(one), "isInterrupting", default=True)]
    for group in ([one for one in handlers if one not in interrupting], interrupting):
        if group:
            wrapper = _wrap(diagram, scope)
            for handler in group:
                _attach(diagram, scope, wrapper, handler)


def _wrap(diagram: Diagram, scope: Element) -> Element:
    """Move everything that flows in a scope, but its start, into a sub-process behind that start."""
    start = _start_of(scope)
    first = next(one for one in scope.findall(f"{BPMN}sequenceFlow") if one.get("sourceRef") == id_of(start))
    moved = [
        one
        for one in scope
        if (tag_of(one) in FLOW_NODES or tag_of(one) == "sequenceFlow")
        and one not in {start, first}
        and not is_handler(one)
    ]
    wrapper = diagram.add_node(scope, "subProcess", f"{id_of(scope)}_main", after=start)
    inner = diagram.add_node(wrapper, "startEvent", f"{id_of(wrapper)}_start")
    for one in moved:
        wrapper.append(one)
    target = str(first.get("targetRef"))
    first.set("targetRef", id_of(wrapper))
    diagram.add_flow(wrapper, inner, wrapper, f"{id_of(wrapper)}_begin").set("targetRef", target)
    _end_behind(diagram, scope, wrapper)
    return wrapper


def _end_behind(diagram: Diagram, scope: Element, node: Element) -> None:
    end = diagram.add_node(scope, "endEvent", f"{id_of(node)}_end")
    diagram.add_flow(scope, node, end, f"{id_of(node)}_to_end")


def _attach(diagram: Diagram, scope: Element, wrapper: Element, handler: Element) -> None:
    start = _start_of(handler)
    drawn, begin = id_of(start), diagram.new_id(f"{id_of(start)}_begin")
    interrupts = is_true(start, "isInterrupting", default=True)
    diagram.rewritten(
        "event-subprocess",
        handler,
        N_("The event sub-process runs behind a boundary event around the rest of {name}."),
        name=id_of(scope),
    )
    # The boundary event is what was drawn: it keeps the id, and errors at run time name it.
    event = diagram.add_node(scope, "boundaryEvent", f"{drawn}_event", after=wrapper)
    event.set("id", drawn)
    start.set("id", begin)
    for flow in handler.findall(f"{BPMN}sequenceFlow"):
        if flow.get("sourceRef") == drawn:
            flow.set("sourceRef", begin)
    event.set("attachedToRef", id_of(wrapper))
    event.set("cancelActivity", "true" if interrupts else "false")
    if start.get("name"):
        event.set("name", str(start.get("name")))
    own = child(start, "extensionElements")
    for part in [one for one in (own, event_definition(start)) if one is not None]:
        event.append(part)
    drop(start, "isInterrupting")
    handler.set("triggeredByEvent", "false")
    diagram.add_flow(scope, event, handler, f"{drawn}_to_{id_of(handler)}")
    _end_behind(diagram, scope, handler)

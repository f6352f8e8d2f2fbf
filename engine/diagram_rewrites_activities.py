"""Rewrites of activities: what they call, who does the automatic ones, how often they run."""

import re
from collections.abc import Callable

from lxml import etree

from engine.catalogue import N_
from engine.diagram_model import (
    BPMN,
    CAMUNDA,
    VENDORS,
    ZEEBE,
    Diagram,
    Element,
    around,
    child,
    drop,
    extensions,
    id_of,
    is_true,
    nodes_in,
    tag_of,
    text_of,
)
from engine.diagram_rules_activities import implementation, named_service
from engine.diagram_rules_events import is_handler

#: What stands in a sub-process and cannot stand in a task.
_OF_SCOPES = (
    "laneSet",
    "association",
    "group",
    "textAnnotation",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
)


def rewrite_activities(diagram: Diagram) -> None:
    """Apply the rewrites of this module."""
    for rewrite in _REWRITES:
        rewrite(diagram)


def _transactions(diagram: Diagram) -> None:
    for scope in diagram.inside("transaction"):
        diagram.rewritten("transaction", scope, N_("A transaction without cancel events is a sub-process."))
        scope.tag = f"{BPMN}subProcess"
        drop(scope, "method")


def _empty(diagram: Diagram) -> None:
    for scope in diagram.inside("subProcess"):
        if not nodes_in(scope) and not is_handler(scope):
            diagram.rewritten("empty-subprocess", scope, N_("The sub-process is empty: a person does it as one step."))
            _make_user_task(diagram, scope)


def _calls(diagram: Diagram) -> None:
    processes = {id_of(one) for one in diagram.every("process")} | diagram.known
    for activity in diagram.inside("callActivity"):
        called = str(activity.get("calledElement") or "").strip()
        local = called.rpartition(":")[2]
        if called in processes and called == activity.get("calledElement"):
            continue
        if local in processes:
            diagram.rewritten(
                "call-name", activity, N_("The called process “{called}” is {found}."), called=called, found=local
            )
            activity.set("calledElement", local)
            continue
        message = N_("There is no process {called} to call: a person does it as one step.")
        diagram.rewritten("call-unresolved", activity, message, called=called or "-")
        _make_user_task(diagram, activity)


def _make_user_task(diagram: Diagram, activity: Element) -> None:
    activity.tag = f"{BPMN}userTask"
    drop(activity, "triggeredByEvent", "calledElement")
    for part in [one for one in activity if tag_of(one) in _OF_SCOPES]:
        diagram.remove(part)
    for one in list(extensions(activity, *(f"{space}{way}" for space in VENDORS for way in ("in", "out")))):
        around(one).remove(one)


def _services(diagram: Diagram) -> None:
    for task in diagram.inside("serviceTask", "businessRuleTask", "sendTask"):
        given = _service(task)
        external = task.get(f"{CAMUNDA}type") == "external" or task.get(f"{CAMUNDA}topic") or given
        if implementation(task) is not None or is_true(task, "isForCompensation"):
            continue
        if tag_of(task) == "sendTask":
            if task.get("messageRef") and not external:
                continue
            diagram.rewritten(
                "send-task", task, N_("The message of this send task is sent by a worker: it is an external task.")
            )
            task.tag = f"{BPMN}serviceTask"
            drop(task, "messageRef")
        _topic(diagram, task, given)


def _service(task: Element) -> str:
    """Give the name under which a worker of another engine takes this step, or ""."""
    zeebe = next(extensions(task, f"{ZEEBE}taskDefinition"), None)
    return named_service(task) or (str(zeebe.get("type") or "") if zeebe is not None else "")


def _topic(diagram: Diagram, task: Element, given: str) -> None:
    topic = str(task.get(f"{CAMUNDA}topic") or given or id_of(task))
    if topic == task.get(f"{CAMUNDA}topic") and task.get(f"{CAMUNDA}type") == "external":
        return
    diagram.rewritten("topic-assumed", task, N_("A worker does this step, on the topic {topic}."), topic=topic)
    task.set(f"{CAMUNDA}type", "external")
    task.set(f"{CAMUNDA}topic", topic)


def _loop_data(diagram: Diagram) -> None:
    """Let loops over data read the variable of that name: data of the diagram is not run."""
    names = _names_of_data(diagram)
    for reference in diagram.inside("loopDataInputRef", "loopDataOutputRef"):
        text = text_of(reference)
        if text in names:
            variable = re.sub(r"\W+", "_", names[text]).strip("_") or diagram.variable(text)
            if variable != text:
                diagram.rewritten(
                    "loop-data", reference, N_("The loop reads or writes the variable {name}."), name=variable
                )
                reference.text = variable


def _names_of_data(diagram: Diagram) -> dict[str, str]:
    drawn = diagram.inside(
        "dataObject", "dataObjectReference", "dataStoreReference", "dataInput", "dataOutput", "property"
    )
    names = {id_of(one): str(one.get("name") or id_of(one)) for one in drawn}
    for association in diagram.inside("dataInputAssociation", "dataOutputAssociation"):
        inner, outer = (
            ("targetRef", "sourceRef") if tag_of(association) == "dataInputAssociation" else ("sourceRef", "targetRef")
        )
        source = names.get(text_of(child(association, outer)))
        if source is not None:
            names[text_of(child(association, inner))] = source
    return names


def _open_loops(diagram: Diagram) -> None:
    for loop in diagram.inside("multiInstanceLoopCharacteristics"):
        if not (
            loop.get(f"{CAMUNDA}collection")
            or text_of(child(loop, "loopDataInputRef"))
            or text_of(child(loop, "loopCardinality"))
        ):
            name = diagram.variable(f"{id_of(around(loop))}_count")
            diagram.rewritten(
                "loop-by-name",
                loop,
                N_("The loop does not say how many times: the number is read from {name}."),
                name=name,
            )
            _put(loop, "loopCardinality", name)
    for loop in diagram.inside("standardLoopCharacteristics"):
        if not (loop.get("loopMaximum") or text_of(child(loop, "loopCondition"))):
            name = diagram.variable(f"{id_of(around(loop))}_again")
            diagram.rewritten(
                "loop-by-name", loop, N_("The loop does not say how long: it goes on while {name} is true."), name=name
            )
            _put(loop, "loopCondition", name)


def _put(loop: Element, tag: str, text: str) -> None:
    for one in [one for one in loop if tag_of(one) in {tag, "loopDataInputRef"}]:
        loop.remove(one)
    written = etree.Element(f"{BPMN}{tag}")
    written.text = text
    before = [one for one in loop if tag_of(one) in {"documentation", "extensionElements"}]
    loop.insert(loop.index(before[-1]) + 1 if before else 0, written)


_REWRITES: tuple[Callable[[Diagram], None], ...] = (
    _transactions,
    _empty,
    _calls,
    _services,
    _loop_data,
    _open_loops,
)

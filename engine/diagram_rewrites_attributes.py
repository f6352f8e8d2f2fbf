"""Rewrites of attributes: other spellings of what is read here, who performs a step, data that is only drawn."""

import re
from collections.abc import Callable

from lxml import etree

from engine.catalogue import N_
from engine.diagram_foreign import translated
from engine.diagram_model import (
    BPMN,
    CAMUNDA,
    FLOW_NODES,
    VENDORS,
    ZEEBE,
    Diagram,
    Element,
    around,
    child,
    drop,
    extensions,
    id_of,
    vocabulary,
    tag_of,
    text_of,
)

etree.register_namespace("camunda", CAMUNDA[1:-1])

_READ = (
    "assignee",
    "candidateGroups",
    "dueDate",
    "followUpDate",
    "formKey",
    "topic",
    "type",
    "collection",
    "elementVariable",
)
_BOOLEANS = (
    "isExecutable",
    "cancelActivity",
    "isInterrupting",
    "isSequential",
    "testBefore",
    "triggeredByEvent",
    "isForCompensation",
)
_DATA = vocabulary(
    "ioSpecification dataInputAssociation dataOutputAssociation property ioBinding dataInput dataOutput inputSet outputSet"
)
_NAMED = re.compile(r"(user|group)\(([^()]*)\)")


def rewrite_attributes(diagram: Diagram) -> None:
    """Apply the rewrites of this module."""
    for rewrite in _REWRITES:
        rewrite(diagram)


def _flow_ids(diagram: Diagram) -> None:
    for flow in diagram.inside("sequenceFlow"):
        if not id_of(flow):
            wanted = f"{flow.get('sourceRef')}_to_{flow.get('targetRef')}"
            flow.set("id", diagram.new_id(wanted))
            diagram.rewritten("flow-without-id", flow, N_("The flow has no id: it is called {name}."), name=id_of(flow))


def _booleans(diagram: Diagram) -> None:
    for element in diagram.inside("*"):
        for name in _BOOLEANS:
            given = element.get(name)
            if given is not None and given not in {"true", "false"}:
                value = "true" if str(given).strip() in {"true", "1"} else "false"
                diagram.rewritten(
                    "value-form",
                    element,
                    N_("{name}=“{given}” is read as {value}."),
                    name=name,
                    given=given,
                    value=value,
                )
                element.set(name, value)


def rewrite_executable(diagram: Diagram) -> None:
    """Let every process run; errors of one that was not meant to have been looked at before."""
    for process in diagram.every("process"):
        if process.get("isExecutable") == "false":
            diagram.rewritten(
                "not-executable", process, N_("The process is marked as not executable; it is run all the same.")
            )
            process.set("isExecutable", "true")


def _vendor_attributes(diagram: Diagram) -> None:
    for element in diagram.inside("multiInstanceLoopCharacteristics", *sorted(FLOW_NODES)):
        read = {}
        for name in _READ:
            for space in VENDORS[1:]:
                if element.get(f"{CAMUNDA}{name}") is None and element.get(f"{space}{name}") is not None:
                    read[name] = str(element.get(f"{space}{name}"))
        mappings = [
            one for way in ("in", "out") for one in extensions(element, *(f"{space}{way}" for space in VENDORS[1:]))
        ]
        if read or mappings:
            names = ", ".join(sorted({*read, *(etree.QName(one).localname for one in mappings)}))
            diagram.rewritten(
                "vendor-attributes", element, N_("Attributes of another engine are read as ours: {names}."), names=names
            )
        for name, value in read.items():
            element.set(f"{CAMUNDA}{name}", value)
        for one in mappings:
            one.tag = f"{CAMUNDA}{etree.QName(one).localname}"


def _zeebe(diagram: Diagram) -> None:
    for element in diagram.inside("userTask", "multiInstanceLoopCharacteristics"):
        found: dict[str, str] = {}
        for one in extensions(element, f"{ZEEBE}assignmentDefinition"):
            found |= {
                name: _zeebe_text(str(one.get(name))) for name in ("assignee", "candidateGroups") if one.get(name)
            }
        for one in extensions(element, f"{ZEEBE}taskSchedule"):
            found |= {name: _zeebe_text(str(one.get(name))) for name in ("dueDate", "followUpDate") if one.get(name)}
        for one in extensions(element, f"{ZEEBE}loopCharacteristics"):
            pairs = (("collection", "inputCollection"), ("elementVariable", "inputElement"))
            found |= {name: _zeebe_text(str(one.get(given))) for name, given in pairs if one.get(given)}
        new = {name: value for name, value in found.items() if element.get(f"{CAMUNDA}{name}") is None}
        if new:
            names = ", ".join(sorted(new))
            diagram.rewritten(
                "vendor-attributes", element, N_("Attributes of another engine are read as ours: {names}."), names=names
            )
        for name, value in new.items():
            element.set(f"{CAMUNDA}{name}", value)


def _zeebe_text(text: str) -> str:
    return "${" + (translated(text) or text[1:].strip()) + "}" if text.startswith("=") else text


def _performers(diagram: Diagram) -> None:
    resources = {id_of(one): str(one.get("name") or id_of(one)) for one in diagram.every("resource")}
    for task in diagram.inside("userTask", "task", "manualTask"):
        if task.get(f"{CAMUNDA}candidateGroups") or task.get(f"{CAMUNDA}assignee"):
            continue
        groups, person = _performer(task, resources)
        if groups or person:
            name = "candidateGroups" if groups else "assignee"
            value = ",".join(dict.fromkeys(groups)) or person
            diagram.rewritten(
                "performer-read",
                task,
                N_("The performer of this step is read as {name} {value}."),
                name=name,
                value=value,
            )
            task.set(f"{CAMUNDA}{name}", value)


def _performer(task: Element, resources: dict[str, str]) -> tuple[list[str], str]:
    groups: list[str] = []
    person = ""
    for role in task.iter(
        *(f"{BPMN}{tag}" for tag in ("potentialOwner", "performer", "humanPerformer", "resourceRole"))
    ):
        expression = child(role, "resourceAssignmentExpression")
        text = text_of(expression[0]) if expression is not None and len(expression) else text_of(expression)
        reference = text_of(child(role, "resourceRef")).rpartition(":")[2]
        name = text or resources.get(reference, reference)
        named = _NAMED.findall(name)
        if tag_of(role) == "humanPerformer" and not named:
            person = person or name
        elif named:
            groups += [one.strip() for kind, one in named if kind == "group"]
            person = person or next((one.strip() for kind, one in named if kind == "user"), "")
        elif name:
            groups.append(name)
    return groups, person


def _nobody(diagram: Diagram) -> None:
    lanes = {text_of(one): str(around(one).get("name") or "").strip() for one in diagram.inside("flowNodeRef")}
    for task in diagram.inside("userTask"):
        outwards = [id_of(one) for one in (task, *task.iterancestors())]
        if not (
            task.get(f"{CAMUNDA}candidateGroups")
            or task.get(f"{CAMUNDA}assignee")
            or any(lanes.get(one) for one in outwards)
        ):
            diagram.warn(
                "no-performer", task, N_("Nobody is named for this step: it is offered to the owner of the process.")
            )


def _data(diagram: Diagram) -> None:
    for owner in diagram.inside("process", *sorted(FLOW_NODES)):
        carried = [one for one in owner if tag_of(one) in _DATA]
        if carried:
            diagram.rewritten(
                "data-ignored",
                owner,
                N_("Data drawn at this element is not run: steps read and write the variables of the process."),
            )
        for one in carried:
            diagram.remove(one)
    for store in diagram.every("dataStore"):
        diagram.rewritten(
            "data-ignored", store, N_("Data stores are drawn for people only: nothing is stored in them.")
        )
        diagram.remove(store)
    for reference in diagram.inside("dataStoreReference"):
        drop(reference, "dataStoreRef")
    for drawn in diagram.inside("dataObjectReference", "dataStoreReference"):
        diagram.warn(
            "data-ignored",
            drawn,
            N_("Data objects and stores are drawn for people only: steps read and write the variables of the process."),
        )


_REWRITES: tuple[Callable[[Diagram], None], ...] = (
    _flow_ids,
    _booleans,
    _vendor_attributes,
    _zeebe,
    _performers,
)
#: What is done last, after calls and sub-processes have become steps and loops have found their data.
FINAL: tuple[Callable[[Diagram], None], ...] = (_nobody, _data)

"""Rules about activities and gateways: nothing runs code, nothing that is drawn is left out in silence."""

import re
from collections.abc import Callable

from lxml import etree

from engine.catalogue import N_
from engine.diagram_model import (
    ACTIVITIES,
    BPMN,
    EVENTS,
    VENDORS,
    ZEEBE,
    Diagram,
    Element,
    around,
    child,
    extensions,
    id_of,
    is_true,
    vocabulary,
    tag_of,
    text_of,
    vendor,
)

SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"

#: A loop that may run more than a million times is a mistake.
MAX_DIGITS = 6

#: Tags that are refused wherever they stand.
_REFUSED: dict[str, tuple[str, str]] = {
    "scriptTask": (
        "script-task",
        N_("Script tasks are not run: a diagram decides who is next, code decides what is allowed."),
    ),
    "complexGateway": (
        "complex-gateway",
        N_("Complex gateways are not run: use an exclusive, inclusive or parallel gateway."),
    ),
    "adHocSubProcess": ("ad-hoc", N_("Ad-hoc sub-processes are not run: draw the order of the steps.")),
    **dict.fromkeys(
        ("correlationSubscription", "correlationProperty", "correlationKey"),
        ("correlation", N_("Correlation keys of the diagram are not read: give the event a property correlationKey.")),
    ),
}
#: Attributes by which other engines call code of theirs.
_IMPLEMENTATIONS = ("class", "expression", "delegateExpression", "decisionRef", "caseRef", "variableMappingClass",
                    "variableMappingDelegateExpression", "customPropertiesResolverClass")  # fmt: skip
_LISTENERS = frozenset(
    {f"{space}{name}" for space in (*VENDORS, ZEEBE) for name in ("executionListener", "taskListener", "eventListener")}
)
#: Extension elements of these vendors that are read, or that only concern forms and operation.
_UNDERSTOOD = vocabulary(
    "properties property formData formField formProperty validation constraint value in out potentialStarter"
    " failedJobRetryTimeCycle field string expression"
)
_SPIFF_CODE = frozenset(f"{SPIFF}{name}" for name in ("preScript", "postScript", "messagePayload", "messageVariable"))
_SPIFF_CALLS = frozenset(f"{SPIFF}{name}" for name in ("serviceTaskOperator", "calledDecisionId"))


def check_activities(diagram: Diagram) -> None:
    """Apply the rules of this module."""
    for rule in _RULES:
        rule(diagram)


def _refused_tags(diagram: Diagram) -> None:
    for tag, (code, message) in _REFUSED.items():
        for element in diagram.every(tag):
            diagram.refuse(code, element, message)


def _implementations(diagram: Diagram) -> None:
    for element in diagram.inside("*"):
        if tag_of(element) in ACTIVITIES | EVENTS or tag_of(element).endswith("EventDefinition"):
            _implementation(diagram, element)


def named_service(element: Element) -> str | None:
    """Give the service a task names in the way of other engines (`delegateExpression="${name}"`): a plain name only."""
    if tag_of(element) not in {"serviceTask", "sendTask", "businessRuleTask"}:
        return None
    found = re.fullmatch(r"[$#]\{\s*(\w+)\s*\}", vendor(element, "delegateExpression") or "")
    return found.group(1) if found is not None else None


def implementation(element: Element) -> str | None:
    """Give what an element calls of another engine: the name of the attribute, or None."""
    called = next((name for name in _IMPLEMENTATIONS if vendor(element, name) is not None), None)
    if called == "delegateExpression" and named_service(element) is not None:
        return None
    kind = vendor(element, "type")
    if called is None and kind is not None and (kind != "external" or tag_of(element) not in ACTIVITIES):
        return f"type={kind}"
    if called is None and next(extensions(element, *_SPIFF_CALLS), None) is not None:
        return "spiffworkflow"
    return called


def _implementation(diagram: Diagram, element: Element) -> None:
    called = implementation(element)
    if called is not None:
        message = N_(
            "The step calls code of another engine ({name}), which is not here: make it an external task with a topic."
        )
        diagram.refuse("service-implementation", element, message, name=called)
    topic = vendor(element, "topic")
    if topic is not None and "{" in topic:
        diagram.refuse(
            "dynamic-topic",
            element,
            N_("The topic {text} is worked out at run time; workers need a fixed one."),
            text=topic,
        )


def _vendor_elements(diagram: Diagram) -> None:
    for element in diagram.inside("extensionElements"):
        owner = around(element)
        for one in element.iter(etree.Element):
            _vendor_element(diagram, owner, one)


def _vendor_element(diagram: Diagram, owner: Element, one: Element) -> None:
    name = etree.QName(one).localname
    if one.tag in _LISTENERS:
        diagram.refuse("listener", owner, N_("A listener would run code at this element; it would be left out."))
    elif one.tag in _SPIFF_CODE:
        diagram.refuse("attached-script", owner, N_("“{name}” would run code at this element."), name=name)
    elif one.tag == f"{ZEEBE}ioMapping":
        diagram.warn(
            "mapping-ignored",
            owner,
            N_("Input and output mappings of Zeebe are not run: the step itself must deliver its variables."),
        )
    elif not str(one.tag).startswith(VENDORS) or str(around(one).tag).startswith(VENDORS):
        return
    elif name == "inputOutput":
        diagram.refuse(
            "input-output", owner, N_("Input and output parameters are not run: set the variables in the step before.")
        )
    elif name in {"in", "out"} and tag_of(owner) != "callActivity":
        diagram.refuse("input-output", owner, N_("Variables are handed over at call activities only."))
    elif name not in _UNDERSTOOD:
        diagram.refuse(
            "vendor-extension", owner, N_("The extension “{name}” is not known here; it would be left out."), name=name
        )


def _correlations(diagram: Diagram) -> None:
    for message in diagram.every("message"):
        for one in extensions(message, f"{ZEEBE}subscription"):
            text = N_(
                "The correlation key of Zeebe is not read: the message reaches whoever waits for its name, unless the event has a property correlationKey."
            )
            diagram.warn("correlation", one, text)


def _skips(diagram: Diagram) -> None:
    for element in diagram.inside(*sorted(ACTIVITIES)):
        if vendor(element, "skipExpression") is not None:
            diagram.refuse(
                "vendor-extension",
                element,
                N_("The extension “{name}” is not known here; it would be left out."),
                name="skipExpression",
            )


def _calls(diagram: Diagram) -> None:
    for element in diagram.inside("callActivity"):
        called = str(element.get("calledElement") or "")
        if "{" in called or called.strip().startswith("="):
            diagram.refuse(
                "dynamic-call",
                element,
                N_("The called process {text} is worked out at run time; name it."),
                text=called,
            )
        if vendor(element, "calledElementBinding") in {"version", "versionTag"}:
            diagram.refuse(
                "call-version",
                element,
                N_("A fixed version cannot be called: the version deployed last is bound at deployment."),
            )
        for one in extensions(element, *(f"{space}in" for space in VENDORS)):
            if one.get("businessKey"):
                diagram.warn(
                    "business-key",
                    element,
                    N_("A called process has the number of its case; the business key given here is not used."),
                )


def _compensation(diagram: Diagram) -> None:
    flowing = {**diagram.outgoing(), **diagram.incoming()}
    for element in diagram.inside(*sorted(ACTIVITIES)):
        if is_true(element, "isForCompensation") and id_of(element) in flowing:
            diagram.refuse("compensation", element, N_("Compensation is not run: draw the undoing step instead."))
    for event in diagram.inside("boundaryEvent"):
        if child(event, "compensateEventDefinition") is not None and id_of(event) in flowing:
            diagram.refuse("compensation", event, N_("Compensation is not run: draw the undoing step instead."))


def _loops(diagram: Diagram) -> None:
    for loop in diagram.inside("multiInstanceLoopCharacteristics"):
        if child(loop, "complexBehaviorDefinition") is not None or loop.get("behavior", "All") != "All":
            diagram.refuse(
                "multi-instance",
                loop,
                N_("Events thrown by single instances are not run: remove the behaviour of the loop."),
            )
        kinds = {"number": bool(text_of(child(loop, "loopCardinality"))), "list": _names_a_list(loop)}
        if all(kinds.values()):
            diagram.refuse(
                "multi-instance", loop, N_("The loop names both a number and a collection; only one can count.")
            )
        if _other_loop(loop):
            diagram.refuse("misplaced-element", loop, N_("The activity has two kinds of loop; only one can count."))
    for loop in diagram.inside("standardLoopCharacteristics"):
        maximum = str(loop.get("loopMaximum") or "1").strip()
        if not (maximum.isascii() and maximum.isdigit() and 1 <= len(maximum) <= MAX_DIGITS and int(maximum)):
            message = N_("The attribute {name} says “{value}”; it can only be a number from 1.")
            diagram.refuse("bad-value", loop, message, name="loopMaximum", value=maximum)


def _names_a_list(loop: Element) -> bool:
    return bool(vendor(loop, "collection") or text_of(child(loop, "loopDataInputRef")))


def _other_loop(loop: Element) -> bool:
    return around(loop).find(f"{BPMN}standardLoopCharacteristics") is not None


_RULES: tuple[Callable[[Diagram], None], ...] = (
    _refused_tags,
    _implementations,
    _vendor_elements,
    _correlations,
    _skips,
    _calls,
    _compensation,
    _loops,
)

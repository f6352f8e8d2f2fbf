"""Rules about the make-up of a diagram: known elements in their places, ids, references, flows within their scope.

A diagram that breaks one of them is not looked at further: nothing sure can be said about it.
"""

from collections import Counter
from collections.abc import Callable
from math import isfinite

from lxml import etree

from engine.catalogue import N_
from engine.diagram_model import (
    ACTIVITIES,
    BPMN,
    EVENTS,
    EVENT_DEFINITIONS,
    FLOW_NODES,
    SCOPES,
    Diagram,
    Element,
    around,
    id_of,
    vocabulary,
    tag_of,
)

#: What else of BPMN 2.0 may stand in a process. Some of it is drawn for people only, some is dropped and reported.
_DRAWN = vocabulary(
    "association group textAnnotation text laneSet lane childLaneSet flowNodeRef partitionElement partitionElementRef"
    " documentation extensionElements auditing monitoring categoryValueRef supports"
)
_DATA = vocabulary(
    "dataObject dataObjectReference dataStoreReference dataState property ioSpecification dataInput dataOutput inputSet"
    " outputSet dataInputRefs dataOutputRefs optionalInputRefs whileExecutingInputRefs optionalOutputRefs"
    " whileExecutingOutputRefs inputSetRefs outputSetRefs dataInputAssociation dataOutputAssociation sourceRef targetRef"
    " transformation assignment from to ioBinding correlationSubscription correlationPropertyBinding dataPath"
)
_PEOPLE = vocabulary(
    "resourceRole performer humanPerformer potentialOwner resourceRef resourceAssignmentExpression"
    " resourceParameterBinding formalExpression expression rendering"
)
_DETAILS: dict[str, frozenset[str]] = {
    "incoming": FLOW_NODES,
    "outgoing": FLOW_NODES,
    "conditionExpression": frozenset({"sequenceFlow"}),
    "multiInstanceLoopCharacteristics": ACTIVITIES,
    "standardLoopCharacteristics": ACTIVITIES,
    "loopCondition": frozenset({"standardLoopCharacteristics"}),
    "loopCardinality": frozenset({"multiInstanceLoopCharacteristics"}),
    "loopDataInputRef": frozenset({"multiInstanceLoopCharacteristics"}),
    "loopDataOutputRef": frozenset({"multiInstanceLoopCharacteristics"}),
    "inputDataItem": frozenset({"multiInstanceLoopCharacteristics"}),
    "outputDataItem": frozenset({"multiInstanceLoopCharacteristics"}),
    "complexBehaviorDefinition": frozenset({"multiInstanceLoopCharacteristics"}),
    "completionCondition": frozenset({"multiInstanceLoopCharacteristics", "adHocSubProcess"}),
    "timeDate": frozenset({"timerEventDefinition"}),
    "timeDuration": frozenset({"timerEventDefinition"}),
    "timeCycle": frozenset({"timerEventDefinition"}),
    "condition": frozenset({"conditionalEventDefinition", "complexBehaviorDefinition"}),
    "event": frozenset({"complexBehaviorDefinition"}),
    "operationRef": frozenset({"messageEventDefinition", "sendTask", "receiveTask", "serviceTask"}),
    "source": frozenset({"linkEventDefinition"}),
    "target": frozenset({"linkEventDefinition"}),
    "script": frozenset({"scriptTask"}),
    "activationCondition": frozenset({"complexGateway"}),
    "sequenceFlow": SCOPES,
    "process": frozenset({"definitions"}),
    **dict.fromkeys(FLOW_NODES, SCOPES),
    **dict.fromkeys(EVENT_DEFINITIONS, EVENTS),
}
#: What a place holds once at most.
_SINGLE = vocabulary(
    "conditionExpression multiInstanceLoopCharacteristics standardLoopCharacteristics loopCondition loopCardinality"
    " loopDataInputRef inputDataItem completionCondition timeDate timeDuration timeCycle extensionElements"
)
#: What others refer to by its id.
_DECLARED = ("message", "signal", "error", "escalation")
_REFERRED_TO = FLOW_NODES | {"process", "sequenceFlow", *_DECLARED}
_OTHERS = _DRAWN | _DATA | _PEOPLE
#: The attributes BPMN 2.0 gives to what flows. A misspelt one would be passed over in silence.
_ATTRIBUTES = vocabulary(
    "id name default sourceRef targetRef isImmediate gatewayDirection eventGatewayType instantiate implementation operationRef"
    " messageRef signalRef errorRef escalationRef activityRef waitForCompletion attachedToRef cancelActivity parallelMultiple"
    " isInterrupting isForCompensation startQuantity completionQuantity triggeredByEvent calledElement isSequential behavior"
    " oneBehaviorEventRef noneBehaviorEventRef testBefore loopMaximum method ordering cancelRemainingInstances scriptFormat"
    " processType isClosed isExecutable definitionalCollaborationRef"
)
_FLOWING = FLOW_NODES | EVENT_DEFINITIONS | {
    "process", "sequenceFlow", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics"
}  # fmt: skip
_BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
_BOOLEANS = vocabulary(
    "isExecutable cancelActivity isInterrupting isSequential testBefore triggeredByEvent isForCompensation instantiate"
    " parallelMultiple"
)


def check_structure(diagram: Diagram) -> bool:
    """Apply the rules of this module; say whether the diagram keeps all of them."""
    before = len(diagram.findings)
    for rule in _FIRST:
        rule(diagram)
    if len(diagram.findings) == before:
        for rule in _LATER:
            rule(diagram)
    return len(diagram.findings) == before


def _elements(diagram: Diagram) -> None:
    for process in diagram.every("process"):
        for element in process.iter(etree.Element):
            _element(diagram, element)


def _element(diagram: Diagram, element: Element) -> None:
    parent = around(element)
    tag, place = tag_of(element), tag_of(parent)
    if not tag:
        if place in SCOPES | FLOW_NODES | EVENT_DEFINITIONS or place == "sequenceFlow":
            name = etree.QName(element).localname
            diagram.refuse(
                "unknown-element",
                element,
                N_("“{name}” is no element of BPMN 2.0 and stands where one belongs."),
                name=name,
            )
    elif tag not in _DETAILS and tag not in _OTHERS:
        if next(element.iterancestors(f"{BPMN}extensionElements"), None) is not None:
            return  # a part of a vendor's extension, written without a namespace of its own
        diagram.refuse(
            "unknown-element", element, N_("The element “{name}” is not known here; it would be left out."), name=tag
        )
    elif place not in _DETAILS.get(tag, {place}):
        message = N_("“{name}” cannot stand in “{place}”; it would be left out.")
        diagram.refuse("misplaced-element", element, message, name=tag, place=place or etree.QName(parent).localname)
    elif tag in _SINGLE and next(element.itersiblings(element.tag, preceding=True), None) is not None:
        diagram.refuse("misplaced-element", element, N_("“{name}” stands here twice; only one can count."), name=tag)


def _attributes(diagram: Diagram) -> None:
    for element in diagram.inside("*"):
        for attribute in _BOOLEANS & set(element.attrib):
            value = str(element.get(attribute)).strip()
            if value not in {"true", "false", "1", "0"}:
                message = N_("The attribute {name} says “{value}”; it can only be true or false.")
                diagram.refuse("bad-value", element, message, name=attribute, value=value)
        unknown = set(element.attrib) - _ATTRIBUTES if tag_of(element) in _FLOWING else set()
        for attribute in sorted(str(one) for one in unknown if not str(one).startswith("{")):
            message = N_("The attribute “{name}” is none of BPMN 2.0; it would be left out.")
            diagram.refuse("unknown-attribute", element, message, name=attribute)


def _quantities(diagram: Diagram) -> None:
    for element in diagram.inside(*sorted(ACTIVITIES)):
        for attribute in ("startQuantity", "completionQuantity"):
            if str(element.get(attribute) or "1").strip() != "1":
                diagram.refuse(
                    "quantity", element, N_("{name} other than 1 is not run: draw the steps."), name=attribute
                )


def _drawing(diagram: Diagram) -> None:
    # The library that reads the diagram looks at the drawing too.
    for bounds in diagram.root.iter(_BOUNDS):
        for attribute in sorted({"x", "y", "width", "height"} & set(bounds.attrib)):
            if not _is_number(str(bounds.get(attribute))):
                message = N_("The drawing says {name} “{value}”; it can only be a number.")
                diagram.refuse("bad-value", bounds, message, name=attribute, value=str(bounds.get(attribute)))


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _identifiers(diagram: Diagram) -> None:
    for node in [*diagram.every(*_DECLARED), *diagram.inside("process", *sorted(FLOW_NODES))]:
        if not id_of(node).strip():
            diagram.refuse("missing-id", node, N_("A “{name}” has no id."), name=tag_of(node))
    elements = [one for one in diagram.root.iter(f"{BPMN}*") if tag_of(one) in _REFERRED_TO and one.get("id")]
    count = Counter(id_of(one) for one in elements)
    # The library that reads the diagram finds the nodes of a process by id alone, also among elements of vendors.
    inner = Counter(
        id_of(one) for process in diagram.every("process") for one in process.iter(etree.Element) if one is not process
    )
    for element in elements:
        if count[id_of(element)] > 1 or (tag_of(element) in FLOW_NODES and inner[id_of(element)] > 1):
            diagram.refuse("duplicate-id", element, N_("The id {id} is given more than once."), id=id_of(element))


def _flows(diagram: Diagram) -> None:
    nodes = {id_of(one): one for one in diagram.inside(*sorted(FLOW_NODES))}
    for flow in diagram.inside("sequenceFlow"):
        ends = [nodes.get(str(flow.get(end))) for end in ("sourceRef", "targetRef")]
        for end, found in zip(("sourceRef", "targetRef"), ends, strict=True):
            if found is None:
                message = N_("The flow refers to “{name}”, which is no element of its process.")
                diagram.refuse("dangling-reference", flow, message, name=str(flow.get(end) or "-"))
        if len({around(one) for one in (*ends, flow) if one is not None}) > 1:
            diagram.refuse("flow-crosses-scope", flow, N_("The flow crosses the border of a process or sub-process."))


def _defaults(diagram: Diagram) -> None:
    outgoing = diagram.outgoing()
    for node in diagram.inside(*sorted(FLOW_NODES)):
        default = node.get("default")
        if default and default not in {id_of(flow) for flow in outgoing.get(id_of(node), ())}:
            message = N_("The default flow “{name}” does not leave this element.")
            diagram.refuse("dangling-reference", node, message, name=str(default))


def _ends_of_flows(diagram: Diagram) -> None:
    outgoing, incoming = diagram.outgoing(), diagram.incoming()
    for event in diagram.inside("startEvent", "boundaryEvent"):
        if incoming.get(id_of(event)):
            diagram.refuse(
                "flow-not-allowed", event, N_("A flow leads into this event; start and boundary events have none.")
            )
    for event in diagram.inside("endEvent"):
        if outgoing.get(id_of(event)):
            diagram.refuse("flow-not-allowed", event, N_("A flow leaves this end event."))
    for node in diagram.inside("subProcess"):
        if node.get("triggeredByEvent") in {"true", "1"} and (outgoing.get(id_of(node)) or incoming.get(id_of(node))):
            diagram.refuse(
                "flow-not-allowed",
                node,
                N_("A flow leads to or from an event sub-process; it is started by its event."),
            )


def _boundaries(diagram: Diagram) -> None:
    nodes = {id_of(one): one for one in diagram.inside(*sorted(FLOW_NODES))}
    for event in diagram.inside("boundaryEvent"):
        host = nodes.get(str(event.get("attachedToRef")))
        if host is None:
            message = N_("The boundary event is attached to “{name}”, which is no element of its process.")
            diagram.refuse("dangling-reference", event, message, name=str(event.get("attachedToRef") or "-"))
        elif (
            tag_of(host) not in ACTIVITIES
            or around(host) is not around(event)
            or host.get("triggeredByEvent") in {"true", "1"}
        ):
            diagram.refuse(
                "boundary-place",
                event,
                N_("A boundary event is attached to an activity in the same process or sub-process."),
            )


_FIRST: tuple[Callable[[Diagram], None], ...] = (_elements, _attributes, _quantities, _drawing, _identifiers)
_LATER: tuple[Callable[[Diagram], None], ...] = (_flows, _defaults, _ends_of_flows, _boundaries)

"""What a diagram must be to be deployed: runs as drawn, or is refused with element, line and reason.

SpiffWorkflow silently mis-executes a number of constructs; each of them is refused here with a stable code
(docs/diagram-codes.md). Nothing in a diagram may run code.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from engine.catalogue import N_
from engine.expressions import ExpressionError, parse

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
MAX_BYTES = 5_000_000


@dataclass(frozen=True)
class DiagramFinding:
    """One reason why a diagram is refused. `message` is a msgid, `params` fill it."""

    code: str
    element: str
    line: int
    message: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DiagramReport:
    """The processes a file holds and what speaks against deploying it."""

    processes: tuple[str, ...]
    findings: tuple[DiagramFinding, ...]

    @property
    def deployable(self) -> bool:
        """Say whether nothing speaks against deployment."""
        return not self.findings


Element = etree._Element  # noqa: SLF001 - the public name of the type


def check(xml: bytes) -> DiagramReport:
    """Check a diagram without deploying it."""
    root = _parsed(xml)
    if isinstance(root, DiagramFinding):
        return DiagramReport((), (root,))
    processes = tuple(str(process.get("id")) for process in root.iter(f"{BPMN}process"))
    findings = [finding for rule in _RULES for finding in rule(root)]
    if not processes:
        findings.append(_finding("no-process", root, N_("The file holds no process.")))
    return DiagramReport(processes, tuple(sorted(findings, key=lambda finding: (finding.line, finding.code))))


def _parsed(xml: bytes) -> Element | DiagramFinding:
    if len(xml) > MAX_BYTES:
        return DiagramFinding("too-large", "", 0, N_("The file is larger than 5 MB."))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        return DiagramFinding(
            "not-xml", "", _number(error.lineno), N_("The file is not well-formed XML: {problem}"), {"problem": str(error)}
        )
    if root.getroottree().docinfo.internalDTD is not None:
        return DiagramFinding("doctype", "", 1, N_("The file declares a document type; diagrams need none."))
    if root.tag != f"{BPMN}definitions":
        return DiagramFinding("not-bpmn", "", _number(root.sourceline), N_("The file is not a BPMN 2.0 diagram."))
    return root


def _finding(code: str, element: Element, message: str, **params: str) -> DiagramFinding:
    return DiagramFinding(code, str(element.get("id") or ""), _number(element.sourceline), message, params)


def _number(line: object) -> int:
    return line if isinstance(line, int) else 0


#: Tags (in the BPMN namespace) that are refused wherever they stand.
_REFUSED: dict[str, tuple[str, str]] = {
    "scriptTask": ("script-task", N_("Script tasks are not run: a diagram decides who is next, code decides what is allowed.")),
    "linkEventDefinition": ("link-event", N_("Link events are not run: draw the sequence flow instead.")),
    "compensateEventDefinition": ("compensation", N_("Compensation is not run: draw the undoing step instead.")),
    "complexGateway": ("complex-gateway", N_("Complex gateways are not run: use an exclusive, inclusive or parallel gateway.")),
    "adHocSubProcess": ("ad-hoc", N_("Ad-hoc sub-processes are not run.")),
    "transaction": ("transaction", N_("Transactions are not run: every step of ours is one.")),
}


def _refused_tags(root: Element) -> Iterator[DiagramFinding]:
    for tag, (code, message) in _REFUSED.items():
        for element in root.iter(f"{BPMN}{tag}"):
            owner = element if element.get("id") else element.getparent()
            yield _finding(code, owner if owner is not None else element, message)


def _event_subprocesses(root: Element) -> Iterator[DiagramFinding]:
    for element in root.iter(f"{BPMN}subProcess"):
        if element.get("triggeredByEvent") == "true":
            yield _finding("event-subprocess", element, N_("Event sub-processes are not run: use a boundary event."))


def _signal_ends(root: Element) -> Iterator[DiagramFinding]:
    for element in root.iter(f"{BPMN}endEvent"):
        if element.find(f"{BPMN}signalEventDefinition") is not None:
            yield _finding("signal-end", element, N_("Signal end events are not run: throw the signal before the end."))


def _conditions(root: Element) -> Iterator[DiagramFinding]:
    gateways = {str(node.get("id")) for tag in ("exclusiveGateway", "inclusiveGateway") for node in root.iter(f"{BPMN}{tag}")}
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        condition = flow.find(f"{BPMN}conditionExpression")
        if condition is None:
            continue
        if flow.get("sourceRef") not in gateways:
            yield _finding(
                "condition-off-gateway", flow, N_("Only flows that leave a gateway may carry a condition: draw the gateway.")
            )
        yield from _expression(flow, condition.text or "")
    for tag in ("loopCardinality", "completionCondition"):
        for element in root.iter(f"{BPMN}{tag}"):
            owner = element.getparent()
            activity = owner.getparent() if owner is not None else None
            yield from _expression(activity if activity is not None else element, element.text or "")


def _expression(owner: Element, text: str) -> Iterator[DiagramFinding]:
    try:
        parse(text)
    except ExpressionError as error:
        yield _finding(
            "expression", owner, N_("The expression {text} is not in the language of conditions: {problem}."),
            text=repr(text), problem=str(error),
        )


def _several_outgoing(root: Element) -> Iterator[DiagramFinding]:
    for tag in ("userTask", "serviceTask", "task", "manualTask", "subProcess", "callActivity"):
        for element in root.iter(f"{BPMN}{tag}"):
            if len(element.findall(f"{BPMN}outgoing")) > 1:
                yield _finding("implicit-fork", element, N_("Several flows leave this step: draw the gateway they mean."))


def _performers(root: Element) -> Iterator[DiagramFinding]:
    for element in root.iter(f"{BPMN}userTask"):
        if not element.get(f"{CAMUNDA}candidateGroups"):
            yield _finding("no-performer", element, N_("Nobody may do this step: set its candidate group."))
    for element in root.iter(f"{BPMN}serviceTask"):
        if element.get(f"{CAMUNDA}type") != "external" or not element.get(f"{CAMUNDA}topic"):
            yield _finding("no-topic", element, N_("No worker does this step: make it an external task with a topic."))


_RULES: tuple[Callable[[Element], Iterator[DiagramFinding]], ...] = (
    _refused_tags,
    _event_subprocesses,
    _signal_ends,
    _conditions,
    _several_outgoing,
    _performers,
)

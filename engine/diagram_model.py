"""A diagram while it is checked and rewritten: its elements, its flows, what was found so far."""

import re
from collections import defaultdict
from collections.abc import Iterator
from keyword import iskeyword

from lxml import etree

from engine.diagram_report import DiagramFinding, Severity

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
ACTIVITI = "{http://activiti.org/bpmn}"
FLOWABLE = "{http://flowable.org/bpmn}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
#: The vendors whose attributes mean the same under each name.
VENDORS = (CAMUNDA, ACTIVITI, FLOWABLE)

Element = etree._Element  # noqa: SLF001 - the public name of the type


def vocabulary(text: str) -> frozenset[str]:
    """Give the words of a text as a set of names."""
    return frozenset(text.split())


EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway"})
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
TASKS = frozenset(
    {"task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask", "scriptTask"}
)
ACTIVITIES = TASKS | SUB_PROCESSES | {"callActivity"}
FLOW_NODES = EVENTS | GATEWAYS | ACTIVITIES
SCOPES = SUB_PROCESSES | {"process"}
EVENT_DEFINITIONS = frozenset(
    f"{kind}EventDefinition"
    for kind in (
        "message",
        "timer",
        "signal",
        "error",
        "escalation",
        "terminate",
        "conditional",
        "compensate",
        "cancel",
        "link",
    )
)
#: What may stand before the flow references of a node, in the order of the schema.
_HEAD = frozenset(
    {"documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef", "incoming", "outgoing"}
)
#: Words an expression reads as something else than a variable.
_RESERVED = vocabulary("true false null and or not in if else empty eq ne lt le gt ge div mod")


def tag_of(element: Element) -> str:
    """Give the name of a BPMN element, or "" for anything else."""
    tag = element.tag
    return tag[len(BPMN) :] if isinstance(tag, str) and tag.startswith(BPMN) else ""


def line_of(element: Element) -> int:
    """Give the line an element was read from, 0 for one made here."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def id_of(element: Element) -> str:
    """Give the id of an element, or ""."""
    return str(element.get("id") or "")


def around(element: Element) -> Element:
    """Give the element around another; the root stands in itself."""
    parent = element.getparent()
    return element if parent is None else parent


def drop(element: Element, *attributes: str) -> None:
    """Take attributes off an element, where they are."""
    for attribute in attributes:
        if attribute in element.attrib:
            del element.attrib[attribute]


def text_of(element: Element | None) -> str:
    """Give the trimmed text of an element, or ""."""
    return (element.text or "").strip() if element is not None else ""


def child(element: Element | None, tag: str) -> Element | None:
    """Give the first BPMN child of this name, if there is one."""
    return element.find(f"{BPMN}{tag}") if element is not None else None


def nodes_in(scope: Element) -> list[Element]:
    """Give the flow nodes that stand directly in a process or sub-process."""
    return [one for one in scope if tag_of(one) in FLOW_NODES]


def event_definition(event: Element) -> Element | None:
    """Give what triggers an event or what it throws; None for a plain event."""
    return next((one for one in event if tag_of(one) in EVENT_DEFINITIONS), None)


def trigger(event: Element) -> str:
    """Give the kind of an event: message, timer, …, or none."""
    found = event_definition(event)
    return "none" if found is None else tag_of(found).removesuffix("EventDefinition")


def is_true(element: Element, attribute: str, *, default: bool = False) -> bool:
    """Read an XML boolean; anything that is none counts as the default (a rule refuses it)."""
    value = str(element.get(attribute) or "").strip()
    return default if value not in {"true", "1", "false", "0"} else value in {"true", "1"}


def vendor(element: Element, name: str) -> str | None:
    """Give a vendor attribute, whichever of the vendors wrote it."""
    return next(
        (str(element.get(f"{space}{name}")) for space in VENDORS if element.get(f"{space}{name}") is not None), None
    )


def extensions(element: Element, *names: str) -> Iterator[Element]:
    """Give the elements of these full names among the extension elements of an element."""
    own = child(element, "extensionElements")
    if own is not None:
        yield from (one for one in own.iter(etree.Element) if one.tag in names)


class Diagram:
    """A diagram, what it may call, and what was found in it."""

    def __init__(self, root: Element, known: frozenset[str]) -> None:
        self.root = root
        self.known = known
        self.findings: list[DiagramFinding] = []
        self.changed = False
        self._ids = {str(one.get("id")) for one in root.iter(etree.Element) if one.get("id")}
        self._variables: dict[str, str] = {}
        self._names: set[str] = set()
        self._gone: set[str] = set()

    # What was found

    def refuse(self, code: str, element: Element, message: str, **params: object) -> None:
        """Note a reason why the diagram cannot run."""
        self._found(code, Severity.ERROR, element, message, params)

    def rewritten(self, code: str, element: Element, message: str, **params: object) -> None:
        """Note that something runs in another form than it was drawn in; the caller changes it."""
        self.changed = True
        self._found(code, Severity.REWRITTEN, element, message, params)

    def warn(self, code: str, element: Element, message: str, **params: object) -> None:
        """Note something that somebody should know."""
        self._found(code, Severity.WARNING, element, message, params)

    def _found(self, code: str, severity: Severity, element: Element, message: str, params: dict[str, object]) -> None:
        owner = self.named(element)
        line = line_of(element) or line_of(owner)
        self.findings.append(DiagramFinding(code, severity, id_of(owner), line, message, params))

    # What stands in it

    def every(self, *tags: str) -> list[Element]:
        """Give the BPMN elements of these names, in the order of the file."""
        return list(self.root.iter(*(f"{BPMN}{tag}" for tag in tags)))

    def inside(self, *tags: str) -> list[Element]:
        """Give the BPMN elements of these names that stand in a process."""
        return [one for process in self.every("process") for one in process.iter(*(f"{BPMN}{tag}" for tag in tags))]

    def named(self, element: Element) -> Element:
        """Give the element itself, or the nearest around it that has an id."""
        if element.get("id") and tag_of(element) not in EVENT_DEFINITIONS:
            return element
        outwards = (one for one in element.iterancestors() if one.get("id"))
        return next(outwards, element)

    def scopes(self) -> list[Element]:
        """Give the processes and sub-processes, outer before inner."""
        return self.inside("process", *sorted(SUB_PROCESSES))

    def by_id(self) -> dict[str, Element]:
        """Give the BPMN elements by id."""
        return {str(one.get("id")): one for one in self.root.iter(f"{BPMN}*") if one.get("id")}

    def outgoing(self) -> dict[str, list[Element]]:
        """Give the sequence flows by the id of their source, in the order they are drawn."""
        return self._flows_by("sourceRef")

    def incoming(self) -> dict[str, list[Element]]:
        """Give the sequence flows by the id of their target."""
        return self._flows_by("targetRef")

    def _flows_by(self, end: str) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = defaultdict(list)
        for flow in self.inside("sequenceFlow"):
            found[str(flow.get(end))].append(flow)
        return found

    # What is made new

    def has(self, identifier: str) -> bool:
        """Say whether something has this id."""
        return identifier in self._ids

    def new_id(self, wanted: str) -> str:
        """Give an id nobody has, as close to the wanted one as can be."""
        number, found = 1, wanted
        while found in self._ids:
            number += 1
            found = f"{wanted}_{number}"
        self._ids.add(found)
        return found

    def variable(self, identifier: str) -> str:
        """Give the name under which conditions read the answer to an element: its id, made fit for an expression."""
        if identifier not in self._variables:
            name = re.sub(r"\W", "_", identifier)
            if not name.isidentifier() or name.startswith("_") or iskeyword(name) or name in _RESERVED:
                name = f"x{name}" if name.startswith("_") else f"x_{name}"
            number, found = 1, name
            while found in self._names:
                number += 1
                found = f"{name}_{number}"
            self._names.add(found)
            self._variables[identifier] = found
        return self._variables[identifier]

    def add_node(self, scope: Element, tag: str, wanted: str, after: Element | None = None) -> Element:
        """Add a flow node to a scope, behind another node if one is given."""
        node = etree.Element(f"{BPMN}{tag}", {"id": self.new_id(wanted)})
        if after is None:
            scope.append(node)
        else:
            after.addnext(node)
        return node

    def add_flow(self, scope: Element, source: Element, target: Element, wanted: str) -> Element:
        """Add a sequence flow between two nodes of a scope."""
        ends = {"id": self.new_id(wanted), "sourceRef": id_of(source), "targetRef": id_of(target)}
        flow = etree.SubElement(scope, f"{BPMN}sequenceFlow", ends)
        self.changed = True
        return flow

    def declare(self, tag: str, wanted: str, **attributes: str) -> Element:
        """Declare a message, signal, error or escalation before the first process."""
        declared = etree.Element(f"{BPMN}{tag}", {"id": wanted, **attributes})
        self._ids.add(wanted)
        self.every("process")[0].addprevious(declared)
        self.changed = True
        return declared

    def remove(self, element: Element) -> None:
        """Take an element out; its shape or edge in the drawing goes at the end, text behind it stays."""
        self._gone.update(str(one.get("id")) for one in element.iter(etree.Element) if one.get("id"))
        _take_out(element)
        self.changed = True

    def finish(self) -> None:
        """Take out the drawing of what is gone; let incoming and outgoing say what the flows say, in files that use them."""
        if self._gone:
            for drawn in [one for one in self.root.iter(etree.Element) if one.get("bpmnElement") in self._gone]:
                _take_out(drawn)
        if self.inside("incoming", "outgoing"):
            self._connect_anew()

    def _connect_anew(self) -> None:
        for tag, flows in (("incoming", self.incoming()), ("outgoing", self.outgoing())):
            for node in [one for scope in self.scopes() for one in nodes_in(scope)]:
                _refer(node, tag, [id_of(flow) for flow in flows.get(id_of(node), ())])


def _take_out(element: Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail and element.tail.strip():
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _refer(node: Element, tag: str, flows: list[str]) -> None:
    written = node.findall(f"{BPMN}{tag}")
    if [text_of(one) for one in written] == flows:
        return
    for one in written:
        node.remove(one)
    head = [one for one in node if tag_of(one) in _HEAD and (tag == "outgoing" or tag_of(one) != "outgoing")]
    position = node.index(head[-1]) + 1 if head else 0
    for offset, flow in enumerate(flows):
        reference = etree.Element(f"{BPMN}{tag}")
        reference.text = flow
        node.insert(position + offset, reference)

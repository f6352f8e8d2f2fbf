"""Read a BPMN file safely: no entities, no document type, no network, bounded in size, depth and number of nodes."""

from lxml import etree

from engine.catalogue import N_
from engine.diagram_model import BPMN, FLOW_NODES, Element, line_of, tag_of
from engine.diagram_report import DiagramFinding, Severity

MAX_BYTES = 5_000_000
MAX_NODES = 5_000
MAX_NESTING = 50


def read(xml: bytes) -> Element | DiagramFinding:
    """Give the root of a BPMN 2.0 file, or the one reason why it cannot be read."""
    if len(xml) > MAX_BYTES:
        return _unreadable("too-large", N_("The file is larger than 5 MB."))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", 0)
        return _unreadable("not-xml", N_("The file is not well-formed XML: {problem}"), line, problem=str(error))
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None or docinfo.doctype:
        return _unreadable("doctype", N_("The file declares a document type; diagrams need none."), 1)
    if root.tag != f"{BPMN}definitions":
        return _unreadable("not-bpmn", N_("The file is not a BPMN 2.0 diagram."), line_of(root))
    return _too_much(root) or root


def _too_much(root: Element) -> DiagramFinding | None:
    processes, nodes = 0, 0
    for element in root.iter(etree.Element):
        tag = tag_of(element)
        processes += tag == "process"
        nodes += tag in FLOW_NODES
    if not processes:
        return _unreadable("no-process", N_("The file holds no process."), line_of(root))
    if nodes > MAX_NODES:
        return _unreadable(
            "too-many-nodes", N_("The file holds {count} flow nodes, more than {most}."), count=nodes, most=MAX_NODES
        )
    return _too_deep(root)


def _too_deep(root: Element) -> DiagramFinding | None:
    for element in root.iter(f"{BPMN}subProcess", f"{BPMN}transaction", f"{BPMN}adHocSubProcess"):
        depth = 1 + sum(tag_of(above) in FLOW_NODES for above in element.iterancestors())
        if depth > MAX_NESTING:
            message = N_("Sub-processes are nested more than {most} deep.")
            return DiagramFinding(
                "too-deep",
                Severity.ERROR,
                str(element.get("id") or ""),
                line_of(element),
                message,
                {"most": MAX_NESTING},
            )
    return None


def _unreadable(code: str, message: str, line: int = 0, **params: object) -> DiagramFinding:
    return DiagramFinding(code, Severity.ERROR, "", line or 0, message, params)

"""Make a diagram of any tool ready to run: checked, and rewritten into what the runtime understands.

Nothing is left out in silence: what cannot run as drawn is refused, what runs in another form is reported. A diagram
that needs no rewrite keeps its bytes. Normalising twice is normalising once.
"""

from dataclasses import dataclass

from lxml import etree

from engine.diagram_model import BPMN, Diagram, id_of
from engine.diagram_reading import read
from engine.diagram_report import DiagramFinding, DiagramReport, in_order
from engine.diagram_rewrites_activities import rewrite_activities
from engine.diagram_rewrites_attributes import FINAL, rewrite_attributes, rewrite_executable
from engine.diagram_rewrites_events import rewrite_events
from engine.diagram_rewrites_expressions import rewrite_expressions
from engine.diagram_rewrites_flows import rewrite_flows
from engine.diagram_rewrites_handlers import rewrite_handlers
from engine.diagram_rewrites_timers import rewrite_timers
from engine.diagram_rules_activities import check_activities
from engine.diagram_rules_events import check_events
from engine.diagram_rules_structure import check_structure

#: In this order: a later one relies on what the earlier ones have settled.
_REWRITES = (
    rewrite_attributes,
    rewrite_events,
    rewrite_executable,
    rewrite_timers,
    rewrite_activities,
    *FINAL,
    rewrite_expressions,
    rewrite_flows,
)


@dataclass(frozen=True)
class Normalised:
    """A diagram in the form it runs in (the file as given when it is refused), and what was found."""

    xml: bytes
    report: DiagramReport


def processes_in(xml: bytes) -> tuple[str, ...]:
    """Give the ids of the processes a file holds; none when it cannot be read."""
    root = read(xml)
    return () if isinstance(root, DiagramFinding) else tuple(map(id_of, root.iter(f"{BPMN}process")))


def normalise(xml: bytes, known: frozenset[str] = frozenset()) -> Normalised:
    """Check a diagram and rewrite what runs in another form.

    `known` holds the ids of processes that its call activities may call besides those in the file. Never raises:
    what cannot be read is a finding too.
    """
    root = read(xml)
    if isinstance(root, DiagramFinding):
        return Normalised(xml, DiagramReport((), (root,)))
    diagram = Diagram(root, known)
    processes = tuple(id_of(process) for process in diagram.every("process"))
    if check_structure(diagram):
        check_activities(diagram)
        check_events(diagram)
        for rewrite in _REWRITES:
            rewrite(diagram)
        if not _refused(diagram):
            rewrite_handlers(diagram)
    report = DiagramReport(processes, in_order(diagram.findings))
    if not diagram.changed or not report.deployable:
        return Normalised(xml, report)
    diagram.finish()
    return Normalised(etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True), report)


def _refused(diagram: Diagram) -> bool:
    return not DiagramReport((), tuple(diagram.findings)).deployable

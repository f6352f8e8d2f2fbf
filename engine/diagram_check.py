"""What a diagram must be to be deployed: it runs as drawn, or is refused with element, line and reason.

The check takes the very path of deployment (`engine.diagram_import`) and keeps only the report. The codes are
explained in docs/diagram-codes.md.
"""

from engine.diagram_import import normalise, processes_in
from engine.diagram_model import BPMN, CAMUNDA
from engine.diagram_reading import MAX_BYTES
from engine.diagram_report import DiagramFinding, DiagramReport, Severity

__all__ = ["BPMN", "CAMUNDA", "MAX_BYTES", "DiagramFinding", "DiagramReport", "Severity", "check", "processes_in"]


def check(xml: bytes, known: frozenset[str] = frozenset()) -> DiagramReport:
    """Check a diagram without deploying it. `known`: ids of processes it may call besides those in the file."""
    return normalise(xml, known).report

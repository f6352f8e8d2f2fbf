"""A diagram file on the command line: its bytes, and what was found in it, for people and for programs."""

from pathlib import Path
from typing import Any

from engine.catalogue import N_
from engine.diagram_check import DiagramReport, Severity
from engine.errors import Invalid
from web.cli.terminal import language, show, words

_WEIGHTS = {
    Severity.ERROR: N_("refused:"),
    Severity.REWRITTEN: N_("rewritten:"),
    Severity.WARNING: N_("note:"),
}


def content_of(file: Path) -> bytes:
    """Read a file. Raises Invalid, naming it."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(
            N_("{name} cannot be opened. Check the path and that you may read it."), name=str(file)
        ) from error


def is_no_diagram(report: DiagramReport) -> bool:
    """Say whether a file is something else than a diagram: wrong use, not a verdict."""
    return any(one.code in {"not-xml", "not-bpmn"} for one in report.findings)


def listed(report: DiagramReport) -> list[dict[str, Any]]:
    """Give the findings as JSON has them."""
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "element": one.element,
            "line": one.line,
            "message": one.told(language()),
        }
        for one in report.findings
    ]


def tell(report: DiagramReport) -> None:
    """Print the findings, one a line."""
    for one in report.findings:
        where = words(N_("line {line}, {element}"), line=one.line, element=one.element or "-")
        show(f"  {words(_WEIGHTS[one.severity])} {where}: {one.code}: {one.told(language())}")

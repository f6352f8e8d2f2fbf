"""What the check of a diagram found: every finding names its element and line and has a stable code.

The codes are explained one by one in docs/diagram-codes.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.catalogue import translate


class Severity(StrEnum):
    """What a finding means for deployment."""

    ERROR = "error"  # refused
    REWRITTEN = "rewritten"  # runs, in a form that does the same as what was drawn
    WARNING = "warning"  # runs as it is; somebody should know


@dataclass(frozen=True)
class DiagramFinding:
    """One thing found. `message` is a msgid, `params` fill it; `line` is a line of the file as given, 0 if unknown."""

    code: str
    severity: Severity
    element: str
    line: int
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """Give the sentence in a language ("zh" or "en")."""
        return translate(language, self.message, **self.params)


@dataclass(frozen=True)
class DiagramReport:
    """The processes a file holds and what was found, what refuses it first."""

    processes: tuple[str, ...]
    findings: tuple[DiagramFinding, ...]

    @property
    def refusals(self) -> tuple[DiagramFinding, ...]:
        """Give what speaks against deployment."""
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    @property
    def deployable(self) -> bool:
        """Say whether nothing speaks against deployment."""
        return not self.refusals


_RANK = {Severity.ERROR: 0, Severity.REWRITTEN: 1, Severity.WARNING: 2}


def in_order(findings: list[DiagramFinding]) -> tuple[DiagramFinding, ...]:
    """Sort findings: first what refuses the diagram, then the rest, each as a reader goes through the file.

    The same thing is said once.
    """
    once = {(one.code, one.element, one.line, one.message, str(one.params)): one for one in findings}
    return tuple(sorted(once.values(), key=lambda one: (_RANK[one.severity], one.line, one.code, one.element)))

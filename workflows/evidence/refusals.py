"""Files that were not taken (拒收): each leaves one event with the reason as a code, so that they can be counted."""

from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from workflows.evidence import drafts, formats, intake
from workflows.lifecycle.words import case_chain

REFUSED = "evidence.refused"
_OTHER = "other"
_CODES = {
    intake.TOO_LARGE: "too_large",
    intake.EMPTY: "empty",
    intake.TOO_DEMANDING: "too_demanding",
    intake.UNREADABLE: "damaged",
    formats.DAMAGED: "damaged",
    formats.BOMB: "too_demanding",
    formats.MACROS: "macros",
    formats.ENCRYPTED: "protected",
    formats.UNKNOWN: "kind",
    drafts.SAME_FILE: "twin",
    **dict.fromkeys(formats.MISNAMED, "misnamed"),
}


def code_of(refused: Invalid) -> str:
    """Give the code of the reason; `other` where the sentence alone says it."""
    return _CODES.get(refused.message, _OTHER)


def record(unit: UnitOfWork, case_no: str, file_name: str, refused: Invalid) -> None:
    """Record on the case that a file was not taken: its name and why, nothing of what is in it."""
    unit.record(case_chain(case_no), REFUSED, {"file": file_name, "reason": code_of(refused)})

"""The words shared by the diagrams, the verbs and the pages of a case."""

from enum import StrEnum

PROCESS_KEY = "evidence_lifecycle"


class Step(StrEnum):
    """The steps of `bpmn/evidence_lifecycle.bpmn`, by element id."""

    ASSIGN = "assign"
    COLLECT = "collect"
    DEPARTMENT_REVIEW = "department_review"
    OFFICE_APPROVAL = "office_approval"
    ARCHIVE = "archive"


#: The part a department plays in a case: 牵头, 责任, 配合.
LEAD, RESPONSIBLE, ASSIST = "lead", "responsible", "assist"

DECIDING_STEPS = frozenset({Step.DEPARTMENT_REVIEW, Step.OFFICE_APPROVAL})


class Outcome(StrEnum):
    """What a reviewer may say; the gateways of the diagram compare with these values."""

    APPROVE = "approve"
    RETURN = "return"  # 退回: to be repaired, with a reason


def case_chain(no: str) -> str:
    """Name the audit chain of a case."""
    return f"case:{no}"

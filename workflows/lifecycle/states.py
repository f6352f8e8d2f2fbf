"""Where a case stands, derived from its open work items after every step, for lists and figures."""

from collections.abc import Iterable

from engine import process
from engine.unit_of_work import UnitOfWork
from models.evidence import Assignment, AssignmentState
from workflows.lifecycle import returned
from workflows.lifecycle.words import Step

#: The first of these steps that is open names the state of the whole case.
_BY_OPEN_STEP = (
    (Step.ASSIGN, AssignmentState.NOT_ASSIGNED),
    (Step.COLLECT, AssignmentState.COLLECTING),
    (Step.DEPARTMENT_REVIEW, AssignmentState.IN_REVIEW),
    (Step.OFFICE_APPROVAL, AssignmentState.AWAITING_APPROVAL),
    (Step.ARCHIVE, AssignmentState.ARCHIVING),
)


def state_of(open_elements: Iterable[str]) -> AssignmentState:
    """Give the state of a case from the elements of its open work items."""
    elements = set(open_elements)
    for step, state in _BY_OPEN_STEP:
        if step in elements:
            return state
    return AssignmentState.ARCHIVED


def refresh(unit: UnitOfWork, assignment: Assignment) -> None:
    """Write the state of a case anew after a step of its process, and mark what follows a return."""
    returned.mark(unit, assignment)
    state = state_of(item.element for item in process.open_items(unit, assignment.no))
    assignment.state = state
    if state is AssignmentState.ARCHIVED:
        assignment.closed_at = unit.now

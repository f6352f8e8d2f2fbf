"""What follows a return (退回) comes first in the inbox: evidence to repair, and evidence that was repaired."""

from sqlalchemy import Text, and_, cast, exists, or_, select, update

from engine.unit_of_work import UnitOfWork
from models.evidence import Assignment, Contribution, ContributionState
from models.process import CAME_BACK, USUAL, ProcessInstance, WorkItem
from workflows.lifecycle.words import Step


def mark(unit: UnitOfWork, assignment: Assignment) -> None:
    """Give the open steps of a case that follow a return their precedence in the lists."""
    came_back = or_(
        and_(WorkItem.element == Step.COLLECT, Contribution.state == ContributionState.RETURNED),
        and_(WorkItem.element != Step.COLLECT, Contribution.round > 1),
    )
    of_step = or_(WorkItem.scope.is_(None), cast(Contribution.department_id, Text) == WorkItem.scope)
    of_case = select(ProcessInstance.id).where(ProcessInstance.business_key == assignment.no).scalar_subquery()
    unit.session.execute(
        update(WorkItem)
        .where(WorkItem.instance_id == of_case, WorkItem.closed_at.is_(None), WorkItem.precedence == USUAL)
        .where(exists().where(Contribution.assignment_id == assignment.id, of_step, came_back))
        .values(precedence=CAME_BACK)
    )

"""Finding the case behind a work item, and numbering new ones."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import UnitOfWork
from engine.work_items import AnyItem
from models.evidence import Assignment, CaseCounter, Contribution, Submission
from models.process import ProcessInstance, WorkItem


def case_of(session: Session, item: AnyItem) -> Assignment:
    """Give the case a work item belongs to. Raises NotFound."""
    query = select(Assignment).join(ProcessInstance, ProcessInstance.business_key == Assignment.no)
    assignment = session.scalars(query.where(ProcessInstance.id == item.instance_id)).one_or_none()
    if assignment is None:
        raise NotFound(N_("There is no such step."))
    return assignment


def item_in(session: Session, item_id: int) -> WorkItem:
    """Give a work item, open or done. Raises NotFound."""
    item = session.get(WorkItem, item_id)
    if item is None:
        raise NotFound(N_("There is no such step."))
    return item


def contribution_of(session: Session, assignment: Assignment, item: AnyItem) -> Contribution:
    """Give the department's part a work item of a branch is about."""
    query = select(Contribution).where(
        Contribution.assignment_id == assignment.id, Contribution.department_id == UUID(str(item.scope))
    )
    return session.scalars(query).one()


def latest_submission(session: Session, contribution_id: UUID) -> Submission:
    """Give the newest round a department handed in."""
    query = (
        select(Submission)
        .where(Submission.contribution_id == contribution_id)
        .order_by(Submission.round.desc())
        .limit(1)
    )
    return session.scalars(query).one()


def next_number(unit: UnitOfWork, year: int) -> str:
    """Take the next case number of a year; without gaps, because the counter is locked till the commit."""
    unit.session.execute(insert(CaseCounter).values(year=year, last=0).on_conflict_do_nothing())
    counter = unit.session.execute(
        select(CaseCounter).where(CaseCounter.year == year).with_for_update()
    ).scalar_one()
    counter.last += 1
    return f"CJ-{year}-{counter.last:04d}"

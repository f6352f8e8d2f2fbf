"""A piece of evidence this reader may see, with its case; what a collector may do with it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import Actor
from models.evidence import Assignment, Contribution, Evidence
from models.people import Role
from models.process import ProcessInstance, WorkItem
from workflows.lifecycle.words import Step
from workflows.visibility import visible_parts


@dataclass(frozen=True)
class Desk:
    """An open collect step of one of this person's departments."""

    item_id: int
    assignment: Assignment
    department_id: UUID
    department: str


def evidence_at(session: Session, actor: Actor, evidence_id: UUID) -> Evidence:
    """Give a piece of evidence with its file, case and department; removed ones too, as the history shows them.

    Raises NotFound also when it is not for this reader.
    """
    part = joinedload(Evidence.contribution)
    query = (
        select(Evidence)
        .join(Contribution, Contribution.id == Evidence.contribution_id)
        .options(
            joinedload(Evidence.file),
            joinedload(Evidence.requirement),
            part.joinedload(Contribution.department),
            part.joinedload(Contribution.assignment),
        )
        .where(Evidence.id == evidence_id, visible_parts(actor))
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such file, or it is not for you."))
    return found


def desks(session: Session, actor: Actor) -> Sequence[Desk]:
    """Give the open collect steps this person may work on, by case number."""
    departments = {scope for group, scope in actor.groups if group == Role.COLLECTOR and scope is not None}
    query = (
        select(WorkItem.id, WorkItem.scope, Assignment, Contribution)
        .join(ProcessInstance, ProcessInstance.id == WorkItem.instance_id)
        .join(Assignment, Assignment.no == ProcessInstance.business_key)
        .join(Contribution, Contribution.assignment_id == Assignment.id)
        .options(joinedload(Contribution.department))
        .where(
            WorkItem.element == Step.COLLECT,
            WorkItem.closed_at.is_(None),
            WorkItem.scope.in_(departments),
            WorkItem.assignee_id.is_(None) | (WorkItem.assignee_id == actor.id),
        )
        .order_by(Assignment.no)
    )
    return [
        Desk(row.id, row.Assignment, row.Contribution.department_id, row.Contribution.department.name)
        for row in session.execute(query)
        if row.scope == str(row.Contribution.department_id)
    ]


def desk_of(session: Session, actor: Actor, evidence: Evidence) -> Desk | None:
    """Give the open collect step a piece of evidence belongs to, when this person may work on it."""
    part = evidence.contribution
    if evidence.removed_at is not None:
        return None
    own = (one for one in desks(session, actor) if one.assignment.id == part.assignment_id)
    return next((one for one in own if one.department_id == part.department_id), None)

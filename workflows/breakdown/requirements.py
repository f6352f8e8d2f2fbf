"""The requirements of a rule as they stand now."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.breakdown import Requirement


def requirements_of(session: Session, rule_id: UUID, department_id: UUID | None = None) -> list[Requirement]:
    """Give the requirements of a rule that have not been removed, in their order.

    With `department_id`: those asked of that department and those asked of every department of the case.
    """
    query = select(Requirement).where(Requirement.rule_id == rule_id, Requirement.removed_at.is_(None))
    if department_id is not None:
        query = query.where(or_(Requirement.department_id.is_(None), Requirement.department_id == department_id))
    return list(session.scalars(query.order_by(Requirement.position, Requirement.id)))

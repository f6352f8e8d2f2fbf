"""What a department was called when something was done, and what it is called now (曾用名、现名)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, object_session, selectinload

from engine.catalogue import N_
from models.people import Department, FormerName
from web.language import translated
from workflows.departments import current, day_of, name_on


def named(department: Department, moment: datetime | None = None) -> str:
    """Give the name a department had at `moment`, followed by the one that goes on with its work where it differs.

    None: for what is going on still; then only a merger makes a difference.
    """
    then = department.name if moment is None else name_on(department, day_of(moment))
    session = object_session(department)
    now = department if session is None else current(session, department)
    return then if then == now.name else translated(N_("{then} (now {now})"), then=then, now=now.name)


@dataclass(frozen=True)
class NamesThen:
    """Departments by their id as records write it; asked for the names of a moment."""

    departments: Mapping[str, Department]

    def at(self, moment: datetime) -> dict[str, str]:
        """Give the names as they were at a moment, each with what it is now."""
        return {key: named(department, moment) for key, department in self.departments.items()}


def names_of(session: Session, ids: Iterable[UUID]) -> NamesThen:
    """Read departments with the names they had."""
    query = select(Department).options(selectinload(Department.former_names)).where(Department.id.in_(list(ids)))
    return NamesThen({str(one.id): one for one in session.scalars(query)})


def answering(condition: ColumnElement[bool], former: ColumnElement[bool]) -> ColumnElement[bool]:
    """Give the departments some name of which fits: the one they have, one they had, or that of who took them over.

    `condition` is on `Department.name`, `former` the same on `FormerName.name`.
    """
    once = select(FormerName.department_id).where(former)
    found = select(Department.id).where(condition | Department.id.in_(once)).cte(recursive=True)
    found = found.union(select(Department.id).join(found, Department.merged_into == found.c.id))
    return Department.id.in_(select(found.c.id))

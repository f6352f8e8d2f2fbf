"""The tree of departments: adding, renaming, moving, switching off, and the name each had on a day (部门)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from engine.working_days import BEIJING
from models.people import Department, DepartmentAlias, FormerName

CHAIN = "departments"
#: What fits on a line of a paper.
MAX_NAME = 60


@dataclass(frozen=True)
class Branch:
    """One line of the tree: a department and how many stand above it."""

    department: Department
    depth: int


def day_of(moment: datetime) -> date:
    """Give the day a moment falls on in Beijing."""
    return moment.astimezone(BEIJING).date()


def add_department(unit: UnitOfWork, name: str, *, parent_id: UUID | None = None) -> Department:
    """Add a department at the end of the list. Raises Invalid for an empty or used name, NotFound for its parent."""
    clean = checked_name(unit.session, name)
    parent = None if parent_id is None else get_department(unit.session, parent_id)
    _check_not_merged(parent)
    last = unit.session.scalar(select(func.max(Department.position))) or 0
    department = Department(name=clean, parent_id=parent_id, position=last + 1, active=True)
    unit.session.add(department)
    unit.session.flush()
    facts = {"id": str(department.id), "name": clean}
    unit.record(CHAIN, "department.added", facts if parent is None else {**facts, "under": parent.name})
    return department


def rename_department(unit: UnitOfWork, department_id: UUID, name: str, *, since: date | None = None) -> None:
    """Give a department a new name from a day on, today where none is said.

    The old name is kept with its last day, and as an alias, so that tables still find it. A department may take
    back a name it had. Raises Invalid for a used name, for a day to come, or before its last renaming; Conflict for
    one that was merged into another.
    """
    department = get_department(unit.session, department_id)
    _check_goes_on(unit.session, department)
    clean = name.strip()
    if clean == department.name:
        return
    own = unit.session.get(DepartmentAlias, clean)
    if own is not None and own.department_id == department.id:
        unit.session.delete(own)
        unit.session.flush()
    clean = checked_name(unit.session, name)
    day = _checked_day(department, since, day_of(unit.now))
    old, department.name = department.name, clean
    department.former_names.append(FormerName(name=old, until=day))
    unit.session.add(
        DepartmentAlias(name=old, department_id=department.id, confirmed_at=unit.now, confirmed_by=unit.actor.id)
    )
    details = {"id": str(department.id), "old": old, "new": clean}
    unit.record(CHAIN, "department.renamed", details if since is None else {**details, "since": day.isoformat()})


def name_on(department: Department, day: date) -> str:
    """Give the name a department had on a day."""
    return next((former.name for former in department.former_names if former.until > day), department.name)


def move_department(
    unit: UnitOfWork, department_id: UUID, parent_id: UUID | None, *, before_id: UUID | None = None
) -> None:
    """Put a department under another one, or under none: before one of its new neighbours, or last.

    Nothing is recorded where it stands there already. Raises Invalid where it would stand under itself, or where
    `before_id` is no neighbour there; Conflict for one that was merged into another.
    """
    department = get_department(unit.session, department_id)
    _check_goes_on(unit.session, department)
    parent = None if parent_id is None else get_department(unit.session, parent_id)
    _check_not_merged(parent)
    if parent is not None and department_id in {parent.id, *(one.id for one in above(unit.session, parent))}:
        raise Invalid(
            N_("{name} cannot stand under {parent}: {parent} is part of {name}. Move {parent} first."),
            name=department.name, parent=parent.name,
        )
    standing = _children(unit.session, parent_id)
    neighbours = [one for one in standing if one.id != department_id]
    place = _place(unit.session, neighbours, before_id)
    neighbours.insert(place, department)
    if neighbours == standing:
        return
    for position, one in zip(sorted(one.position for one in neighbours), neighbours, strict=True):
        one.position = position
    old = None if department.parent_id is None else unit.session.get_one(Department, department.parent_id).name
    department.parent_id = parent_id
    details = {"id": str(department.id), "name": department.name, "old": old, "new": parent.name if parent else None}
    unit.record(CHAIN, "department.moved", {**details, "place": place + 1})


def set_department_active(unit: UnitOfWork, department_id: UUID, *, active: bool) -> None:
    """Switch a department off (no new work) or on again. It is never deleted: history names it.

    Raises Conflict for one that was merged into another: it stays off.
    """
    department = get_department(unit.session, department_id)
    if department.active == active:
        return
    _check_goes_on(unit.session, department)
    department.active = active
    unit.record(CHAIN, "department.activated" if active else "department.deactivated", {"id": str(department.id)})


def outline(session: Session, *, with_aliases: bool = False) -> list[Branch]:
    """Give all departments as a tree in reading order: each is followed by those under it."""
    children: dict[UUID | None, list[Department]] = {}
    query = select(Department).order_by(Department.position, Department.name)
    for one in session.scalars(query.options(selectinload(Department.aliases)) if with_aliases else query):
        children.setdefault(one.parent_id, []).append(one)
    lines: list[Branch] = []
    waiting = [(one, 0) for one in reversed(children.get(None, []))]
    while waiting:
        department, depth = waiting.pop()
        lines.append(Branch(department, depth))
        waiting.extend((one, depth + 1) for one in reversed(children.get(department.id, [])))
    return lines


def above(session: Session, department: Department) -> Iterator[Department]:
    """Give the departments a department stands under, the nearest first."""
    while department.parent_id is not None:
        department = session.get_one(Department, department.parent_id)
        yield department


def get_department(session: Session, department_id: UUID) -> Department:
    """Give a department. Raises NotFound."""
    department = session.get(Department, department_id)
    if department is None:
        raise NotFound(N_("There is no such department."))
    return department


def current(session: Session, department: Department) -> Department:
    """Give the department that does the work of this one now: itself, or the one it was merged into."""
    while department.merged_into is not None:
        department = session.get_one(Department, department.merged_into)
    return department


def find_department(session: Session, name: str) -> Department | None:
    """Find a department by its name or one of its aliases; for one that was merged, the one that took it over."""
    found = session.scalars(select(Department).where(Department.name == name)).one_or_none()
    if found is None:
        alias = session.get(DepartmentAlias, name)
        found = alias.department if alias is not None else None
    return None if found is None else current(session, found)


def checked_name(session: Session, name: str) -> str:
    """Give `name` trimmed. Raises Invalid when it is empty, too long, or a department already answers to it."""
    clean = name.strip()
    if not clean:
        raise Invalid(N_("A department needs a name."))
    if len(clean) > MAX_NAME:
        raise Invalid(N_("The name of a department may have {count} characters at most."), count=MAX_NAME)
    holder = find_department(session, clean)
    if holder is not None:
        raise Invalid(N_("{name} is already the name or alias of {holder}."), name=clean, holder=holder.name)
    return clean


def _children(session: Session, parent_id: UUID | None) -> list[Department]:
    here = Department.parent_id.is_(None) if parent_id is None else Department.parent_id == parent_id
    return list(session.scalars(select(Department).where(here).order_by(Department.position, Department.name)))


def _place(session: Session, neighbours: Sequence[Department], before_id: UUID | None) -> int:
    if before_id is None:
        return len(neighbours)
    places = [place for place, one in enumerate(neighbours) if one.id == before_id]
    if not places:
        raise Invalid(
            N_("{name} does not stand there. Choose one of the departments there, or the end of the list."),
            name=get_department(session, before_id).name,
        )
    return places[0]


def _check_goes_on(session: Session, department: Department) -> None:
    if department.merged_into is not None:
        raise Conflict(
            N_("{name} was merged into {into}, which does its work now."),
            name=department.name, into=current(session, department).name,
        )


def _check_not_merged(parent: Department | None) -> None:
    if parent is not None and parent.merged_into is not None:
        raise Invalid(N_("{name} no longer exists. Choose the department that took over."), name=parent.name)


def _checked_day(department: Department, since: date | None, today: date) -> date:
    day = since or today
    if day > today:
        raise Invalid(N_("A new name holds from today at the latest. Rename the department on the day itself."))
    last = department.former_names[-1].until if department.former_names else None
    if last is not None and day < last:
        raise Invalid(
            N_("{name} was renamed on {day} already; the new name cannot hold from before that."),
            name=department.name, day=last.isoformat(),
        )
    return day

"""Departments, their other names and the groups they belong to (部门、别名、组)."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.people import Department, DepartmentAlias, DepartmentGroup

CHAIN = "departments"


def add_department(unit: UnitOfWork, name: str, *, parent_id: UUID | None = None) -> Department:
    """Add a department at the end of the list. Raises Invalid for an empty or used name."""
    clean = checked_name(unit.session, name)
    last = unit.session.scalar(select(func.max(Department.position))) or 0
    department = Department(name=clean, parent_id=parent_id, position=last + 1, active=True)
    unit.session.add(department)
    unit.session.flush()
    unit.record(CHAIN, "department.added", {"id": str(department.id), "name": clean})
    return department


def rename_department(unit: UnitOfWork, department_id: UUID, name: str) -> None:
    """Give a department a new name; the old one stays as an alias, so that tables still find it."""
    department = get_department(unit.session, department_id)
    clean = name.strip()
    if clean == department.name:
        return
    clean = checked_name(unit.session, name)
    old, department.name = department.name, clean
    unit.session.add(
        DepartmentAlias(name=old, department_id=department.id, confirmed_at=unit.now, confirmed_by=unit.actor.id)
    )
    unit.record(CHAIN, "department.renamed", {"id": str(department.id), "old": old, "new": clean})


def set_department_active(unit: UnitOfWork, department_id: UUID, *, active: bool) -> None:
    """Switch a department off (no new work) or on again. It is never deleted: history names it."""
    department = get_department(unit.session, department_id)
    if department.active == active:
        return
    department.active = active
    unit.record(CHAIN, "department.activated" if active else "department.deactivated", {"id": str(department.id)})


def add_alias(unit: UnitOfWork, department_id: UUID, name: str) -> None:
    """Remember another name of a department, as task tables write it."""
    department = get_department(unit.session, department_id)
    clean = checked_name(unit.session, name)
    unit.session.add(
        DepartmentAlias(
            name=clean, department_id=department.id, confirmed_at=unit.now, confirmed_by=unit.actor.id
        )
    )
    unit.record(CHAIN, "department.alias_added", {"id": str(department.id), "alias": clean})


def set_group(unit: UnitOfWork, name: str, member_ids: Iterable[UUID]) -> DepartmentGroup:
    """Say which departments a group name stands for; makes the group when it is new."""
    clean = name.strip()
    if not clean:
        raise Invalid(N_("A group needs a name."))
    group = unit.session.scalars(select(DepartmentGroup).where(DepartmentGroup.name == clean)).one_or_none()
    if group is None:
        group = DepartmentGroup(name=clean)
        unit.session.add(group)
    group.members = [get_department(unit.session, member) for member in member_ids]
    names = sorted(member.name for member in group.members)
    unit.record(CHAIN, "department_group.set", {"group": clean, "members": names})
    return group


def get_department(session: Session, department_id: UUID) -> Department:
    """Give a department. Raises NotFound."""
    department = session.get(Department, department_id)
    if department is None:
        raise NotFound(N_("There is no such department."))
    return department


def find_department(session: Session, name: str) -> Department | None:
    """Find a department by its name or one of its aliases."""
    found = session.scalars(select(Department).where(Department.name == name)).one_or_none()
    if found is not None:
        return found
    alias = session.get(DepartmentAlias, name)
    return alias.department if alias is not None else None


def checked_name(session: Session, name: str) -> str:
    """Give `name` trimmed. Raises Invalid when it is empty or a department already answers to it."""
    clean = name.strip()
    if not clean:
        raise Invalid(N_("A department needs a name."))
    holder = find_department(session, clean)
    if holder is not None:
        raise Invalid(N_("{name} is already the name or alias of {holder}."), name=clean, holder=holder.name)
    return clean

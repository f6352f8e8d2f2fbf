"""Other names of departments (别名): confirmed, refused, withdrawn by people; what nobody has confirmed counts for nothing."""

from uuid import UUID

from sqlalchemy import delete, select

from engine.catalogue import N_
from engine.errors import Conflict, NotFound
from engine.unit_of_work import UnitOfWork
from models.people import Department, DepartmentAlias, RefusedAlias
from workflows.departments.tree import CHAIN, checked_name, current, get_department


def add_alias(unit: UnitOfWork, department_id: UUID, name: str) -> None:
    """Remember another name of a department, as task tables write it. What was refused before is confirmed now."""
    department = current(unit.session, get_department(unit.session, department_id))
    clean = checked_name(unit.session, name)
    unit.session.execute(
        delete(RefusedAlias).where(RefusedAlias.name == clean, RefusedAlias.department_id == department.id)
    )
    unit.session.add(
        DepartmentAlias(name=clean, department_id=department.id, confirmed_at=unit.now, confirmed_by=unit.actor.id)
    )
    unit.session.flush()
    unit.record(CHAIN, "department.alias_added", {"id": str(department.id), "alias": clean})


def withdraw_alias(unit: UnitOfWork, department_id: UUID, name: str) -> None:
    """Let a department no longer answer to another name. Raises NotFound where it does not.

    Raises Conflict for the name of a department that was merged into it: it stands in the history.
    """
    alias = unit.session.get(DepartmentAlias, name)
    if alias is None or alias.department_id != department_id:
        merged = select(Department.id).where(Department.name == name, Department.merged_into == department_id)
        if unit.session.scalar(merged) is not None:
            raise Conflict(N_("{name} was merged into this department; its name stays."), name=name)
        raise NotFound(N_("The department has no such other name."))
    unit.session.delete(alias)
    unit.session.flush()
    unit.record(CHAIN, "department.alias_withdrawn", {"id": str(department_id), "alias": name})


def refuse_alias(unit: UnitOfWork, department_id: UUID, name: str) -> None:
    """Remember that a name is not this department's, so that the two are not suggested to each other again."""
    department = get_department(unit.session, department_id)
    clean = name.strip()
    if unit.session.get(RefusedAlias, (clean, department_id)) is not None:
        return
    unit.session.add(
        RefusedAlias(name=clean, department_id=department_id, refused_at=unit.now, refused_by=unit.actor.id)
    )
    unit.session.flush()
    unit.record(CHAIN, "department.alias_refused", {"id": str(department.id), "alias": clean})

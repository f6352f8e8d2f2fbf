"""Merge (并入): one department takes over from another.

People, roles, groups, other names and units below pass to it. Cases stay where they are: what the old one has done
stays under its name, and its open steps are done by the people of the new one, because they hold its roles from then on
(`workflows.people.actor_of`). So no running process has to be changed.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from models.evidence import Assignment, AssignmentState, Contribution
from models.people import Department, DepartmentAlias, GroupMember, RefusedAlias, RoleHeld
from workflows.departments.groups import groups_of
from workflows.departments.tree import CHAIN, above, day_of, get_department

_CLOSED = (AssignmentState.ARCHIVED, AssignmentState.CLOSED)


@dataclass(frozen=True)
class MergerEffect:
    """What passes from one department to another: shown before, recorded after."""

    people: int
    groups: int
    aliases: int
    units: int
    open_cases: tuple[str, ...]


def merger_effect(session: Session, department_id: UUID) -> MergerEffect:
    """Say what a merger of a department into another would move."""
    people = select(func.count(RoleHeld.person_id.distinct())).where(RoleHeld.department_id == department_id)
    aliases = select(func.count()).select_from(DepartmentAlias).where(DepartmentAlias.department_id == department_id)
    units = select(func.count()).select_from(Department).where(Department.parent_id == department_id)
    cases = (
        select(Assignment.no)
        .join(Contribution, Contribution.assignment_id == Assignment.id)
        .where(Contribution.department_id == department_id, Assignment.state.not_in(_CLOSED))
        .order_by(Assignment.no)
    )
    return MergerEffect(
        people=session.scalar(people) or 0,
        groups=len(groups_of(session, department_id)),
        aliases=session.scalar(aliases) or 0,
        units=session.scalar(units) or 0,
        open_cases=tuple(session.scalars(cases)),
    )


def merge(unit: UnitOfWork, from_id: UUID, into_id: UUID) -> Department:
    """Let `into_id` take over from `from_id`, which is switched off. Raises Invalid, Conflict, NotFound."""
    session = unit.session
    old, new = _checked(session, from_id, into_id)
    effect = merger_effect(session, old.id)
    if new.id != old.parent_id and old.id in {one.id for one in above(session, new)}:
        # The new one stood below the old one: it comes up to its place, so that nothing stands under itself.
        new.parent_id = old.parent_id
        session.flush()
    session.execute(update(Department).where(Department.parent_id == old.id, Department.id != new.id).values(parent_id=new.id))
    _pass_roles(session, old.id, new.id)
    _pass_groups(unit, old.id, new.id)
    session.execute(update(DepartmentAlias).where(DepartmentAlias.department_id == old.id).values(department_id=new.id))
    for refused in session.scalars(select(RefusedAlias).where(RefusedAlias.department_id == old.id)):
        session.delete(refused)
    old.active, old.merged_into = False, new.id
    session.flush()
    session.expire_all()
    details = {
        "id": str(old.id), "old": old.name, "into": str(new.id), "new": new.name, "people": effect.people,
        "groups": effect.groups, "aliases": effect.aliases, "units": effect.units, "open_cases": list(effect.open_cases),
    }
    unit.record(CHAIN, "department.merged", details)
    return new


def _checked(session: Session, from_id: UUID, into_id: UUID) -> tuple[Department, Department]:
    old, new = get_department(session, from_id), get_department(session, into_id)
    if old.id == new.id:
        raise Invalid(N_("Choose another department: {name} cannot be merged into itself."), name=old.name)
    if old.merged_into is not None:
        raise Conflict(N_("{name} has been merged already."), name=old.name)
    if not new.active:
        raise Invalid(N_("{name} is switched off. Choose the department that took over."), name=new.name)
    return old, new


def _pass_roles(session: Session, old_id: UUID, new_id: UUID) -> None:
    held = {(one.person_id, one.role) for one in session.scalars(select(RoleHeld).where(RoleHeld.department_id == new_id))}
    for role in session.scalars(select(RoleHeld).where(RoleHeld.department_id == old_id)):
        if (role.person_id, role.role) in held:
            session.delete(role)
        else:
            role.department_id = new_id
    session.flush()


def _pass_groups(unit: UnitOfWork, old_id: UUID, new_id: UUID) -> None:
    today = day_of(unit.now)
    held = {(row.group_id, row.department_id is None) for row in groups_of(unit.session, new_id)}
    for row in groups_of(unit.session, old_id):
        below = row.department_id is None
        planned = row.since is not None and row.since >= today
        if (row.group_id, below) not in held:
            ours = {"under_id": new_id} if below else {"department_id": new_id}
            unit.session.add(GroupMember(group_id=row.group_id, since=row.since if planned else today, **ours))
        if planned:
            unit.session.delete(row)
        else:
            row.until = today
    unit.session.flush()

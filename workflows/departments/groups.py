"""Groups (组): a name in the tables, such as 各科（室）, that stands for whoever belongs to it on a day.

A group holds departments, other groups, and everything directly under a department; each from one day until another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.people import Department, DepartmentGroup, GroupMember
from workflows.departments.tree import CHAIN, MAX_NAME, current, day_of, get_department


@dataclass(frozen=True)
class Parts:
    """What a group is put together from: departments, other groups, departments whose whole staff of units belongs."""

    departments: frozenset[UUID] = frozenset()
    groups: frozenset[UUID] = frozenset()
    under: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Membership:
    """One line of the history of a group: what belongs (`name`; `kind` department, group or under), from when until when."""

    kind: str
    name: str
    since: date | None
    until: date | None


def set_group(
    unit: UnitOfWork, name: str, member_ids: Iterable[UUID], *, since: date | None = None
) -> DepartmentGroup:
    """Say which departments a group name stands for; see `compose_group`."""
    return compose_group(unit, name, Parts(frozenset(member_ids)), since=since)


def compose_group(unit: UnitOfWork, name: str, parts: Parts, *, since: date | None = None) -> DepartmentGroup:
    """Say what a group name stands for from a day on, today where none is said; makes the group when it is new.

    What was said for days before stays; what was said for later days is replaced. Raises Invalid without a name, for
    one that is too long, without members, or where the group would hold itself, NotFound for a department or group
    that does not exist.
    """
    clean = name.strip()
    _check_group(clean, parts)
    day = since or day_of(unit.now)
    group = find_group(unit.session, clean)
    if group is None:
        group = DepartmentGroup(name=clean)
        unit.session.add(group)
        unit.session.flush()
    wanted = _checked(unit.session, group, parts)
    _rewrite(unit.session, group.id, set(wanted), day)
    unit.session.flush()
    details = {"group": clean, "members": sorted(wanted.values())}
    unit.record(CHAIN, "department_group.set", details if since is None else {**details, "since": day.isoformat()})
    return group


def _check_group(name: str, parts: Parts) -> None:
    if not name:
        raise Invalid(N_("A group needs a name."))
    if len(name) > MAX_NAME:
        raise Invalid(N_("The name of a group may have {count} characters at most."), count=MAX_NAME)
    if not (parts.departments or parts.groups or parts.under):
        raise Invalid(N_("Tick who belongs to {name}: a task for a group of nobody cannot be assigned."), name=name)


def find_group(session: Session, name: str) -> DepartmentGroup | None:
    """Find a group by its name."""
    return session.scalars(select(DepartmentGroup).where(DepartmentGroup.name == name)).one_or_none()


def members_on(session: Session, group: DepartmentGroup, day: date) -> list[Department]:
    """Give the departments a group stands for on a day, each once, in the order of the list.

    Those that are switched off are left out. Which departments stand under another is taken as it is now.
    """
    found: set[UUID] = set()
    under: set[UUID] = set()
    seen, waiting = {group.id}, [group.id]
    while waiting:
        rows = list(session.scalars(select(GroupMember).where(GroupMember.group_id.in_(waiting), _belongs(day))))
        found |= {row.department_id for row in rows if row.department_id is not None}
        under |= {row.under_id for row in rows if row.under_id is not None}
        waiting = [row.subgroup_id for row in rows if row.subgroup_id is not None and row.subgroup_id not in seen]
        seen.update(waiting)
    query = select(Department).where(or_(Department.id.in_(found), Department.parent_id.in_(under)), Department.active)
    return list(session.scalars(query.order_by(Department.position, Department.name)))


def parts_on(session: Session, group: DepartmentGroup, day: date) -> Parts:
    """Give what a group is put together from on a day."""
    rows = list(session.scalars(select(GroupMember).where(GroupMember.group_id == group.id, _belongs(day))))
    return Parts(
        frozenset(row.department_id for row in rows if row.department_id is not None),
        frozenset(row.subgroup_id for row in rows if row.subgroup_id is not None),
        frozenset(row.under_id for row in rows if row.under_id is not None),
    )


def history(session: Session, group: DepartmentGroup) -> list[Membership]:
    """Give everything that ever belonged to a group or will, the newest first."""
    query = select(GroupMember).where(GroupMember.group_id == group.id)
    rows = sorted(session.scalars(query), key=lambda row: (row.since or date.min, row.id), reverse=True)
    return [_membership(session, row) for row in rows]


def _membership(session: Session, row: GroupMember) -> Membership:
    if row.subgroup_id is not None:
        return Membership("group", session.get_one(DepartmentGroup, row.subgroup_id).name, row.since, row.until)
    kind, key = ("under", row.under_id) if row.under_id is not None else ("department", row.department_id)
    return Membership(kind, session.get_one(Department, key).name, row.since, row.until)


#: Department, subgroup, under: one of the three is set.
_Key = tuple[UUID | None, UUID | None, UUID | None]


def _checked(session: Session, group: DepartmentGroup, parts: Parts) -> dict[_Key, str]:
    """Give every part of a group with its name. Raises NotFound, and Invalid where a group would hold itself."""
    wanted: dict[_Key, str] = {}
    for one in parts.departments:
        department = current(session, get_department(session, one))
        wanted[(department.id, None, None)] = department.name
    for one in parts.under:
        department = current(session, get_department(session, one))
        wanted[(None, None, department.id)] = f"{department.name} ↓"
    for one in parts.groups:
        inner = session.get(DepartmentGroup, one)
        if inner is None:
            raise NotFound(N_("There is no such group."))
        if group.id in _inside(session, inner.id):
            raise Invalid(N_("{inner} holds {group}, so {group} cannot hold {inner}."), inner=inner.name, group=group.name)
        wanted[(None, inner.id, None)] = inner.name
    return wanted


def _inside(session: Session, group_id: UUID) -> set[UUID]:
    """Give a group and all groups in it, on any day."""
    seen, waiting = {group_id}, [group_id]
    while waiting:
        query = select(GroupMember.subgroup_id).where(GroupMember.group_id.in_(waiting), GroupMember.subgroup_id.is_not(None))
        waiting = [one for one in session.scalars(query) if one is not None and one not in seen]
        seen.update(waiting)
    return seen


def _rewrite(session: Session, group_id: UUID, wanted: set[_Key], day: date) -> None:
    """Let exactly `wanted` belong from `day` on; what was before `day` stays."""
    for row in session.scalars(select(GroupMember).where(GroupMember.group_id == group_id)):
        key = (row.department_id, row.subgroup_id, row.under_id)
        if row.since is not None and row.since >= day:
            session.delete(row)
        elif row.until is None or row.until >= day:
            row.until = None if key in wanted else day
            wanted.discard(key)
    for department_id, subgroup_id, under_id in sorted(wanted, key=str):
        session.add(
            GroupMember(
                group_id=group_id, department_id=department_id, subgroup_id=subgroup_id, under_id=under_id, since=day
            )
        )


def _belongs(day: date) -> ColumnElement[bool]:
    started = or_(GroupMember.since.is_(None), GroupMember.since <= day)
    return started & or_(GroupMember.until.is_(None), GroupMember.until > day)


def groups_of(session: Session, department_id: UUID) -> Sequence[GroupMember]:
    """Give the memberships a department has itself that have not ended: now, or from a day to come."""
    query = select(GroupMember).where(
        or_(GroupMember.department_id == department_id, GroupMember.under_id == department_id), GroupMember.until.is_(None)
    )
    return list(session.scalars(query.order_by(GroupMember.id)))

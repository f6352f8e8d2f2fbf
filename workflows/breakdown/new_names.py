"""The departments a task table names: which of them the house knows, and taking in the others (新部门)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.unit_of_work import UnitOfWork
from models.people import Department, DepartmentAlias, DepartmentGroup, DepartmentGroupMember
from workflows.breakdown.shapes import BreakdownDocument, NamedDepartment
from workflows.departments import CHAIN, add_department, find_department

_PLACE = re.compile(r"^(?:[一-鿿]{2,3}(?:市|区|县|旗))?(?:省|市|区|县|局)?(?=[一-鿿]{3})")
_KIND = re.compile(r"(?:委员会|办公室|中心|大队|支队|局|委|办|部|科|处|股|室|站|所|院|会)$")
_INITIALS = 2


@dataclass(frozen=True)
class NewNames:
    """What the house does not know of a document.

    `departments`: names that would become new departments. `groups`: groups nobody has said the members of.
    `holders`: the names the house does know, each with the name of its department.
    """

    departments: tuple[str, ...]
    groups: tuple[str, ...]
    holders: Mapping[str, str]

    def knows(self, named: NamedDepartment) -> bool:
        """Say whether a department or group of the document is known already."""
        return named.canonical not in (self.groups if named.group else self.departments)


def new_names(session: Session, document: BreakdownDocument) -> NewNames:
    """Compare the names of a document with the departments, aliases and groups of the house, in three queries."""
    holders = _holders(session)
    with_members = exists().where(DepartmentGroupMember.group_id == DepartmentGroup.id)
    groups = set(session.scalars(select(DepartmentGroup.name).where(with_members)))
    departments: dict[str, None] = {}
    empty: dict[str, None] = {}
    for named in named_in(document):
        if named.group:
            if named.canonical not in groups:
                empty[named.canonical] = None
        elif named.canonical not in holders and named.name not in holders:
            departments[named.canonical] = None
    return NewNames(tuple(departments), tuple(empty), holders)


def likest(name: str, others: Iterable[str]) -> list[str]:
    """Give the names of departments that may be the same one: what tells them apart stands in the other name too.

    市教育局 is like 教育局, 司法局法律援助中心 like 法援中心; 财政局 is not like 教育局.
    """
    return [other for other in others if any(_alike(one, another) for one in _cores(name) for another in _cores(other))]


def known(session: Session, named: NamedDepartment) -> Department | None:
    """Find the department of ours that a table means."""
    return find_department(session, named.canonical) or find_department(session, named.name)


def meet_departments(unit: UnitOfWork, document: BreakdownDocument) -> None:
    """Add the departments and groups nobody knows yet, and remember the names the table writes for them."""
    for named in named_in(document):
        if named.group:
            _meet_group(unit, named)
            continue
        department = known(unit.session, named) or add_department(unit, named.canonical)
        if find_department(unit.session, named.name) is None:
            unit.session.add(
                DepartmentAlias(
                    name=named.name,
                    department_id=department.id,
                    confirmed_at=unit.now,
                    confirmed_by=unit.actor.id,
                )
            )
            unit.session.flush()
            unit.record(CHAIN, "department.alias_added", {"id": str(department.id), "alias": named.name})


def named_in(document: BreakdownDocument) -> Iterator[NamedDepartment]:
    """Give every department and group of a document, as often as it is named."""
    for table in document.tables:
        for row in table.rows:
            yield from row.departments


def _cores(name: str) -> set[str]:
    """Give what tells a department from others: without the kind after it, with and without the city before it."""
    plain = re.sub(r"[（()）\s]", "", name)
    return {core for one in (plain, _PLACE.sub("", plain)) if len(core := _KIND.sub("", one)) > 1}


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if short in long:
        return True
    signs = iter(long)
    return len(short) > _INITIALS and all(sign in signs for sign in short)


def _holders(session: Session) -> dict[str, str]:
    aliases = select(DepartmentAlias.name, Department.name).join(DepartmentAlias.department)
    holders = dict(iter(session.execute(aliases)))
    return {**holders, **{name: name for name in session.scalars(select(Department.name))}}


def _meet_group(unit: UnitOfWork, named: NamedDepartment) -> None:
    query = select(DepartmentGroup.id).where(DepartmentGroup.name == named.canonical)
    if unit.session.scalars(query).first() is None:
        unit.session.add(DepartmentGroup(name=named.canonical))
        unit.session.flush()
        unit.record(CHAIN, "department_group.set", {"group": named.canonical, "members": []})

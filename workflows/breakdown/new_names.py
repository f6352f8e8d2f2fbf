"""The departments a task table names: which of them the house knows, and taking in the others (新部门)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.unit_of_work import UnitOfWork
from models.people import Department, DepartmentAlias, DepartmentGroup, GroupMember
from workflows.breakdown.shapes import BreakdownDocument, NamedDepartment
from workflows.departments import CHAIN, add_alias, add_department, find_department
from workflows.departments.likeness import STRONG, likeness
from workflows.departments.suggestions import KnownNames


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
    with_members = exists().where(GroupMember.group_id == DepartmentGroup.id)
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
    """Give the names of departments that may be the same one, the likeliest first; `workflows.departments.likeness` says how."""
    found = [(like.score, other) for other in others if (like := likeness(name, other)) is not None]
    return [other for _, other in sorted(found, key=lambda one: -one[0])]


def known(session: Session, named: NamedDepartment) -> Department | None:
    """Find the department of ours that a table means."""
    return find_department(session, named.canonical) or find_department(session, named.name)


def meet_departments(unit: UnitOfWork, document: BreakdownDocument) -> None:
    """Add the departments and groups nobody knows yet, and remember the names the table writes for them.

    A name that is like a department of the house waits for a person to settle it: no department is added for it.
    """
    house = KnownNames(unit.session)
    for named in named_in(document):
        if named.group:
            _meet_group(unit, named)
            continue
        department = known(unit.session, named)
        if department is None and not house.suggest(named.canonical, weakest=STRONG):
            department = add_department(unit, named.canonical)
        if department is not None and find_department(unit.session, named.name) is None:
            add_alias(unit, department.id, named.name)


def named_in(document: BreakdownDocument) -> Iterator[NamedDepartment]:
    """Give every department and group of a document, as often as it is named."""
    for table in document.tables:
        for row in table.rows:
            yield from row.departments


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

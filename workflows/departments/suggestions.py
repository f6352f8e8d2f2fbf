"""Names nobody knows (陌生名称): which departments they may be, and what a person says to it. Nothing is taken silently."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from models.people import Department, RefusedAlias
from workflows.breakdown.shapes import BreakdownDocument
from workflows.breakdown.unit_names import read_units
from workflows.departments.aliases import add_alias, refuse_alias
from workflows.departments.likeness import STRONG, Likeness, Why, likeness
from workflows.departments.tree import add_department, find_department


@dataclass(frozen=True)
class Suggestion:
    """A department a name may mean, why, and how surely (0 to 1; from `STRONG` on a person has to look)."""

    department: Department
    why: Why
    score: float


@dataclass(frozen=True)
class UnknownName:
    """A name of a document nobody knows: how often it stands there, whom it may mean, which other new names are like it."""

    name: str
    count: int
    suggestions: tuple[Suggestion, ...]
    alike: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Say whether a person has to settle it: it is not a new department as a matter of course."""
        return any(one.score >= STRONG for one in self.suggestions)


class KnownNames:
    """All departments with every name they answer to, read once; asks nothing more of the database."""

    def __init__(self, session: Session) -> None:
        query = select(Department).options(selectinload(Department.aliases)).where(Department.active)
        self.departments: Sequence[Department] = list(session.scalars(query.order_by(Department.position)))
        self.refused = {(one.name, one.department_id) for one in session.scalars(select(RefusedAlias))}

    def suggest(self, name: str, *, weakest: float = 0.0) -> list[Suggestion]:
        """Give the departments a name may mean, the likeliest first; none that were refused for it."""
        found = []
        for department in self.departments:
            best = _best(name, department)
            if best is not None and best.score >= weakest and (name, department.id) not in self.refused:
                found.append(Suggestion(department, best.why, best.score))
        return sorted(found, key=lambda one: -one.score)


def suggest(session: Session, name: str) -> list[Suggestion]:
    """Give the departments a name nobody knows may mean, the likeliest first; empty where the name is known."""
    return [] if find_department(session, name) is not None else KnownNames(session).suggest(name)


def unknown_names(session: Session, document: BreakdownDocument) -> list[UnknownName]:
    """Give the names of departments in a document that nobody knows, in reading order. Groups are not among them."""
    counts: dict[str, int] = {}
    for named in (one for table in document.tables for row in table.rows for one in row.departments):
        known = find_department(session, named.canonical) or find_department(session, named.name)
        if not named.group and known is None:
            counts[named.canonical] = counts.get(named.canonical, 0) + 1
    names = KnownNames(session)
    return [
        UnknownName(name, count, tuple(names.suggest(name)), tuple(_alike(name, counts)))
        for name, count in counts.items()
    ]


def settle_name(unit: UnitOfWork, name: str, department_id: UUID | None) -> Department:
    """Say which department a name means, or (None) that it is a new one; those suggested are then refused for it.

    Raises Invalid where a department answers to the name already, or it is the name of a person.
    """
    clean = name.strip()
    if department_id is not None:
        add_alias(unit, department_id, clean)
        return unit.session.get_one(Department, department_id)
    if clean and not read_units(clean).departments:
        raise Invalid(N_("{name} is the name of a person. Choose the department the person belongs to."), name=clean)
    others = KnownNames(unit.session).suggest(clean)
    made = add_department(unit, clean)
    for one in others:
        refuse_alias(unit, one.department.id, clean)
    return made


def _best(name: str, department: Department) -> Likeness | None:
    own = (likeness(name, one) for one in (department.name, *(alias.name for alias in department.aliases)))
    return max((one for one in own if one is not None), key=lambda one: one.score, default=None)


def _alike(name: str, others: Iterable[str]) -> list[str]:
    found = ((one, likeness(name, one)) for one in others if one != name)
    return [one for one, like in found if like is not None and like.score >= STRONG]

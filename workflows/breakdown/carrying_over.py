"""Carry over (沿用): what people settled for a rule last year, taken to the rule it became, pair by pair and by choice.

Departments: which department a name of the table means. Requirements: what is counted, by name, notes, and demands
people added themselves; figures stay those of the new table. Evidence is never carried over (see
`workflows.evidence.last_year`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from models.breakdown import Requirement, Rule, RuleDepartment
from models.editions import Edition, PairState, RulePair
from models.evidence import Assignment, AssignmentState
from models.people import Department
from workflows.breakdown.edition_matching import plain_text
from workflows.breakdown.editions import chain_of, get_pair, locked_edition
from workflows.breakdown.requirements import add_requirement, change_requirement, requirements_of
from workflows.breakdown.wording import Wording, wording_of
from workflows.departments import current, find_department
from workflows.departments.likeness import STRONG, likeness

_KIND, _PER, _FIELDS, _PHRASE = 4.0, 2.0, 1.0, 2.0


@dataclass(frozen=True)
class Carried:
    """How many names of departments were matched, and how many requirements changed or added."""

    departments: int
    requirements: int


@dataclass(frozen=True)
class AllCarried:
    """What was carried over for all pairs: how many pairs had something, how many were left out, and the sums."""

    pairs: int
    left_out: int
    departments: int
    requirements: int


@dataclass(frozen=True)
class Choice:
    """What of a pair is carried over, and the reason the record of each requirement keeps."""

    departments: bool
    requirements: bool
    reason: str


def carry_over(unit: UnitOfWork, edition_id: UUID, pair_id: UUID, choice: Choice) -> Carried:
    """Carry over what a pair has from the older rule to the newer one; a second time adds nothing.

    Where there is nothing to carry over, nothing is recorded and the pair may still be parted. Raises Invalid when nothing is chosen, Conflict for a pair nobody has confirmed or a case that is assigned already
    (departments), and what changing a requirement raises.
    """
    _check(choice)
    edition = locked_edition(unit, edition_id)
    pair = get_pair(unit.session, edition, pair_id)
    if pair.state != PairState.CONFIRMED:
        raise Conflict(N_("Confirm first that the two rules are one, then carry over."))
    done = _carried(unit, pair, choice)
    _record(unit, edition, pair, choice, done)
    return done


def carry_over_all(unit: UnitOfWork, edition_id: UUID, choice: Choice) -> AllCarried:
    """Carry over what every confirmed pair has, as long as its new case is not assigned; the others are left out.

    Raises NotFound, and Invalid when nothing is chosen.
    """
    _check(choice)
    edition = locked_edition(unit, edition_id)
    query = (
        select(RulePair, Assignment.state)
        .join(Assignment, Assignment.rule_id == RulePair.newer_rule_id)
        .where(RulePair.edition_id == edition.id, RulePair.state == PairState.CONFIRMED)
        .order_by(Assignment.no)
    )
    found = [(pair, state) for pair, state in unit.session.execute(query)]
    open_pairs = [pair for pair, state in found if state == AssignmentState.NOT_ASSIGNED]
    done = [(pair, _carried(unit, pair, choice)) for pair in open_pairs]
    # The chain of the campaign last: two people at it at once take the chains in one order.
    for pair, carried in done:
        _record(unit, edition, pair, choice, carried)
    return AllCarried(
        sum(carried != Carried(0, 0) for _, carried in done),
        len(found) - len(open_pairs),
        sum(carried.departments for _, carried in done),
        sum(carried.requirements for _, carried in done),
    )


def _check(choice: Choice) -> None:
    if not (choice.departments or choice.requirements):
        raise Invalid(N_("Choose what to carry over: departments, requirements or both."))


def _carried(unit: UnitOfWork, pair: RulePair, choice: Choice) -> Carried:
    departments = _departments(unit, pair) if choice.departments else 0
    requirements = _requirements(unit, pair, choice.reason) if choice.requirements else 0
    return Carried(departments, requirements)


def _record(unit: UnitOfWork, edition: Edition, pair: RulePair, choice: Choice, done: Carried) -> None:
    if done == Carried(0, 0):
        return
    details = {
        "edition": str(edition.id), "older": str(pair.older_rule_id), "newer": str(pair.newer_rule_id),
        "departments": done.departments if choice.departments else None,
        "requirements": done.requirements if choice.requirements else None,
    }  # fmt: skip
    unit.record(chain_of(edition), "rule_pair.carried_over", details)


def paired_requirements(older: Sequence[Requirement], newer: Sequence[Requirement]) -> list[tuple[Requirement, Requirement]]:
    """Match requirements of one kind, one to one, those first that count the same thing and stand on like words."""
    scored = [
        (-_like(old, new), place, other, old, new)
        for place, old in enumerate(older)
        for other, new in enumerate(newer)
        if old.kind == new.kind
    ]
    pairs: list[tuple[Requirement, Requirement]] = []
    taken: set[UUID] = set()
    for *_, old, new in sorted(scored, key=lambda one: one[:3]):
        if old.id not in taken and new.id not in taken:
            pairs.append((old, new))
            taken |= {old.id, new.id}
    return pairs


def _like(old: Requirement, new: Requirement) -> float:
    one, two = set(plain_text(old.source_phrase)), set(plain_text(new.source_phrase))
    phrase = len(one & two) / len(one | two) if one | two else 1.0
    same = ((_KIND, old.kind == new.kind), (_PER, old.per == new.per), (_FIELDS, old.fields == new.fields))
    return sum(weight for weight, holds in same if holds) + _PHRASE * phrase


def _departments(unit: UnitOfWork, pair: RulePair) -> int:
    query = select(Assignment).where(Assignment.rule_id == pair.newer_rule_id)
    case = unit.session.scalars(query).one_or_none()
    if case is not None and case.state != AssignmentState.NOT_ASSIGNED:
        raise Conflict(N_("{no} is assigned already; its departments are settled."), no=case.no)
    found = _settled_departments(unit.session, pair.older_rule, pair.newer_rule)
    pair.departments_carried = pair.departments_carried or found > 0
    return found


def _settled_departments(session: Session, older: Rule, newer: Rule) -> int:
    if not newer.departments:
        newer.departments = [_copied(session, one) for one in older.departments]
        return len(newer.departments)
    known = {one.canonical: one for one in older.departments if not one.is_group and _meant(session, one) is not None}
    found = 0
    for named in newer.departments:
        former = None if named.is_group or _meant(session, named) else _former(named, known)
        if former is not None:
            named.department = _meant(session, former)
            found += 1
    return found


def _meant(session: Session, named: RuleDepartment) -> Department | None:
    department = named.department or find_department(session, named.canonical) or find_department(session, named.name)
    return None if department is None else current(session, department)


def _former(named: RuleDepartment, known: dict[str, RuleDepartment]) -> RuleDepartment | None:
    """Give whom the older rule named so, or nearly so."""
    if named.canonical in known:
        return known[named.canonical]
    like = [(found.score, one) for name, one in known.items() if (found := likeness(named.canonical, name)) is not None]
    best = max(like, key=lambda one: one[0], default=None)
    return best[1] if best is not None and best[0] >= STRONG else None


def _copied(session: Session, named: RuleDepartment) -> RuleDepartment:
    return RuleDepartment(
        position=named.position,
        name=named.name,
        canonical=named.canonical,
        role=named.role,
        is_group=named.is_group,
        department=None if named.is_group else _meant(session, named),
    )


def _requirements(unit: UnitOfWork, pair: RulePair, reason: str) -> int:
    older, newer = requirements_of(unit.session, pair.older_rule_id), requirements_of(unit.session, pair.newer_rule_id)
    pairs = paired_requirements(older, newer)
    met = {old.id for old, _ in pairs}
    changed = sum(_completed(unit, old, new, reason) for old, new in pairs)
    for old in older:
        if old.id not in met and old.origin == "person":
            new = add_requirement(unit, pair.newer_rule_id, _standing_free(pair.newer_rule, wording_of(old)))
            pairs.append((old, new))
            changed += 1
    if changed:
        pair.requirements = [{"older": str(old.id), "newer": str(new.id)} for old, new in pairs]
        pair.requirements_carried = True
    return changed


def _completed(unit: UnitOfWork, old: Requirement, new: Requirement, reason: str) -> bool:
    """Put in what people had listed or noted last year and nobody has said this year."""
    now, former = wording_of(new), wording_of(old)
    wanted = replace(now, subjects=now.subjects or (former.subjects if now.per else ()), note=now.note or former.note)
    if wanted == now:
        return False
    change_requirement(unit, new.id, wanted, reason, new.changed_at)
    return True


def _standing_free(rule: Rule, wording: Wording) -> Wording:
    """Leave out the words of last year's table where they stand in this year's no more, and whom it was asked of."""
    stands = wording.phrase in rule.text or wording.phrase in rule.advice
    return replace(wording, phrase=wording.phrase if stands else "", department_id=None)

"""The requirements of a rule as they stand now; and the creation office that adds, changes, removes and restores them.

Each change is one event on the chain of the case, with what stood before and after. What a department handed in is
decided on as it was asked for then: rounds keep their snapshot, and what is approved can no longer be asked
differently. Evidence filed under a removed requirement stays, unfiled; restored, the requirement has it again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.breakdown import Requirement, Rule
from models.evidence import Assignment, AssignmentState, Contribution, ContributionState
from models.people import Department, Role
from workflows.breakdown.wording import MAX_NOTE, Wording, checked, wording_of
from workflows.lifecycle.words import case_chain

_OVER = frozenset({AssignmentState.ARCHIVING, AssignmentState.ARCHIVED, AssignmentState.CLOSED})


def requirements_of(session: Session, rule_id: UUID, department_id: UUID | None = None) -> list[Requirement]:
    """Give the requirements of a rule that have not been removed, in their order.

    With `department_id`: those asked of that department and those asked of every department of the case.
    """
    query = select(Requirement).where(Requirement.rule_id == rule_id, Requirement.removed_at.is_(None))
    if department_id is not None:
        query = query.where(or_(Requirement.department_id.is_(None), Requirement.department_id == department_id))
    return list(session.scalars(query.order_by(Requirement.position, Requirement.id)))


def removed_of(session: Session, rule_id: UUID) -> list[Requirement]:
    """Give the requirements of a rule that were removed, the last removed first."""
    query = select(Requirement).where(Requirement.rule_id == rule_id, Requirement.removed_at.is_not(None))
    return list(session.scalars(query.order_by(Requirement.removed_at.desc(), Requirement.id)))


def add_requirement(unit: UnitOfWork, rule_id: UUID, wording: Wording) -> Requirement:
    """Ask for something more. Raises Forbidden, NotFound, Invalid, and Conflict once a part it is asked of is approved."""
    case = _case(unit, rule_id)
    asked = checked(wording)
    phrase, scope = _standing_on(case.rule, asked.phrase)
    _check_department(unit, case, asked)
    _check_undecided(unit, case, asked.department_id)
    last = unit.session.scalar(select(func.max(Requirement.position)).where(Requirement.rule_id == rule_id))
    added = Requirement(
        rule_id=rule_id, position=0 if last is None else last + 1, origin="person", source_phrase=phrase, scope=scope,
        created_at=unit.now, created_by=unit.actor.id,
    )  # fmt: skip
    _write(added, asked)
    unit.session.add(added)
    unit.session.flush()
    _record(unit, case, "requirement.added", added, {"after": asked.as_details(), "phrase": phrase})
    return added


def change_requirement(
    unit: UnitOfWork, requirement_id: UUID, wording: Wording, reason: str, seen: datetime | None = None
) -> Requirement:
    """Ask for something differently. `seen`: when the wording that was looked at had last been changed, None for never.

    Raises as `add_requirement`, Invalid where nothing differs or no reason is given, and Conflict where somebody else
    changed it since, or it was removed.
    """
    case, stored = _stored(unit, requirement_id)
    if stored.removed_at is not None or stored.changed_at != seen:
        raise Conflict(N_("This requirement has been changed since you opened the page. Look at it as it stands now."))
    why = _reason(reason, N_("Say why it is changed; departments and auditors read it."))
    before, after = wording_of(stored), checked(wording)
    if before == after:
        raise Invalid(N_("Nothing is different from what is asked already."))
    _check_department(unit, case, after)
    for department_id in {before.department_id, after.department_id}:
        _check_undecided(unit, case, department_id)
    _write(stored, after)
    stored.changed_at, stored.changed_by = unit.now, unit.actor.id
    details = {"before": before.as_details(), "after": after.as_details(), "reason": why}
    _record(unit, case, "requirement.changed", stored, details)
    return stored


def remove_requirement(unit: UnitOfWork, requirement_id: UUID, reason: str) -> None:
    """Ask for something no longer; what is filed under it stays, unfiled. Raises as `change_requirement`."""
    case, stored = _stored(unit, requirement_id)
    if stored.removed_at is not None:
        raise Conflict(N_("This requirement is removed already."))
    why = _reason(reason, N_("Say why it is removed; departments and auditors read it."))
    _check_undecided(unit, case, stored.department_id)
    stored.removed_at, stored.removed_by = unit.now, unit.actor.id
    _record(unit, case, "requirement.removed", stored, {"before": wording_of(stored).as_details(), "reason": why})


def restore_requirement(unit: UnitOfWork, requirement_id: UUID) -> None:
    """Ask for something again that was removed; what was filed under it is filed again. Raises as `remove_requirement`."""
    case, stored = _stored(unit, requirement_id)
    if stored.removed_at is None:
        raise Conflict(N_("This requirement is not removed."))
    _check_undecided(unit, case, stored.department_id)
    stored.removed_at = stored.removed_by = None
    _record(unit, case, "requirement.restored", stored, {"after": wording_of(stored).as_details()})


def _case(unit: UnitOfWork, rule_id: UUID) -> Assignment:
    """Lock the case of a rule while it may still be asked for differently."""
    if not unit.actor.holds(Role.CREATION_OFFICE):
        raise Forbidden(N_("Only the creation office says what evidence a case needs."))
    query = select(Assignment).where(Assignment.rule_id == rule_id).with_for_update(of=Assignment)
    case = unit.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if case is None:
        raise NotFound(N_("There is no such case."))
    if case.state in _OVER:
        raise Conflict(N_("{no} is decided. What it was decided on stays as it was asked for."), no=case.no)
    return case


def _stored(unit: UnitOfWork, requirement_id: UUID) -> tuple[Assignment, Requirement]:
    stored = unit.session.get(Requirement, requirement_id)
    if stored is None:
        raise NotFound(N_("There is no such requirement in this case."))
    case = _case(unit, stored.rule_id)
    # Read again under the lock of the case: somebody else may have been quicker.
    unit.session.refresh(stored)
    return case, stored


def _check_department(unit: UnitOfWork, case: Assignment, asked: Wording) -> None:
    if asked.department_id is None:
        return
    department = unit.session.get(Department, asked.department_id)
    if department is None or not department.active:
        raise Invalid(N_("There is no such department. Choose one from the list."))
    taking_part = {one.department_id for one in case.contributions}
    if taking_part and department.id not in taking_part:
        raise Invalid(N_("{name} takes no part in this case. Choose a department of the case."), name=department.name)


def _check_undecided(unit: UnitOfWork, case: Assignment, department_id: UUID | None) -> None:
    query = select(Contribution).where(Contribution.assignment_id == case.id, Contribution.state == ContributionState.APPROVED)
    if department_id is not None:
        query = query.where(Contribution.department_id == department_id)
    approved = unit.session.scalars(query.limit(1)).first()
    if approved is not None:
        message = N_("What {name} handed in is approved. What it was decided on stays as it was asked for.")
        raise Conflict(message, name=approved.department.name)


def _standing_on(rule: Rule, phrase: str) -> tuple[str, str]:
    """Give the words of the table a requirement stands on, and where; none for what people add of their own."""
    words = phrase.strip()
    if not words or words in rule.text:
        return words, "rule"
    if words in rule.advice:
        return words, "cell"
    raise Invalid(N_("“{phrase}” does not stand in the table so. Copy the words, or leave the field empty."), phrase=words[:40])


def _reason(reason: str, missing: str) -> str:
    why = reason.strip()
    if not why:
        raise Invalid(missing)
    if len(why) > MAX_NOTE:
        raise Invalid(N_("The reason is longer than 1,000 characters. Shorten it."))
    return why


def _write(stored: Requirement, asked: Wording) -> None:
    stored.kind, stored.value, stored.upper, stored.unit = asked.kind, asked.value, asked.upper, asked.unit
    stored.bound, stored.per, stored.period, stored.deadline = asked.bound, asked.per, asked.period, asked.deadline
    stored.fields, stored.subjects = list(asked.fields), list(asked.subjects)
    stored.department_id, stored.note = asked.department_id, asked.note


def _record(unit: UnitOfWork, case: Assignment, action: str, stored: Requirement, details: dict[str, Any]) -> None:
    scoped = {} if stored.department_id is None else {"department": str(stored.department_id)}
    unit.record(case_chain(case.no), action, {"requirement": str(stored.id), **scoped, **details})

"""Excuse (免除): the creation office excuses a department from a requirement of a case, with a reason; or no longer.

A department asks to be excused from what it cannot deliver (`drafts.waive`). What a department may not excuse itself
from, an event outside the campaign or a file handed in before, only the office can.
"""

from uuid import UUID

from sqlalchemy import select

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.breakdown import Requirement
from models.evidence import Assignment, Contribution, ContributionState, Waiver
from models.people import Role
from workflows.evidence.drafts import check_length
from workflows.lifecycle.words import case_chain

_GATHERING = frozenset({ContributionState.COLLECTING, ContributionState.RETURNED})


def excuse(unit: UnitOfWork, contribution_id: UUID, requirement_id: UUID, reason: str) -> Waiver:
    """Excuse a department from one requirement while it gathers. Raises Forbidden, NotFound, Conflict, Invalid."""
    contribution = _part(unit, contribution_id, requirement_id)
    why = reason.strip()
    if not why:
        raise Invalid(N_("Say why this need not be delivered; departments and auditors read it."))
    check_length(why)
    waiver = unit.session.get(Waiver, (contribution_id, requirement_id))
    if waiver is None:
        waiver = Waiver(contribution_id=contribution_id, requirement_id=requirement_id)
        unit.session.add(waiver)
    waiver.reason, waiver.by_office = why, True
    waiver.created_at, waiver.created_by = unit.now, _person(unit)
    _record(unit, contribution, "requirement.excused", {"requirement": str(requirement_id), "reason": why})
    return waiver


def end_excuse(unit: UnitOfWork, contribution_id: UUID, requirement_id: UUID) -> None:
    """Take an excuse of the office back while the department gathers. Raises as `excuse`."""
    contribution = _part(unit, contribution_id, requirement_id)
    waiver = unit.session.get(Waiver, (contribution_id, requirement_id))
    if waiver is None or not waiver.by_office:
        raise NotFound(N_("The office has not excused anybody from this."))
    unit.session.delete(waiver)
    _record(unit, contribution, "requirement.excuse_ended", {"requirement": str(requirement_id)})


def _part(unit: UnitOfWork, contribution_id: UUID, requirement_id: UUID) -> Contribution:
    if not unit.actor.holds(Role.CREATION_OFFICE):
        raise Forbidden(N_("Only the creation office excuses a department from a requirement."))
    query = select(Assignment).join(Contribution).where(Contribution.id == contribution_id).with_for_update(of=Assignment)
    assignment = unit.session.scalars(query).one_or_none()
    requirement = unit.session.get(Requirement, requirement_id)
    if assignment is None or requirement is None or requirement.rule_id != assignment.rule_id:
        raise NotFound(N_("There is no such requirement in this case."))
    contribution = unit.session.get_one(Contribution, contribution_id, populate_existing=True)
    if contribution.state not in _GATHERING:
        raise Conflict(N_("The department has handed in. What it handed in is decided on as it is; return it first."))
    return contribution


def _person(unit: UnitOfWork) -> UUID:
    if unit.actor.id is None:
        message = "excuses are given by people"
        raise TypeError(message)
    return unit.actor.id


def _record(unit: UnitOfWork, contribution: Contribution, action: str, details: dict[str, str]) -> None:
    scoped = {"department": str(contribution.department_id), **details}
    unit.record(case_chain(contribution.assignment.no), action, scoped)

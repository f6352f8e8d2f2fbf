"""Lead and assist (牵头、配合): the department that leads sees the parts of those that assist, and hands in after them.

It may go on without one of them, for a reason that reviewers and the record keep.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import process
from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.evidence import Assignment, Contribution, ContributionState, PartWaiver
from workflows.evidence.drafts import check_length
from workflows.lifecycle.cases import case_of, contribution_of
from workflows.lifecycle.words import ASSIST, LEAD, Step, case_chain

_NOT_IN = frozenset({ContributionState.COLLECTING, ContributionState.RETURNED})


class AssistantsMissing(Conflict):
    """Departments that assist have not handed in, and nobody has said why the lead goes on without them."""


def assisting(session: Session, contribution: Contribution) -> Sequence[Contribution]:
    """Give the parts of the departments that assist this one; none where it does not lead."""
    if contribution.role != LEAD:
        return ()
    query = select(Contribution).where(
        Contribution.assignment_id == contribution.assignment_id, Contribution.role == ASSIST
    )
    return list(session.scalars(query.order_by(Contribution.position)))


def is_in(contribution: Contribution) -> bool:
    """Say whether a department has handed in its part, as it stands now."""
    return contribution.state not in _NOT_IN


def gone_without(session: Session, contribution_id: UUID) -> PartWaiver | None:
    """Give why the lead goes on without a part; None where it does not."""
    return session.get(PartWaiver, contribution_id)


def check_assistants(session: Session, contribution: Contribution) -> None:
    """Refuse that the lead hands in while departments that assist have not. Raises AssistantsMissing, naming them."""
    missing = [
        one.department.name
        for one in assisting(session, contribution)
        if not is_in(one) and gone_without(session, one.id) is None
    ]
    if missing:
        raise AssistantsMissing(
            N_("{names} assist and have not handed in yet. Wait for them, or say why you go on without them."),
            names="、".join(missing),
        )


def go_without(unit: UnitOfWork, item_id: int, contribution_id: UUID, reason: str) -> None:
    """Let the lead of an open collect step go on without the part of one that assists.

    Raises Invalid without a reason, Conflict when the part is there, NotFound when it assists nobody here.
    """
    assignment, part = _part(unit, item_id, contribution_id)
    why = reason.strip()
    if not why:
        raise Invalid(N_("Say why you go on without {name}; reviewers read it."), name=part.department.name)
    check_length(why)
    if is_in(part):
        raise Conflict(N_("{name} has handed in; its part is there."), name=part.department.name)
    waiver = gone_without(unit.session, part.id)
    if waiver is None:
        waiver = PartWaiver(contribution_id=part.id)
        unit.session.add(waiver)
    waiver.reason, waiver.waived_at, waiver.waived_by = why, unit.now, _person(unit)
    details = {"department": str(part.department_id), "reason": why}
    unit.record(case_chain(assignment.no), "part.gone_without", details)


def wait_again(unit: UnitOfWork, item_id: int, contribution_id: UUID) -> None:
    """Let the lead wait for a part after all. Raises NotFound when it did not go on without it."""
    assignment, part = _part(unit, item_id, contribution_id)
    waiver = gone_without(unit.session, part.id)
    if waiver is None:
        raise NotFound(N_("You are waiting for {name} already."), name=part.department.name)
    unit.session.delete(waiver)
    unit.record(case_chain(assignment.no), "part.waited_for", {"department": str(part.department_id)})


def _part(unit: UnitOfWork, item_id: int, contribution_id: UUID) -> tuple[Assignment, Contribution]:
    item = process.take(unit, item_id)
    if item.element != Step.COLLECT:
        raise Invalid(N_("Evidence can be changed only while it is being collected."))
    assignment = case_of(unit.session, item)
    lead = contribution_of(unit.session, assignment, item)
    found = [one for one in assisting(unit.session, lead) if one.id == contribution_id]
    if not found:
        raise NotFound(N_("This department does not assist yours in this case."))
    return assignment, found[0]


def _person(unit: UnitOfWork) -> UUID:
    if unit.actor.id is None:
        message = "a part is waived by a person"
        raise TypeError(message)
    return unit.actor.id

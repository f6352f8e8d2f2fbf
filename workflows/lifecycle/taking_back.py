"""Withdraw (撤回): a department takes its round back until the reviewer has opened it.

The round stays in the history as it was handed in; the next one gets the next number. A decision is signed, so it
is not taken back: whoever has the case next returns it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict, Refused
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs import withdrawing
from models.evidence import Assignment, Contribution, ContributionState, Decision, Submission
from models.process import WorkItem
from workflows.lifecycle import states
from workflows.lifecycle.cases import case_of, contribution_of, item_in
from workflows.lifecycle.words import Outcome, Step


def withdraw(unit: UnitOfWork, item_id: int, reason: str = "") -> Assignment:
    """Take back the round handed in by a finished collect step, and go on collecting.

    Raises Forbidden for anybody but who handed it in, Conflict when the reviewer has opened it, or for a decision.
    """
    item = item_in(unit.session, item_id)
    _check_round(item)
    withdrawing.withdraw(unit, item_id, reason)
    assignment = case_of(unit.session, item)
    contribution = contribution_of(unit.session, assignment, item)
    contribution.state = _state_before(unit.session, contribution)
    states.refresh(unit, assignment)
    return assignment


def may_withdraw(session: Session, actor: Actor, item: WorkItem) -> Refused | None:
    """Say why this person may not take a round back, or None: the page asks what the verb enforces."""
    try:
        _check_round(item)
    except Conflict as refused:
        return refused
    return withdrawing.may_withdraw(session, actor, item)


def _check_round(item: WorkItem) -> None:
    if item.element != Step.COLLECT:
        raise Conflict(N_("A decision is signed and stands. Ask whoever has the case now to return it."))


def _state_before(session: Session, contribution: Contribution) -> ContributionState:
    """Give where a department stood before its last round: with a return to answer, or not."""
    returns = (
        select(Decision.id)
        .join(Submission)
        .where(Submission.contribution_id == contribution.id, Decision.outcome == Outcome.RETURN)
        .limit(1)
    )
    return ContributionState.COLLECTING if session.scalar(returns) is None else ContributionState.RETURNED

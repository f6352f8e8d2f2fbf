"""Viewed (已看): which files of a round its reviewers have opened, once for each person and file."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from engine.unit_of_work import UnitOfWork
from models.completeness import EvidenceViewed
from models.evidence import Contribution, ContributionState, Evidence, Submission
from workflows.lifecycle.words import case_chain

_DECIDED_NOW = frozenset({ContributionState.IN_REVIEW, ContributionState.REVIEWED})


@dataclass(frozen=True)
class Viewed:
    """How much of a round somebody has opened: 已看 5/7, and which."""

    opened: int
    total: int
    evidence: frozenset[UUID]


def view(unit: UnitOfWork, evidence_id: UUID) -> bool:
    """Note that this person opened a file of the round that waits for a decision. Says whether it was the first time.

    Nothing is noted for a file that is not in a round being decided on, or for who handed it in.
    """
    submission = _waiting(unit.session, evidence_id)
    if submission is None or unit.actor.id is None or submission.submitted_by == unit.actor.id:
        return False
    values = {"submission_id": submission.id, "evidence_id": evidence_id, "person_id": unit.actor.id, "viewed_at": unit.now}
    statement = insert(EvidenceViewed).values(values).on_conflict_do_nothing().returning(EvidenceViewed.evidence_id)
    if unit.session.execute(statement).first() is None:
        return False
    part = submission.contribution
    details = {
        "department": str(part.department_id), "submission": str(submission.id), "evidence": str(evidence_id), "round": submission.round,
    }  # fmt: skip
    unit.record(case_chain(part.assignment.no), "evidence.viewed", details)
    return True


def seen_already(session: Session, person_id: UUID, evidence_id: UUID) -> bool:
    """Say whether there is nothing to note: asked before a command is begun, because a picture is asked for often."""
    submission = _waiting(session, evidence_id)
    if submission is None or submission.submitted_by == person_id:
        return True
    return session.get(EvidenceViewed, (submission.id, evidence_id, person_id)) is not None


def viewed(session: Session, submission: Submission, person_id: UUID) -> Viewed:
    """Say how much of a round a person has opened."""
    own = select(EvidenceViewed.evidence_id).where(
        EvidenceViewed.submission_id == submission.id, EvidenceViewed.person_id == person_id
    )
    return _of(submission, set(session.scalars(own)))


def viewed_by_anybody(session: Session, submission: Submission) -> dict[UUID, Viewed]:
    """Say how much of a round each of those who opened anything has opened, by person."""
    opened: dict[UUID, set[UUID]] = {}
    for one in session.scalars(select(EvidenceViewed).where(EvidenceViewed.submission_id == submission.id)):
        opened.setdefault(one.person_id, set()).add(one.evidence_id)
    return {person: _of(submission, found) for person, found in opened.items()}


def _of(submission: Submission, opened: Collection[UUID]) -> Viewed:
    handed_in = {UUID(one["id"]) for one in submission.snapshot["evidence"]}
    seen = frozenset(handed_in & set(opened))
    return Viewed(len(seen), len(handed_in), seen)


def _waiting(session: Session, evidence_id: UUID) -> Submission | None:
    """Give the round that waits for a decision and holds this file."""
    query = (
        select(Submission)
        .join(Contribution)
        .join(Evidence, Evidence.contribution_id == Contribution.id)
        .where(Evidence.id == evidence_id, Submission.round == Contribution.round, Contribution.state.in_(_DECIDED_NOW))
    )
    submission = session.scalars(query).one_or_none()
    held = submission is not None and any(one["id"] == str(evidence_id) for one in submission.snapshot["evidence"])
    return submission if held else None

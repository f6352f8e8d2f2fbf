"""What of a case a reader may see: each department's part with the round that lies on the table.

The people of a department see their draft while they collect; everybody else sees what was last handed in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.unit_of_work import Actor
from models.breakdown import Requirement
from models.evidence import Assignment, Contribution, ContributionState, Decision, StoredFile, Submission
from models.people import Person
from models.photos import FileText
from web import moments, words
from web.names_then import named
from web.session import now
from workflows.evidence.gathering import checks_for, current_evidence
from workflows.lifecycle.collect import frozen
from workflows.lifecycle.rounds import Change, Frozen, Point, compare, points
from workflows.lifecycle.viewing import Viewed, viewed
from workflows.lifecycle.words import Outcome
from workflows.visibility import departments_of, visible_contributions

_DRAFTING = frozenset({ContributionState.COLLECTING, ContributionState.RETURNED})
_WORDED = frozenset({"pdf", "document", "text"})


@dataclass(frozen=True)
class Checked:
    """One requirement as it stands: `sentence` is a msgid filled with `params`."""

    requirement_id: UUID
    state: str
    needed: str
    have: str
    sentence: str
    params: Mapping[str, object]


@dataclass(frozen=True)
class Part:
    """One department's part: the round shown (None: a draft, or nothing yet), its pieces and checks, the round before.

    `changes` and `points` are empty where there is no round before; `points` are those of the last return.
    """

    contribution: Contribution
    shown: Submission | None
    pieces: tuple[Frozen, ...]
    checks: tuple[Checked, ...]
    former: Submission | None
    changes: tuple[Change, ...]
    points: tuple[Point, ...]
    draft: bool

    @property
    def department(self) -> str:
        """Its department as it was called when the round shown was handed in; see `web.names_then.named`."""
        return named(self.contribution.department, self.shown.submitted_at if self.shown is not None else None)


@dataclass(frozen=True)
class CaseParts:
    """The visible parts of a case, with the names, requirements and files that stand in them.

    `texts`: the words of documents that were exchanged since the round before, by digest; `viewed`: what this reader has
    opened of the rounds shown, by round.
    """

    parts: tuple[Part, ...]
    requirements: Mapping[UUID, Requirement]
    files: Mapping[str, StoredFile]
    people: Mapping[UUID, str]
    texts: Mapping[str, str]
    viewed: Mapping[UUID, Viewed]


def read(session: Session, actor: Actor, assignment: Assignment) -> CaseParts:
    """Read the parts of a visible case this actor may see."""
    contributions = visible_contributions(actor, assignment)
    requirements = {one.id: one for one in _requirements(session, assignment)}
    rounds = _rounds(session, [one.id for one in contributions])
    own = departments_of(actor)
    parts = tuple(
        _part(session, one, rounds[one.id], requirements, draft=one.department_id in own and one.state in _DRAFTING)
        for one in contributions
    )
    digests = {str(piece["sha256"]) for part in parts for piece in _all_pieces(part)}
    shown = [part.shown for part in parts if part.shown is not None]
    return CaseParts(
        parts,
        requirements,
        _files(session, digests),
        _people(session, parts),
        _texts(session, parts),
        {one.id: viewed(session, one, actor.id) for one in shown} if actor.id is not None else {},
    )


def phrase_of(requirement: Requirement) -> str:
    """Give the words a return names a requirement by: those of the task table, as the dossier prints them."""
    return requirement.source_phrase.strip() or words.requirement_name(requirement)


def named_by(text: str, requirements: Iterable[Requirement]) -> frozenset[str]:
    """Give the ids of the requirements that a text of a return stands for."""
    return frozenset(
        str(one.id) for one in requirements if text in {phrase_of(one), str(one.id), words.requirement_name(one)}
    )


def returned_by(submission: Submission) -> Decision | None:
    """Give the last decision that sent a round back, or None."""
    returns = [one for one in submission.decisions if one.outcome == Outcome.RETURN]
    return returns[-1] if returns else None


def _part(
    session: Session,
    contribution: Contribution,
    rounds: Sequence[Submission],
    requirements: Mapping[UUID, Requirement],
    *,
    draft: bool,
) -> Part:
    shown = None if draft or not rounds else rounds[0]
    earlier = rounds if shown is None else rounds[1:]
    former = earlier[0] if earlier else None
    if shown is not None:
        pieces, checks = tuple(shown.snapshot["evidence"]), tuple(_kept(one) for one in shown.snapshot["checks"])
    elif draft:
        pieces, checks = _draft(session, contribution)
    else:
        pieces, checks = (), ()
    changes = tuple(compare(former.snapshot["evidence"], pieces)) if former is not None else ()
    return Part(contribution, shown, pieces, checks, former, changes, _points(former, changes, requirements), draft)


def _draft(session: Session, contribution: Contribution) -> tuple[tuple[Frozen, ...], tuple[Checked, ...]]:
    pieces = tuple(frozen(one) for one in current_evidence(session, contribution))
    checks = tuple(
        Checked(one.requirement_id, one.state.value, one.needed, one.have, one.sentence, one.params)
        for one in checks_for(session, contribution, moments.today(now()))
    )
    return pieces, checks


def _points(
    former: Submission | None, changes: Sequence[Change], requirements: Mapping[UUID, Requirement]
) -> tuple[Point, ...]:
    decision = returned_by(former) if former is not None else None
    if decision is None:
        return ()
    missing = {text: named_by(text, requirements.values()) for text in decision.missing}
    return tuple(points(decision.remark, missing, changes))


def _kept(check: Mapping[str, Any]) -> Checked:
    return Checked(
        UUID(check["requirement"]), check["state"], check["needed"], check["have"], check["sentence"], check["params"]
    )


def _requirements(session: Session, assignment: Assignment) -> Sequence[Requirement]:
    query = select(Requirement).where(Requirement.rule_id == assignment.rule_id).order_by(Requirement.position)
    return session.scalars(query).all()


def _rounds(session: Session, contribution_ids: Sequence[UUID]) -> Mapping[UUID, list[Submission]]:
    found: dict[UUID, list[Submission]] = defaultdict(list)
    query = (
        select(Submission)
        .join(Contribution, Contribution.id == Submission.contribution_id)
        .options(joinedload(Submission.contribution), selectinload(Submission.decisions))
        .where(Submission.contribution_id.in_(contribution_ids), Submission.round >= Contribution.round - 1)
        .order_by(Submission.round.desc())
    )
    for submission in session.scalars(query):
        found[submission.contribution_id].append(submission)
    return found


def _all_pieces(part: Part) -> Iterable[Frozen]:
    gone = [change.before for change in part.changes if change.before is not None]
    return [*part.pieces, *gone]


def _files(session: Session, digests: set[str]) -> dict[str, StoredFile]:
    return {one.sha256: one for one in session.scalars(select(StoredFile).where(StoredFile.sha256.in_(digests)))}


def _texts(session: Session, parts: Sequence[Part]) -> dict[str, str]:
    exchanged = {
        str(piece["sha256"])
        for part in parts
        for change in part.changes
        if change.before is not None and change.after is not None and change.before["sha256"] != change.after["sha256"]
        for piece in (change.before, change.after)
        if piece["kind"] in _WORDED
    }
    query = select(FileText.sha256, FileText.text).where(FileText.sha256.in_(exchanged), FileText.text != "")
    return {row.sha256: row.text for row in session.execute(query)} if exchanged else {}


def _people(session: Session, parts: Sequence[Part]) -> dict[UUID, str]:
    rounds = [one for part in parts for one in (part.shown, part.former) if one is not None]
    ids = {one.submitted_by for one in rounds} | {one.decided_by for each in rounds for one in each.decisions}
    query = select(Person.id, Person.name).where(Person.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)}

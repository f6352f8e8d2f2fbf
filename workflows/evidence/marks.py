"""Marks (标注): the passage that proves the indicator, underlined or boxed, kept beside the file and never in it.

On a page or a photo: a box in fractions of its width and height. In the words of a file: from one sign to another.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Forbidden, Invalid, NotFound
from engine.unit_of_work import Actor, UnitOfWork
from models.evidence import Contribution, ContributionState, Evidence
from models.people import Role
from models.photos import FileMark, FileText
from workflows.evidence.drafts import check_length, person_of
from workflows.lifecycle.words import case_chain

UNDERLINE, BOX = "underline", "box"
#: Marks of one file; more than these prove nothing.
MARKS_AT_MOST = 50
QUOTE_CHARS = 200
#: A box smaller than this, in parts of the page, was a slip of the hand.
_SMALLEST = 0.003

_COLLECTING = frozenset({ContributionState.COLLECTING, ContributionState.RETURNED})


@dataclass(frozen=True)
class Spot:
    """A box on a page (counted from 1; a photo is its page 1): left, top, right and bottom in fractions of 0 to 1."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Passage:
    """A range of the signs of a file's words: the first, and the one after the last, counted from 0."""

    first: int
    last: int


@dataclass(frozen=True)
class NewMark:
    """What is marked: where, how it is drawn (`underline` or `box`), and why."""

    where: Spot | Passage
    shape: str = UNDERLINE
    note: str = ""


def mark(unit: UnitOfWork, evidence_id: UUID, new: NewMark) -> FileMark:
    """Mark a passage of a file. Raises NotFound, Forbidden for who may not now, Invalid for what lies outside the file."""
    evidence = _evidence(unit.session, evidence_id)
    _check_may(unit.actor, evidence.contribution)
    if new.shape not in {UNDERLINE, BOX}:
        raise Invalid(N_("A passage is underlined or boxed."))
    check_length(new.note)
    if len(marks_of(unit.session, [evidence_id])) >= MARKS_AT_MOST:
        raise Invalid(N_("{limit} marks on one file are enough. Remove one first."), limit=MARKS_AT_MOST)
    made = FileMark(
        evidence_id=evidence_id,
        shape=new.shape,
        note=new.note.strip(),
        made_at=unit.now,
        made_by=person_of(unit),
        quote="",
    )
    if isinstance(new.where, Spot):
        _place(made, new.where, evidence)
    else:
        _quote(unit.session, made, new.where, evidence)
    unit.session.add(made)
    unit.session.flush()
    _record(unit, evidence, made, "evidence.marked")
    return made


def unmark(unit: UnitOfWork, evidence_id: UUID, mark_id: UUID) -> None:
    """Take a mark away; its row stays for the history. Raises NotFound, Forbidden."""
    evidence = _evidence(unit.session, evidence_id)
    _check_may(unit.actor, evidence.contribution)
    found = unit.session.get(FileMark, mark_id)
    if found is None or found.evidence_id != evidence_id or found.removed_at is not None:
        raise NotFound(N_("There is no such mark."))
    found.removed_at, found.removed_by = unit.now, unit.actor.id
    _record(unit, evidence, found, "evidence.unmarked")


def marks_of(session: Session, evidence_ids: Collection[UUID]) -> list[FileMark]:
    """Give the marks of some pieces of evidence, in the order of their pages: for the viewer and for the dossier."""
    query = select(FileMark).where(FileMark.evidence_id.in_(evidence_ids), FileMark.removed_at.is_(None))
    order = (FileMark.evidence_id, FileMark.page.nulls_last(), FileMark.y0, FileMark.first_sign, FileMark.made_at)
    return list(session.scalars(query.order_by(*order)))


def may_mark(actor: Actor, contribution: Contribution) -> bool:
    """Say whether this person may mark now: its collectors while they collect, those who decide while it is theirs."""
    scope = str(contribution.department_id)
    for one in (actor, *actor.principals):
        if contribution.state in _COLLECTING and one.holds(Role.COLLECTOR, scope):
            return True
        if contribution.state == ContributionState.IN_REVIEW and one.holds(Role.DEPARTMENT_REVIEWER, scope):
            return True
        if contribution.state in {ContributionState.IN_REVIEW, ContributionState.REVIEWED} and one.holds(Role.CREATION_OFFICE):
            return True
    return False


def _check_may(actor: Actor, contribution: Contribution) -> None:
    if not may_mark(actor, contribution):
        raise Forbidden(N_("Only those whose turn it is, the collectors or the reviewers, can mark this file now."))


def _evidence(session: Session, evidence_id: UUID) -> Evidence:
    found = session.get(Evidence, evidence_id)
    if found is None or found.removed_at is not None:
        raise NotFound(N_("There is no such file, or it is not for you."))
    return found


def _place(made: FileMark, spot: Spot, evidence: Evidence) -> None:
    pages = evidence.file.pages or 1
    if not 1 <= spot.page <= pages:
        raise Invalid(N_("There is no page {page} in this file."), page=spot.page)
    left, right = sorted((spot.x0, spot.x1))
    top, bottom = sorted((spot.y0, spot.y1))
    # Said this way round, what is no number fails too.
    if not (left >= 0 and top >= 0 and right <= 1 and bottom <= 1):
        raise Invalid(N_("The mark lies outside the page."))
    if right - left < _SMALLEST:
        raise Invalid(N_("The mark is too small to be seen. Draw it over the whole passage."))
    made.page, made.x0, made.y0, made.x1, made.y1 = spot.page, left, top, right, bottom


def _quote(session: Session, made: FileMark, passage: Passage, evidence: Evidence) -> None:
    words = session.get(FileText, evidence.file_sha256)
    if words is None or not 0 <= passage.first < passage.last <= len(words.text):
        raise Invalid(N_("There are no such words in this file."))
    made.first_sign, made.last_sign = passage.first, passage.last
    made.quote = words.text[passage.first : passage.last].strip()[:QUOTE_CHARS]


def _record(unit: UnitOfWork, evidence: Evidence, found: FileMark, action: str) -> None:
    part = evidence.contribution
    details = {
        "department": str(part.department_id), "evidence": str(evidence.id), "file": evidence.file_name, "mark": str(found.id),
        "page": found.page, "note": found.note, "quote": found.quote[:60],
    }  # fmt: skip
    unit.record(case_chain(part.assignment.no), action, details)

"""Gathering evidence (收集): add, describe and remove files, state figures, ask to be excused.

All of it only while the department's collect step is open and for its own collectors. Removed files stay in
the vault and in the log; the bytes of a file never change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from engine import process
from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.breakdown import Requirement
from models.evidence import Answer, Assignment, Contribution, Evidence, Waiver
from workflows.evidence.demands import Figure
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.stored_files import remember
from workflows.lifecycle.cases import case_of, contribution_of
from workflows.lifecycle.words import Step, case_chain

#: Captions, descriptions and reasons, in characters: they stand in the dossier and in the log.
MAX_WORDS = 1_000
SAME_FILE = N_("{name} is the same file as {twin}, which is already here.")


@dataclass(frozen=True)
class NewEvidence:
    """A file that has been examined and lies in the vault, and what is said of it."""

    file: ExaminedFile
    sha256: str
    size: int
    file_name: str
    requirement_id: UUID | None
    caption: Mapping[str, str]
    description: str = ""
    event_date: date | None = None


@dataclass(frozen=True)
class Description:
    """What is said of a file: the caption fields of its requirement, free words, the day of the event."""

    caption: Mapping[str, str]
    description: str
    event_date: date | None


@dataclass(frozen=True)
class Desk:
    """The case and the department's part of it that an open collect step is about."""

    assignment: Assignment
    contribution: Contribution


def desk(unit: UnitOfWork, item_id: int) -> Desk:
    """Lock the case and give the part this actor may work on. Raises as `process.take` does."""
    item = process.take(unit, item_id)
    if item.element != Step.COLLECT:
        raise Invalid(N_("Evidence can be changed only while it is being collected."))
    assignment = case_of(unit.session, item)
    return Desk(assignment, contribution_of(unit.session, assignment, item))


def add(unit: UnitOfWork, item_id: int, new: NewEvidence) -> Evidence:
    """Add one file to the department's evidence. Raises Invalid when the same bytes are already there."""
    place = desk(unit, item_id)
    check_requirement(unit, place, new.requirement_id)
    same = select(Evidence.file_name).where(
        Evidence.contribution_id == place.contribution.id,
        Evidence.file_sha256 == new.sha256,
        Evidence.requirement_id == new.requirement_id,
        Evidence.removed_at.is_(None),
    )
    twin = unit.session.scalars(same).first()
    if twin is not None:
        raise Invalid(SAME_FILE, name=new.file_name, twin=twin)
    remember(unit, new.file, new.sha256, new.size)
    evidence = Evidence(
        contribution_id=place.contribution.id,
        requirement_id=new.requirement_id,
        file_sha256=new.sha256,
        file_name=new.file_name,
        caption=dict(new.caption),
        description=new.description,
        event_date=new.event_date,
        created_at=unit.now,
        created_by=person_of(unit),
    )
    unit.session.add(evidence)
    unit.session.flush()
    details = {
        "evidence": str(evidence.id),
        "file": new.file_name,
        "sha256": new.sha256,
        "size": new.size,
        "caption": [[field, text] for field, text in new.caption.items()],
    }
    record(unit, place, "evidence.added", details)
    return evidence


def describe(unit: UnitOfWork, item_id: int, evidence_id: UUID, words: Description) -> Evidence:
    """Change the caption, description or event date of a file; writes nothing when all is as before."""
    place = desk(unit, item_id)
    evidence = _evidence_at(unit, place, evidence_id)
    describe_at(unit, place, evidence, words)
    return evidence


def describe_at(unit: UnitOfWork, place: Desk, evidence: Evidence, words: Description) -> None:
    """Change what is said of a file on an open desk. Raises Invalid for a text that is too long."""
    for text in (words.description, *words.caption.values()):
        check_length(text)
    before = (evidence.caption, evidence.description, evidence.event_date)
    after = (dict(words.caption), words.description, words.event_date)
    if before == after:
        return
    evidence.caption, evidence.description, evidence.event_date = after
    details = {
        "evidence": str(evidence.id),
        "caption": [[field, text] for field, text in words.caption.items()],
        "description": words.description,
        "event_date": words.event_date.isoformat() if words.event_date else None,
    }
    record(unit, place, "evidence.described", details)


def remove(unit: UnitOfWork, item_id: int, evidence_id: UUID) -> None:
    """Take a file out of the evidence. Its row and bytes stay, marked, for the history."""
    place = desk(unit, item_id)
    evidence = _evidence_at(unit, place, evidence_id)
    evidence.removed_at, evidence.removed_by = unit.now, unit.actor.id
    record(unit, place, "evidence.removed", {"evidence": str(evidence.id), "sha256": evidence.file_sha256})


def state_figure(unit: UnitOfWork, item_id: int, requirement_id: UUID, value: Decimal, note: str) -> None:
    """State the figure a requirement asks for (a rate, a count, an area)."""
    state_figure_at(unit, desk(unit, item_id), requirement_id, Figure(value), note)


def state_figure_at(
    unit: UnitOfWork, place: Desk, requirement_id: UUID, figure: Figure, note: str = ""
) -> None:
    """State a figure on an open desk, a rate with its two numbers."""
    check_requirement(unit, place, requirement_id)
    values = {
        "value": figure.value, "numerator": figure.numerator, "denominator": figure.denominator,
        "note": note, "created_at": unit.now, "created_by": person_of(unit),
    }  # fmt: skip
    key = {"contribution_id": place.contribution.id, "requirement_id": requirement_id}
    statement = insert(Answer).values(**key, **values)
    unit.session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
    details = {"requirement": str(requirement_id), "value": f"{figure.value:f}", "note": note}
    if figure.numerator is not None and figure.denominator is not None:
        details |= {"numerator": f"{figure.numerator:f}", "denominator": f"{figure.denominator:f}"}
    record(unit, place, "figure.stated", details)


def withdraw_figure_at(unit: UnitOfWork, place: Desk, requirement_id: UUID) -> None:
    """Take a stated figure back on an open desk."""
    unit.session.execute(
        delete(Answer).where(
            Answer.contribution_id == place.contribution.id, Answer.requirement_id == requirement_id
        )
    )
    record(unit, place, "figure.withdrawn", {"requirement": str(requirement_id)})


def waive(unit: UnitOfWork, item_id: int, requirement_id: UUID, reason: str) -> None:
    """Ask to be excused from a requirement; the reviewers see the reason. Raises Invalid without one."""
    place = desk(unit, item_id)
    check_requirement(unit, place, requirement_id)
    if not reason.strip():
        raise Invalid(N_("Say why this cannot be delivered; the reviewers decide on it."))
    check_length(reason)
    values = {"reason": reason.strip(), "created_at": unit.now, "created_by": person_of(unit)}
    key = {"contribution_id": place.contribution.id, "requirement_id": requirement_id}
    _check_not_excused(unit, key)
    statement = insert(Waiver).values(**key, **values)
    unit.session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
    record(unit, place, "requirement.waived", {"requirement": str(requirement_id), "reason": reason.strip()})


def unwaive(unit: UnitOfWork, item_id: int, requirement_id: UUID) -> None:
    """Take the request to be excused back."""
    place = desk(unit, item_id)
    _check_not_excused(unit, {"contribution_id": place.contribution.id, "requirement_id": requirement_id})
    unit.session.execute(
        delete(Waiver).where(
            Waiver.contribution_id == place.contribution.id, Waiver.requirement_id == requirement_id
        )
    )
    record(unit, place, "requirement.unwaived", {"requirement": str(requirement_id)})


def _check_not_excused(unit: UnitOfWork, key: Mapping[str, UUID]) -> None:
    """Leave alone what the creation office has said. Raises Conflict."""
    waiver = unit.session.get(Waiver, (key["contribution_id"], key["requirement_id"]))
    if waiver is not None and waiver.by_office:
        raise Conflict(N_("The creation office has excused you from this; only the office can change that."))


def _evidence_at(unit: UnitOfWork, place: Desk, evidence_id: UUID) -> Evidence:
    evidence = unit.session.get(Evidence, evidence_id)
    if evidence is None or evidence.contribution_id != place.contribution.id or evidence.removed_at is not None:
        raise NotFound(N_("There is no such file in your evidence."))
    return evidence


def check_requirement(unit: UnitOfWork, place: Desk, requirement_id: UUID | None) -> None:
    """Refuse a requirement of another case. Raises NotFound."""
    if requirement_id is None:
        return
    requirement = unit.session.get(Requirement, requirement_id)
    if requirement is None or requirement.rule_id != place.assignment.rule_id:
        raise NotFound(N_("There is no such requirement in this case."))


def person_of(unit: UnitOfWork) -> UUID:
    """Give who is at work. Raises TypeError for the system, which hands nothing in."""
    if unit.actor.id is None:
        message = "evidence is handed in by people"
        raise TypeError(message)
    return unit.actor.id


def check_length(text: str, limit: int = MAX_WORDS) -> None:
    """Refuse a text that would not fit on the dossier's page, naming its beginning."""
    if len(text) > limit:
        raise Invalid(
            N_("“{start}…” has {count} characters; {limit} are the limit. Shorten it."),
            start=text[:12],
            count=len(text),
            limit=limit,
        )


def record(unit: UnitOfWork, place: Desk, action: str, details: Mapping[str, object]) -> None:
    """Record an event of the case, with the department it is about."""
    scoped = {"department": str(place.contribution.department_id), **details}
    unit.record(case_chain(place.assignment.no), action, scoped)

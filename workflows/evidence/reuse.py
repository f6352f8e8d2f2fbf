"""Declared reuse (引用): one file for several requirements, cases or years, said openly with its reason.

Editions and programmes share evidence; what is declared is a cross-reference and no duplicate.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.evidence import Contribution, Evidence
from workflows.evidence import drafts
from workflows.evidence.duplicates import seen_in
from workflows.visibility import departments_of, sees_everything

_REASONLESS = N_("Say why the file is used again; the reviewers read it.")
_NOT_THERE = N_("There is no such file, or it is not for you.")


def declare_reuse(unit: UnitOfWork, item_id: int, evidence_id: UUID, other_evidence_id: UUID, reason: str) -> Evidence:
    """Say that a piece of one's own is the same as another, on purpose.

    Raises Invalid without a reason, or when the two are neither the same nor alike; and as `drafts.desk` does.
    """
    place = drafts.desk(unit, item_id)
    evidence = unit.session.get(Evidence, evidence_id)
    if evidence is None or evidence.contribution_id != place.contribution.id or evidence.removed_at is not None:
        raise NotFound(N_("There is no such file in your evidence."))
    text = _reason(reason)
    seen = seen_in(unit.session, [place.contribution.id], {evidence.file_sha256}, later=True)
    known = {one.evidence for one in seen.get((place.contribution.id, evidence.file_sha256), [])}
    if other_evidence_id not in known:
        raise Invalid(N_("The two files are neither the same nor alike; there is nothing to declare."))
    evidence.reused_from, evidence.reuse_reason = other_evidence_id, text
    _record(unit, place, evidence, "evidence.reuse_declared")
    return evidence


def withdraw_reuse(unit: UnitOfWork, item_id: int, evidence_id: UUID) -> None:
    """Take a declaration back; writes nothing when there was none."""
    place = drafts.desk(unit, item_id)
    evidence = unit.session.get(Evidence, evidence_id)
    if evidence is None or evidence.contribution_id != place.contribution.id or evidence.removed_at is not None:
        raise NotFound(N_("There is no such file in your evidence."))
    if evidence.reused_from is None:
        return
    _record(unit, place, evidence, "evidence.reuse_withdrawn")
    evidence.reused_from, evidence.reuse_reason = None, ""


def add_by_reference(
    unit: UnitOfWork, item_id: int, requirement_id: UUID | None, other_evidence_id: UUID, reason: str
) -> Evidence:
    """Use a file that is in the vault already, with its caption, without uploading it again.

    Raises NotFound for a piece this person may not see, Invalid without a reason, for one that was removed, whose bytes
    are damaged, or that is here already.
    """
    place = drafts.desk(unit, item_id)
    drafts.check_requirement(unit, place, requirement_id)
    other = _visible(unit, other_evidence_id)
    text = _reason(reason)
    _check_usable(unit.session, place.contribution, other, requirement_id)
    evidence = Evidence(
        contribution_id=place.contribution.id,
        requirement_id=requirement_id,
        file_sha256=other.file_sha256,
        file_name=other.file_name,
        caption=dict(other.caption),
        description=other.description,
        event_date=other.event_date,
        paper_number=other.paper_number,
        page_role=other.page_role,
        reused_from=other.id,
        reuse_reason=text,
        created_at=unit.now,
        created_by=drafts.person_of(unit),
    )
    unit.session.add(evidence)
    unit.session.flush()
    _record(unit, place, evidence, "evidence.referred")
    return evidence


def _visible(unit: UnitOfWork, evidence_id: UUID) -> Evidence:
    query = select(Evidence).join(Contribution, Contribution.id == Evidence.contribution_id).where(Evidence.id == evidence_id)
    if not sees_everything(unit.actor):
        query = query.where(Contribution.department_id.in_(departments_of(unit.actor)))
    found = unit.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(_NOT_THERE)
    return found


def _check_usable(session: Session, contribution: Contribution, other: Evidence, requirement_id: UUID | None) -> None:
    if other.removed_at is not None:
        raise Invalid(N_("{name} was removed from its case. Choose another file."), name=other.file_name)
    same = select(Evidence.file_name).where(
        Evidence.contribution_id == contribution.id,
        Evidence.file_sha256 == other.file_sha256,
        Evidence.requirement_id == requirement_id,
        Evidence.removed_at.is_(None),
    )
    twin = session.scalars(same).first()
    if twin is not None:
        raise Invalid(N_("{name} is the same file as {twin}, which is already here."), name=other.file_name, twin=twin)


def _reason(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise Invalid(_REASONLESS)
    drafts.check_length(text)
    return text


def _record(unit: UnitOfWork, place: drafts.Desk, evidence: Evidence, action: str) -> None:
    details = {
        "evidence": str(evidence.id), "file": evidence.file_name, "sha256": evidence.file_sha256,
        "from": str(evidence.reused_from), "reason": evidence.reuse_reason,
    }  # fmt: skip
    drafts.record(unit, place, action, details)

"""Approval sheets (审批单): one paper for each round handed in, drawn once, with a field for every decision on it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import process
from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import SYSTEM, Clock, Sessions, UnitOfWork, reading, utc_now, work
from models.dossier import ApprovalSheet
from models.evidence import Assignment, Contribution, Submission
from models.process import ProcessInstance
from workflows.dossier import layout
from workflows.dossier.contents import Matter, Round, matter_of, round_of
from workflows.dossier.pades import SignatureField, with_fields
from workflows.dossier.render import Source, no_pictures, render
from workflows.facilities import Facilities
from workflows.lifecycle.words import Step, case_chain

#: The fields of a sheet are named after the steps that sign them; the labels are read out by readers.
FIELDS = {Step.DEPARTMENT_REVIEW: "部门审核意见", Step.OFFICE_APPROVAL: "创文办审批意见"}


def render_sheet(
    sessions: Sessions, facilities: Facilities, submission_id: UUID, clock: Clock = utc_now
) -> ApprovalSheet:
    """Draw the sheet of a round and keep it, or give the one there is. Safe to run twice and at once.

    Raises NotFound when there is no such round.
    """
    with reading(sessions) as session:
        known = sheet_of(session, submission_id)
        if known is not None:
            return known
        submission = _submission(session, submission_id)
        matter, handed_in = matter_of(session, submission.contribution.assignment), round_of(session, submission)
    # Drawn from the frozen round only, so whoever draws it a second time gets the same bytes.
    pdf = draw(facilities.organisation, matter, handed_in)
    stored = facilities.vault.put_bytes(pdf)
    with work(sessions, SYSTEM, clock) as unit:
        return _kept(unit, submission_id, stored.sha256)


def draw(organisation: str, matter: Matter, handed_in: Round) -> bytes:
    """Give the sheet of a round as PDF/A-3b with its empty signature fields."""
    html = layout.html("sheet.html", organisation=organisation, matter=matter, round=handed_in, fields=list(FIELDS))
    rendered = render(Source(html, handed_in.submitted_at, no_pictures))
    fields = []
    for name, label in FIELDS.items():
        box = rendered.boxes[name]
        fields.append(SignatureField(name.value, box.page, box.corners, label))
    return with_fields(rendered.pdf, fields)


def sheet_of(session: Session, submission_id: UUID) -> ApprovalSheet | None:
    """Give the sheet of a round, or None while it is not drawn yet."""
    return session.scalars(select(ApprovalSheet).where(ApprovalSheet.submission_id == submission_id)).one_or_none()


def _submission(session: Session, submission_id: UUID) -> Submission:
    submission = session.get(Submission, submission_id)
    if submission is None:
        raise NotFound(N_("There is no such round of evidence."))
    return submission


def _kept(unit: UnitOfWork, submission_id: UUID, sha256: str) -> ApprovalSheet:
    no, instance_id = _case(unit.session, submission_id)
    # The process row first, as every command on a case does: then nobody else can be drawing the same sheet.
    process.lock_instance(unit, instance_id)
    known = sheet_of(unit.session, submission_id)
    if known is not None:
        return known
    sheet = ApprovalSheet(
        submission_id=submission_id, unsigned_sha256=sha256, current_sha256=sha256, rendered_at=unit.now
    )
    unit.session.add(sheet)
    unit.record(case_chain(no), "sheet.rendered", {"submission": str(submission_id), "sha256": sha256})
    return sheet


def _case(session: Session, submission_id: UUID) -> tuple[str, UUID]:
    query = (
        select(Assignment.no, ProcessInstance.id)
        .join(ProcessInstance, ProcessInstance.business_key == Assignment.no)
        .join(Contribution, Contribution.assignment_id == Assignment.id)
        .join(Submission, Submission.contribution_id == Contribution.id)
        .where(Submission.id == submission_id)
    )
    no, instance_id = session.execute(query).one()
    return no, instance_id

"""Who signed the sheets of a case, as the pages list it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.unit_of_work import Actor
from models.dossier import ApprovalSheet, SheetSignature
from models.evidence import Assignment, Contribution, Decision, Submission
from models.people import CertificateTier, Department, Person, PersonalCertificate
from web import words
from web.language import translated
from web.names_then import named
from workflows.dossier.signers import TIER_NAMES
from workflows.lifecycle.words import Step
from workflows.visibility import departments_of, sees_everything


def of_case(session: Session, actor: Actor, case: Assignment) -> list[dict[str, Any]]:
    """Give the signatures this person may see, oldest first: {name, department, role (the step), at, remark, claim}."""
    query = (
        select(Person.name, Department, Decision.stage, SheetSignature.signed_at, Decision.remark, PersonalCertificate.tier)
        .select_from(SheetSignature)
        .join(Decision, Decision.id == SheetSignature.decision_id)
        .join(ApprovalSheet, ApprovalSheet.id == SheetSignature.sheet_id)
        .join(Submission, Submission.id == ApprovalSheet.submission_id)
        .join(Contribution, Contribution.id == Submission.contribution_id)
        .join(Department, Department.id == Contribution.department_id)
        .join(PersonalCertificate, PersonalCertificate.id == SheetSignature.certificate_id)
        .join(Person, Person.id == PersonalCertificate.person_id)
        .where(Contribution.assignment_id == case.id)
        .order_by(SheetSignature.signed_at, Contribution.position)
    )
    if not sees_everything(actor):
        query = query.where(Contribution.department_id.in_(departments_of(actor)))
    return [
        {
            "name": name,
            # The office signs the sheet of a department, not for it.
            "department": named(department, at) if stage == Step.DEPARTMENT_REVIEW else "",
            "role": translated(words.STEPS[stage]),
            "at": at,
            "remark": remark,
            "claim": translated(TIER_NAMES[CertificateTier(tier)]),
        }
        for name, department, stage, at, remark, tier in session.execute(query)
    ]

"""The machine-readable table of contents of a dossier, `dossier.json`: what is in it, who signed, which events.

It is built from the database alone, so it can be built again inside the archiving transaction: if anything the
dossier shows has changed since it was drawn, the two differ.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from cryptography.x509 import load_pem_x509_certificate
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from engine.audit import timestamp
from models.audit import AuditEvent
from models.dossier import ApprovalSheet, SheetSignature
from models.evidence import Assignment, Contribution, Decision, Submission
from models.people import CertificateTier, PersonalCertificate, Person
from workflows.departments import day_of, name_on
from workflows.dossier.contents import Piece, Round, round_of
from workflows.dossier.outside_certificates import common_name
from workflows.lifecycle.words import case_chain

#: Names of files inside the dossier; the verifier knows them too.
MANIFEST, EVENTS = "dossier.json", "events.jsonl"


def sheets_of(session: Session, assignment: Assignment) -> list[ApprovalSheet]:
    """Give the approval sheets of every round of a case, by department, oldest first."""
    query = (
        select(ApprovalSheet)
        .join(Submission)
        .join(Contribution)
        .where(Contribution.assignment_id == assignment.id)
        .order_by(Contribution.position, Submission.round)
        .options(selectinload(ApprovalSheet.signatures))
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def final_rounds(session: Session, assignment: Assignment) -> list[Round]:
    """Give the last round of every department: the evidence that was approved."""
    return [round_of(session, part.submissions[-1]) for part in assignment.contributions if part.submissions]


def facts_of(session: Session, assignment: Assignment) -> dict[str, Any]:
    """Give what a dossier must be about: case, number, sheets with their signatures, evidence by digest."""
    facts: dict[str, Any] = {
        "v": 1,
        "case": assignment.no,
        "title": assignment.title,
        "archival_code": assignment.archival_code,
        "sheets": [_sheet(session, number, one) for number, one in enumerate(sheets_of(session, assignment), 1)],
        "evidence": [_piece(one, piece) for one in final_rounds(session, assignment) for piece in one.pieces],
    }
    return {key: _normalised(value) for key, value in facts.items()}


def with_events(facts: dict[str, Any], events: Sequence[AuditEvent]) -> dict[str, Any]:
    """Add which part of the case's chain the dossier carries: its first `count` events, up to `head`."""
    last = events[-1]
    return {**facts, "events": {"chain": last.chain_id, "count": last.seq, "head": last.leaf_hash}}


def chain_of(assignment: Assignment) -> str:
    """Name the audit chain of a case."""
    return case_chain(assignment.no)


def sheet_file(number: int) -> str:
    """Name a sheet inside the dossier, counted from 1."""
    return f"sheet-{number}.pdf"


def _sheet(session: Session, number: int, sheet: ApprovalSheet) -> dict[str, Any]:
    contribution = sheet.submission.contribution
    return {
        "file": sheet_file(number),
        "sha256": sheet.current_sha256,
        "department": name_on(contribution.department, day_of(sheet.submission.submitted_at)),
        "round": sheet.submission.round,
        "signatures": [_signature(session, one) for one in sheet.signatures],
    }


def _signature(session: Session, signature: SheetSignature) -> dict[str, Any]:
    certificate = session.get_one(PersonalCertificate, signature.certificate_id)
    decision = session.get_one(Decision, signature.decision_id)
    return {
        "field": signature.field,
        "name": _named(session, certificate),
        "tier": certificate.tier,
        "stage": decision.stage,
        "outcome": decision.outcome,
        "at": timestamp(signature.signed_at),
        "serial": certificate.serial,
    }


def _named(session: Session, certificate: PersonalCertificate) -> str:
    """Give the name a certificate is made out to: one from outside may write it in another way than the office."""
    if certificate.tier == CertificateTier.MANAGED:
        return session.get_one(Person, certificate.person_id).name
    return common_name(load_pem_x509_certificate(certificate.certificate_pem))


def _piece(handed_in: Round, piece: Piece) -> dict[str, Any]:
    return {
        "name": piece.name,
        "sha256": piece.sha256,
        "size": piece.size,
        "media_type": piece.media_type,
        "department": handed_in.department,
        "requirement": piece.requirement,
    }


def _normalised(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Write every text in NFC, as records want it; names of files come in other forms too."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {key: _normalised(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normalised(item) for item in value]
    return value

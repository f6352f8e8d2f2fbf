"""The signatures of a decision on the approval sheets (审批单) it concerns.

A sheet is signed by incremental update before the transaction of the decision; the transaction then adopts
the new bytes, if the sheet is still the one that was signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from engine.catalogue import N_
from engine.errors import Conflict
from engine.unit_of_work import UnitOfWork
from models.dossier import ApprovalSheet, SheetSignature
from models.evidence import Decision


@dataclass(frozen=True)
class SignedSheet:
    """One sheet with one more signature: which bytes were signed and which bytes came of it (in the vault)."""

    sheet_id: UUID
    certificate_id: UUID
    field: str
    before_sha256: str
    after_sha256: str


def adopt(unit: UnitOfWork, decisions: Sequence[Decision], signed: Sequence[SignedSheet]) -> None:
    """Take the signed bytes into use. Raises Conflict when a sheet was signed by somebody else meanwhile."""
    by_sheet = {one.sheet_id: one for one in signed}
    for decision in decisions:
        query = select(ApprovalSheet).where(ApprovalSheet.submission_id == decision.submission_id)
        sheet = unit.session.scalars(query.with_for_update()).one_or_none()
        one = by_sheet.get(sheet.id) if sheet is not None else None
        if sheet is None or one is None or sheet.current_sha256 != one.before_sha256:
            raise Conflict(N_("Somebody else signed this sheet while you were deciding. Reload the page and look again."))
        sheet.current_sha256 = one.after_sha256
        unit.session.add(
            SheetSignature(
                sheet_id=sheet.id,
                decision_id=decision.id,
                certificate_id=one.certificate_id,
                field=one.field,
                pdf_sha256=one.after_sha256,
                signed_at=unit.now,
            )
        )

"""What the database knows of a paper somebody wants verified: did we give it out, how many signatures has it now."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import CompoundSelect, func, select
from sqlalchemy.orm import Session

from engine.audit import trail
from models.dossier import ApprovalSheet, Dossier, SheetSignature
from workflows.dossier.verification import Known


def known(session: Session, data: bytes) -> Known:
    """Give what `verify_dossier` compares a paper with. The session has to stay open until the verdict is made."""
    digest = hashlib.sha256(data).hexdigest()
    sheet = session.scalars(select(ApprovalSheet).where(ApprovalSheet.id.in_(_sheets_with(digest)))).first()
    signatures = None
    if sheet is not None:
        counting = select(func.count()).select_from(SheetSignature).where(SheetSignature.sheet_id == sheet.id)
        signatures = session.scalar(counting)
    dossier = session.scalars(select(Dossier.pdf_sha256).where(Dossier.pdf_sha256 == digest)).first()
    found = frozenset({digest}) if sheet is not None or dossier is not None else frozenset()

    def live_events(chain: str) -> Sequence[bytes]:
        return [event.body for event in trail(session, chain)]

    return Known(found, signatures, live_events)


def _sheets_with(digest: str) -> CompoundSelect[UUID]:
    unsigned = select(ApprovalSheet.id).where(ApprovalSheet.unsigned_sha256 == digest)
    signed = select(SheetSignature.sheet_id).where(SheetSignature.pdf_sha256 == digest)
    return unsigned.union(signed)

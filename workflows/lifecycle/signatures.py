"""The signatures of a decision, made before its transaction: every sheet it reaches is signed in its own field.

A return is signed like an approval: who sent something back, and why, is part of the record.
"""

from dataclasses import dataclass
from datetime import datetime

from engine.unit_of_work import Sessions, reading
from workflows.dossier.layout import moment
from workflows.dossier.pades import SignatureWords, SigningParts, sign
from workflows.dossier.sheet_signing import SignedSheet
from workflows.dossier.sheets import render_sheet
from workflows.dossier.signers import CLAIMS, PersonSigner
from workflows.dossier.signing_parts import signing_parts
from workflows.facilities import Facilities
from workflows.lifecycle.cases import case_of, item_in
from workflows.lifecycle.decide import Verdict, addressed, concerned
from workflows.lifecycle.words import Outcome, Step

# A sheet is a Chinese record whatever language its signer reads.
_STAGES = {Step.DEPARTMENT_REVIEW: "部门审核", Step.OFFICE_APPROVAL: "创文办审批"}
_OUTCOMES = {Outcome.APPROVE: "同意", Outcome.RETURN: "退回"}
#: What fits into the box of a sheet in readable letters; the whole remark stands in the signature and the dossier.
_LINE, _LINES = 28, 2


@dataclass(frozen=True)
class Intent:
    """A decision about to be taken: on what, what, by whom, when. Whether it may be taken is checked already."""

    item_id: int
    verdict: Verdict
    signer: PersonSigner
    at: datetime


def prepare(sessions: Sessions, facilities: Facilities, intent: Intent) -> tuple[SignedSheet, ...]:
    """Sign every sheet a verdict reaches, drawing those that are not drawn yet; the new bytes lie in the vault.

    Raises Forbidden when the certificate has ended or was revoked, Conflict when a sheet is signed already.
    """
    with reading(sessions) as session:
        item = item_in(session, intent.item_id)
        field = item.element
        reached = [one.id for one in addressed(concerned(session, case_of(session, item), item), intent.verdict)]
    parts = signing_parts(sessions, facilities, lambda: intent.at)
    signed = []
    for submission_id in reached:
        sheet = render_sheet(sessions, facilities, submission_id)
        pdf = _signed(facilities.vault.read(sheet.current_sha256), field, intent, parts)
        after = facilities.vault.put_bytes(pdf).sha256
        signed.append(SignedSheet(sheet.id, intent.signer.certificate_id, field, sheet.current_sha256, after))
    return tuple(signed)


def words_of(step: Step, verdict: Verdict, signer: PersonSigner, at: datetime) -> SignatureWords:
    """Say what a signature stands for: in full in its reason, short in its visible mark, with what it may be called."""
    outcome, remark = _OUTCOMES[verdict.outcome], " ".join(verdict.remark.split())
    missing = f"（缺：{'、'.join(verdict.missing)}）" if verdict.missing else ""
    said = f"{remark}{missing}" if remark != outcome else missing
    reason = f"{_STAGES[step]}：{outcome}{'。' if said else ''}{said}"
    return SignatureWords(reason, (f"{outcome}　{signer.name}", *_lines(said), f"{moment(at)}　{CLAIMS[signer.tier]}"), at)


def _lines(text: str) -> list[str]:
    if len(text) > _LINE * _LINES:
        text = text[: _LINE * _LINES - 1] + "…"
    return [text[start : start + _LINE] for start in range(0, len(text), _LINE)]


def _signed(pdf: bytes, field: str, intent: Intent, parts: SigningParts) -> bytes:
    words = words_of(Step(field), intent.verdict, intent.signer, intent.at)
    return sign(pdf, field, intent.signer, parts, words)

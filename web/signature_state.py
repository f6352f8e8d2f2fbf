"""In which state somebody's certificate is, in words: for their own page, the inbox, and the list of the administrator."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from engine.catalogue import N_
from models.people import CertificateTier, PersonalCertificate, Revocation
from web import moments
from web.language import translated
from workflows import personal_certificates, signing_keys
from workflows.dossier.certificates import EXPIRY_WARNING

#: Why there is no certificate any more, and what to do.
_ENDED = {
    Revocation.ROLES: N_("Your roles were changed, so your certificate was revoked. Issue a new one with your password."),
    Revocation.LEFT: N_("Your certificate was revoked when your account was deactivated. Issue a new one with your password."),
    Revocation.PASSWORD: N_("Your certificate was revoked with your old password. Issue a new one with your password."),
}
_NONE = N_("You have no certificate to sign with. Issue one with your password.")
#: The same in a word or two, for the list of earlier ones.
REASONS = {
    Revocation.ROLES: N_("revoked: roles changed"),
    Revocation.LEFT: N_("revoked: account deactivated"),
    Revocation.PASSWORD: N_("revoked: new password"),
    Revocation.REPLACED: N_("replaced by a new one"),
    Revocation.REMOVED: N_("no longer used"),
}


@dataclass(frozen=True)
class State:
    """`kind` is ok, warn or bad; `text` says what is to be done, empty when nothing is."""

    kind: str
    text: str


def state_of(session: Session, person_id: UUID, now: datetime) -> State:
    """Say how a person's certificate stands: their own page, and the notice in their inbox."""
    current = signing_keys.current_certificate(session, person_id)
    if current is None:
        return State("bad", translated(_reason(personal_certificates.newest(session, person_id))))
    day = moments.day(current.not_after)
    if current.not_after <= now:
        return State("bad", translated(N_("Your certificate ended on {day}, so you cannot sign. Get a new one."), day=day))
    if current.not_after <= now + EXPIRY_WARNING:
        days = (current.not_after - now).days
        text = N_("Your certificate ends on {day}, in {days} days. Renew it before: without it you cannot sign.")
        return State("warn", translated(text, day=day, days=days))
    return State("ok", "")


def notice_of(session: Session, person_id: UUID, now: datetime) -> dict[str, str] | None:
    """Give the notice for the inbox of somebody who decides, or None when all is well."""
    state = state_of(session, person_id, now)
    if not state.text:
        return None
    return {"kind": state.kind, "text": state.text, "href": url_for("my_signature.mine")}


def ended_because(row: PersonalCertificate) -> str:
    """Say in a word or two why a certificate is no longer used; rows of before kept no reason."""
    return translated(REASONS[Revocation(row.revocation)] if row.revocation else N_("revoked"))


def device_of(session: Session, person_id: UUID) -> str:
    """Give the name of the device a person signs with, or nothing."""
    current = signing_keys.current_certificate(session, person_id)
    return (current.token_label or "") if current is not None and current.tier == CertificateTier.DEVICE else ""


def _reason(newest: PersonalCertificate | None) -> str:
    if newest is None or newest.revocation is None:
        return _NONE
    return _ENDED.get(Revocation(newest.revocation), _NONE)

"""What the page “My signature” shows: the certificate, what it may be called, whether its key is open, earlier ones."""

from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, Name, load_pem_x509_certificates
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid
from models.people import CertificateTier, PersonalCertificate
from web import moments, signature_state
from web.language import sentence, translated
from web.session import SignedIn, key_secret
from workflows import personal_certificates, signing_keys
from workflows.dossier.certificates import Holder, load_authority
from workflows.dossier.outside_certificates import common_name
from workflows.dossier.signers import TIER_NAMES
from workflows.dossier.signing_devices import tokens
from workflows.facilities import Facilities

#: What a signature of each kind proves, and what it does not.
_HONESTLY = {
    CertificateTier.MANAGED: N_(
        "The certificate was issued by this system. It shows that nothing was changed after signing and who was signed in."
        " The key is kept here, encrypted under your password: within this system that is agreed to be enough. It is no"
        " qualified certificate."
    ),
    CertificateTier.FILE: N_(
        "The certificate was issued by an outside authority, which vouches for your name. The key is kept here, encrypted"
        " under your password, and used only while you sign."
    ),
    CertificateTier.DEVICE: N_(
        "The certificate was issued by an outside authority, which vouches for your name. The key never leaves your device:"
        " only who has the device and knows its PIN can sign. Whether this is a reliable electronic signature under the law"
        " depends on the authority and the device."
    ),
}


def page(session: Session, facilities: Facilities, viewer: SignedIn, now: datetime) -> dict[str, Any]:
    """Give what signatures/mine.html reads, without what was typed."""
    current = signing_keys.current_certificate(session, viewer.person_id)
    state = signature_state.state_of(session, viewer.person_id, now)
    return {
        "state": {"kind": state.kind, "text": state.text},
        "certificate": _shown(facilities, current) if current is not None else None,
        "unlocked": signing_keys.is_unlocked(session, viewer.person_id, key_secret()),
        "by_device": current is not None and current.tier == CertificateTier.DEVICE,
        "brought": current is not None and current.tier != CertificateTier.MANAGED,
        "earlier": [_earlier(one) for one in _ended(session, viewer)],
        **_devices(facilities),
        "roots_dir": str(facilities.outside.roots_dir or ""),
        "errors": {},
    }


def facts_of(certificate: Certificate) -> dict[str, str]:
    """Give a certificate as people compare it: names, number, days, fingerprint."""
    return {
        "subject": _named(certificate.subject),
        "issuer": _named(certificate.issuer),
        "serial": f"{certificate.serial_number:X}",
        "since": moments.day(certificate.not_valid_before_utc),
        "until": moments.day(certificate.not_valid_after_utc),
        "fingerprint": certificate.fingerprint(SHA256()).hex(" ", 2).upper(),
    }


def _named(name: Name) -> str:
    """Write a name with what people look for in it: common name, department, organisation."""
    wanted = (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME)
    found = [str(one.value) for oid in wanted for one in name.get_attributes_for_oid(oid)]
    # The certificates of the office carry its name in their own already.
    return "·".join(dict.fromkeys(one for one in found if one == found[0] or not found[0].startswith(one)))


def _shown(facilities: Facilities, row: PersonalCertificate) -> dict[str, Any]:
    certificate, tier = personal_certificates.read(row), CertificateTier(row.tier)
    return {
        **facts_of(certificate),
        "tier": translated(TIER_NAMES[tier]),
        "honestly": translated(_HONESTLY[tier]),
        "device": row.token_label or "",
        "chain": _chain(facilities, row, certificate),
    }


def _chain(facilities: Facilities, row: PersonalCertificate, certificate: Certificate) -> list[str]:
    """Name the authorities above a certificate, its issuer first."""
    if row.tier == CertificateTier.MANAGED:
        authority = load_authority(facilities.authority_dir)
        issuer = authority.issuer_of(certificate)
        return [common_name(one) for one in (issuer, authority.certificates[Holder.ROOT]) if one is not None]
    above = load_pem_x509_certificates(row.chain_pem) if row.chain_pem else []
    last = above[-1] if above else certificate
    return [*(common_name(one) for one in above), _named(last.issuer)]


def _ended(session: Session, viewer: SignedIn) -> list[PersonalCertificate]:
    query = (
        select(PersonalCertificate)
        .where(PersonalCertificate.person_id == viewer.person_id, PersonalCertificate.revoked_at.is_not(None))
        .order_by(PersonalCertificate.revoked_at.desc())
        .limit(20)
    )
    return list(session.scalars(query))


def _earlier(row: PersonalCertificate) -> dict[str, Any]:
    certificate = personal_certificates.read(row)
    why = signature_state.ended_because(row)
    return {"serial": f"{certificate.serial_number:X}", "issued_at": row.issued_at, "ended_at": row.revoked_at, "why": why}


def _devices(facilities: Facilities) -> dict[str, Any]:
    """Name the devices to choose from; None where the office has set up none."""
    outside = facilities.outside
    if not outside.token_module:
        return {"devices": None, "device_fault": ""}
    try:
        return {"devices": [outside.token_label] if outside.token_label else tokens(outside.token_module), "device_fault": ""}
    except Invalid as problem:
        return {"devices": [], "device_fault": sentence(problem)}

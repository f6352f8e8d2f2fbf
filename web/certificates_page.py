"""What the page of the office's certificates shows."""

from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid
from web import moments
from web.language import sentence, translated
from web.my_signature_page import facts_of
from workflows import personal_certificates
from workflows.dossier.certificates import EXPIRY_WARNING, Authority, Holder, load_authority
from workflows.dossier.outside_certificates import lists_in, roots_in
from workflows.facilities import Facilities, Outside

HOLDERS = {
    Holder.ROOT: N_("Root certificate"),
    Holder.ISSUING: N_("Issuing authority"),
    Holder.SEAL: N_("Archive seal"),
    Holder.TIMESTAMP: N_("Time-stamp unit"),
}


def page(session: Session, facilities: Facilities, now: datetime) -> dict[str, Any]:
    """Give what signatures/certificates.html reads, without `error` and `may_renew`."""
    authority = load_authority(facilities.authority_dir)
    return {
        "office": [_holder(authority, holder, now) for holder in Holder],
        "former": [facts_of(one.certificate) for one in authority.former],
        "lists": _lists(authority, now),
        "ending": [
            {
                "name": one.name,
                "until": moments.day(one.not_after),
                "ended": one.not_after <= now,
                "href": url_for("people.edit", person_id=one.person_id),
            }
            for one in personal_certificates.ending(session, now)
        ],
        "root_key_here": Holder.ROOT in authority.locked_keys,
        **_outside(facilities.outside),
    }


def _holder(authority: Authority, holder: Holder, now: datetime) -> dict[str, Any]:
    certificate = authority.certificates[holder]
    until = certificate.not_valid_after_utc
    kind = "bad" if until <= now else "warn" if until <= now + EXPIRY_WARNING else "ok"
    return {**facts_of(certificate), "label": translated(HOLDERS[holder]), "kind": kind, "is_root": holder is Holder.ROOT}


def _lists(authority: Authority, now: datetime) -> dict[str, Any]:
    due = authority.crl.next_update_utc
    return {
        "written_at": authority.crl.last_update_utc,
        "due_at": due,
        "late": due is not None and due <= now,
        "revoked": len(authority.crl),
    }


def _outside(outside: Outside) -> dict[str, Any]:
    told: dict[str, Any] = {
        "roots_dir": str(outside.roots_dir or ""),
        "tsa_url": outside.tsa_url,
        "token_module": outside.token_module,
        "roots": [],
        "outside_lists": 0,
        "outside_fault": "",
    }
    try:
        return {**told, "roots": [facts_of(one) for one in roots_in(outside.roots_dir)], "outside_lists": len(lists_in(outside.roots_dir))}
    except Invalid as problem:
        return {**told, "outside_fault": sentence(problem)}

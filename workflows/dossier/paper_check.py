"""The check of one signed PDF, whatever stands in it: each signature, what came after it, whose certificate it is.

A reader that only checks digests calls a page drawn over "valid" (pdfsig does). Here every revision after a
signature is compared with what was signed, the last signature has to reach the end of the file, and the bytes
no digest covers are checked one by one (`signature_form.py`).
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO

from asn1crypto import cms, x509
from asn1crypto.crl import CertificateList
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESSubIndic
from pyhanko.sign.diff_analysis import SuspiciousModification
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import DocumentTimestampStatus, PdfSignatureStatus, SignatureStatus
from pyhanko_certvalidator import ValidationContext

from engine.catalogue import N_
from workflows.dossier.certificates import OWN_ROOT
from workflows.dossier.outside_time import moment_of
from workflows.dossier.pdf_places import changed_page
from workflows.dossier.signature_form import certificates_hold, covered_to, gap_is_exact, is_as_written

# What these would print about a paper stands in its verdict.
for _name in ("pyhanko.pdf_utils", "pyhanko.sign.validation", "pyhanko.sign.diff_analysis", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_REVOKED = {AdESFailure.REVOKED, AdESIndeterminate.REVOKED_NO_POE, AdESIndeterminate.REVOKED_CA_NO_POE}
_NOT_IN_FORCE = {
    AdESFailure.NOT_YET_VALID,
    AdESIndeterminate.NOT_YET_VALID,
    AdESIndeterminate.EXPIRED,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED,
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the msgid of the sentence and what fills it."""

    sentence: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Trust:
    """Whom to trust, which revocation lists to believe besides those in the paper, and when it is now."""

    roots: tuple[x509.Certificate, ...]
    crls: tuple[bytes, ...]
    now: datetime


@dataclass(frozen=True)
class SignatureFound:
    """One signature and the first fault of each kind, None where all is well.

    `certificate` is only meaningful when roots were given. `personal`: the certificate names a login, or comes from
    an outside authority; then `authority` is the name of its root.
    """

    place: str
    field: str
    name: str
    serial: int
    personal: bool
    time_stamp: bool
    at: datetime | None
    damage: Fault | None
    change: Fault | None
    certificate: Fault | None
    authority: str = ""


@dataclass(frozen=True)
class PaperFound:
    """Everything found in one PDF: signatures in their order, fields left empty, revocation lists, faults of the whole."""

    signatures: tuple[SignatureFound, ...] = ()
    empty_fields: tuple[str, ...] = ()
    crls: tuple[bytes, ...] = ()
    damage: Fault | None = None
    change: Fault | None = None


def examine(data: bytes, trust: Trust, place: str = "") -> PaperFound:
    """Check one PDF. `place` names it in the sentences when it is an enclosure. No file makes it raise."""
    if asyncio._get_running_loop() is not None:  # noqa: SLF001 - otherwise the caller's mistake would read as damage
        message = "papers are checked outside of an event loop"
        raise RuntimeError(message)
    try:
        return _examined(data, trust, place)
    except Exception:  # noqa: BLE001 - hostile bytes make the reader fail in every way there is, and failing is the finding
        sentence = N_("The structure of the file is damaged, so its signatures cannot be read ({place}).")
        return PaperFound(damage=Fault(sentence, {"place": place or "PDF"}))


def _examined(data: bytes, trust: Trust, place: str) -> PaperFound:
    reader = PdfFileReader(BytesIO(data))
    embedded = reader.embedded_signatures
    crls = _revocation_lists(reader)
    known = Trust(trust.roots, (*trust.crls, *crls), trust.now)
    found = tuple(_found(reader, one, known, place) for one in embedded)
    empty = tuple(name for name, value, _ in enumerate_sig_fields(reader) if value is None)
    return PaperFound(found, empty, crls, change=_added_after(data, reader, embedded, place))


def _found(reader: PdfFileReader, one: EmbeddedPdfSignature, trust: Trust, place: str) -> SignatureFound:
    where = f"{place}, {one.field_name}" if place else str(one.field_name)
    subject = one.signer_cert.subject.native
    name = str(subject.get("common_name", "?"))
    params: dict[str, object] = {"person": name, "place": where}
    status, at = _status(one, trust)
    authority = _outside_authority(status)
    return SignatureFound(
        where,
        str(one.field_name),
        name,
        one.signer_cert.serial_number,
        "user_id" in subject or bool(authority),
        isinstance(status, DocumentTimestampStatus),
        at,
        _damage(one, status, trust, params),
        _change(reader, one, status, params),
        _certificate_fault(status, params) if trust.roots else None,
        authority,
    )


def _status(one: EmbeddedPdfSignature, trust: Trust) -> tuple[PdfSignatureStatus | DocumentTimestampStatus, datetime | None]:
    if one.sig_object_type == "/DocTimeStamp":
        # Nobody after it vouches for the closing time stamp: its certificate has to be in force today.
        status = asyncio.run(async_validate_pdf_timestamp(one, _context(Trust(trust.roots, (), trust.now), trust.now)))
        return status, status.timestamp
    token = _token_of(one)
    at = moment_of(token) if token is not None else None
    moment = at or trust.now
    stamping = _context(trust, moment, _signers(token)) if token is not None else None
    return asyncio.run(async_validate_pdf_signature(one, _context(trust, moment, (one.signer_cert,)), stamping)), at


def _token_of(one: EmbeddedPdfSignature) -> cms.ContentInfo | None:
    for attribute in one.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            return attribute["values"][0]
    return None


def _signers(token: cms.ContentInfo) -> tuple[x509.Certificate, ...]:
    """Give the certificates in a token that are no authorities."""
    found = (one.chosen for one in token["content"]["certificates"])
    return tuple(one for one in found if not one.ca)


def _outside_authority(status: SignatureStatus) -> str:
    """Give the name of the root a certificate leads to where it is not that of a system like this one, else nothing."""
    path = status.validation_path
    if path is None:
        return ""
    name = path.trust_anchor.authority.name.native
    known = str(name.get("common_name") or name.get("organizational_unit_name") or name.get("organization_name") or "?")
    return "" if known.endswith(OWN_ROOT) else known


def _context(trust: Trust, moment: datetime, signers: Sequence[x509.Certificate] = ()) -> ValidationContext:
    # Of our own issuers there always is a list in a dossier; of an outside authority there may be none.
    listed = {CertificateList.load(one).issuer.dump() for one in trust.crls}
    return ValidationContext(
        trust_roots=list(trust.roots),
        crls=list(trust.crls),
        moment=moment,
        # Lists that were made after the signature count: who was revoked before it stands in them too.
        retroactive_revinfo=True,
        revocation_mode="require" if any(one.issuer.dump() in listed for one in signers) else "soft-fail",
        allow_fetching=False,
    )


def _damage(
    one: EmbeddedPdfSignature, status: SignatureStatus, trust: Trust, params: dict[str, object]
) -> Fault | None:
    if not status.intact:
        return Fault(N_("The content was altered after {person} signed it ({place})."), params)
    if not (status.valid and _stamp_is_good(status)):
        return Fault(N_("The signature of {person} is false ({place})."), params)
    stream = one.reader.stream
    stream.seek(0)
    roots = [load_der_x509_certificate(root.dump()) for root in trust.roots]
    exact = gap_is_exact(stream.read(), one.byte_range, one.pkcs7_content) and is_as_written(one.pkcs7_content)
    # A chain that ends elsewhere than at the root is a matter of certificates, not of bytes.
    if not exact or (_certificate_fault(status, params) is None and not certificates_hold(one.pkcs7_content, roots)):
        return Fault(N_("The bytes of the signature of {person} were altered ({place})."), params)
    return None


def _stamp_is_good(status: SignatureStatus) -> bool:
    stamp = getattr(status, "timestamp_validity", None)
    return stamp is None or (stamp.valid and stamp.intact)


def _change(
    reader: PdfFileReader, one: EmbeddedPdfSignature, status: PdfSignatureStatus | DocumentTimestampStatus, params: dict[str, object]
) -> Fault | None:
    if not isinstance(status.diff_result, SuspiciousModification) and status.docmdp_ok is not False:
        return None
    page = changed_page(reader, one.signed_revision)
    if page is not None:
        return Fault(N_("Page {page} was changed after {person} signed ({place})."), {**params, "page": page})
    return Fault(N_("The paper was changed after {person} signed, in a way that is not allowed ({place})."), params)


def _certificate_fault(status: SignatureStatus, params: dict[str, object]) -> Fault | None:
    problem = status.trust_problem_indic
    if status.revoked or problem in _REVOKED:
        return Fault(N_("The certificate of {person} had been revoked when it was used ({place})."), params)
    if not status.trusted:
        return _untrusted(problem, params)
    if isinstance(status, PdfSignatureStatus):
        stamp = status.timestamp_validity
        if stamp is None:
            return Fault(N_("The signature of {person} carries no time stamp, so its moment is not proven ({place})."), params)
        if not stamp.trusted:
            return Fault(N_("The time stamp on the signature of {person} comes from an unknown authority ({place})."), params)
    return None


def _untrusted(problem: AdESSubIndic | None, params: dict[str, object]) -> Fault:
    if problem in _NOT_IN_FORCE:
        return Fault(N_("The certificate of {person} was not in force when it was used ({place})."), params)
    return Fault(N_("The certificate of {person} was not issued under the root certificate given ({place})."), params)


def _revocation_lists(reader: PdfFileReader) -> tuple[bytes, ...]:
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return ()
    return tuple(reference.get_object().data for reference in store.crls)


def _added_after(
    data: bytes, reader: PdfFileReader, embedded: Sequence[EmbeddedPdfSignature], place: str
) -> Fault | None:
    if not embedded or covered_to(embedded[-1].byte_range) == len(data):
        return None
    last = embedded[-1]
    page = changed_page(reader, last.signed_revision)
    params: dict[str, object] = {"place": f"{place}, {last.field_name}" if place else str(last.field_name)}
    if page is not None:
        return Fault(N_("Page {page} was changed after the last signature ({place})."), {**params, "page": page})
    return Fault(N_("Something was added to the file after the last signature ({place})."), params)

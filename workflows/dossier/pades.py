"""PDF signatures (PAdES, ETSI EN 319 142-1): fields, personal signatures B-T, the archive seal B-LTA.

Every signature is an incremental update over fields that were all placed before the first one. The first
certifies the paper for form filling (DocMDP P=2; under P=1 readers refuse even time stamps). RSA keys only:
with elliptic curves the signing library declares PDF 2.0 and the paper is no PDF/A-3 any more.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, CertificateRevocationList, load_pem_x509_certificate, load_pem_x509_certificates
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import fields as sig_fields
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, PdfSigningSession, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid
from workflows.dossier.certificates import Authority, Holder, write_crl
from workflows.dossier.outside_certificates import as_asn1, is_listed
from workflows.dossier.outside_time import CheckedTimeStamper, asked_at
from workflows.dossier.signers import HeldKey, PersonSigner
from workflows.dossier.signers import Signer as SigningKey
from workflows.dossier.stamp import stamp_style
from workflows.dossier.timestamps import DIGEST, OwnTimeStamper

# It warns at every seal that nothing is fetched from the network. That is how it has to be.
logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)

#: Fields of the archive seal, where the caller places none.
SEAL_FIELD = "archive_seal"
ARCHIVE_TIMESTAMP_FIELD = "archive_timestamp"


@dataclass(frozen=True)
class SignatureField:
    """An empty signature field: `page` from 0, `box` = x1 y1 x2 y2 in points, `label` read out to people (/TU)."""

    name: str
    page: int
    box: tuple[float, float, float, float]
    label: str


@dataclass(frozen=True)
class SigningParts:
    """What the office adds to a signature: its authority, serials of time stamps, who was revoked when.

    Of others: the roots it trusts, their revocation lists, and the time-stamp authority it asks (empty: its own).
    """

    authority: Authority
    passphrase: bytes
    next_serial: Callable[[], int]
    revoked: Mapping[int, datetime] = field(default_factory=dict)
    roots: tuple[Certificate, ...] = ()
    lists: tuple[CertificateRevocationList, ...] = ()
    tsa_url: str = ""


@dataclass(frozen=True)
class SignatureWords:
    """The reason kept in the signature, the lines of its visible stamp, and the moment of both."""

    reason: str
    stamp_lines: tuple[str, ...]
    at: datetime


def with_fields(pdf: bytes, fields: Sequence[SignatureField]) -> bytes:
    """Add empty signature fields. Raises Invalid when the paper is signed already: then it may not change."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    if writer.prev.embedded_signatures:
        raise Invalid(N_("This paper is signed already. Signature fields have to be placed before the first signature."))
    for one in fields:
        spec = sig_fields.SigFieldSpec(
            sig_field_name=one.name,
            on_page=one.page,
            box=one.box,  # type: ignore[arg-type]  # points need not be whole; the library writes what it is given
            readable_field_name=one.label,
        )
        sig_fields.append_signature_field(writer, spec)
    return _written(writer)


def sign(pdf: bytes, field: str, signer: PersonSigner, parts: SigningParts, words: SignatureWords) -> bytes:
    """Sign one field of a paper as a person; gives the paper with one more revision.

    Raises Forbidden when the certificate has ended or was revoked, Conflict when the field is taken or no time can
    be had.
    """
    certificate = load_pem_x509_certificate(signer.certificate_pem)
    _refuse_unusable(certificate, parts, words.at)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    box = _free_field(writer.prev, field)
    meta = PdfSignatureMetadata(
        field_name=field,
        md_algorithm=DIGEST,
        reason=words.reason,
        name=signer.name,
        certify=not writer.prev.embedded_signatures,
        subfilter=sig_fields.SigSeedSubFilter.PADES,
        docmdp_permissions=sig_fields.MDPPerm.FILL_FORMS,
        tight_size_estimates=not parts.tsa_url,
    )
    signing = _PdfSigner(
        meta,
        KeySigner(as_asn1(certificate), signer.key, _above(certificate, signer.chain_pem, parts)),
        timestamper=_time_stamper(parts, words.at),
        stamp_style=stamp_style(words.stamp_lines, box[2] - box[0], box[3] - box[1]),
    )
    return _signed(signing, writer, words.at)


def seal(pdf: bytes, field: str | None, parts: SigningParts, reason: str, at: datetime) -> bytes:
    """Put the archive seal on a dossier and close it with a document time stamp over the whole file (B-LTA).

    Without a field the seal is invisible. The certificates and revocation lists needed to check it in years to
    come lie in the file. Raises Forbidden when the seal's certificate has ended.
    """
    authority = write_crl(parts.authority, parts.passphrase, parts.revoked, at)
    parts = replace(parts, authority=authority)
    certificate = authority.certificates[Holder.SEAL]
    _refuse_unusable(certificate, parts, at)
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    box = _free_field(writer.prev, field) if field is not None else None
    holder = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    closing = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
    meta = PdfSignatureMetadata(
        field_name=field or SEAL_FIELD,
        md_algorithm=DIGEST,
        reason=reason,
        name=str(holder),
        certify=not writer.prev.embedded_signatures,
        subfilter=sig_fields.SigSeedSubFilter.PADES,
        docmdp_permissions=sig_fields.MDPPerm.FILL_FORMS,
        tight_size_estimates=not parts.tsa_url,
        embed_validation_info=True,
        use_pades_lta=True,
        timestamp_field_name=ARCHIVE_TIMESTAMP_FIELD,
        validation_context=_validation(parts, at),
        dss_settings=DSSContentSettings(include_vri=False, next_ts_settings=closing),
    )
    signing = _PdfSigner(
        meta,
        KeySigner(
            as_asn1(certificate), HeldKey(authority.key(Holder.SEAL, parts.passphrase)), _above(certificate, b"", parts)
        ),
        timestamper=_time_stamper(parts, at),
        stamp_style=stamp_style((str(holder), reason), box[2] - box[0], box[3] - box[1]) if box else None,
    )
    return _signed(signing, writer, at)


class KeySigner(Signer):
    """A signer with its key ready: the library's own one loads and checks the key for every signature."""

    def __init__(self, certificate: x509.Certificate, key: SigningKey, above: Sequence[x509.Certificate]) -> None:
        super().__init__(
            signing_cert=certificate, cert_registry=SimpleCertificateStore.from_certs(above), embed_roots=False
        )
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: object = None) -> bytes:
        """Sign `data`; a dry run gives as many bytes without signing."""
        if dry_run:
            return b"\0" * self._key.size
        if digest_algorithm != DIGEST:
            message = f"papers are signed over SHA-256, not {digest_algorithm}"
            raise ValueError(message)
        return self._key.sign(data)


class _PdfSigner(PdfSigner):
    """Signs at the moment of the command, not at that of a second clock."""

    moment: datetime

    def init_signing_session(self, pdf_out: BasePdfFileWriter, *rest: Any, **named: Any) -> PdfSigningSession:  # noqa: ANN401 - handed through
        session = super().init_signing_session(pdf_out, *rest, **named)
        session.system_time = self.moment
        return session


def _signed(signing: _PdfSigner, writer: IncrementalPdfFileWriter, at: datetime) -> bytes:
    signing.moment = at.replace(microsecond=0)
    output = BytesIO()
    signing.sign_pdf(writer, output=output)
    return output.getvalue()


def _refuse_unusable(certificate: Certificate, parts: SigningParts, at: datetime) -> None:
    ended = certificate.not_valid_after_utc
    if ended <= at:
        message = N_("The signing certificate ended on {date}. Get a new one on the page “My signature”.")
        raise Forbidden(message, date=ended.date().isoformat())
    own = parts.authority.issuer_of(certificate) is not None
    revoked = own and certificate.serial_number in parts.revoked
    if revoked or is_listed(certificate, (*parts.authority.lists, *parts.lists)):
        raise Forbidden(N_("The signing certificate was revoked. Get a new one on the page “My signature”."))


def _above(certificate: Certificate, chain_pem: bytes, parts: SigningParts) -> tuple[x509.Certificate, ...]:
    issuer = parts.authority.issuer_of(certificate)
    if issuer is not None:
        return (as_asn1(issuer),)
    return tuple(as_asn1(one) for one in load_pem_x509_certificates(chain_pem)) if chain_pem else ()


def _free_field(reader: PdfFileReader, name: str) -> tuple[float, float, float, float]:
    for found, value, reference in sig_fields.enumerate_sig_fields(reader):
        if found == name:
            if value is not None:
                raise Conflict(N_("This paper is signed already at this place. Reload the page and look again."))
            x1, y1, x2, y2 = (float(number) for number in reference.get_object()["/Rect"])
            return x1, y1, x2, y2
    raise Invalid(N_("This paper has no signature field {field}. Have it rendered again."), field=name)


def _time_stamper(parts: SigningParts, at: datetime) -> TimeStamper:
    if parts.tsa_url:
        return CheckedTimeStamper(asked_at(parts.tsa_url, parts.roots), at)
    certificate = parts.authority.certificates[Holder.TIMESTAMP]
    chain = (as_asn1(certificate), *_above(certificate, b"", parts))
    return OwnTimeStamper(chain, parts.authority.key(Holder.TIMESTAMP, parts.passphrase), parts.next_serial, at)


def _validation(parts: SigningParts, at: datetime) -> ValidationContext:
    authority = parts.authority
    ours = (*authority.issuers, authority.certificates[Holder.SEAL], authority.certificates[Holder.TIMESTAMP])
    outside = parts.roots if parts.tsa_url else ()
    return ValidationContext(
        trust_roots=[as_asn1(one) for one in (authority.certificates[Holder.ROOT], *outside)],
        other_certs=[as_asn1(one) for one in ours],
        crls=[one.public_bytes(Encoding.DER) for one in (*authority.lists, *parts.lists)],
        moment=at,
        # Of an outside time-stamp authority there may be no list at hand; of our own there always is.
        revocation_mode="soft-fail" if outside else "require",
        allow_fetching=False,
    )


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    output = BytesIO()
    writer.write(output)
    return output.getvalue()

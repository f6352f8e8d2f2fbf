"""Certificates of outside authorities (第三方证书): read from a PKCS #12 file, checked up to a root this office trusts.

The folder of trusted roots is kept by the administrator. What leads to no root in it is refused: a signature nobody
can check is none. Authorities between may lie there too, because devices often hold nothing but the person's own
certificate; they are not trusted by that.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InvalidCertificateError, PathBuildingError, PathValidationError, ValidationError

from engine.catalogue import N_
from engine.errors import Forbidden, Invalid
from workflows.facilities import Outside

#: As browsers' and national rules ask for; papers are kept for decades.
MIN_KEY_BITS = 2048
#: A file with one key and its chain is a few kilobytes.
MAX_FILE_BYTES = 100_000
_SUFFIXES = frozenset({".pem", ".crt", ".cer"})


@dataclass(frozen=True)
class OutsideCertificate:
    """A certificate that was checked, and the authorities above it, its issuer first, without the root."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @property
    def pem(self) -> bytes:
        """Give the certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def chain_pem(self) -> bytes:
        """Give the authorities above it as PEM, one after another."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in self.chain)


@dataclass(frozen=True)
class Pkcs12:
    """What lies in a PKCS #12 file: a key, its certificate, whatever other certificates came along."""

    key: RSAPrivateKey
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]


def read_pkcs12(data: bytes, pin: str) -> Pkcs12:
    """Open a PKCS #12 file (RFC 7292). Raises Forbidden when the PIN is wrong, Invalid when it is no such file or not RSA."""
    if not data or len(data) > MAX_FILE_BYTES or data[0] != 0x30:  # noqa: PLR2004 - the tag of a SEQUENCE
        raise Invalid(N_("This is not a certificate file. Choose the .p12 or .pfx file your authority gave you."))
    try:
        found = pkcs12.load_pkcs12(data, pin.encode() if pin else None)
    except UnsupportedAlgorithm as problem:
        raise _only_rsa() from problem
    except ValueError as problem:
        raise Forbidden(N_("The PIN does not open this certificate file, or the file is damaged. Type the PIN the file was given with.")) from problem
    if found.key is None or found.cert is None:
        raise Invalid(N_("This file holds no key with its certificate. Choose the .p12 or .pfx file your authority gave you."))
    if not isinstance(found.key, RSAPrivateKey):
        raise _only_rsa()
    others = tuple(one.certificate for one in found.additional_certs)
    return Pkcs12(found.key, found.cert.certificate, others)


def checked(certificate: x509.Certificate, others: Iterable[x509.Certificate], outside: Outside, now: datetime) -> OutsideCertificate:
    """Check a certificate for signing papers: RSA, in force, made for signatures, leading to a trusted root. Raises Invalid."""
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise _only_rsa()
    until, since = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if not since <= now < until:
        message = N_("This certificate is in force from {since} to {until} only. Ask your authority for a new one.")
        raise Invalid(message, since=since.date().isoformat(), until=until.date().isoformat())
    if is_listed(certificate, lists_in(outside.roots_dir)):
        raise Invalid(N_("This certificate was revoked by its authority. Ask for a new one."))
    known = _certificates_in(outside.roots_dir)
    return OutsideCertificate(certificate, _chain(certificate, [*others, *known], roots_in(outside.roots_dir), now))


def roots_in(folder: Path | None) -> tuple[x509.Certificate, ...]:
    """Give the roots of outside authorities this office trusts. Raises Invalid, naming a file that is no certificate."""
    return tuple(one for one in _certificates_in(folder) if one.subject == one.issuer)


def _certificates_in(folder: Path | None) -> list[x509.Certificate]:
    if folder is None or not folder.is_dir():
        return []
    found: list[x509.Certificate] = []
    for file in sorted(one for one in folder.iterdir() if one.suffix.lower() in _SUFFIXES):
        try:
            data = file.read_bytes()
            found += x509.load_pem_x509_certificates(data) if b"-----BEGIN" in data else [x509.load_der_x509_certificate(data)]
        except (ValueError, OSError) as problem:
            raise Invalid(N_("{file} is no certificate. The administrator puts it right or removes it."), file=str(file)) from problem
    return found


def lists_in(folder: Path | None) -> tuple[x509.CertificateRevocationList, ...]:
    """Give the revocation lists (*.crl) of outside authorities in that folder. Raises Invalid, naming a file that is none."""
    if folder is None or not folder.is_dir():
        return ()
    found = []
    for file in sorted(folder.glob("*.crl")):
        try:
            data = file.read_bytes()
            found.append(x509.load_pem_x509_crl(data) if b"-----BEGIN" in data else x509.load_der_x509_crl(data))
        except (ValueError, OSError) as problem:
            raise Invalid(N_("{file} is no revocation list. The administrator puts it right or removes it."), file=str(file)) from problem
    return tuple(found)


def is_listed(certificate: x509.Certificate, lists: Iterable[x509.CertificateRevocationList]) -> bool:
    """Say whether one of the lists of its issuer names a certificate as revoked."""
    return any(
        one.issuer == certificate.issuer and one.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None
        for one in lists
    )


def common_name(certificate: x509.Certificate) -> str:
    """Give the name a certificate is made out to."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else "?"


def as_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """Give a certificate as the library of signatures wants it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _chain(
    certificate: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime
) -> tuple[x509.Certificate, ...]:
    context = ValidationContext(
        trust_roots=[as_asn1(one) for one in roots], moment=now, allow_fetching=False, revocation_mode="soft-fail"
    )
    validator = CertificateValidator(as_asn1(certificate), [as_asn1(one) for one in others], validation_context=context)
    issuer = certificate.issuer.rfc4514_string()
    try:
        path = asyncio.run(validator.async_validate_usage({"digital_signature"}))
    except InvalidCertificateError as problem:
        raise Invalid(N_("This certificate was not made for signing. Ask your authority for a signing certificate.")) from problem
    except PathBuildingError as problem:
        message = N_("This office does not trust the authority of this certificate ({issuer}). The administrator puts its root certificate into the folder of trusted roots.")
        raise Invalid(message, issuer=issuer) from problem
    except (PathValidationError, ValidationError) as problem:
        raise Invalid(N_("The chain of this certificate does not hold ({problem}). Ask your authority for a new one."), problem=problem) from problem
    above = list(path.iter_certs(include_root=False))[:-1]
    return tuple(x509.load_der_x509_certificate(one.dump()) for one in reversed(above))


def _only_rsa() -> Invalid:
    return Invalid(N_("Papers are signed with RSA keys of 2048 bits or more: with other keys they would not stay fit for the archive. Ask your authority for an RSA certificate."))

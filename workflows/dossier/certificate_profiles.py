"""What stands in a certificate of this system: names and the four profiles (RFC 5280, RFC 3161 §2.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: The longest text in one part of a name, in bytes of UTF-8: what every reader takes (X.520 counts characters).
NAME_PART_BYTES = 64
#: Machines of one office differ by this much.
_CLOCK_TOLERANCE = timedelta(minutes=5)


class Profile(Enum):
    """What a certificate may be used for; for an authority, how many authorities may stand below it."""

    ROOT = 1
    ISSUING = 0
    SIGNING = "signing"
    TIMESTAMPING = "time stamping"


@dataclass(frozen=True)
class CertificateRequest:
    """One certificate to be made."""

    name: x509.Name
    public_key: RSAPublicKey
    profile: Profile
    not_before: datetime
    not_after: datetime


def subject_name(name: str, organisation: str, department: str = "", login: str = "") -> x509.Name:
    """Write a distinguished name; empty parts are left out, parts that are too long are cut."""
    parts = (
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, department),
        (NameOID.USER_ID, login),
        (NameOID.COMMON_NAME, name),
    )
    return x509.Name([x509.NameAttribute(oid, clipped(text)) for oid, text in parts if text])


def clipped(text: str, room: int = NAME_PART_BYTES) -> str:
    """Cut a text to `room` bytes of UTF-8, never through a character."""
    return text.encode()[:room].decode(errors="ignore")


def issue(request: CertificateRequest, issuer: x509.Certificate | None, issuer_key: RSAPrivateKey) -> x509.Certificate:
    """Sign a certificate; without an issuer it signs itself, as a root does."""
    above = issuer_key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.name)
        .issuer_name(issuer.subject if issuer else request.name)
        .public_key(request.public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(request.not_before - _CLOCK_TOLERANCE)
        .not_valid_after(request.not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
        .add_extension(_key_usage(request.profile), critical=True)
        .add_extension(_constraints(request.profile), critical=True)
    )
    if request.profile is Profile.TIMESTAMPING:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer_key, SHA256())


def _constraints(profile: Profile) -> x509.BasicConstraints:
    if profile in {Profile.ROOT, Profile.ISSUING}:
        return x509.BasicConstraints(ca=True, path_length=int(profile.value))
    return x509.BasicConstraints(ca=False, path_length=None)


def _key_usage(profile: Profile) -> x509.KeyUsage:
    authority = profile in {Profile.ROOT, Profile.ISSUING}
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )

"""The certificate authority of the office: root, issuing authority, archive seal, time-stamp unit, personal certificates.

All of it lies in one folder, made once. Certificates are PEM files anybody may read; keys lie beside them,
encrypted under the authority's passphrase. It is an authority of this system only: nothing it issues is, or
may be called, a qualified certificate.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from engine.catalogue import N_
from engine.errors import Forbidden, Invalid, NotFound
from workflows.dossier import locked_keys
from workflows.dossier.certificate_profiles import NAME_PART_BYTES, CertificateRequest, Profile, clipped, issue, subject_name
from workflows.dossier.locked_keys import unlock as unlock_key

#: The office's own certificates outlive the papers' first retention period; a person's is renewed.
AUTHORITY_LIFETIME = timedelta(days=20 * 365)
PERSON_LIFETIME = timedelta(days=2 * 365)
CRL_LIFETIME = timedelta(days=7)
#: People are told this long before their certificate ends.
EXPIRY_WARNING = timedelta(days=60)


class Holder(StrEnum):
    """Who holds a certificate of the office itself; also the names of the files."""

    ROOT = "root"
    ISSUING = "issuing"
    SEAL = "seal"
    TIMESTAMP = "timestamp"


_PROFILES = {
    Holder.ROOT: (Profile.ROOT, "卷宗根证书"),
    Holder.ISSUING: (Profile.ISSUING, "卷宗签发机构"),
    Holder.SEAL: (Profile.SIGNING, "归档签章"),
    Holder.TIMESTAMP: (Profile.TIMESTAMPING, "时间戳"),
}


@dataclass(frozen=True)
class Authority:
    """The authority as it lies on disk: certificates, still locked keys, revocation lists of root and issuer."""

    directory: Path
    certificates: Mapping[Holder, x509.Certificate]
    locked_keys: Mapping[Holder, bytes]
    root_crl: x509.CertificateRevocationList
    crl: x509.CertificateRevocationList

    def key(self, holder: Holder, passphrase: bytes) -> RSAPrivateKey:
        """Give an unlocked key, kept for the life of the process. Raises Invalid when the passphrase does not fit."""
        return _unlocked(self.locked_keys[holder], passphrase)

    def pem(self, holder: Holder) -> bytes:
        """Give one certificate as PEM; that of the root is what a verifier has to trust."""
        return self.certificates[holder].public_bytes(Encoding.PEM)


@dataclass(frozen=True)
class PersonSubject:
    """Whom a personal certificate names."""

    name: str
    organisation: str
    department: str
    login: str


@dataclass(frozen=True)
class IssuedPerson:
    """A personal certificate and its key, encrypted under the person's password."""

    serial: int
    cert_pem: bytes
    encrypted_key_pem: bytes
    not_after: datetime


def create_authority(directory: Path, passphrase: bytes, organisation: str, now: datetime) -> Authority:
    """Make the authority in `directory`, or load the one that is there already.

    It is written beside and moved into place whole, so two processes starting at once end up with one
    authority, and a killed one leaves none by halves.
    """
    if not (directory / f"{Holder.ROOT}.pem").exists():
        directory.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        try:
            _write_all(draft, _new_files(passphrase, organisation, now))
            _move_whole(draft, directory)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return load_authority(directory)


def load_authority(directory: Path) -> Authority:
    """Read the authority. Raises NotFound when there is none, Invalid when a file of it is missing or damaged."""
    if not (directory / f"{Holder.ROOT}.pem").exists():
        raise NotFound(N_("There is no certificate authority in {place}. Start the server once: it makes one."), place=directory)
    try:
        return Authority(
            directory,
            {holder: x509.load_pem_x509_certificate((directory / f"{holder}.pem").read_bytes()) for holder in Holder},
            {holder: (directory / f"{holder}.key").read_bytes() for holder in Holder},
            x509.load_pem_x509_crl((directory / "root-crl.pem").read_bytes()),
            x509.load_pem_x509_crl((directory / "crl.pem").read_bytes()),
        )
    except (OSError, ValueError) as problem:
        raise Invalid(
            N_("The certificate authority in {place} cannot be read ({problem}). Restore this folder from the backup."),
            place=directory,
            problem=problem,
        ) from problem


def issue_person(
    authority: Authority, passphrase: bytes, subject: PersonSubject, password: str, now: datetime
) -> IssuedPerson:
    """Issue a personal signing certificate, valid for two years, its key locked with `password`."""
    key = locked_keys.new_key()
    request = CertificateRequest(
        subject_name(subject.name, subject.organisation, subject.department, subject.login),
        key.public_key(),
        Profile.SIGNING,
        now,
        min(now + PERSON_LIFETIME, authority.certificates[Holder.ISSUING].not_valid_after_utc),
    )
    certificate = issue(request, authority.certificates[Holder.ISSUING], authority.key(Holder.ISSUING, passphrase))
    return IssuedPerson(
        certificate.serial_number,
        certificate.public_bytes(Encoding.PEM),
        locked_keys.lock(key, password.encode()),
        certificate.not_valid_after_utc,
    )


def unlock(encrypted_key_pem: bytes, password: str) -> RSAPrivateKey:
    """Decrypt a personal key. Raises Forbidden when the password is wrong."""
    return unlock_key(encrypted_key_pem, password.encode())


def write_crl(authority: Authority, passphrase: bytes, revoked: Mapping[int, datetime], now: datetime) -> Authority:
    """Write the list of revoked certificates (serial → when) anew and give the authority with it.

    What was revoked stays revoked: entries of the list on disk are kept, with their first date.
    """
    kept = {entry.serial_number: entry.revocation_date_utc for entry in authority.crl}
    number = authority.crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
    issuer = (authority.certificates[Holder.ISSUING], authority.key(Holder.ISSUING, passphrase))
    crl = _revocation_list(issuer, {**revoked, **kept}, number, (now, now + CRL_LIFETIME))
    _write(authority.directory / "crl.pem", crl.public_bytes(Encoding.PEM))
    return Authority(authority.directory, authority.certificates, authority.locked_keys, authority.root_crl, crl)


@lru_cache(maxsize=64)
def _unlocked(locked: bytes, passphrase: bytes) -> RSAPrivateKey:
    try:
        return unlock_key(locked, passphrase)
    except Forbidden:
        raise Invalid(
            N_("The passphrase does not open the keys of the certificate authority. Give the file it was made with.")
        ) from None


def _new_files(passphrase: bytes, organisation: str, now: datetime) -> dict[str, bytes]:
    until = now + AUTHORITY_LIFETIME
    keys = {holder: locked_keys.new_key() for holder in Holder}
    made: dict[Holder, x509.Certificate] = {}
    for holder, (profile, words) in _PROFILES.items():
        # The organisation gives way, not the role: two certificates of one name cannot be told apart.
        room = NAME_PART_BYTES - len(f" {words}".encode())
        name = subject_name(f"{clipped(organisation, room)} {words}", organisation)
        request = CertificateRequest(name, keys[holder].public_key(), profile, now, until)
        above = Holder.ROOT if holder in {Holder.ROOT, Holder.ISSUING} else Holder.ISSUING
        made[holder] = issue(request, made.get(above), keys[above])
    root, issuing = ((made[holder], keys[holder]) for holder in (Holder.ROOT, Holder.ISSUING))
    files = {
        "root-crl.pem": _revocation_list(root, {}, 1, (now, until)).public_bytes(Encoding.PEM),
        "crl.pem": _revocation_list(issuing, {}, 1, (now, now + CRL_LIFETIME)).public_bytes(Encoding.PEM),
    }
    files |= {f"{holder}.key": locked_keys.lock(keys[holder], passphrase) for holder in Holder}
    return files | {f"{holder}.pem": made[holder].public_bytes(Encoding.PEM) for holder in Holder}


def _revocation_list(
    issuer: tuple[x509.Certificate, RSAPrivateKey],
    revoked: Mapping[int, datetime],
    number: int,
    period: tuple[datetime, datetime],
) -> x509.CertificateRevocationList:
    certificate, key = issuer
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(period[0])
        .next_update(period[1])
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
    )
    for serial, moment in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, SHA256())


def _move_whole(draft: Path, directory: Path) -> None:
    try:
        draft.rename(directory)
    except OSError:
        # Another process was first; what it made counts.
        if not (directory / f"{Holder.ROOT}.pem").exists():
            raise
    _sync_folder(directory.parent)


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        _write(folder / name, content)


def _write(path: Path, content: bytes) -> None:
    """Put a file in place whole and durably; only the owner may read keys."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600 if path.suffix == ".key" else 0o644)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

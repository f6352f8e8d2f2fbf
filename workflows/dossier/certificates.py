"""The certificate authority of the office: root, issuing authority, archive seal, time-stamp unit, personal certificates.

All of it lies in one folder, made once. Certificates are PEM files anybody may read; keys lie beside them,
encrypted under the authority's passphrase. A renewed issuing authority lies in a folder of its own in it
(`issuing-2`, …) with the seal and the time-stamp unit below it; the one before stays, for its revocation list. The key
of the root is needed for a renewal only: it may be kept somewhere else (`root.key`).
It is an authority of this system only: nothing it issues is, or may be called, a qualified certificate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from engine.catalogue import N_
from engine.errors import Forbidden, Invalid, NotFound
from workflows.dossier import locked_keys
from workflows.dossier.authority_files import make_whole, write
from workflows.dossier.certificate_profiles import NAME_PART_BYTES, CertificateRequest, Profile, clipped, issue, subject_name
from workflows.dossier.locked_keys import unlock as unlock_key
from workflows.dossier.revocation_lists import revocation_list

#: The office's own certificates outlive the papers' first retention period; a person's is renewed.
AUTHORITY_LIFETIME = timedelta(days=20 * 365)
PERSON_LIFETIME = timedelta(days=2 * 365)
CRL_LIFETIME = timedelta(days=7)
#: Folders of renewed issuing authorities: issuing-2, issuing-3, …
_GENERATION = "issuing-"
#: From when to when.
_Period = tuple[datetime, datetime]
#: People are told this long before their certificate ends.
EXPIRY_WARNING = timedelta(days=60)


class Holder(StrEnum):
    """Who holds a certificate of the office itself; also the names of the files."""

    ROOT = "root"
    ISSUING = "issuing"
    SEAL = "seal"
    TIMESTAMP = "timestamp"


#: How the name of every root of a system like this one ends.
OWN_ROOT = "卷宗根证书"
_PROFILES = {
    Holder.ROOT: (Profile.ROOT, OWN_ROOT),
    Holder.ISSUING: (Profile.ISSUING, "卷宗签发机构"),
    Holder.SEAL: (Profile.SIGNING, "归档签章"),
    Holder.TIMESTAMP: (Profile.TIMESTAMPING, "时间戳"),
}


@dataclass(frozen=True)
class Issuer:
    """An issuing authority of before: it issues nothing any more, but still says which of its certificates are revoked."""

    directory: Path
    certificate: x509.Certificate
    locked_key: bytes
    crl: x509.CertificateRevocationList


@dataclass(frozen=True)
class Authority:
    """The authority as it lies on disk: certificates, still locked keys, revocation lists of root and issuers.

    `directory` is the whole folder, `issuing_dir` where the issuer of now lies; `former` are those before, oldest first.
    """

    directory: Path
    issuing_dir: Path
    certificates: Mapping[Holder, x509.Certificate]
    locked_keys: Mapping[Holder, bytes]
    root_crl: x509.CertificateRevocationList
    crl: x509.CertificateRevocationList
    former: tuple[Issuer, ...] = ()

    def key(self, holder: Holder, passphrase: bytes) -> RSAPrivateKey:
        """Give an unlocked key, kept for the life of the process.

        Raises Invalid when the passphrase does not fit, or the key of the root is kept somewhere else.
        """
        if holder not in self.locked_keys:
            message = N_("The key of the root certificate is not in {place}. Put root.key back for as long as the renewal takes.")
            raise Invalid(message, place=self.directory)
        return _unlocked(self.locked_keys[holder], passphrase)

    def pem(self, holder: Holder) -> bytes:
        """Give one certificate as PEM; that of the root is what a verifier has to trust."""
        return self.certificates[holder].public_bytes(Encoding.PEM)

    @property
    def issuers(self) -> tuple[x509.Certificate, ...]:
        """Give the certificates of all issuing authorities, that of now first."""
        return (self.certificates[Holder.ISSUING], *(one.certificate for one in reversed(self.former)))

    @property
    def lists(self) -> tuple[x509.CertificateRevocationList, ...]:
        """Give all revocation lists, that of the root first."""
        return (self.root_crl, self.crl, *(one.crl for one in reversed(self.former)))

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """Give the issuing authority a certificate comes from, or None when it is none of ours."""
        return next((one for one in self.issuers if one.subject == certificate.issuer), None)


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
        make_whole(directory, _new_files(passphrase, organisation, now))
    return load_authority(directory)


def load_authority(directory: Path) -> Authority:
    """Read the authority. Raises NotFound when there is none, Invalid when a file of it is missing or damaged."""
    if not (directory / f"{Holder.ROOT}.pem").exists():
        raise NotFound(N_("There is no certificate authority in {place}. Start the server once: it makes one."), place=directory)
    try:
        return _read(directory)
    except (OSError, ValueError) as problem:
        raise Invalid(
            N_("The certificate authority in {place} cannot be read ({problem}). Restore this folder from the backup."),
            place=directory,
            problem=problem,
        ) from problem


def renew_issuing(directory: Path, passphrase: bytes, organisation: str, now: datetime) -> Authority:
    """Make a new issuing authority under the same root, and a new seal and time-stamp unit under it.

    Everything issued before stays good: its issuer and that one's revocation list are kept. Raises Invalid when the
    key of the root is not there, Forbidden when the root itself has ended.
    """
    authority = load_authority(directory)
    root = authority.certificates[Holder.ROOT]
    if root.not_valid_after_utc <= now:
        raise Forbidden(N_("The root certificate ended on {date}. Nothing can be issued under it any more."), date=root.not_valid_after_utc.date().isoformat())
    number = len(authority.former) + 2
    root_pair = (root, authority.key(Holder.ROOT, passphrase))
    files = _issuing_files(passphrase, organisation, (now, min(now + AUTHORITY_LIFETIME, root.not_valid_after_utc)), root_pair, f" {number}")
    make_whole(directory / f"{_GENERATION}{number}", files)
    return load_authority(directory)


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
    """Write the lists of revoked certificates (serial → when) anew and give the authority with them.

    What was revoked stays revoked: entries of the list on disk are kept, with their first date. Every issuer lists
    all of them: serial numbers are drawn so that two never meet, whoever issues.
    """
    key = authority.key(Holder.ISSUING, passphrase)
    now_issuing = Issuer(authority.issuing_dir, authority.certificates[Holder.ISSUING], b"", authority.crl)
    crl = _written_list(now_issuing, key, revoked, now)
    former = tuple(
        replace(one, crl=_written_list(one, _unlocked(one.locked_key, passphrase), revoked, now)) for one in authority.former
    )
    return replace(authority, crl=crl, former=former)


def _written_list(
    issuer: Issuer, key: RSAPrivateKey, revoked: Mapping[int, datetime], now: datetime
) -> x509.CertificateRevocationList:
    kept = {entry.serial_number: entry.revocation_date_utc for entry in issuer.crl}
    number = issuer.crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
    crl = revocation_list((issuer.certificate, key), {**revoked, **kept}, number, (now, now + CRL_LIFETIME))
    write(issuer.directory / "crl.pem", crl.public_bytes(Encoding.PEM))
    return crl


@lru_cache(maxsize=64)
def _unlocked(locked: bytes, passphrase: bytes) -> RSAPrivateKey:
    try:
        return unlock_key(locked, passphrase)
    except Forbidden:
        raise Invalid(
            N_("The passphrase does not open the keys of the certificate authority. Give the file it was made with.")
        ) from None


def _read(directory: Path) -> Authority:
    *before, place = (directory, *_generations(directory))
    folders = {Holder.ROOT: directory}
    certificates = {
        holder: x509.load_pem_x509_certificate((folders.get(holder, place) / f"{holder}.pem").read_bytes()) for holder in Holder
    }
    keys = {holder: (folders.get(holder, place) / f"{holder}.key") for holder in Holder}
    return Authority(
        directory,
        place,
        certificates,
        {holder: file.read_bytes() for holder, file in keys.items() if holder is not Holder.ROOT or file.exists()},
        x509.load_pem_x509_crl((directory / "root-crl.pem").read_bytes()),
        x509.load_pem_x509_crl((place / "crl.pem").read_bytes()),
        tuple(_former(one) for one in before),
    )


def _former(folder: Path) -> Issuer:
    return Issuer(
        folder,
        x509.load_pem_x509_certificate((folder / f"{Holder.ISSUING}.pem").read_bytes()),
        (folder / f"{Holder.ISSUING}.key").read_bytes(),
        x509.load_pem_x509_crl((folder / "crl.pem").read_bytes()),
    )


def _generations(directory: Path) -> Iterable[Path]:
    """Give the folders of renewed issuing authorities, oldest first."""
    found = (one for one in directory.glob(f"{_GENERATION}*") if one.name.removeprefix(_GENERATION).isdecimal())
    return sorted(found, key=lambda one: int(one.name.removeprefix(_GENERATION)))


def _new_files(passphrase: bytes, organisation: str, now: datetime) -> dict[str, bytes]:
    period = (now, now + AUTHORITY_LIFETIME)
    key = locked_keys.new_key()
    root = issue(_request(Holder.ROOT, organisation, key, period), None, key)
    return {
        f"{Holder.ROOT}.key": locked_keys.lock(key, passphrase),
        f"{Holder.ROOT}.pem": root.public_bytes(Encoding.PEM),
        "root-crl.pem": revocation_list((root, key), {}, 1, period).public_bytes(Encoding.PEM),
    } | _issuing_files(passphrase, organisation, period, (root, key), "")


def _issuing_files(
    passphrase: bytes, organisation: str, period: _Period, root: tuple[x509.Certificate, RSAPrivateKey], number: str
) -> dict[str, bytes]:
    """Make an issuing authority and what stands below it; `number` tells it from those before."""
    keys = {holder: locked_keys.new_key() for holder in (Holder.ISSUING, Holder.SEAL, Holder.TIMESTAMP)}
    issuing = issue(_request(Holder.ISSUING, organisation, keys[Holder.ISSUING], period, number), *root)
    made = {Holder.ISSUING: issuing}
    for holder in (Holder.SEAL, Holder.TIMESTAMP):
        made[holder] = issue(_request(holder, organisation, keys[holder], period), issuing, keys[Holder.ISSUING])
    crl = revocation_list((issuing, keys[Holder.ISSUING]), {}, 1, (period[0], period[0] + CRL_LIFETIME))
    files = {f"{holder}.key": locked_keys.lock(key, passphrase) for holder, key in keys.items()}
    files |= {f"{holder}.pem": one.public_bytes(Encoding.PEM) for holder, one in made.items()}
    return files | {"crl.pem": crl.public_bytes(Encoding.PEM)}


def _request(holder: Holder, organisation: str, key: RSAPrivateKey, period: _Period, number: str = "") -> CertificateRequest:
    profile, words = _PROFILES[holder]
    words += number
    # The organisation gives way, not the role: two certificates of one name cannot be told apart.
    room = NAME_PART_BYTES - len(f" {words}".encode())
    name = subject_name(f"{clipped(organisation, room)} {words}", organisation)
    return CertificateRequest(name, key.public_key(), profile, *period)

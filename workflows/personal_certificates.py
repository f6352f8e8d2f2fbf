"""Personal certificates (个人证书): issued with the account, brought from an outside authority, ended when they no longer hold.

Every verb leaves the recording to its caller, because each is part of a larger command.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.x509 import Certificate, load_pem_x509_certificate
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from models.people import CertificateTier, PersonalCertificate, Person, Revocation, UnlockedKey
from workflows.dossier import certificates, locked_keys, outside_certificates
from workflows.dossier.outside_certificates import OutsideCertificate
from workflows.dossier.signing_devices import certificates_on, device_at
from workflows.facilities import Facilities

EVERY_TIER = frozenset(CertificateTier)
#: The keys that a person's password opens: with another password they are lost.
UNDER_PASSWORD = frozenset({CertificateTier.MANAGED, CertificateTier.FILE})


@dataclass(frozen=True)
class Ending:
    """A person whose certificate ends soon or has ended, and when."""

    person_id: UUID
    name: str
    not_after: datetime


def issue(unit: UnitOfWork, facilities: Facilities, person: Person, password: str) -> PersonalCertificate:
    """Issue a signing certificate for a person, its key locked with `password`."""
    authority = certificates.load_authority(facilities.authority_dir)
    department = next((held.department.name for held in person.roles if held.department is not None), "")
    subject = certificates.PersonSubject(
        name=person.name, organisation=facilities.organisation, department=department, login=person.login
    )
    issued = certificates.issue_person(authority, facilities.passphrase, subject, password, unit.now)
    row = PersonalCertificate(
        person_id=person.id,
        serial=str(issued.serial),
        certificate_pem=issued.cert_pem,
        encrypted_key_pem=issued.encrypted_key_pem,
        issued_at=unit.now,
        not_after=issued.not_after,
    )
    unit.session.add(row)
    return row


def revoke(unit: UnitOfWork, person_id: UUID, why: Revocation, tiers: Collection[CertificateTier] = EVERY_TIER) -> list[str]:
    """Revoke a person's certificates of some kinds and throw unlocked keys away; gives the serial numbers."""
    revoked = unit.session.scalars(
        update(PersonalCertificate)
        .where(
            PersonalCertificate.person_id == person_id,
            PersonalCertificate.revoked_at.is_(None),
            PersonalCertificate.tier.in_([one.value for one in tiers]),
        )
        .values(revoked_at=unit.now, revocation=why.value)
        .returning(PersonalCertificate.serial)
    )
    serials = sorted(revoked)
    lock(unit, person_id)
    return serials


def lock(unit: UnitOfWork, person_id: UUID) -> None:
    """Throw the unlocked keys of a person away, those of every sign-in."""
    unit.session.execute(delete(UnlockedKey).where(UnlockedKey.person_id == person_id))


def bring_file(unit: UnitOfWork, facilities: Facilities, person: Person, file: tuple[bytes, str], password: str) -> PersonalCertificate:
    """Take a PKCS #12 file (its bytes and its PIN); its key is kept encrypted under the person's password.

    Raises Forbidden for a wrong PIN, Invalid when the certificate cannot sign papers here.
    """
    opened = outside_certificates.read_pkcs12(*file)
    found = outside_certificates.checked(opened.certificate, opened.others, facilities.outside, unit.now)
    row = _brought(unit, person, CertificateTier.FILE, found)
    row.encrypted_key_pem = locked_keys.lock(opened.key, password.encode())
    return _kept(unit, row)


def bring_device(unit: UnitOfWork, facilities: Facilities, person: Person, token_label: str, pin: str) -> PersonalCertificate:
    """Take the certificate on a PKCS #11 device, the one in force the longest; key and PIN are not kept.

    Raises Forbidden when the device or the PIN is not as it should be, Invalid when nothing on it can sign papers here.
    """
    device = device_at(facilities.outside.token_module, facilities.outside.token_label or token_label)
    found = certificates_on(device, pin)
    if not found:
        raise Invalid(N_("There is no certificate with its key on the device {token}."), token=device.token_label)
    key_id, certificate = max(found.items(), key=lambda one: one[1].not_valid_after_utc)
    checked = outside_certificates.checked(certificate, found.values(), facilities.outside, unit.now)
    row = _brought(unit, person, CertificateTier.DEVICE, checked)
    row.token_label, row.token_key_id = device.token_label, key_id.hex()
    return _kept(unit, row)


def read(row: PersonalCertificate) -> Certificate:
    """Read the certificate of a row."""
    return load_pem_x509_certificate(row.certificate_pem)


def newest(session: Session, person_id: UUID) -> PersonalCertificate | None:
    """Give the certificate a person had last, in use or not: why it ended stands in it."""
    query = (
        select(PersonalCertificate)
        .where(PersonalCertificate.person_id == person_id)
        .order_by(PersonalCertificate.revoked_at.desc().nulls_first(), PersonalCertificate.issued_at.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def ending(session: Session, now: datetime) -> list[Ending]:
    """Give the active people whose certificates all end within the warning time, the first to end first."""
    last = func.max(PersonalCertificate.not_after)
    query = (
        select(Person.id, Person.name, last)
        .join(PersonalCertificate, PersonalCertificate.person_id == Person.id)
        .where(Person.active, PersonalCertificate.revoked_at.is_(None))
        .group_by(Person.id)
        .having(last <= now + certificates.EXPIRY_WARNING)
        .order_by(last, Person.name)
    )
    return [Ending(person_id, name, moment) for person_id, name, moment in session.execute(query)]


def _brought(unit: UnitOfWork, person: Person, tier: CertificateTier, found: OutsideCertificate) -> PersonalCertificate:
    named = outside_certificates.common_name(found.certificate)
    if person.name not in named:
        message = N_("This certificate is made out to {named}, not to {name}. Bring your own, or have the administrator correct your name.")
        raise Invalid(message, named=named, name=person.name)
    return PersonalCertificate(
        person_id=person.id,
        tier=tier.value,
        serial=str(found.certificate.serial_number),
        certificate_pem=found.pem,
        chain_pem=found.chain_pem,
        issued_at=unit.now,
        not_after=found.certificate.not_valid_after_utc,
    )


def _kept(unit: UnitOfWork, row: PersonalCertificate) -> PersonalCertificate:
    # Whoever brings another certificate no longer wants the one brought before.
    revoke(unit, row.person_id, Revocation.REPLACED, {CertificateTier.FILE, CertificateTier.DEVICE})
    query = select(PersonalCertificate.id).where(
        PersonalCertificate.certificate_pem == row.certificate_pem, PersonalCertificate.revoked_at.is_(None)
    )
    if unit.session.scalars(query).first() is not None:
        raise Invalid(N_("Somebody else signs with this certificate already. A certificate belongs to one person."))
    unit.session.add(row)
    unit.session.flush()
    return row

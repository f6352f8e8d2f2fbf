"""Personal signing keys: issued with the account, unlocked once per sign-in, useless afterwards.

The key lies encrypted under the person's password. Signing in decrypts it and keeps it, encrypted again under
a fresh secret, for that sign-in only; the secret travels in the session cookie and is never stored.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine.unit_of_work import UnitOfWork
from models.people import PersonalCertificate, Person, UnlockedKey
from workflows.dossier import certificates
from workflows.facilities import Facilities

_NONCE_BYTES = 12
#: A sign-in that was never closed loses its key after this time.
KEY_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True)
class PersonSigner:
    """A key ready to sign, with the certificate that goes with it."""

    certificate_id: UUID
    name: str
    certificate_pem: bytes
    key: RSAPrivateKey


def issue(unit: UnitOfWork, facilities: Facilities, person: Person, password: str) -> PersonalCertificate:
    """Issue a signing certificate for a person, its key locked with `password`. The caller records it."""
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


def revoke(unit: UnitOfWork, person_id: UUID) -> None:
    """Revoke a person's certificates and throw unlocked keys away. The caller records it."""
    unit.session.execute(
        update(PersonalCertificate)
        .where(PersonalCertificate.person_id == person_id, PersonalCertificate.revoked_at.is_(None))
        .values(revoked_at=unit.now)
    )
    unit.session.execute(delete(UnlockedKey).where(UnlockedKey.person_id == person_id))


def unlock(unit: UnitOfWork, person_id: UUID, password: str) -> str | None:
    """Unlock the key for one sign-in. Gives the secret for the cookie, or None when there is no valid certificate."""
    certificate = current_certificate(unit.session, person_id)
    if certificate is None or certificate.not_after <= unit.now:
        return None
    key = certificates.unlock(certificate.encrypted_key_pem, password)
    secret = os.urandom(32)
    nonce = os.urandom(_NONCE_BYTES)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    unit.session.execute(
        delete(UnlockedKey).where(
            UnlockedKey.person_id == person_id, UnlockedKey.created_at < unit.now - KEY_LIFETIME
        )
    )
    unit.session.add(
        UnlockedKey(
            session_digest=_digest(secret.hex()),
            person_id=person_id,
            certificate_id=certificate.id,
            ciphertext=nonce + AESGCM(secret).encrypt(nonce, plain, str(person_id).encode()),
            created_at=unit.now,
        )
    )
    return secret.hex()


def signer_for(session: Session, person_id: UUID, secret: str | None) -> PersonSigner | None:
    """Give the unlocked signer of this sign-in, or None: then the password is asked for in place."""
    unlocked = session.get(UnlockedKey, _digest(secret)) if secret else None
    if unlocked is None or secret is None or unlocked.person_id != person_id:
        return None
    certificate = session.get_one(PersonalCertificate, unlocked.certificate_id)
    if certificate.revoked_at is not None:
        return None
    sealed = unlocked.ciphertext
    plain = AESGCM(bytes.fromhex(secret)).decrypt(
        sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], str(person_id).encode()
    )
    key = load_der_private_key(plain, password=None)
    return _signer(session, certificate, key)


def is_unlocked(session: Session, person_id: UUID, secret: str | None) -> bool:
    """Say whether `signer_for` would give a signer, without opening the key."""
    unlocked = session.get(UnlockedKey, _digest(secret)) if secret else None
    if unlocked is None or unlocked.person_id != person_id:
        return False
    return session.get_one(PersonalCertificate, unlocked.certificate_id).revoked_at is None


def signer_with_password(session: Session, person_id: UUID, password: str) -> PersonSigner | None:
    """Give the signer for one decision by the person's password. Raises Forbidden when it is wrong."""
    certificate = current_certificate(session, person_id)
    if certificate is None:
        return None
    return _signer(session, certificate, certificates.unlock(certificate.encrypted_key_pem, password))


def forget(unit: UnitOfWork, secret: str) -> None:
    """Throw the unlocked key of a sign-in away. The caller records the sign-out."""
    unit.session.execute(delete(UnlockedKey).where(UnlockedKey.session_digest == _digest(secret)))


def current_certificate(session: Session, person_id: UUID) -> PersonalCertificate | None:
    """Give the newest certificate of a person that is not revoked."""
    query = (
        select(PersonalCertificate)
        .where(PersonalCertificate.person_id == person_id, PersonalCertificate.revoked_at.is_(None))
        .order_by(PersonalCertificate.issued_at.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def _signer(session: Session, certificate: PersonalCertificate, key: object) -> PersonSigner:
    if not isinstance(key, RSAPrivateKey):
        message = "personal keys are RSA keys"
        raise TypeError(message)
    name = session.get_one(Person, certificate.person_id).name
    return PersonSigner(certificate.id, name, certificate.certificate_pem, key)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

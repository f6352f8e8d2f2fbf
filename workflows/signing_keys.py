"""Personal signing keys: issued with the account, unlocked once per sign-in, useless afterwards.

The key lies encrypted under the person's password. Signing in decrypts it and keeps it, encrypted again under
a fresh secret, for that sign-in only; the secret travels in the session cookie and is never stored.
"""

import hashlib
import os
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
from cryptography.x509 import load_pem_x509_certificate
from sqlalchemy import case, delete, select
from sqlalchemy.orm import Session

from engine.unit_of_work import UnitOfWork
from models.people import CertificateTier, PersonalCertificate, Person, UnlockedKey
from workflows.dossier import certificates
from workflows.dossier.signers import HeldKey, PersonSigner, Signer
from workflows.dossier.signing_devices import DeviceKey, device_at

_NONCE_BYTES = 12
#: A sign-in that was never closed loses its key after this time.
KEY_LIFETIME = timedelta(hours=12)
#: A certificate somebody brought is used rather than the one issued here; of two of a kind the newer one.
_RANK = case(
    (PersonalCertificate.tier == CertificateTier.DEVICE, 2), (PersonalCertificate.tier == CertificateTier.FILE, 1), else_=0
)


def unlock(unit: UnitOfWork, person_id: UUID, password: str) -> str | None:
    """Unlock the key for one sign-in. Gives the secret for the cookie.

    None without a valid certificate, or where the key lies in a device: that is opened by its own PIN.
    """
    certificate = current_certificate(unit.session, person_id)
    if certificate is None or certificate.not_after <= unit.now or certificate.encrypted_key_pem is None:
        return None
    key = certificates.unlock(certificate.encrypted_key_pem, password)
    return _keep(unit, certificate, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def unlock_device(unit: UnitOfWork, certificate: PersonalCertificate, pin: str) -> str:
    """Keep the PIN of a device for one sign-in; it was tried by the caller. Gives the secret for the cookie."""
    return _keep(unit, certificate, pin.encode())


def signer_for(session: Session, person_id: UUID, secret: str | None, module: str = "") -> PersonSigner | None:
    """Give the unlocked signer of this sign-in, or None: then password or PIN are asked for in place.

    `module` is the library of signing devices. Raises Forbidden when a device is needed and there is none.
    """
    unlocked = session.get(UnlockedKey, _digest(secret)) if secret else None
    if unlocked is None or secret is None or unlocked.person_id != person_id:
        return None
    certificate = session.get_one(PersonalCertificate, unlocked.certificate_id)
    if certificate.revoked_at is not None:
        return None
    sealed = unlocked.ciphertext
    plain = AESGCM(bytes.fromhex(secret)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], str(person_id).encode())
    if certificate.tier == CertificateTier.DEVICE:
        return _signer(session, certificate, device_key(certificate, plain.decode(), module))
    return _signer(session, certificate, _held(load_der_private_key(plain, password=None)))


def is_unlocked(session: Session, person_id: UUID, secret: str | None) -> bool:
    """Say whether `signer_for` would give a signer, without opening the key."""
    unlocked = session.get(UnlockedKey, _digest(secret)) if secret else None
    if unlocked is None or unlocked.person_id != person_id:
        return False
    return session.get_one(PersonalCertificate, unlocked.certificate_id).revoked_at is None


def signer_with_password(session: Session, person_id: UUID, password: str, module: str = "") -> PersonSigner | None:
    """Give the signer for one decision by the person's password, or by the PIN of their device.

    Raises Forbidden when the password is wrong; a PIN is tried when it signs.
    """
    certificate = current_certificate(session, person_id)
    if certificate is None:
        return None
    if certificate.encrypted_key_pem is None:
        return _signer(session, certificate, device_key(certificate, password, module))
    return _signer(session, certificate, HeldKey(certificates.unlock(certificate.encrypted_key_pem, password)))


def device_key(certificate: PersonalCertificate, pin: str, module: str) -> DeviceKey:
    """Give the key of a certificate that lies in a device. Raises Forbidden where no devices are set up."""
    device = device_at(module, certificate.token_label or "")
    public = load_pem_x509_certificate(certificate.certificate_pem).public_key()
    size = int(getattr(public, "key_size", 0)) // 8
    return DeviceKey(device, bytes.fromhex(certificate.token_key_id or ""), pin, size)


def forget(unit: UnitOfWork, secret: str) -> None:
    """Throw the unlocked key of a sign-in away. The caller records the sign-out."""
    unit.session.execute(delete(UnlockedKey).where(UnlockedKey.session_digest == _digest(secret)))


def current_certificate(session: Session, person_id: UUID) -> PersonalCertificate | None:
    """Give the certificate a person signs with: not revoked, one they brought before one issued here, the newest."""
    query = (
        select(PersonalCertificate)
        .where(PersonalCertificate.person_id == person_id, PersonalCertificate.revoked_at.is_(None))
        .order_by(_RANK.desc(), PersonalCertificate.issued_at.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def _keep(unit: UnitOfWork, certificate: PersonalCertificate, plain: bytes) -> str:
    """Keep what opens a key under a fresh secret, and throw away what earlier sign-ins left behind."""
    secret, nonce, person_id = os.urandom(32), os.urandom(_NONCE_BYTES), certificate.person_id
    unit.session.execute(
        delete(UnlockedKey).where(UnlockedKey.person_id == person_id, UnlockedKey.created_at < unit.now - KEY_LIFETIME)
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


def _held(key: object) -> HeldKey:
    if not isinstance(key, RSAPrivateKey):
        message = "personal keys are RSA keys"
        raise TypeError(message)
    return HeldKey(key)


def _signer(session: Session, certificate: PersonalCertificate, key: Signer) -> PersonSigner:
    name = session.get_one(Person, certificate.person_id).name
    tier = CertificateTier(certificate.tier)
    return PersonSigner(certificate.id, name, certificate.certificate_pem, key, certificate.chain_pem, tier)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

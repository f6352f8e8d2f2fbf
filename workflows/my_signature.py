"""What people do with their own signature (我的签名): a new certificate, one brought from outside, a device unlocked.

Each gives the secret that opens the key in this sign-in, as signing in does; keys of other sign-ins are locked.
"""

from uuid import UUID

from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from models.people import CertificateTier, PersonalCertificate, Person, Revocation
from workflows import personal_certificates, signing_keys
from workflows.dossier.outside_certificates import common_name
from workflows.dossier.signing_devices import certificates_on
from workflows.facilities import Facilities
from workflows.people import CHAIN, authenticate, get_person

BROUGHT = frozenset({CertificateTier.FILE, CertificateTier.DEVICE})


class WrongPassword(Invalid):
    """The password of the sign-in is not right; nothing was done."""


def renew(unit: UnitOfWork, facilities: Facilities, person_id: UUID, password: str) -> str | None:
    """Issue a new certificate in the place of the one issued here; what was signed with the old one stays good.

    Gives None when the person signs with a certificate they brought: then that one's key is opened as before.
    """
    person = _person(unit, person_id, password)
    revoked = personal_certificates.revoke(unit, person.id, Revocation.REPLACED, {CertificateTier.MANAGED})
    made = personal_certificates.issue(unit, facilities, person, password)
    unit.session.flush()
    unit.record(CHAIN, "certificate.renewed", {"id": str(person.id), "certificate": made.serial, "revoked": revoked})
    return signing_keys.unlock(unit, person.id, password)


def bring_file(
    unit: UnitOfWork, facilities: Facilities, person_id: UUID, file: tuple[bytes, str], password: str
) -> str | None:
    """Sign with a PKCS #12 file (its bytes, its PIN) from now on. Raises Invalid or Forbidden, saying what is wrong with it."""
    person = _person(unit, person_id, password)
    row = personal_certificates.bring_file(unit, facilities, person, file, password)
    _record_brought(unit, row)
    return signing_keys.unlock(unit, person.id, password)


def bring_device(unit: UnitOfWork, facilities: Facilities, person_id: UUID, device: tuple[str, str], password: str) -> str:
    """Sign with a PKCS #11 device (label of its token, PIN) from now on. Raises Invalid or Forbidden, as above."""
    person = _person(unit, person_id, password)
    row = personal_certificates.bring_device(unit, facilities, person, *device)
    _record_brought(unit, row)
    return signing_keys.unlock_device(unit, row, device[1])


def unlock_device(unit: UnitOfWork, facilities: Facilities, person_id: UUID, pin: str) -> str:
    """Keep the PIN of the device for this sign-in, once it has been tried. Raises Forbidden when it is wrong."""
    row = signing_keys.current_certificate(unit.session, person_id)
    if row is None or row.tier != CertificateTier.DEVICE:
        raise Conflict(N_("You do not sign with a device. Reload the page and look again."))
    key = signing_keys.device_key(row, pin, facilities.outside.token_module)
    if key.key_id not in certificates_on(key.device, pin):
        raise Conflict(N_("The device {token} no longer has the key of your certificate."), token=key.device.token_label)
    unit.record(CHAIN, "device.unlocked", {"id": str(person_id), "certificate": row.serial})
    return signing_keys.unlock_device(unit, row, pin)


def stop_using(unit: UnitOfWork, person_id: UUID) -> None:
    """Go back from a certificate that was brought to the one issued here. Raises Conflict when there is none to go back from."""
    removed = personal_certificates.revoke(unit, person_id, Revocation.REMOVED, BROUGHT)
    if not removed:
        raise Conflict(N_("You do not sign with a certificate you brought. Reload the page and look again."))
    unit.record(CHAIN, "certificate.removed", {"id": str(person_id), "revoked": removed})


def _person(unit: UnitOfWork, person_id: UUID, password: str) -> Person:
    person = get_person(unit.session, person_id)
    if authenticate(unit.session, person.login, password) is None:
        raise WrongPassword(N_("The password is wrong. Type the one you sign in with."))
    return person


def _record_brought(unit: UnitOfWork, row: PersonalCertificate) -> None:
    details = {
        "id": str(row.person_id),
        "tier": row.tier,
        "certificate": row.serial,
        "authority": personal_certificates.read(row).issuer.rfc4514_string(),
        "named": common_name(personal_certificates.read(row)),
    }
    unit.record(CHAIN, "certificate.brought", details)

"""Care of the office's certificate authority (证书管理): its revocation lists published, its issuing authority renewed, what ends told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from engine.unit_of_work import Clock, Sessions, UnitOfWork, utc_now
from workflows import personal_certificates
from workflows.dossier.certificates import EXPIRY_WARNING, Authority, Holder, load_authority, renew_issuing, write_crl
from workflows.dossier.signing_parts import signing_parts
from workflows.facilities import Facilities
from workflows.people import CHAIN


#: Lists are written once a night.
_A_NIGHT = timedelta(days=1)


@dataclass(frozen=True)
class Warnings:
    """What ends within sixty days or has ended: people's certificates, and those of the office itself by holder."""

    people: int
    office: tuple[tuple[Holder, datetime], ...]


def publish_lists(sessions: Sessions, facilities: Facilities, clock: Clock = utc_now) -> Authority:
    """Write the revocation lists anew: everything revoked by now, and good for another week. Safe to run twice."""
    parts = signing_parts(sessions, facilities, clock)
    return write_crl(parts.authority, parts.passphrase, parts.revoked, clock())


def publish_when_old(sessions: Sessions, facilities: Facilities, clock: Clock = utc_now) -> None:
    """Write the lists anew where those of last night are missing: a worker that was off has some to catch up on."""
    if load_authority(facilities.authority_dir).crl.last_update_utc < clock() - _A_NIGHT:
        publish_lists(sessions, facilities, clock)


def renew(unit: UnitOfWork, facilities: Facilities) -> Authority:
    """Renew the issuing authority, the seal and the time-stamp unit. Raises Invalid without the key of the root."""
    before = load_authority(facilities.authority_dir).certificates[Holder.ISSUING]
    authority = renew_issuing(facilities.authority_dir, facilities.passphrase, facilities.organisation, unit.now)
    after = authority.certificates[Holder.ISSUING]
    details = {"old": str(before.serial_number), "new": str(after.serial_number), "subject": after.subject.rfc4514_string()}
    unit.record(CHAIN, "authority.renewed", details)
    return authority


def warnings(session: Session, facilities: Facilities, now: datetime) -> Warnings:
    """Say what ends soon."""
    authority = load_authority(facilities.authority_dir)
    ends = ((holder, authority.certificates[holder].not_valid_after_utc) for holder in Holder)
    office = tuple((holder, moment) for holder, moment in ends if moment <= now + EXPIRY_WARNING)
    return Warnings(len(personal_certificates.ending(session, now)), office)

"""What the office adds to signatures, gathered from its folder and its database."""

from sqlalchemy import select

from engine.unit_of_work import Clock, Sessions, reading, utc_now
from models.people import CertificateTier, PersonalCertificate
from workflows.dossier.certificates import load_authority
from workflows.dossier.outside_certificates import lists_in, roots_in
from workflows.dossier.pades import SigningParts
from workflows.dossier.timestamps import next_serial
from workflows.facilities import Facilities


def signing_parts(sessions: Sessions, facilities: Facilities, clock: Clock = utc_now) -> SigningParts:
    """Give authority, serials and revocations for the next signatures. Raises NotFound without an authority, Invalid for a bad file in the folder of trusted roots."""
    query = select(PersonalCertificate.serial, PersonalCertificate.revoked_at).where(
        PersonalCertificate.revoked_at.is_not(None), PersonalCertificate.tier == CertificateTier.MANAGED
    )
    with reading(sessions) as session:
        revoked = {int(serial): moment for serial, moment in session.execute(query) if moment is not None}
    return SigningParts(
        load_authority(facilities.authority_dir),
        facilities.passphrase,
        lambda: next_serial(sessions, clock()),
        revoked,
        roots_in(facilities.outside.roots_dir),
        lists_in(facilities.outside.roots_dir),
        facilities.outside.tsa_url,
    )

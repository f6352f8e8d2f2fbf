"""`juanzong certificates`: what the office signs with; the root to hand out, the revocation lists, renewal."""

from pathlib import Path

import click
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import work
from web.certificates_page import HOLDERS
from web.cli.terminal import json_option, operator, say, show, show_json, words
from web.house import own_house
from web.moments import day
from web.settings import from_environment
from workflows import authority_care, personal_certificates
from workflows.dossier.certificates import Holder, load_authority

_OUTPUT = click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="file to write (PEM)")


@click.group()
def certificates() -> None:
    """The certificates of the office (证书)."""


@certificates.command(name="show")
@json_option
def show_all(*, as_json: bool) -> int:
    """Say what the office signs with, and whose certificate ends within 60 days. Exit 1 when something does."""
    with own_house() as opened:
        here = opened.site
        authority = load_authority(here.facilities.authority_dir)
        with here.reading() as session:
            ending = personal_certificates.ending(session, here.clock())
            warned = authority_care.warnings(session, here.facilities, here.clock())
    if as_json:
        show_json(
            {
                "office": [
                    {
                        "holder": holder.value,
                        "subject": one.subject.rfc4514_string(),
                        "serial": f"{one.serial_number:X}",
                        "until": one.not_valid_after_utc.isoformat(),
                        "sha256": one.fingerprint(SHA256()).hex(),
                    }
                    for holder, one in authority.certificates.items()
                ],
                "revoked": len(authority.crl),
                "ending": [{"name": one.name, "until": one.not_after.isoformat()} for one in ending],
            }
        )
    else:
        for holder, one in authority.certificates.items():
            until, digest = day(one.not_valid_after_utc), one.fingerprint(SHA256()).hex()
            show(words(N_("{holder}: until {day}, SHA-256 {digest}"), holder=words(HOLDERS[holder]), day=until, digest=digest))
        for person in ending:
            show(words(N_("{name}: certificate until {day}"), name=person.name, day=day(person.not_after)))
    return 1 if warned.people or warned.office else 0


@certificates.command()
@_OUTPUT
def root(output: Path) -> None:
    """Write the root certificate, to be handed to whoever checks papers without this system. Needs no database."""
    _write(output, load_authority(from_environment().authority_dir).pem(Holder.ROOT))


@certificates.command()
@_OUTPUT
def revoked(output: Path) -> None:
    """Write the revocation lists anew and give them out."""
    with own_house() as opened:
        authority = authority_care.publish_lists(opened.site.sessions, opened.site.facilities, opened.site.clock)
    _write(output, b"".join(one.public_bytes(Encoding.PEM) for one in authority.lists))


@certificates.command()
def renew() -> None:
    """Renew issuing authority, archive seal and time-stamp unit under the same root."""
    with own_house() as opened:
        here = opened.site
        with work(here.sessions, operator(), here.clock) as unit:
            authority = authority_care.renew(unit, here.facilities)
    until = day(authority.certificates[Holder.ISSUING].not_valid_after_utc)
    say(words(N_("Renewed; in force until {day}. Certificates issued before stay valid."), day=until))


def _write(output: Path, pem: bytes) -> None:
    try:
        output.write_bytes(pem)
    except OSError as problem:
        raise Invalid(N_("{file} cannot be written: {problem}."), file=str(output), problem=problem.strerror) from problem
    say(words(N_("Written to {file}."), file=str(output)))

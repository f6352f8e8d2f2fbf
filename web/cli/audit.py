"""`juanzong audit`: check the log, hand a case's chain out."""

from pathlib import Path

import click

from engine import audit as log
from engine.audit import CASE
from engine.catalogue import N_
from engine.errors import NotFound
from engine.verify import FINDINGS
from web.cli.terminal import json_option, operator, say, show, show_json, words
from web.house import own_house
from workflows.audit_checks import FalseEntry, check_everything

_CASE = click.option("--case", "no", help="only the chain of this case")


@click.group()
def audit() -> None:
    """The audit log (存证链)."""


@audit.command()
@_CASE
@json_option
def verify(no: str | None, *, as_json: bool) -> int:
    """Check every chain, or the one of a case. Exit 1 names the first false entry of each chain."""
    with own_house() as opened:
        if no is None:
            check = check_everything(opened.site.sessions, operator())
            chains, events, findings = check.chains, check.events, check.findings
        else:
            with opened.site.reading() as session:
                verdict = log.verify(session, CASE + no)
            if not verdict.chains:
                raise NotFound(N_("There is no case {no}."), no=no)
            chains, events = verdict.chains, verdict.events
            findings = tuple(FalseEntry(one.chain, one.seq, one.code) for one in verdict.findings)
    if as_json:
        false = [{"chain": one.chain, "seq": one.seq, "code": one.code} for one in findings]
        show_json({"intact": not findings, "chains": chains, "events": events, "findings": false})
    else:
        _tell(chains, events, findings)
    return 1 if findings else 0


@audit.command()
@click.option("--case", "no", required=True, help="the number of the case")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False))
def export(no: str, output: Path) -> None:
    """Write the events of a case, one canonical record a line; engine/verify.py checks them alone."""
    with own_house() as opened, opened.site.reading() as session:
        bodies = [event.body for event in log.trail(session, CASE + no)]
    if not bodies:
        raise NotFound(N_("There is no case {no}."), no=no)
    output.write_bytes(b"\n".join(bodies) + b"\n")
    say(words(N_("{count} events of {no} were written to {file}."), count=len(bodies), no=no, file=str(output)))


def _tell(chains: int, events: int, findings: tuple[FalseEntry, ...]) -> None:
    if not findings:
        show(words(N_("Intact: {events} events in {chains} chains."), events=events, chains=chains))
    for one in findings:
        reason = words(FINDINGS[one.code])
        show(words(N_("{chain}, entry {seq}: {reason}"), chain=one.chain, seq=one.seq, reason=reason))



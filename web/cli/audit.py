"""`juanzong audit`: check the log, hand out a case, show and export the signed state of the log."""

import sys
from pathlib import Path

import click

from engine import audit as log
from engine import bundle, sequencer, tiles
from engine.audit import CASE
from engine.catalogue import N_
from engine.errors import NotFound
from engine.proofs import signed_note
from engine.verify import FINDINGS, FINDINGS_ZH, fingerprint
from web.cli.terminal import json_option, language, operator, say, show, show_json, words
from web.cli.witness import witness
from web.house import own_house
from workflows.audit_checks import FalseEntry, check_everything
from workflows.dossier.bundles import case_bundle

_CASE = click.option("--case", "no", help="only the chain of this case")


@click.group()
def audit() -> None:
    """The audit log (存证链)."""


audit.add_command(witness)


@audit.command()
@_CASE
@json_option
def verify(no: str | None, *, as_json: bool) -> int:
    """Check the whole log, or the chain of a case. Exit 1 names the first false entry of each chain."""
    with own_house() as opened:
        if no is None:
            check = check_everything(opened.site.sessions, operator(), log=opened.site.facilities.log, progress=_progress)
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
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="FILE.zip, FILE.jsonl, or a new folder")
def export(no: str, output: Path) -> None:
    """Write everything that proves a case: events, proofs, files, certificates, and verify.py, which checks it alone.

    With FILE.jsonl only the events, one canonical record a line.
    """
    with own_house() as opened:
        if output.suffix == ".jsonl":
            with opened.site.reading() as session:
                bodies = [event.body for event in log.trail(session, CASE + no)]
            if not bodies:
                raise NotFound(N_("There is no case {no}."), no=no)
            output.write_bytes(b"\n".join(bodies) + b"\n")
            say(words(N_("{count} events of {no} were written to {file}."), count=len(bodies), no=no, file=str(output)))
            return
        made = case_bundle(opened.site.sessions, opened.site.facilities, no)
        if output.suffix == ".zip":
            bundle.pack_to(made.parts, output)
        else:
            bundle.unpack(made.parts, output)
    say(words(N_("The bundle of {no} was written to {file}. Check it anywhere with: python verify.py {file}"), no=no, file=str(output)))
    for digest in made.lost:
        say(words(N_("The file {digest} is damaged or missing in the vault; the bundle is incomplete without it."), digest=digest))


@audit.command()
@json_option
def checkpoint(*, as_json: bool) -> None:
    """Show the newest signed state of the log, with its cosignatures; events that wait are taken in first."""
    with own_house() as opened:
        folder = opened.site.facilities.log
        sequencer.sequence_all(opened.site.sessions, folder)
        with opened.site.reading() as session:
            newest = sequencer.newest_checkpoint(session)
            if newest is None:
                raise NotFound(N_("The log has no signed state yet."))
            note = signed_note(session, newest)
    if as_json:
        show_json({"size": newest.size, "root": newest.root.hex(), "note": note, "key": folder.key.vkey, "fingerprint": fingerprint(folder.key)})
    else:
        show(note.rstrip("\n"))
        say(words(N_("Public key of the log: {key}"), key=folder.key.vkey))
        say(words(N_("Its fingerprint: {print}"), print=fingerprint(folder.key)))


@audit.command(name="tiles")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="the folder")
def export_tiles(output: Path) -> None:
    """Write the log as static files (c2sp.org/tlog-tiles): checkpoint, tiles, entries. Adds what is missing in the folder."""
    with own_house() as opened:
        sequencer.sequence_all(opened.site.sessions, opened.site.facilities.log)
        with opened.site.reading() as session:
            size, written = tiles.export(session, output)
    say(words(N_("{size} entries of the log lie in {place}; {written} files were added."), size=size, written=written, place=str(output)))


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and total:
        click.echo(f"\r{done} / {total}", err=True, nl=done >= total)


def _tell(chains: int, events: int, findings: tuple[FalseEntry, ...]) -> None:
    if not findings:
        show(words(N_("Intact: {events} events in {chains} chains."), events=events, chains=chains))
    for one in findings:
        reason = (FINDINGS_ZH if language() == "zh" else FINDINGS)[one.code]
        show(words(N_("{chain}, entry {seq}: {reason}"), chain=one.chain, seq=one.seq, reason=reason))

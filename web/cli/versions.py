"""`juanzong bpmn deploy`, `versions`, `migrate`: seal diagrams as versions, list them, move what runs to another."""

from pathlib import Path
from typing import Any

import click

from engine import definitions, migration
from engine.catalogue import N_
from engine.migration import Batch, Migrated, Planned, Progress
from engine.spiff import PROCESS_OWNER
from engine.unit_of_work import Actor, reading, work
from models.process import ProcessVersion
from web.cli.findings import content_of, is_no_diagram, listed, tell
from web.cli.terminal import json_option, operator, say, show, show_json, words
from web.house import own_house

#: After so many cases of a batch the terminal is told how far it is.
_TOLD_EVERY = 100


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reason", default="deployed from the command line", show_default=True, help="why; it goes into the log")
@json_option
def deploy(file: Path, reason: str, *, as_json: bool) -> int:
    """Seal every process of FILE as its next version; running cases stay on theirs. Exit 1 when FILE is refused."""
    source = content_of(file)
    try:
        with own_house() as opened, work(opened.site.sessions, operator()) as unit:
            found = definitions.deploy(unit, source, reason)
            fresh = {event.chain for event in unit.events}
    except definitions.Undeployable as refused:
        _tell_refused(file, refused, as_json=as_json)
        return 2 if is_no_diagram(refused.report) else 1
    report = definitions.report_of(found[0])
    sealed = [
        {"id": one.key, "version": one.version, "sha256": one.sha256, "new": definitions.chain_of(one.key) in fresh}
        for one in found
    ]
    if as_json:
        show_json({"file": str(file), "verdict": "deployed", "processes": sealed, "findings": listed(report)})
        return 0
    for one in sealed:
        said = N_("{key} is now at version {version}.") if one["new"] else N_("{key} is at version {version} already; nothing changed.")
        show(words(said, key=one["id"], version=one["version"]))
    tell(report)
    return 0


@click.command(name="versions")
@click.argument("key", required=False)
@json_option
def versions(key: str | None, *, as_json: bool) -> None:
    """List the versions of the process KEY, or of all, the newest first, and how many cases run on each."""
    with own_house() as opened, reading(opened.site.sessions) as session:
        found = [_listed(version, running) for version, running in definitions.versions(session, key)]
    if as_json:
        show_json({"versions": found})
        return
    for one in found:
        show(words(N_("{process} {version}: {name}, {running} running, deployed {deployed_at}: {reason}"), **one))


@click.command()
@click.argument("key")
@click.option("--to", "number", required=True, type=click.IntRange(min=1), help="the version to move to")
@click.option("--case", "cases", multiple=True, metavar="NO", help="only this case; may be given several times")
@click.option("--reason", default="moved from the command line", show_default=True, help="why; it goes into the history")
@click.option("--dry-run", is_flag=True, help="only say what could be moved")
@json_option
def migrate(key: str, number: int, cases: tuple[str, ...], reason: str, **switches: bool) -> int:
    """Move the running cases of the process KEY to another version of it. Exit 1 when one cannot be moved."""
    dry, as_json = switches["dry_run"], switches["as_json"]
    results: list[tuple[Planned | Migrated, bool]] = []
    with own_house() as opened:
        with reading(opened.site.sessions) as session:
            target = definitions.numbered(session, key, number)
            keys = list(cases) or migration.candidates(session, target.id)
            if dry:
                results += [(one, one.can_move) for one in migration.plan(session, target.id, keys)]
        if not dry:
            batch = Batch(target.id, keys, reason)
            moved = migration.migrate(opened.site.sessions, _owner(), batch, progress=None if as_json else _told(number))
            results += [(one, one.moved) for one in moved]
    count = sum(1 for _, good in results if good)
    if as_json:
        listed_cases = [_described(one, "can_move" if dry else "moved", good=good) for one, good in results]
        show_json({"process": key, "version": number, "dry_run": dry, "cases": listed_cases})
    else:
        for one, good in results if dry else []:
            _tell_case(one, number, N_("{case}: can be moved from version {old} to {new}") if good else None)
        said = N_("{moved} of {count} can be moved.") if dry else N_("{moved} of {count} were moved.")
        show(words(said, moved=count, count=len(results)))
    return 0 if count == len(results) else 1


def _owner() -> Actor:
    """Give the acting identity of who may use this machine's command line."""
    return Actor(None, operator().name, frozenset({(PROCESS_OWNER, None)}))


def _tell_refused(file: Path, refused: definitions.Undeployable, *, as_json: bool) -> None:
    if as_json:
        found = {"file": str(file), "verdict": "refused", "processes": [], "findings": listed(refused.report)}
        show_json(found)
    else:
        show(words(N_("{file}: refused"), file=str(file)))
        tell(refused.report)


def _listed(version: ProcessVersion, running: int) -> dict[str, Any]:
    return {
        "process": version.key,
        "version": version.version,
        "name": version.name,
        "sha256": version.sha256,
        "deployed_at": version.deployed_at.isoformat(),
        "reason": version.reason,
        "running": running,
    }


def _told(number: int) -> Progress:
    """Print each case as it is done: a large batch takes its time."""

    def told(one: Migrated, done: int, count: int) -> None:
        _tell_case(one, number, N_("{case}: moved from version {old} to {new}") if one.moved else None)
        if done % _TOLD_EVERY == 0 and done < count:
            say(words(N_("{done} of {count} done"), done=done, count=count))

    return told


def _tell_case(one: Planned | Migrated, number: int, good: str | None) -> None:
    if good is not None:
        show(words(good, case=one.business_key, old=one.from_version, new=number))
    else:
        show(words(N_("{case}: cannot be moved: {reason}"), case=one.business_key, reason="; ".join(_reasons(one))))


def _reasons(one: Planned | Migrated) -> list[str]:
    said = [f"{each.element} {words(each.message)}" for each in one.obstacles]
    return said if one.refused is None else [*said, words(one.refused.message, **one.refused.params)]


def _described(one: Planned | Migrated, verdict: str, *, good: bool) -> dict[str, Any]:
    return {
        "case": one.business_key,
        "from": one.from_version,
        verdict: good,
        "reason": "; ".join(_reasons(one)) or None,
        "obstacles": [{"element": each.element, "message": words(each.message)} for each in one.obstacles],
    }

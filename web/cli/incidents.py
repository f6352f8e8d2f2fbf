"""`juanzong incidents`: what the machine could not do, try it again, settle it."""

from datetime import datetime
from typing import Any

import click

from engine import incidents as engine_incidents
from engine.catalogue import N_
from engine.unit_of_work import Actor
from models.process import Incident
from web import moments
from web.cli.terminal import json_option, language, operator, say, show, show_json, words
from web.house import own_house

#: What failed, as people say it.
KINDS = {
    engine_incidents.STEP: N_("step of a person"),
    engine_incidents.TIMER: N_("timer"),
    engine_incidents.MESSAGE: N_("message between processes"),
    engine_incidents.JOB: N_("job of the system"),
}

#: How the machine settles incidents itself; people give a reason of their own.
RESOLUTIONS = {
    engine_incidents.SUCCEEDED: N_("went well in the end"),
    engine_incidents.OVERTAKEN: N_("no longer to be done"),
}


@click.group()
def incidents() -> None:
    """What the machine could not do by itself (异常)."""


@incidents.command(name="list")
@click.option("--all", "everything", is_flag=True, help="also those that are settled")
@json_option
def list_incidents(*, everything: bool, as_json: bool) -> int:
    """List the open incidents. Exit 1 when one of them waits for a person."""
    with own_house() as opened, opened.site.reading() as session:
        found = [_described(*one) for one in engine_incidents.listed(session, settled=everything)]
    if as_json:
        show_json({"incidents": found})
    else:
        _tell(found)
    return 1 if any(one["state"] == "waiting" for one in found) else 0


@incidents.command()
@click.argument("incident_id", metavar="ID", type=click.IntRange(min=1))
def retry(incident_id: int) -> None:
    """Let the machine try again now."""
    with own_house() as opened, opened.site.work(_administrator()) as unit:
        engine_incidents.retry(unit, incident_id)
    say(words(N_("Incident {id} is tried again by the next worker."), id=incident_id))


@incidents.command()
@click.argument("incident_id", metavar="ID", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="why nothing more is to be done; kept in the history of the case")
def resolve(incident_id: int, reason: str) -> None:
    """Settle an incident by hand: nothing more is tried."""
    with own_house() as opened, opened.site.work(_administrator()) as unit:
        engine_incidents.resolve(unit, incident_id, reason)
    say(words(N_("Incident {id} is settled."), id=incident_id))


def _administrator() -> Actor:
    """Give the acting identity of who may use this machine's command line."""
    return Actor(None, operator().name, frozenset((group, None) for group in engine_incidents.ENTITLED))


def _described(incident: Incident, no: str | None) -> dict[str, Any]:
    return {
        "id": incident.id,
        "kind": incident.kind,
        "subject": incident.subject,
        "case": no,
        "error": engine_incidents.sentence_of(incident, language()),
        "number": incident.detail["number"],
        "attempts": incident.attempts,
        "first_at": incident.first_at.isoformat(),
        "last_at": incident.last_at.isoformat(),
        "next_retry_at": incident.next_retry_at.isoformat() if incident.next_retry_at else None,
        "state": _state(incident),
        "resolution": incident.resolution,
    }


def _state(incident: Incident) -> str:
    if incident.resolved_at is not None:
        return "settled"
    return "retrying" if incident.next_retry_at is not None else "waiting"


def _tell(found: list[dict[str, Any]]) -> None:
    for one in found:
        head = f"{one['id']}  {words(KINDS[one['kind']])}  {one['subject']}  {one['case'] or '-'}  {one['number']}"
        show(f"{head}\n    {one['error']}\n    {_what_now(one)}")
    show(words(N_("{count} incidents"), count=len(found)))


def _what_now(one: dict[str, Any]) -> str:
    last = moments.stamp(datetime.fromisoformat(one["last_at"]))
    if one["state"] == "settled":
        return words(N_("settled: {resolution}"), resolution=words(RESOLUTIONS.get(one["resolution"], one["resolution"])))
    if one["state"] == "retrying":
        again = moments.stamp(datetime.fromisoformat(one["next_retry_at"]))
        return words(N_("tried {count} times, last {last}, again {again}"), count=one["attempts"], last=last, again=again)
    return words(N_("tried {count} times, last {last}, waits for a person"), count=one["attempts"], last=last)

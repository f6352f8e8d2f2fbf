"""Incidents (异常): what the machine could not do. Written down, tried again with growing pauses, shown until solved.

The one mechanism of retries: a failed job leaves the queue, its incident keeps what it was and when to ask for it
again (`engine.retries` does). After `MAX_ATTEMPTS` attempts it waits for a person. A failed timer stays due; its
incident says when to try it again. What a person did and the diagram could not follow is an incident as well: it is
over when somebody has done that step.
"""

import json
import logging
import secrets
import traceback
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine import jobs
from engine.audit import CASE, timestamp
from engine.catalogue import N_, Sentence, translate
from engine.errors import Conflict, Forbidden, NotFound, Refused, StepFailed
from engine.spiff import PROCESS_OWNER
from engine.unit_of_work import SYSTEM, Actor, Clock, Sessions, UnitOfWork, reading, work
from engine.verbs.permissions import act_as, given_reason
from models.process import Incident, ProcessInstance, WorkItem

STEP, TIMER, MESSAGE, JOB = "step", "timer", "message", "job"
#: How an incident ended, unless a person gave a reason: it went well in the end, or is no longer to be done.
SUCCEEDED, OVERTAKEN = "succeeded", "overtaken"
#: So often the machine tries by itself, over some three hours.
MAX_ATTEMPTS = 8
#: Nothing was heard of a job for so long after it was asked for again: it is asked for once more.
HANDED_OUT = timedelta(hours=1)
#: Who may retry and settle incidents.
ENTITLED = (PROCESS_OWNER, "administrator")
#: The chain of what belongs to no process.
CHAIN = "incidents"

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = timedelta(seconds=10), timedelta(hours=1), 4
_MAX_ERROR = 500
_WRITE: LiteralString = """
    INSERT INTO incident AS i (instance_id, item_id, kind, subject, error, detail, attempts, first_at, last_at)
    VALUES (%(instance)s, %(item)s, %(kind)s, %(subject)s, %(error)s, %(detail)s::jsonb, 1, %(now)s, %(now)s)
    ON CONFLICT (
        kind, subject, coalesce(instance_id, '00000000-0000-0000-0000-000000000000'::uuid), coalesce(item_id, 0)
    ) WHERE resolved_at IS NULL
    DO UPDATE SET error = excluded.error, detail = excluded.detail, attempts = i.attempts + 1, last_at = excluded.last_at
    RETURNING id
"""

_log = logging.getLogger("juanzong.incidents")


@dataclass(frozen=True)
class Origin:
    """What failed: its kind (`STEP`, `TIMER`, `MESSAGE`, `JOB`), the element or job, the process and item it is about.

    `call` is the job to ask for again. `persistent`: the machine tries again by itself.
    """

    kind: str
    subject: str
    instance_id: UUID | None = None
    item_id: int | None = None
    call: jobs.Call | None = None
    persistent: bool = True


def failed(sessions: Sessions, origin: Origin, error: Exception, clock: Clock, actor: Actor = SYSTEM) -> str:
    """Write down, in a transaction of its own, that something failed; give the number its trace stands under in the log."""
    with work(sessions, actor, clock) as unit:
        return note_failure(unit, origin, error)


def step_failed(sessions: Sessions, error: StepFailed, clock: Clock, actor: Actor) -> str | None:
    """Write down that the diagram could not follow what a person did; nothing when it happened in no stored process."""
    if error.instance_id is None:
        return None
    origin = Origin(STEP, error.element, error.instance_id, error.item_id, persistent=False)
    return failed(sessions, origin, error, clock, actor)


def note_failure(unit: UnitOfWork, origin: Origin, error: Exception) -> str:
    """Write down a failure in this transaction, which is not the one that failed; give its number in the log."""
    number = f"E-{secrets.token_hex(3).upper()}"
    _log.error("incident %s: %s %s\n%s", number, origin.kind, origin.subject, _trace(error))
    instance_id, item_id = _stored(unit.session, origin)
    row = unit.run(
        _WRITE,
        {
            "instance": instance_id, "item": item_id, "kind": origin.kind, "subject": _clean(origin.subject),
            "error": _one_line(error), "detail": json.dumps(_detail(number, origin, error)), "now": unit.now,
        },
    ).fetchone()  # fmt: skip
    incident = unit.session.get_one(Incident, row[0] if row else None, populate_existing=True)
    incident.next_retry_at = _next_attempt(incident.attempts, unit.now) if origin.persistent else None
    again = timestamp(incident.next_retry_at) if incident.next_retry_at else None
    facts = {"number": number, "error": incident.error, "attempts": incident.attempts, "next_retry_at": again}
    _record(unit, incident, "incident.opened" if incident.attempts == 1 else "incident.repeated", facts)
    return number


def _trace(error: BaseException) -> str:
    """Give the trace as text that can be written anywhere, whatever the error quotes."""
    return "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace").decode()


def succeeded(sessions: Sessions, origin: Origin, clock: Clock) -> int:
    """Settle the open incidents of what has now gone well; give how many there were."""
    with reading(sessions) as session:
        known = session.scalar(select(func.count()).select_from(Incident).where(*_same(origin)))
    if not known:
        return 0
    with work(sessions, SYSTEM, clock) as unit:
        return settle(unit, _same(origin), SUCCEEDED)


def settle(unit: UnitOfWork, which: Sequence[ColumnElement[bool]], resolution: str) -> int:
    """Settle open incidents by themselves; give how many. Those another transaction holds are left to it."""
    query = select(Incident).where(Incident.resolved_at.is_(None), *which).order_by(Incident.id)
    found = unit.session.scalars(query.with_for_update(skip_locked=True)).all()
    for incident in found:
        _resolve(unit, incident, resolution)
    return len(found)


def retry(unit: UnitOfWork, incident_id: int) -> Incident:
    """Let the machine try again now, however often it has tried. Raises NotFound, Forbidden, Conflict when it is over."""
    incident = _open_for(unit, incident_id)
    if incident.kind == STEP:
        raise Conflict(N_("A person does this step. Correct what the diagram missed, then do the step again."))
    hand_out(unit, incident)
    return incident


def resolve(unit: UnitOfWork, incident_id: int, reason: str) -> Incident:
    """Settle an incident by hand: nothing more is tried. Raises NotFound, Forbidden, Conflict, Invalid without a reason."""
    resolution = given_reason(reason)
    incident = _open_for(unit, incident_id)
    _resolve(unit, incident, resolution)
    return incident


def hand_out(unit: UnitOfWork, incident: Incident) -> None:
    """Ask for another attempt of a locked open incident."""
    call = call_of(incident)
    if call is not None:
        jobs.defer(unit.session, call.name, dict(call.arguments), call.lock)
    incident.next_retry_at = unit.now + HANDED_OUT if call is not None else unit.now
    _record(unit, incident, "incident.retried", {"attempts": incident.attempts})


def listed(session: Session, *, settled: bool = False) -> list[tuple[Incident, str | None]]:
    """Give the open incidents, the latest first, each with the number of its case; the settled ones too if asked for."""
    query = select(Incident, ProcessInstance.business_key).outerjoin(
        ProcessInstance, ProcessInstance.id == Incident.instance_id
    )
    if not settled:
        query = query.where(Incident.resolved_at.is_(None))
    ordered = query.order_by(Incident.last_at.desc(), Incident.id.desc())
    return [(incident, key) for incident, key in session.execute(ordered)]


def call_of(incident: Incident) -> jobs.Call | None:
    """Give the job an incident is about, if it is one."""
    call = incident.detail.get("call")
    return jobs.Call(call["name"], call["arguments"], call["lock"]) if call else None


def sentence_of(incident: Incident, language: str) -> str:
    """Say in a language what went wrong; in English where the error speaks no other."""
    said = incident.detail.get("sentence")
    return _said(said, language) if said else incident.error


def _open_for(unit: UnitOfWork, incident_id: int) -> Incident:
    if not act_as(unit, lambda one: any(one.holds(group) for group in ENTITLED)):
        raise Forbidden(N_("Only the office that owns the process and administrators settle incidents."))
    query = select(Incident).where(Incident.id == incident_id).with_for_update()
    incident = unit.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if incident is None:
        raise NotFound(N_("There is no incident {id}."), id=incident_id)
    if incident.resolved_at is not None:
        raise Conflict(N_("Incident {id} is settled already."), id=incident_id)
    return incident


def _resolve(unit: UnitOfWork, incident: Incident, resolution: str) -> None:
    incident.resolved_at, incident.resolution, incident.next_retry_at = unit.now, resolution, None
    incident.resolved_by = unit.actor.id
    _record(unit, incident, "incident.resolved", {"attempts": incident.attempts, "resolution": resolution})


def _record(unit: UnitOfWork, incident: Incident, action: str, facts: Mapping[str, Any]) -> None:
    about = {"incident": incident.id, "kind": incident.kind, "subject": incident.subject}
    if incident.item_id is not None:
        about["item"] = incident.item_id
    key = _business_key(unit.session, incident.instance_id) if incident.instance_id is not None else None
    unit.record(CHAIN if key is None else CASE + key, action, {**about, **facts})


def _business_key(session: Session, instance_id: UUID) -> str | None:
    return session.scalar(select(ProcessInstance.business_key).where(ProcessInstance.id == instance_id))


def _stored(session: Session, origin: Origin) -> tuple[UUID | None, int | None]:
    """Give the process and the item an incident is about as far as they exist: what failed may have been to make them."""
    if origin.item_id is not None:
        query = select(WorkItem.instance_id, WorkItem.id).where(WorkItem.id == origin.item_id)
        found = session.execute(query).one_or_none()
        if found is not None:
            return found[0], found[1]
    exists = origin.instance_id is not None and _business_key(session, origin.instance_id) is not None
    return (origin.instance_id if exists else None), None


def _same(origin: Origin) -> tuple[ColumnElement[bool], ...]:
    same: tuple[ColumnElement[bool], ...] = (
        Incident.resolved_at.is_(None), Incident.kind == origin.kind, Incident.subject == _clean(origin.subject)
    )  # fmt: skip
    if origin.item_id is not None:
        return (*same, Incident.item_id == origin.item_id)
    return same if origin.instance_id is None else (*same, Incident.instance_id == origin.instance_id)


def _next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Give the moment of the next attempt after so many, or None when a person is to look at it."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return now + min(_FIRST_PAUSE * int(_GROWTH ** (attempts - 1)), _LONGEST_PAUSE)


def _detail(number: str, origin: Origin, error: Exception) -> dict[str, Any]:
    detail: dict[str, Any] = {"number": number, "type": type(error).__name__}
    if isinstance(error, Refused):
        detail["sentence"] = _kept(error.message, error.params)
    if origin.call is not None:
        detail["call"] = {
            "name": origin.call.name, "arguments": dict(origin.call.arguments), "lock": origin.call.lock
        }  # fmt: skip
    return detail


def _kept(message: str, params: Mapping[str, object]) -> dict[str, Any]:
    """Give a sentence as it can be stored and said in any language later, with the sentences within it."""
    kept = {
        name: _kept(value.message, value.params) if isinstance(value, Sentence) else _clean(str(value))
        for name, value in params.items()
    }
    return {"message": message, "params": kept}


def _said(kept: Mapping[str, Any], language: str) -> str:
    params = {name: _said(one, language) if isinstance(one, dict) else one for name, one in kept["params"].items()}
    return translate(language, str(kept["message"]), **params)


def _one_line(error: Exception) -> str:
    text = translate("en", error.message, **error.params) if isinstance(error, Refused) else str(error)
    line = " ".join(_clean(text).split())[:_MAX_ERROR]
    return line if isinstance(error, Refused) else f"{type(error).__name__}: {line}".rstrip(": ")


def _clean(text: str) -> str:
    """Give a text as databases and records take it."""
    writable = text.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", "".join(sign if sign.isprintable() else " " for sign in writable))

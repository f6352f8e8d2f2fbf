"""Messages and signals that reach processes from outside and from each other (消息、信号).

A message goes to exactly one waiting place, a signal to all. What a process sends to others is handed over by a job
that the transaction of the step enqueues, and is handed over once, however often the job is tried.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from unicodedata import is_normalized, normalize
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from engine import definitions, incidents, jobs, process, spiff
from engine.audit import CASE, timestamp
from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.retries import origin_of
from engine.spiff.graph import Kind
from engine.unit_of_work import Actor, Clock, Sessions, UnitOfWork, reading, work
from models.process import EventSubscription, ProcessInstance, ProcessVersion

MESSAGE, SIGNAL = "message", "signal"
#: The job that delivers an event to one process.
DELIVER = "event.deliver"
#: In bytes of JSON.
MAX_PAYLOAD = 64 * 1024
#: In characters of JSON: a payload up to here stands in the record of its delivery, a larger one by its digest.
_MOST_RECORDED = 4096
#: In characters: the name of a message, its correlation, the number of a case.
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Message:
    """A message or signal. `correlation` or `business_key` say which of several that wait is meant.

    For a start, `business_key` is the number of the new process.
    """

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    correlation: str | None = None
    business_key: str | None = None


@dataclass(frozen=True)
class Delivered:
    """The processes an event reached or started, and those where it could not be delivered yet (incidents)."""

    instances: tuple[UUID, ...]
    failed: tuple[UUID, ...] = ()


class NotWaiting(Conflict):
    """The process has gone on since it was found waiting."""


def correlate(unit: UnitOfWork, message: Message) -> Delivered:
    """Deliver a message to the one place that waits for it.

    Raises NotFound when nobody waits, Conflict when several do or the process is suspended, NotWaiting when it has
    moved on, Invalid for a payload no process can take, StepFailed where the diagram cannot go on.
    """
    payload = _checked(message)
    found = waiting_for(unit.session, MESSAGE, message)
    if not found:
        raise NotFound(N_("No process waits for the message {name}. Check its name and what it is about."), name=message.name)
    if len(found) > 1:
        raise Conflict(
            N_("{count} places wait for the message {name}. Say which is meant by its correlation or case."),
            count=len(found), name=message.name,
        )  # fmt: skip

    def act(execution: spiff.Execution) -> None:
        if not execution.receive_message(message.name, payload, unit.now, message.correlation):
            raise NotWaiting(N_("This process no longer waits for {name}."), name=message.name)

    about = {"name": message.name, "correlation": message.correlation, **_recorded(payload)}
    _receive(unit, found[0].instance_id, act, ("message.received", about))
    return Delivered((found[0].instance_id,))


def start(unit: UnitOfWork, message: Message, kind: str = MESSAGE) -> Delivered:
    """Start the process whose newest version begins with this message (or signal), under `message.business_key`.

    Raises NotFound when none does, Conflict when several do or the key is taken, Invalid without a key.
    """
    _checked(message)
    found = beginning_with(unit.session, kind, message.name)
    if not found:
        raise NotFound(N_("No process begins with {name}. Deploy one whose start event waits for it."), name=message.name)
    if len(found) > 1:
        keys = ", ".join(key for _, key in found)
        raise Conflict(N_("Several processes begin with {name}: {keys}. Only one may."), name=message.name, keys=keys)
    return start_version(unit, found[0][0], message, kind)


def start_version(unit: UnitOfWork, version_id: UUID, message: Message, kind: str) -> Delivered:
    """Start this version by an event it begins with, under `message.business_key`. Raises Conflict, Invalid."""
    if not message.business_key:
        raise Invalid(N_("A new process needs a number of its own."))
    payload = _checked(message)
    version = unit.session.get_one(ProcessVersion, version_id)
    step = process.start(unit, version, message.business_key, payload, (kind, message.name))
    instance_id = next(one.id for one in unit.locked.values() if one.business_key == message.business_key)
    facts = {"name": message.name, "process": version.key, "version": version.version, **_recorded(payload)}
    unit.record(CASE + message.business_key, f"{kind}.started", facts, step.change)
    return Delivered((instance_id,))


def broadcast(sessions: Sessions, signal: Message, actor: Actor, clock: Clock) -> Delivered:
    """Deliver a signal to all processes that wait for it now, each in a transaction of its own.

    Where that fails an incident is left, and the delivery is tried again. Raises Invalid for a payload no process
    can take.
    """
    payload = _checked(signal)
    with reading(sessions) as session:
        waiting = waiting_for(session, SIGNAL, signal)
    key = f"broadcast {timestamp(clock())}"
    reached, failed = [], []
    for instance_id in dict.fromkeys(one.instance_id for one in waiting):
        try:
            with work(sessions, actor, clock) as unit:
                receive_signal(unit, instance_id, signal.name, payload)
        except NotWaiting:
            continue
        except Exception as error:  # noqa: BLE001 - whatever it is, the others get their signal
            again = {"name": signal.name, "payload": payload, "instance_id": str(instance_id), "key": key}
            incidents.failed(sessions, origin_of(jobs.Call(DELIVER, again)), error, clock)
            failed.append(instance_id)
        else:
            reached.append(instance_id)
    return Delivered(tuple(reached), tuple(failed))


def receive_signal(unit: UnitOfWork, instance_id: UUID, name: str, payload: Mapping[str, Any]) -> None:
    """Deliver a signal to one process. Raises NotWaiting, Conflict when it is suspended, StepFailed."""
    gone = NotWaiting(N_("This process no longer waits for {name}."), name=name)
    subscribed = select(EventSubscription.task_id).where(
        EventSubscription.instance_id == instance_id, EventSubscription.kind == SIGNAL, EventSubscription.name == name
    )
    if unit.session.scalars(subscribed.limit(1)).first() is None:
        raise gone

    def act(execution: spiff.Execution) -> None:
        if not execution.receive_signal(name, payload, unit.now):
            raise gone

    _receive(unit, instance_id, act, ("signal.received", {"name": name, **_recorded(payload)}))


def waiting_for(session: Session, kind: str, message: Message) -> Sequence[EventSubscription]:
    """Give the places that wait for an event: those of exactly this correlation, or else those that ask for none."""
    query = (
        select(EventSubscription)
        .join(ProcessInstance, ProcessInstance.id == EventSubscription.instance_id)
        .where(
            EventSubscription.kind == kind, EventSubscription.name == message.name, ProcessInstance.ended_at.is_(None)
        )
        .order_by(ProcessInstance.started_at, EventSubscription.instance_id, EventSubscription.task_id)
    )
    if message.business_key is not None:
        query = query.where(ProcessInstance.business_key == message.business_key)
    found = session.scalars(query).all()
    if kind == SIGNAL or message.correlation is None:
        return found
    exact = [one for one in found if one.correlation == message.correlation]
    return exact or [one for one in found if one.correlation is None]


def beginning_with(session: Session, kind: str, name: str) -> list[tuple[UUID, str]]:
    """Give the processes whose newest version begins with this event: id of the version and key of the process."""
    newest = _newest(session)
    return [(one, key) for one, key in newest if (kind, name) in _begins(definitions.load(session, one))]


def could_be_caught(session: Session, kind: str, name: str) -> bool:
    """Say whether the newest version of any process waits for this event somewhere."""
    for version_id, _ in _newest(session):
        graphs = definitions.load(session, version_id).graphs.values()
        caught = (node.event for graph in graphs for node in graph.nodes if node.kind is Kind.CATCH)
        if any((event.kind, event.name) == (kind, name) for event in caught):
            return True
    return False


def checked_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Give a payload as a process takes it: plain JSON under names a condition can read. Raises Invalid."""
    for name in payload:
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("__"):
            raise Invalid(N_("{name} is no name for a variable: letters, digits and _ only, no digit first."), name=name)
    try:
        written = json.dumps(dict(payload), ensure_ascii=False, allow_nan=False)
        size = len(written.encode())
    except (TypeError, ValueError) as error:
        raise Invalid(N_("A message carries plain JSON: texts, numbers, lists, objects.")) from error
    if size > MAX_PAYLOAD:
        raise Invalid(N_("A message carries {most} bytes at most, this one {size}."), most=MAX_PAYLOAD, size=size)
    taken: dict[str, Any] = json.loads(written)
    return taken


def _checked(message: Message) -> dict[str, Any]:
    """Give the payload of a message whose every part can be looked up and recorded. Raises Invalid."""
    for text in (message.name, message.correlation, message.business_key):
        if text is not None and not (text.isprintable() and 0 < len(text) <= _LONGEST_NAME and is_normalized("NFC", text)):
            raise Invalid(N_("A name has 1 to {count} printable characters, in the usual form (NFC)."), count=_LONGEST_NAME)
    return checked_payload(message.payload)


def _receive(
    unit: UnitOfWork, instance_id: UUID, act: Callable[[spiff.Execution], None], event: tuple[str, dict[str, Any]]
) -> None:
    step = process.advance(unit, instance_id, act)
    action, facts = event
    chain = CASE + unit.locked[instance_id].business_key
    unit.record(chain, action, {**facts, "elements": step.elements}, step.change)


def _recorded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Give a payload as records keep it: as one text, because records hold no fractions; a large one by its digest."""
    written = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    kept = normalize("NFC", written)
    return {"payload": kept} if len(kept) <= _MOST_RECORDED else {"payload_sha256": sha256(written.encode()).hexdigest()}


def _newest(session: Session) -> list[tuple[UUID, str]]:
    query = select(ProcessVersion.id, ProcessVersion.key).ext(distinct_on(ProcessVersion.key))
    return [(one, key) for one, key in session.execute(query.order_by(ProcessVersion.key, ProcessVersion.version.desc()))]


def _begins(definition: spiff.Definition) -> set[tuple[str, str | None]]:
    events = (definition.root.nodes[index].event for index in definition.root.starts)
    return {(event.kind, event.name) for event in events}

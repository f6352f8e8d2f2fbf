"""The audit log: append (last thing before the commit), trail, verify.

Every event goes to the end of one chain; the tail row of the chain is locked for the append only, after the
process row, so nothing can deadlock. The bytes that are hashed are the bytes that are stored.

The end of a chain that was read earlier in the unit is good enough to begin with: the statement that writes the
events moves the tail only if it still is where it was read. If it is not, the tail is locked and read again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, LiteralString, Protocol
from uuid import UUID

import psycopg
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.verify import GENESIS, MAX_BODY_BYTES, Entry, Finding, canonical, check_chain, leaf_hash
from models.audit import AuditChain, AuditEvent
from models.process import ProcessInstance

CASE = "case:"


@dataclass(frozen=True)
class StateChange:
    """SHA-256 of the engine's state before and after a step; `before` is empty when the process starts."""

    before: str
    after: str


@dataclass(frozen=True)
class Signature:
    """Whose act an event is: a person, or None and a name for the machine."""

    id: UUID | None
    name: str


@dataclass(frozen=True)
class Event:
    """What a verb recorded: where, what (past tense), the facts, the change of engine state, for whom if for another."""

    chain: str
    action: str
    details: dict[str, Any]
    state: StateChange | None = None
    on_behalf_of: Signature | None = None


@dataclass(frozen=True)
class Tail:
    """The end of a chain as it was read: how many events, what the last one hashes to."""

    length: int
    head: str


#: The end of a chain nothing has been written to.
EMPTY = Tail(0, GENESIS)


class Run(Protocol):
    """What runs SQL text in the transaction of the command (`UnitOfWork.run`)."""

    def __call__(self, statement: LiteralString, parameters: Mapping[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run one statement with `%(name)s` placeholders."""


#: Move the tail from where it was read and write one event after it, or do nothing at all.
_MOVE: LiteralString = """
    WITH tail AS (
        UPDATE audit_chain SET length = %(seq)s, head = %(head)s
        WHERE id = %(chain)s AND length = %(seen_length)s AND head = %(seen_head)s RETURNING id
    )"""
_BEGIN: LiteralString = """
    WITH tail AS (
        INSERT INTO audit_chain (id, length, head) VALUES (%(chain)s, %(seq)s, %(head)s)
        ON CONFLICT DO NOTHING RETURNING id
    )"""
_EVENT: LiteralString = """
    INSERT INTO audit_event (chain_id, seq, action, actor_id, actor_name, recorded_at, body, leaf_hash)
    SELECT tail.id, %(seq)s, %(action)s, %(actor_id)s::uuid, %(actor_name)s, %(at)s, %(body)s, %(head)s FROM tail"""


class Searchable(Protocol):
    """An event with the columns it is looked for by."""

    @property
    def action(self) -> str: ...  # noqa: D102 - the columns of `AuditEvent`
    @property
    def actor_id(self) -> UUID | None: ...  # noqa: D102 - as above
    @property
    def actor_name(self) -> str: ...  # noqa: D102 - as above
    @property
    def recorded_at(self) -> datetime: ...  # noqa: D102 - as above
    @property
    def body(self) -> bytes: ...  # noqa: D102 - as above


@dataclass(frozen=True)
class Verdict:
    """The outcome of a full check: how much was read and the false entries, first of each chain."""

    chains: int
    events: int
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        """Say whether nothing false was found."""
        return not self.findings


def timestamp(moment: datetime) -> str:
    """Write an aware moment as RFC 3339 UTC with six decimals, the one form records use."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def append(run: Run, events: Sequence[Event], by: Signature, at: datetime, known: Mapping[str, Tail]) -> None:
    """Append events to their chains, in the order of the chains' names. `known` holds ends as read before."""
    tails = dict(known)
    for event in sorted(events, key=attrgetter("chain")):
        tail = tails.get(event.chain) or _locked_tail(run, event.chain)
        after = _appended(run, tail, event, by, at)
        while after is None:
            after = _appended(run, _locked_tail(run, event.chain), event, by, at)
        tails[event.chain] = after


def trail(session: Session, chain: str) -> list[AuditEvent]:
    """Give the events of one chain, oldest first."""
    return list(session.scalars(select(AuditEvent).where(AuditEvent.chain_id == chain).order_by(AuditEvent.seq)))


def verify(session: Session, chain: str | None = None) -> Verdict:
    """Check one chain: hashes, links, columns, its end and the live state of its case; or the whole log, in one pass."""
    if chain is None:
        from engine.log_check import check_log  # noqa: PLC0415 - it reads the chains by the rules of this module

        return check_log(session)
    tail = session.get(AuditChain, chain, populate_existing=True)
    if tail is None:
        return Verdict(0, 0, ())
    finding = _check(session, tail)
    counting = select(func.count()).select_from(AuditEvent).where(AuditEvent.chain_id == chain)
    return Verdict(1, session.scalar(counting) or 0, (finding,) if finding else ())


def _locked_tail(run: Run, chain: str) -> Tail:
    found = run("SELECT length, head FROM audit_chain WHERE id = %(chain)s FOR NO KEY UPDATE", {"chain": chain}).fetchone()
    return EMPTY if found is None else Tail(*found)


def _appended(run: Run, tail: Tail, event: Event, by: Signature, at: datetime) -> Tail | None:
    """Write an event after a tail and give the new one; None, and nothing written, when the chain does not end there."""
    seq = tail.length + 1
    body = _sealed(event, seq, tail.head, by, at)
    head = leaf_hash(body)
    written = run(
        (_BEGIN if tail == EMPTY else _MOVE) + _EVENT,
        {
            "chain": event.chain,
            "seq": seq,
            "head": head,
            "seen_length": tail.length,
            "seen_head": tail.head,
            "action": event.action,
            "actor_id": by.id,
            "actor_name": by.name,
            "at": at,
            "body": body,
        },
    )
    return Tail(seq, head) if written.rowcount == 1 else None


def _sealed(event: Event, seq: int, previous: str, by: Signature, at: datetime) -> bytes:
    record: dict[str, Any] = {
        "v": 1,
        "chain": event.chain,
        "seq": seq,
        "prev": previous,
        "at": timestamp(at),
        "actor": _named(by),
        "action": event.action,
        "details": event.details,
        "state": {"before": event.state.before, "after": event.state.after} if event.state else None,
    }
    if event.on_behalf_of is not None:
        record["for"] = _named(event.on_behalf_of)
    body = canonical(record)
    if len(body) > MAX_BODY_BYTES:
        message = f"event {event.action} has {len(body)} bytes; large things go in by their digest"
        raise ValueError(message)
    return body


def _named(one: Signature) -> dict[str, str | None]:
    return {"id": str(one.id) if one.id else None, "name": one.name}


def _check(session: Session, tail: AuditChain) -> Finding | None:
    rows = trail(session, tail.id)
    finding = check_chain(_entries(rows)) or _check_columns(rows)
    if finding is None and (len(rows) != tail.length or (rows[-1].leaf_hash if rows else GENESIS) != tail.head):
        finding = Finding(tail.id, len(rows), "tail")
    return finding or _check_state(session, tail.id, rows)


def _entries(rows: Sequence[AuditEvent]) -> Iterator[Entry]:
    return (Entry(row.chain_id, row.seq, row.body, row.leaf_hash) for row in rows)


def column_fault(row: "Searchable") -> str | None:
    """Give the code of what is wrong with the columns that repeat parts of a true record, or None."""
    record = json.loads(row.body)
    shown = (row.action, str(row.actor_id) if row.actor_id else None, row.actor_name, timestamp(row.recorded_at))
    return None if shown == (record["action"], record["actor"]["id"], record["actor"]["name"], record["at"]) else "columns"


def _check_columns(rows: Sequence[AuditEvent]) -> Finding | None:
    return next((Finding(row.chain_id, row.seq, "columns") for row in rows if column_fault(row) is not None), None)


def _check_state(session: Session, chain: str, rows: Sequence[AuditEvent]) -> Finding | None:
    if not chain.startswith(CASE):
        return None
    logged = [(row.seq, state["after"]) for row in rows if (state := _record(row)["state"])]
    stored = session.execute(
        select(func.encode(func.sha256(ProcessInstance.state), "hex")).where(
            ProcessInstance.business_key == chain.removeprefix(CASE)
        )
    ).scalar_one_or_none()
    seq, after = logged[-1] if logged else (0, None)
    return None if stored == after else Finding(chain, seq, "state")


def _record(row: AuditEvent) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(row.body)
    return record

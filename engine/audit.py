"""The audit log: append (last thing before the commit), trail, verify.

Every event goes to the end of one chain; the tail row of the chain is locked for the append only, after the
process row, so nothing can deadlock. The bytes that are hashed are the bytes that are stored.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
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
class Event:
    """What a verb recorded: where, what (past tense), the facts, the change of engine state."""

    chain: str
    action: str
    details: dict[str, Any]
    state: StateChange | None = None


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


def append(session: Session, events: Sequence[Event], actor_id: UUID | None, actor_name: str, at: datetime) -> None:
    """Append events to their chains. Chains are locked in the order of their names."""
    for chain in sorted({event.chain for event in events}):
        tail = _locked_tail(session, chain)
        for event in (one for one in events if one.chain == chain):
            row = _sealed(event, tail, actor_id, actor_name, at)
            session.add(row)
            tail.length, tail.head = row.seq, row.leaf_hash
    session.flush()


def trail(session: Session, chain: str) -> list[AuditEvent]:
    """Give the events of one chain, oldest first."""
    return list(session.scalars(select(AuditEvent).where(AuditEvent.chain_id == chain).order_by(AuditEvent.seq)))


def verify(session: Session, chain: str | None = None) -> Verdict:
    """Check every chain, or one: hashes, links, columns, tails and the live state of each case."""
    wanted = select(AuditChain).order_by(AuditChain.id)
    if chain is not None:
        wanted = wanted.where(AuditChain.id == chain)
    tails = session.scalars(wanted).all()
    findings = [finding for tail in tails if (finding := _check(session, tail)) is not None]
    if chain is None:
        findings.extend(_orphans(session))
    counting = select(func.count()).select_from(AuditEvent)
    if chain is not None:
        counting = counting.where(AuditEvent.chain_id == chain)
    return Verdict(len(tails), session.scalar(counting) or 0, tuple(findings))


def _locked_tail(session: Session, chain: str) -> AuditChain:
    session.execute(insert(AuditChain).values(id=chain, length=0, head=GENESIS).on_conflict_do_nothing())
    return session.execute(
        select(AuditChain).where(AuditChain.id == chain).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()


def _sealed(event: Event, tail: AuditChain, actor_id: UUID | None, actor_name: str, at: datetime) -> AuditEvent:
    record: dict[str, Any] = {
        "v": 1,
        "chain": event.chain,
        "seq": tail.length + 1,
        "prev": tail.head,
        "at": timestamp(at),
        "actor": {"id": str(actor_id) if actor_id else None, "name": actor_name},
        "action": event.action,
        "details": event.details,
        "state": {"before": event.state.before, "after": event.state.after} if event.state else None,
    }
    body = canonical(record)
    if len(body) > MAX_BODY_BYTES:
        message = f"event {event.action} has {len(body)} bytes; large things go in by their digest"
        raise ValueError(message)
    return AuditEvent(
        chain_id=event.chain,
        seq=record["seq"],
        action=event.action,
        actor_id=actor_id,
        actor_name=actor_name,
        recorded_at=at,
        body=body,
        leaf_hash=leaf_hash(body),
    )


def _check(session: Session, tail: AuditChain) -> Finding | None:
    rows = trail(session, tail.id)
    finding = check_chain(_entries(rows)) or _check_columns(rows)
    if finding is None and (len(rows) != tail.length or (rows[-1].leaf_hash if rows else GENESIS) != tail.head):
        finding = Finding(tail.id, len(rows), "tail")
    return finding or _check_state(session, tail.id, rows)


def _entries(rows: Sequence[AuditEvent]) -> Iterator[Entry]:
    return (Entry(row.chain_id, row.seq, row.body, row.leaf_hash) for row in rows)


def _check_columns(rows: Sequence[AuditEvent]) -> Finding | None:
    for row in rows:
        record = _record(row)
        shown = (row.action, str(row.actor_id) if row.actor_id else None, row.actor_name, timestamp(row.recorded_at))
        if shown != (record["action"], record["actor"]["id"], record["actor"]["name"], record["at"]):
            return Finding(row.chain_id, row.seq, "columns")
    return None


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


def _orphans(session: Session) -> Iterator[Finding]:
    without_tail = select(AuditEvent.chain_id).where(~AuditEvent.chain_id.in_(select(AuditChain.id))).distinct()
    for chain in session.scalars(without_tail):
        yield Finding(chain, 1, "tail")
    logged = select(func.replace(AuditChain.id, CASE, "")).where(AuditChain.id.startswith(CASE))
    for key in session.scalars(select(ProcessInstance.business_key).where(~ProcessInstance.business_key.in_(logged))):
        yield Finding(CASE + key, 0, "tail")


def _record(row: AuditEvent) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(row.body)
    return record

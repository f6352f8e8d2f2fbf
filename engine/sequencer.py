"""The log over all chains: every committed event gets its place, and every state of the log is signed.

One process at a time does it (advisory lock), a few times a second, beside the commands and never in their way.
Order: an event is only visible after the one it follows in its chain and has the larger id, so taking what is
visible by id never turns a chain around. An event that commits late is taken late; `settled` says up to which id
none can come any more.

Before anything is signed the log must go on from the last state that was signed, as the folder outside the
database remembers it: a database that was put back or rewritten stops here.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine import tiles
from engine.catalogue import N_
from engine.errors import Conflict, Refused
from engine.log_keys import LogFolder
from engine.merkle import CompactRange, range_of
from engine.unit_of_work import Clock, Sessions, utc_now
from engine.verify import Checkpoint
from models.audit import AuditEvent
from models.transparency import AuditCheckpoint, AuditLeaf

#: So often the log looks for new events, in seconds; after trouble it waits longer.
PERIOD, PERIOD_IN_TROUBLE = 0.5, 10.0
_LOCK = 0x4C4F47
_BATCH = 2000
_log = logging.getLogger("juanzong.log")

_WAITING = text(
    "SELECT id, leaf_hash FROM audit_event WHERE id > :settled"
    " AND NOT EXISTS (SELECT 1 FROM audit_leaf WHERE event_id = audit_event.id) ORDER BY id LIMIT :batch"
)
#: Whoever is writing an event holds this lock until the end of the transaction.
_WRITERS = text(
    "SELECT count(*) FROM pg_locks WHERE relation = 'audit_event'::regclass AND mode = 'RowExclusiveLock'"
    " AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
#: The last id before the first gap.
_UNBROKEN = text(
    "SELECT max(id) FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM audit_event WHERE id > :settled) AS seen"
    " WHERE id - place = :settled"
).bindparams(bindparam("settled", type_=BigInteger))


class LogDiverged(Conflict):
    """The log in the database does not go on from the last state that was signed. Nothing is signed any more."""


@dataclass(frozen=True)
class LogStatus:
    """How far the log is: entries in it, events that wait, since when the oldest waits, the newest state."""

    size: int
    waiting: int
    waiting_since: datetime | None
    newest: AuditCheckpoint | None


def sequence(sessions: Sessions, log: LogFolder, clock: Clock = utc_now) -> int:
    """Give the events that wait their places and sign the new state; how many they were.

    0 as well when another process is at it. Raises LogDiverged, and Invalid when the folder of the log is damaged.
    """
    with sessions.begin() as session:
        if not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
            return 0
        newest = newest_checkpoint(session)
        edge = checked_edge(session, log, newest)
        before = edge.size
        note = _taken(session, log, edge, newest.settled if newest is not None else 0, clock())
    if edge.size > before:
        log.remember(note)
    return edge.size - before


def sequence_all(sessions: Sessions, log: LogFolder, clock: Clock = utc_now) -> int:
    """Give every event that waits now its place; how many they were. Raises as `sequence`."""
    total = 0
    while count := sequence(sessions, log, clock):
        total += count
    return total


def newest_checkpoint(session: Session) -> AuditCheckpoint | None:
    """Give the newest signed state, or None before the first."""
    return session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1)).first()


def status(session: Session) -> LogStatus:
    """Say how far the log is."""
    newest = newest_checkpoint(session)
    waiting, since = session.execute(
        select(func.count(), func.min(AuditEvent.recorded_at)).where(
            AuditEvent.id > (newest.settled if newest else 0),
            ~select(AuditLeaf.event_id).where(AuditLeaf.event_id == AuditEvent.id).exists(),
        )
    ).one()
    return LogStatus(newest.size if newest else 0, waiting, since, newest)


def checked_edge(session: Session, log: LogFolder, newest: AuditCheckpoint | None) -> CompactRange:
    """Give the right edge of the log as stored, once it agrees with what was signed. Raises LogDiverged, Invalid."""
    size = newest.size if newest is not None else 0
    last = log.last()
    if last.size > size:
        raise LogDiverged(
            N_("The database is older than the log: {last} entries were signed, it holds {size}. An old copy was put back; put the newer one back."),
            last=last.size,
            size=size,
        )
    edge = range_of(tiles.reader(session, size), size)
    same = newest is None or edge.root() == newest.root
    if not same or range_of(tiles.reader(session, last.size), last.size).root() != last.root:
        raise LogDiverged(
            N_("The log in the database is not the one that was signed: its first {last} entries were changed. Check it with “juanzong audit verify”."),
            last=last.size,
        )
    return edge


def _taken(session: Session, log: LogFolder, edge: CompactRange, settled: int, now: datetime) -> str:
    # Up to where no event can come any more, asked before looking: what was there then is seen now.
    last = session.scalar(select(func.max(AuditEvent.id))) or 0
    final = last if session.scalar(_WRITERS) == 0 else session.scalar(_UNBROKEN, {"settled": settled}) or 0
    rows = session.execute(_WAITING, {"settled": settled, "batch": _BATCH}).all()
    if not rows:
        return ""
    before = edge.size
    for _, leaf in rows:
        edge.append(bytes.fromhex(leaf))
    places = [
        {"leaf_index": before + place, "event_id": event, "leaf_hash": bytes.fromhex(leaf)}
        for place, (event, leaf) in enumerate(rows)
    ]
    session.execute(insert(AuditLeaf), places)
    session.add_all(tiles.new_tiles(session, before, edge.size))
    if len(rows) == _BATCH:
        final = min(final, rows[-1].id)
    checkpoint = Checkpoint(log.key.name, edge.size, edge.root())
    note = log.sign(checkpoint)
    session.add(AuditCheckpoint(size=edge.size, root=checkpoint.root, note=note, signed_at=now, settled=max(settled, final)))
    return note


class Sequencer(threading.Thread):
    """The thread of a worker that keeps the log going until it is told to stop."""

    def __init__(self, sessions: Sessions, log: LogFolder, clock: Clock = utc_now) -> None:
        super().__init__(name="sequencer", daemon=True)
        self._once: Callable[[], int] = lambda: sequence_all(sessions, log, clock)
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look for new events again and again. What stops it is written to the log of the process, once."""
        told, pause = "", PERIOD
        while not self._stopped.wait(pause):
            try:
                self._once()
                told, pause = "", PERIOD
            except (Refused, SQLAlchemyError, OSError) as problem:
                if str(problem) != told:
                    _log.exception("the log cannot be continued")
                told, pause = str(problem), PERIOD_IN_TROUBLE

    def stop(self) -> None:
        """Stop after the round under way."""
        self._stopped.set()
        self.join()

"""The clock of the processes: fire every timer that is due, each process in a transaction of its own (定时器).

Any number of workers may sweep at once: a process that one of them holds is skipped by the others. A timer fires
because its moment is in the past, and what it does moves the stored moment forward, so a clock that is set back
fires nothing twice and a stop of any length fires each timer once, in order.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import LiteralString
from uuid import UUID

from engine import incidents, process, spiff
from engine.audit import CASE, timestamp
from engine.errors import StepFailed
from engine.incidents import SUCCEEDED, TIMER, Origin
from engine.unit_of_work import SYSTEM, Clock, Sessions, UnitOfWork, work
from models.process import Incident

#: So many processes are looked up at once.
_BATCH = 200
#: Left out is what failed and is not yet to be tried again.
_IS_DUE: LiteralString = """
    i.next_due <= %(now)s AND i.ended_at IS NULL AND i.suspended_at IS NULL
    AND NOT EXISTS (
        SELECT FROM incident f
        WHERE f.instance_id = i.id AND f.kind = 'timer' AND f.resolved_at IS NULL
          AND (f.next_retry_at IS NULL OR f.next_retry_at > %(now)s)
    )
"""
_DUE: LiteralString = f"""
    SELECT i.id, i.business_key, i.next_due
    FROM process_instance i
    WHERE {_IS_DUE} AND (i.next_due, i.id) > (%(after_due)s, %(after_id)s)
    ORDER BY i.next_due, i.id
    LIMIT {_BATCH}
"""  # noqa: S608 - put together from the constants above
#: What somebody works on comes next time; what another worker has fired meanwhile is no longer due.
_CLAIM: LiteralString = f"""
    SELECT i.id, i.business_key, i.next_due
    FROM process_instance i
    WHERE i.id = %(instance)s AND {_IS_DUE}
    FOR NO KEY UPDATE OF i SKIP LOCKED
"""  # noqa: S608 - as above
#: Before every process and every moment.
_BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True)
class Swept:
    """What one sweep did: timers fired, processes moved by them, processes where one failed."""

    fired: int = 0
    instances: int = 0
    failed: int = 0


@dataclass(frozen=True)
class _Due:
    id: UUID
    business_key: str
    next_due: datetime


def sweep(sessions: Sessions, clock: Clock) -> Swept:
    """Fire what is due by this clock. A process whose timer fails becomes an incident and holds nobody else up."""
    fired = instances = failed = 0
    after = _BEGINNING
    while batch := _due(sessions, clock(), after):
        for due in batch:
            count = _swept(sessions, clock, due)
            if count is None:
                failed += 1
            else:
                fired, instances = fired + count, instances + (count > 0)
        after = (batch[-1].next_due, batch[-1].id)
    return Swept(fired, instances, failed)


def _due(sessions: Sessions, now: datetime, after: tuple[datetime, UUID]) -> list[_Due]:
    """Give the next processes with a timer that is due, the earliest first."""
    with work(sessions, SYSTEM, lambda: now) as unit:
        place = {"now": now, "after_due": after[0], "after_id": after[1]}
        return [_Due(*row) for row in unit.run(_DUE, place)]


def _swept(sessions: Sessions, clock: Clock, due: _Due) -> int | None:
    """Fire what is due in one process; give how many fired, or None where that failed."""
    claimed: _Due | None = None
    try:
        with work(sessions, SYSTEM, clock) as unit:
            claimed = _claim(unit, due)
            return _fire(unit, claimed) if claimed is not None else 0
    except Exception as error:
        if claimed is None:  # not the process, but the database itself
            raise
        incidents.failed(sessions, _origin(claimed, error), error, clock)
        return None


def _claim(unit: UnitOfWork, due: _Due) -> _Due | None:
    """Lock a process whose timer still is due and nobody else holds."""
    row = unit.run(_CLAIM, {"now": unit.now, "instance": due.id}).fetchone()
    return None if row is None else _Due(*row)


def _fire(unit: UnitOfWork, due: _Due) -> int:
    # The stored moment is rounded to the microsecond, the timer's own is not: what is due there is due here.
    moment = max(unit.now, due.next_due + timedelta(microseconds=1))
    fired = 0

    def act(execution: spiff.Execution) -> None:
        nonlocal fired
        fired = execution.fire_timers(moment)

    step = process.advance(unit, due.id, act)
    incidents.settle(unit, [Incident.kind == TIMER, Incident.instance_id == due.id], SUCCEEDED)
    facts = {"due": timestamp(due.next_due), "fired": fired, "elements": step.elements}
    unit.record(CASE + due.business_key, "timer.fired", facts, step.change)
    return fired


def _origin(due: _Due, error: Exception) -> Origin:
    return Origin(TIMER, error.element if isinstance(error, StepFailed) else "timer", due.id)

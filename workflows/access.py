"""Who looked at history, and who was refused: both are events, in a transaction of their own."""

import json
from datetime import timedelta

from sqlalchemy import select

from engine.unit_of_work import Actor, Clock, Sessions, reading, utc_now, work
from models.audit import AuditEvent

CHAIN = "access"
READ, REFUSED = "history.read", "access.refused"
#: The same person at the same place is written down once in this time: turning pages is one reading.
ONCE_IN = timedelta(minutes=10)
_LONGEST = 200


def record_reading(sessions: Sessions, actor: Actor, what: str, clock: Clock = utc_now) -> None:
    """Record that somebody read history: `what` names the case, or the log as a whole."""
    _record(sessions, actor, READ, what[:_LONGEST], clock)


def record_refusal(sessions: Sessions, actor: Actor, what: str, clock: Clock = utc_now) -> None:
    """Record that somebody asked for what is not theirs: `what` is the method and the path."""
    _record(sessions, actor, REFUSED, what[:_LONGEST], clock)


def _record(sessions: Sessions, actor: Actor, action: str, what: str, clock: Clock) -> None:
    now = clock()
    recent = select(AuditEvent.body).where(
        AuditEvent.actor_id == actor.id, AuditEvent.recorded_at > now - ONCE_IN, AuditEvent.action == action, AuditEvent.chain_id == CHAIN
    )
    with reading(sessions) as session:
        if any(json.loads(body)["details"]["what"] == what for body in session.scalars(recent)):
            return
    with work(sessions, actor, clock) as unit:
        unit.record(CHAIN, action, {"what": what})

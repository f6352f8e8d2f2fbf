"""One command = one transaction = its audit events, appended last and committed together.

A verb receives a `UnitOfWork`, changes rows through its session and records what it did. Leaving the `with`
appends the events and commits; leaving it by an exception keeps nothing. A session that changed rows but
recorded nothing is refused (`UnauditedChange`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from engine import audit
from engine.catalogue import N_
from engine.errors import Conflict, UnauditedChange

_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY"})

Sessions = sessionmaker[Session]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Actor:
    """Who acts. `groups` are pairs of candidate group and scope; scope None stands for every scope."""

    id: UUID | None
    name: str
    groups: frozenset[tuple[str, str | None]] = frozenset()

    def holds(self, group: str, scope: str | None = None) -> bool:
        """Say whether this person is in the candidate group, in the scope asked for."""
        return (group, scope) in self.groups or (group, None) in self.groups


#: The machine itself: it works through the same verbs as people.
SYSTEM = Actor(None, "system", frozenset({("system", None)}))


def utc_now() -> datetime:
    """Give the moment, aware and in UTC: the only clock of the product outside tests."""
    return datetime.now(UTC)


class UnitOfWork:
    """The session, actor and moment of one command, and the events it records."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self.events: list[audit.Event] = []
        self.changed = False

    def record(
        self, chain: str, action: str, details: dict[str, Any], state: audit.StateChange | None = None
    ) -> None:
        """Record what happened, in past tense (`office_approval.completed`); written when the unit ends."""
        self.events.append(audit.Event(chain, action, details, state))


@contextmanager
def work(sessions: Sessions, actor: Actor, clock: Clock = utc_now) -> Iterator[UnitOfWork]:
    """Open a unit of work for one command; commit on leaving, with its events.

    Raises UnauditedChange when rows changed and nothing was recorded, Conflict when a unique rule of the
    database says somebody else was first.
    """
    with sessions() as session:
        unit = UnitOfWork(session, actor, clock())
        _watch(session, unit)
        try:
            yield unit
            session.flush()
            if unit.changed and not unit.events:
                raise UnauditedChange(actor.name)
            audit.append(session, unit.events, actor.id, actor.name, unit.now)
            session.commit()
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", "") != "23505":
                raise
            raise Conflict(N_("Somebody else has just done this. Reload the page to see the present state.")) from error


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """Open a read-only transaction: one snapshot, nothing can be written."""
    with sessions() as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield session


def _watch(session: Session, unit: UnitOfWork) -> None:
    """Notice every change, however it is written: objects, bulk statements, SQL text."""

    def after_execute(_connection: object, cursor: Any, *_rest: object) -> None:  # noqa: ANN401 - the driver's own
        # What the database says it did, such as "UPDATE 3" or "INSERT 0 1".
        tag, _, rows = str(cursor.statusmessage or "").partition(" ")
        if tag in _CHANGES and rows.rpartition(" ")[2] != "0":
            unit.changed = True

    event.listen(session.connection(), "after_cursor_execute", after_execute)

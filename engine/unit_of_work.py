"""One command = one transaction = its audit events, appended last and committed together.

A verb receives a `UnitOfWork`, changes rows through its session and records what it did. Leaving the `with`
appends the events and commits; leaving it by an exception keeps nothing. A session that changed rows but
recorded nothing is refused (`UnauditedChange`).

The few statements that every step runs go past SQLAlchemy (`UnitOfWork.run`): on the same connection, in the
same transaction, watched the same way.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from engine import audit
from engine.catalogue import N_
from engine.errors import Conflict, StepFailed, UnauditedChange

_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY"})
#: Texts, quoted names and comments: what stands in them is no statement.
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
#: The verbs that write. `FOR UPDATE` and `FOR NO KEY UPDATE` only lock, `DO UPDATE` belongs to its INSERT.
_WRITING = re.compile(
    r"\b(?:INSERT INTO|DELETE FROM|MERGE INTO|(?<!FOR )(?<!NO KEY )(?<!DO )UPDATE)\b", re.IGNORECASE
)
_UNIT = "unit_of_work"

Sessions = sessionmaker[Session]
Clock = Callable[[], datetime]
Cursor = psycopg.Cursor[tuple[Any, ...]]


@dataclass(frozen=True)
class Actor:
    """Who acts. `groups` are pairs of candidate group and scope; scope None stands for every scope.

    `principals` are the people this actor substitutes now, `supervises` the groups (with scope) whose items this
    actor may hand over or chase.
    """

    id: UUID | None
    name: str
    groups: frozenset[tuple[str, str | None]] = frozenset()
    principals: tuple["Actor", ...] = ()
    supervises: frozenset[tuple[str, str | None]] = frozenset()

    def holds(self, group: str, scope: str | None = None) -> bool:
        """Say whether this person is in the candidate group, in the scope asked for."""
        return (group, scope) in self.groups or (group, None) in self.groups

    def may_supervise(self, group: str, scope: str | None = None) -> bool:
        """Say whether this person supervises the items of a candidate group, in the scope asked for."""
        return (group, scope) in self.supervises or (group, None) in self.supervises


#: The machine itself: it works through the same verbs as people.
SYSTEM = Actor(None, "system", frozenset({("system", None)}))


def utc_now() -> datetime:
    """Give the moment, aware and in UTC: the only clock of the product outside tests."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class LockedInstance:
    """A process row this unit has locked, as it stands now. `ended_at` and `suspended_at` say whether it moves."""

    id: UUID
    version_id: UUID
    business_key: str
    revision: int
    state: bytes
    state_sha256: str
    ended_at: datetime | None
    suspended_at: datetime | None


class UnitOfWork:
    """The session, actor and moment of one command, and the events it records.

    `on_behalf_of` is the principal while a substitute acts (`process.take` says so); the events carry both names.
    `locked` holds the process rows that steps have locked, `tails` the ends of chains as they were read;
    `audit.append` checks those before it relies on them.
    """

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self.on_behalf_of: Actor | None = None
        self.events: list[audit.Event] = []
        self.locked: dict[UUID, LockedInstance] = {}
        self.tails: dict[str, audit.Tail] = {}
        self.changed = False
        self._driver = _driver_of(session)

    def record(
        self, chain: str, action: str, details: dict[str, Any], state: audit.StateChange | None = None
    ) -> None:
        """Record what happened, in past tense (`office_approval.completed`); written when the unit ends."""
        principal = self.on_behalf_of
        signed_for = None if principal is None else audit.Signature(principal.id, principal.name)
        self.events.append(audit.Event(chain, action, details, state, signed_for))

    def run(self, statement: LiteralString, parameters: Mapping[str, Any]) -> Cursor:
        """Run SQL text with `%(name)s` placeholders on the driver's own connection, after what the session holds back.

        For the statements of every step, where going through SQLAlchemy would cost more than the statement.
        Raises what SQLAlchemy would raise.
        """
        self.session.flush()
        try:
            cursor = self._driver.cursor(binary=True).execute(statement, parameters)
        except psycopg.Error as error:
            raise DBAPIError.instance(statement, dict(parameters), error, psycopg.Error, hide_parameters=True) from error
        self.note(statement, cursor)
        return cursor

    def note(self, statement: str, cursor: Any) -> None:  # noqa: ANN401 - SQLAlchemy's cursor or the driver's
        """Notice whether a statement changed rows."""
        if not self.changed and changes_rows(statement, str(cursor.statusmessage or "")):
            self.changed = True


@contextmanager
def work(sessions: Sessions, actor: Actor, clock: Clock = utc_now) -> Iterator[UnitOfWork]:
    """Open a unit of work for one command; commit on leaving, with its events.

    Raises UnauditedChange when rows changed and nothing was recorded, Conflict when a unique rule of the
    database says somebody else was first. Where the diagram cannot follow what a person did, that is written down.
    """
    try:
        with sessions() as session, _committing(session, UnitOfWork(session, actor, clock())) as unit:
            yield unit
    except StepFailed as failed:
        if actor.id is not None and failed.item_id is not None:
            from engine import incidents  # noqa: PLC0415 - incidents are written down in units of work themselves

            incidents.step_failed(sessions, failed, clock, actor)
        raise


@contextmanager
def _committing(session: Session, unit: UnitOfWork) -> Iterator[UnitOfWork]:
    try:
        with _watched(session.connection(), unit):
            yield unit
            session.flush()
            if unit.changed and not unit.events:
                raise UnauditedChange(unit.actor.name)
            audit.append(unit.run, unit.events, audit.Signature(unit.actor.id, unit.actor.name), unit.now, unit.tails)
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


def changes_rows(statement: str, outcome: str) -> bool:
    """Say whether a statement changed rows. `outcome` is what the database said it did: "UPDATE 3", "SELECT 1"."""
    tag, _, rows = outcome.partition(" ")
    own = tag in _CHANGES
    if own and rows.rpartition(" ")[2] != "0":
        return True
    # What stands in a WITH writes too, and the database does not say how much.
    return (own or tag == "SELECT") and _writes(statement) > own


@lru_cache(maxsize=1024)
def _writes(statement: str) -> int:
    return len(_WRITING.findall(" ".join(_QUOTED.sub("''", statement).split())))


def _driver_of(session: Session) -> psycopg.Connection[tuple[Any, ...]]:
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        message = "a unit of work needs an open connection of psycopg"
        raise TypeError(message)
    return driver


@contextmanager
def _watched(connection: Connection, unit: UnitOfWork) -> Iterator[None]:
    connection.info[_UNIT] = unit
    try:
        yield
    finally:
        connection.info.pop(_UNIT, None)


@event.listens_for(Engine, "after_cursor_execute")
def _after_cursor_execute(connection: Connection, cursor: Any, statement: str, *_rest: object) -> None:  # noqa: ANN401 - the driver's own
    """Notice every change, however it is written: objects, bulk statements, SQL text."""
    unit = connection.info.get(_UNIT)
    if unit is not None:
        unit.note(statement, cursor)

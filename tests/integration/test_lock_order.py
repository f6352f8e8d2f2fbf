"""No command can deadlock with another: locks are taken in one order, and a storm of commands shows it.

The order: the idempotency key, if there is one; then the row of the one process the command is about; then whatever
belongs to it; last the ends of the audit chains, in the order of their names.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cast import Cast
from deeds import DEEDS, Deed
from diagrams import chain, element, flow, process
from office import OWNER, person
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import OperationalError

from engine import definitions, incidents, messages, retries, sent_events, timers
from engine import process as processes
from engine.audit import CASE, verify
from engine.errors import Refused
from engine.unit_of_work import SYSTEM, Actor, Sessions, reading, work
from engine.verbs import approvers, claims, handing_over, reminders, suspension
from models.database import session_factory
from models.process import ProcessInstance, WorkItem

_KEY, _PROCESS, _AUDIT = "command", "process_instance", frozenset({"audit_chain", "audit_event"})
_WRITES = re.compile(r"\b(?:INSERT INTO|DELETE FROM|(?<!KEY )(?<!FOR )(?<!DO )UPDATE)\s+(?!OF\b|SKIP\b|NOWAIT\b)(\w+)", re.IGNORECASE)
_LOCKS = re.compile(r"\bFOR (?:NO KEY )?(?:UPDATE|SHARE)(?: OF ([\w, ]+?))?\s*(?:SKIP LOCKED|NOWAIT)?\s*$", re.IGNORECASE)
_TABLES = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)(?:\s+(?:AS\s+)?(?!JOIN\b|WHERE\b|LEFT\b|ON\b|FOR\b|ORDER\b)(\w+))?", re.IGNORECASE)
_QUEUE = re.compile(r"\bprocrastinate_defer")


def locked_by(statement: str) -> list[str]:
    """Give the tables whose rows a statement locks or writes, in order; the job queue as `procrastinate_jobs`."""
    plain = " ".join(statement.split())
    if _QUEUE.search(plain):
        return ["procrastinate_jobs"]
    locking = _LOCKS.search(plain)
    if locking is None:
        return _WRITES.findall(plain)
    named = [(table, alias or table) for table, alias in _TABLES.findall(plain)]
    wanted = [one.strip() for one in locking.group(1).split(",")] if locking.group(1) else [named[0][1]]
    return [next(table for table, alias in named if one in {alias, table}) for one in wanted]


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT i.id FROM work_item w JOIN process_instance i ON i.id = w.instance_id WHERE w.id = 1 FOR NO KEY UPDATE OF i, w", [_PROCESS, "work_item"]),
        ("SELECT process_instance.id \nFROM process_instance \nWHERE process_instance.id = 1 FOR NO KEY UPDATE", [_PROCESS]),
        ("SELECT i.id FROM process_instance i WHERE i.ended_at IS NULL LIMIT 1 FOR NO KEY UPDATE OF i SKIP LOCKED", [_PROCESS]),
        ("WITH m AS (UPDATE process_instance SET state = 1), c AS (UPDATE work_item SET x = 1) INSERT INTO work_item (a) SELECT 1", [_PROCESS, "work_item", "work_item"]),
        ("INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 2", ["a"]),
        ("DELETE FROM event_subscription e USING x", ["event_subscription"]),
        ("SELECT procrastinate_defer_jobs_v1(ARRAY[]) FOR", ["procrastinate_jobs"]),
        ("SELECT id FROM work_item", []),
    ],
    ids=range(8),
)
def test_the_locks_of_a_statement_are_read_from_its_text(statement: str, tables: list[str]) -> None:
    assert locked_by(statement) == tables


class Transactions:
    """What the commands of this process lock, transaction by transaction: tables in order, and the chains written to."""

    def __init__(self, patching: pytest.MonkeyPatch) -> None:
        self.all: list[list[tuple[str, str]]] = [[]]
        execute, commit = psycopg.Cursor.execute, psycopg.Connection.commit

        def executed(cursor: Any, query: Any, parameters: Any = None, **named: Any) -> Any:
            chain_id = str(parameters.get("chain", "")) if isinstance(parameters, dict) else ""
            self.all[-1] += [(table, chain_id) for table in locked_by(str(query))]
            return execute(cursor, query, parameters, **named)

        def committed(connection: Any) -> None:
            self.all.append([])
            commit(connection)

        patching.setattr(psycopg.Cursor, "execute", executed)
        patching.setattr(psycopg.Connection, "commit", committed)

    @property
    def locking(self) -> list[list[tuple[str, str]]]:
        """Give the transactions that lock anything."""
        return [one for one in self.all if one]


@pytest.mark.parametrize("deed", DEEDS, ids=[one.name for one in DEEDS])
def test_a_command_locks_its_process_first_and_the_chains_last(
    another_city: Callable[[], AbstractContextManager[Cast]], monkeypatch: pytest.MonkeyPatch, deed: Deed
) -> None:
    with another_city() as city:
        act = deed.prepare(city, 0)
        with monkeypatch.context() as patching:
            seen = Transactions(patching)
            act()
    assert seen.locking
    for locks in seen.locking:
        tables = [table for table, _ in locks]
        assert next(one for one in tables if one != _KEY) == _PROCESS, tables
        assert _KEY not in tables or tables[0] == _KEY, tables
        first = min(number for number, table in enumerate(tables) if table in _AUDIT)
        assert set(tables[first:]) <= _AUDIT, tables
        chains = [name for table, name in locks if table == "audit_chain"]
        assert chains == sorted(chains)
        assert all(chains)


#: Two processes that never end and talk to each other: all sign again and again, a clock ticks, each knocks at the other.
_EACH = '<multiInstanceLoopCharacteristics camunda:collection="signers" camunda:elementVariable="signer"/>'
_TICK = "<timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition>"
_NUMBERS = ("A", "B")


def endless(own: str, other: str) -> bytes:
    """Draw the process `own`."""
    return process(
        element("startEvent", "start"),
        element("parallelGateway", "fork"),
        element("userTask", "sign", _EACH, camunda__candidateGroups="approver", camunda__assignee="${signer}"),
        element("receiveTask", "listen", messageRef=f"knock_{own}"),
        element("intermediateThrowEvent", "knock", f'<messageEventDefinition messageRef="knock_{other}"/>'),
        element("intermediateCatchEvent", "tick", _TICK),
        *(element("exclusiveGateway", name) for name in ("again", "heard", "ticked")),
        chain("start", "fork", "again", "sign") + flow("sign", "again"),
        chain("fork", "heard", "listen", "knock") + flow("knock", "heard"),
        chain("fork", "ticked", "tick") + flow("tick", "ticked"),
        declared="".join(f'<message id="knock_{one}" name="knock_{one}"/>' for one in _NUMBERS),
        key=f"endless_{own}",
    )


@pytest.fixture
def touchy(database_url: str) -> Iterator[Engine]:
    """Give an engine whose connections look for deadlocks after ten milliseconds."""
    options = {"options": "-c timezone=UTC -c deadlock_timeout=10ms -c lock_timeout=20s"}
    engine = create_engine(database_url, pool_size=8, connect_args=options)
    yield engine
    engine.dispose()


def deadlocks(database: Engine, touchy: Engine) -> int:
    """Count the deadlocks there were; the connections end first, for only then have they told of all."""
    touchy.dispose()
    with database.connect() as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        while connection.scalar(text(others)):
            connection.rollback()
        connection.rollback()
        found = connection.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
    return int(found or 0)


class Storm:
    """Commands drawn at random against two processes, each in a unit of its own."""

    def __init__(self, sessions: Sessions, seed: int) -> None:
        self.sessions = sessions
        self.random = random.Random(seed)
        self.signer = person(f"签字人{seed}", "approver", supervises=("approver",))
        self.commands: tuple[Callable[[], None], ...] = (
            self.sign, self.claim, self.reassign, self.add_approver, self.remind, self.stop, self.sweep_timers,
            self.sweep_incidents, self.fail, self.knock, self.knock_from_the_other, self.note_on_both,
        )  # fmt: skip
        self.turn = 0

    def now(self) -> datetime:
        """Give a moment at which every clock has ticked."""
        return datetime.now(UTC) + timedelta(minutes=1)

    def item(self) -> int:
        """Choose an open step of one of the two."""
        return self.random.choice(self.open())[0]

    def open(self) -> list[tuple[int, UUID | None]]:
        """Give the open steps of both and who holds them."""
        query = select(WorkItem.id, WorkItem.assignee_id).where(WorkItem.closed_at.is_(None)).order_by(WorkItem.id)
        with reading(self.sessions) as session:
            return [(item_id, holder) for item_id, holder in session.execute(query)]

    def held(self) -> tuple[int, Actor]:
        """Choose an open step, and act as the person who holds it; where nobody does, as oneself."""
        item_id, holder = self.random.choice(self.open())
        return item_id, Actor(holder or self.signer.id, "签字人", frozenset({("approver", None)}))

    def sign(self) -> None:
        item_id, holder = self.held()
        with work(self.sessions, holder) as unit:
            claims.complete(unit, item_id, claims.Completion("approve", key=f"{self.signer.name} {self.turn}"))

    def claim(self) -> None:
        item_id, holder = self.held()
        for verb in (claims.release, claims.claim):
            with work(self.sessions, holder) as unit:
                verb(unit, item_id)

    def reassign(self) -> None:
        with work(self.sessions, self.signer) as unit:
            handing_over.reassign(unit, self.item(), person("接手人", "approver"), "出差")

    def add_approver(self) -> None:
        with work(self.sessions, self.signer) as unit:
            approvers.add_approver(unit, self.item(), person(f"加签人{self.turn}", "approver"), "涉及该科")

    def remind(self) -> None:
        with work(self.sessions, self.signer) as unit:
            reminders.remind(unit, self.item())

    def stop(self) -> None:
        key = self.random.choice(_NUMBERS)
        for verb in (suspension.suspend, suspension.resume):
            with work(self.sessions, OWNER) as unit:
                verb(unit, key, "检查")

    def sweep_timers(self) -> None:
        timers.sweep(self.sessions, self.now)

    def sweep_incidents(self) -> None:
        retries.sweep(self.sessions, self.now)

    def fail(self) -> None:
        with reading(self.sessions) as session:
            instance_id = self.random.choice(session.scalars(select(ProcessInstance.id)).all())
        origin = incidents.Origin(incidents.TIMER, "tick", instance_id)
        incidents.failed(self.sessions, origin, ValueError("tried"), self.now)

    def knock(self) -> None:
        with work(self.sessions, SYSTEM) as unit:
            messages.correlate(unit, messages.Message(f"knock_{self.random.choice(_NUMBERS)}"))

    def knock_from_the_other(self) -> None:
        own, other = self.random.sample(_NUMBERS, 2)
        with reading(self.sessions) as session:
            sender = session.scalars(select(ProcessInstance.id).where(ProcessInstance.business_key == own)).one()
        sent = {"kind": "message", "name": f"knock_{other}", "payload": {}, "correlation": None}
        key = {"instance_id": str(sender), "key": f"{self.signer.name} {self.turn}"}
        sent_events.hand_over(self.sessions, self.now, {**sent, **key})

    def note_on_both(self) -> None:
        own, other = self.random.sample(_NUMBERS, 2)
        with work(self.sessions, SYSTEM) as unit:
            found = unit.session.scalars(select(ProcessInstance.id).where(ProcessInstance.business_key == own)).one()
            processes.lock_instance(unit, found)
            for key in (other, own):
                unit.record(CASE + key, "case.noted", {})

    def run(self, turns: int, barrier: Barrier) -> list[str]:
        """Do so many commands; give the names of those that were done. What is refused is no fault."""
        barrier.wait()
        done = []
        for self.turn in range(turns):
            command = self.random.choice((*self.commands, *[self.sign] * 4))
            try:
                command()
            except Refused:
                continue
            done.append(command.__name__)
        return done


def test_a_storm_of_commands_on_two_processes_meets_no_deadlock(database: Engine, touchy: Engine) -> None:
    sessions = session_factory(touchy)
    for own, other in (_NUMBERS, _NUMBERS[::-1]):
        with work(sessions, SYSTEM) as unit:
            (version,) = definitions.deploy(unit, endless(own, other), "test")
            step = processes.start(unit, version, own, {"signers": [str(person(f"签字人{one}").id) for one in range(4)]})
            unit.record(CASE + own, "case.opened", {}, step.change)
    barrier = Barrier(8)
    storms = [Storm(sessions, seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        done = [name for part in pool.map(lambda storm: storm.run(120, barrier), storms) for name in part]
    assert {one.__name__ for one in storms[0].commands} == set(done), "every kind of command was done at least once"
    with reading(sessions) as session:
        verdict = verify(session)
        opened: Sequence[str] = session.scalars(select(WorkItem.element).where(WorkItem.closed_at.is_(None))).all()
    assert verdict.intact, verdict.findings
    assert set(opened) == {"sign"}
    assert deadlocks(database, touchy) == 0


def test_a_deadlock_would_be_noticed(database: Engine, touchy: Engine) -> None:
    with touchy.begin() as connection:
        connection.execute(text("INSERT INTO audit_chain VALUES ('x', 0, ''), ('y', 0, '')"))
    barrier = Barrier(2)

    def both(first: str, second: str) -> bool:
        try:
            with touchy.begin() as connection:
                for name in (first, second):
                    connection.execute(text("UPDATE audit_chain SET length = 1 WHERE id = :name"), {"name": name})
                    if name == first:
                        barrier.wait()
        except OperationalError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(both, "xy", "yx"))
    assert sorted(outcomes) == [False, True]
    assert deadlocks(database, touchy) == 1

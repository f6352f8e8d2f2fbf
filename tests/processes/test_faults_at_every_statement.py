"""kill -9 at every call to the database a command makes: just before it, while the answer is awaited, just after.

A child process does the command and kills itself at its n-th call, for n = 1, 2, … until the command has been done
(BEGIN, COMMIT and statements past SQLAlchemy are calls like any other). After each kill the database holds either
nothing of the command, to the last byte of every table, or all of it, agreeing with itself.
"""

import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum
from itertools import count
from typing import Any, NoReturn

import psycopg
import pytest
from cast import Cast
from deeds import DEEDS, Act, Deed
from sqlalchemy import Engine, select, text

from engine import audit, definitions, spiff
from engine.errors import Refused
from engine.unit_of_work import SYSTEM, reading, work
from models.base import Base
from models.process import EventSubscription, ProcessInstance, WorkItem

#: Of each table: how many rows, and a digest of all of them.
Contents = dict[str, tuple[int, str]]
#: The least a command that changes something can do (read under lock, write, commit), and more than any needs.
FEWEST_CALLS, MOST_CALLS = 3, 200


class Moment(Enum):
    """When the child dies, seen from one call to the database."""

    BEFORE = "before the call"
    MEANWHILE = "when the call is sent and its answer not read"
    AFTER = "after the call"


@pytest.mark.parametrize("deed", DEEDS, ids=[one.name for one in DEEDS])
def test_a_command_killed_at_any_call_is_done_whole_or_not_at_all(
    another_city: Callable[[], AbstractContextManager[Cast]], deed: Deed
) -> None:
    with another_city() as city:
        check_whole_or_nothing(city, deed)


def test_a_command_that_commits_in_the_middle_would_be_noticed(
    another_city: Callable[[], AbstractContextManager[Cast]],
) -> None:
    def in_two_parts() -> None:
        for number in range(2):
            with work(city.sessions, SYSTEM) as unit:
                unit.record("departments", "department.described", {"n": number})

    with another_city() as city, pytest.raises(AssertionError, match="done in part"):
        check_whole_or_nothing(city, Deed("in-two-parts", lambda _city, _number: in_two_parts, None))


def check_whole_or_nothing(city: Cast, deed: Deed) -> None:
    """Do a command undisturbed, then kill it at every call in each of the three ways, each time on a fresh case."""
    act = deed.prepare(city, 0)
    before = contents(city)
    assert in_child(city, act, 0, Moment.BEFORE)  # there is no call 0: it lives
    whole = growth(before, contents(city))
    calls = killed_at_every_call(city, deed, 1, Moment.BEFORE, whole)
    killed_at_every_call(city, deed, 2, Moment.MEANWHILE, whole)
    # After one call is before the next, for nothing is sent between them: only the last ones are left.
    killed_at_every_call(city, deed, 3, Moment.AFTER, whole, calls - 2)


def killed_at_every_call(
    city: Cast, deed: Deed, subject: int, moment: Moment, whole: dict[str, int], first: int = 1
) -> int:
    """Kill the command at one call after the other until something of it is there: it must be all. Give at which call."""
    act = deed.prepare(city, subject)
    check_agreement(city)
    before = contents(city)
    for number in range(first, MOST_CALLS):
        lived = in_child(city, act, number, moment)
        after = contents(city)
        if after != before:
            break  # at the commit, or at the call after it that gives the connection back
        assert not lived, f"the command ended after {number - 1} calls and changed nothing"
    assert FEWEST_CALLS <= number < MOST_CALLS - 1
    assert growth(before, after) == whole, f"killed {moment.value} {number}, the command is done in part"
    check_agreement(city)
    check_repeat(city, act, deed.again)
    return number


def growth(before: Contents, after: Contents) -> dict[str, int]:
    """Give by how many rows each table grew."""
    return {table: after[table][0] - before[table][0] for table in after}


def in_child(city: Cast, act: Act, number: int, moment: Moment) -> bool:
    """Do the command in a child that dies at its `number`-th call; say whether it lived to the end."""
    engine: Engine = city.sessions.kw["bind"]
    engine.dispose()  # the child must not find a connection of ours
    child = os.fork()
    if child == 0:
        _child(act, number, moment)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or status == 0, f"the child ended with status {status}; it said why on stderr"
    while others(engine):
        pass  # the server is still at the child's last statement
    return not killed


def _child(act: Act, number: int, moment: Moment) -> NoReturn:
    """Be the child: never come back into the tests."""
    try:
        _die_at(number, moment)
        act()
    except BaseException:  # noqa: BLE001 - whatever it was, the parent is told by the exit status
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _die_at(number: int, moment: Moment) -> None:
    """Let this process die at its `number`-th call: everything psycopg sends on an open connection goes through `wait`."""
    numbers, wait = count(1), psycopg.Connection.wait

    def counted(self: psycopg.Connection[Any], generator: Any, *more: Any, **named: Any) -> Any:
        meant = next(numbers) == number
        if meant and moment is not Moment.AFTER:
            if moment is Moment.MEANWHILE:
                next(generator, None)  # sends; comes back where it would wait for the answer
            os.kill(os.getpid(), signal.SIGKILL)
        answer = wait(self, generator, *more, **named)
        if meant:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    psycopg.Connection.wait = counted  # type: ignore[method-assign, assignment]


def others(engine: Engine) -> int:
    """Count the other connections to this database."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def contents(city: Cast) -> Contents:
    """Give how many rows each table holds and a digest of all of them."""
    tables = [*Base.metadata.tables, "procrastinate_jobs", "procrastinate_events"]
    each = [f"SELECT '{one}', count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {one} t" for one in tables]
    with reading(city.sessions) as session:
        return {name: (rows, digest) for name, rows, digest in session.execute(text(" UNION ALL ".join(each)))}


def check_agreement(city: Cast) -> None:
    """Check that states, log, steps, timers, subscriptions and jobs of every process tell the same story."""
    with reading(city.sessions) as session:
        verdict = audit.verify(session)  # also: the last event of a case names the digest of its stored state
        assert verdict.intact, verdict.findings
        assert session.scalars(text("SELECT id FROM process_instance WHERE state_sha256 <> encode(sha256(state), 'hex')")).all() == []
        for instance in session.scalars(select(ProcessInstance)):
            execution = spiff.Execution.load(definitions.load(session, instance.version_id), instance.state)
            assert instance.next_due == execution.next_due()
            assert (instance.ended_at is not None) == execution.ended
            of_it = WorkItem.instance_id == instance.id
            open_ones = session.scalars(select(WorkItem.task_id).where(of_it, WorkItem.closed_at.is_(None)))
            assert Counter(open_ones) == Counter(one.task_id for one in execution.open_tasks())
            waiting = session.scalars(select(EventSubscription).where(EventSubscription.instance_id == instance.id))
            stored = {(one.task_id, one.kind, one.name, one.correlation) for one in waiting}
            assert stored == {(one.task_id, one.kind, one.name, one.correlation) for one in execution.subscriptions()}
        wanted = select(WorkItem.id).where(WorkItem.kind == spiff.EXTERNAL, WorkItem.closed_at.is_(None))
        asked = "SELECT (args ->> 'item_id')::bigint FROM procrastinate_jobs WHERE task_name LIKE 'external.%'"
        every = session.scalars(select(WorkItem.id).where(WorkItem.kind == spiff.EXTERNAL))
        jobs = set(session.scalars(text(asked)))
        assert set(session.scalars(wanted)) <= jobs <= set(every)


def check_repeat(city: Cast, act: Act, again: type[Refused] | None) -> None:
    """Do the command again: it is refused as it should be, or changes nothing."""
    before = contents(city)
    if again is None:
        act()
    else:
        with pytest.raises(again):
            act()
    assert contents(city) == before
    check_agreement(city)

"""Ten thousand submits of two hundred steps at once: every step is decided once, everybody else is told so.

Twenty processes with ten parallel steps each; every step is sent by twenty-five people, twice each, as a double
click sends it, over sixteen connections. The submits of one step lie close together, so that they really meet.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from diagrams import chain, element, ends, process
from office import person
from sqlalchemy import text

from engine import definitions
from engine import process as processes
from engine.audit import CASE, verify
from engine.errors import Conflict
from engine.unit_of_work import SYSTEM, Actor, Sessions, reading, work
from engine.verbs.claims import Completion, complete
from engine.verbs.idempotency import Answer
from models.database import connect, session_factory

PROCESSES, STEPS, CLICKS, CONNECTIONS = 20, 10, 2, 16
CALLERS = tuple(person(f"审批人{number}", "approver") for number in range(25))
_TEN_AT_ONCE = "<multiInstanceLoopCharacteristics><loopCardinality>10</loopCardinality></multiInstanceLoopCharacteristics>"
DIAGRAM = process(
    ends(),
    element("userTask", "sign", _TEN_AT_ONCE, camunda__candidateGroups="approver"),
    element("userTask", "issue", camunda__candidateGroups="office"),
    chain("start", "sign", "issue", "end"),
)


@dataclass(frozen=True)
class Click:
    """One submit: whose, of which step, under which key."""

    item_id: int
    caller: Actor

    @property
    def key(self) -> str:
        """Give the key both clicks of a double click carry."""
        return f"{self.item_id}"

    @property
    def outcome(self) -> str:
        """Give what this caller decides: nobody decides as another one does."""
        return f"said by {self.caller.name}"


@pytest.fixture
def crowd(database_url: str) -> Iterator[Sessions]:
    """Give sessions over sixteen connections."""
    engine = connect(database_url, pool_size=CONNECTIONS)
    yield session_factory(engine)
    engine.dispose()


def begin(sessions: Sessions) -> list[int]:
    """Start the processes; give their open steps."""
    with work(sessions, SYSTEM) as unit:
        (version,) = definitions.deploy(unit, DIAGRAM, "test")
    opened: list[int] = []
    for number in range(PROCESSES):
        with work(sessions, SYSTEM) as unit:
            step = processes.start(unit, version, f"T-{number}", {})
            unit.record(f"{CASE}T-{number}", "case.opened", {}, step.change)
            opened += [one.id for one in step.opened]
    return opened


def clicks(items: Sequence[int]) -> list[Click]:
    """Give every submit, those of one step together, in an order of their own."""
    order = random.Random(20260302)
    found = []
    for item_id in items:
        of_item = [Click(item_id, caller) for caller in CALLERS for _ in range(CLICKS)]
        order.shuffle(of_item)
        found += of_item
    return found


def sent(sessions: Sessions, click: Click) -> Answer | Conflict:
    """Submit once; give the answer or the refusal."""
    try:
        with work(sessions, click.caller) as unit:
            return complete(unit, click.item_id, Completion(click.outcome, key=click.key))
    except Conflict as refused:
        return refused


def all_at_once(sessions: Sessions, submits: Sequence[Click]) -> list[tuple[Click, Answer | Conflict]]:
    """Send everything from sixteen threads; thread n sends every sixteenth submit, beginning with the n-th."""
    barrier = Barrier(CONNECTIONS)

    def sending(first: int) -> list[tuple[Click, Answer | Conflict]]:
        barrier.wait()
        return [(one, sent(sessions, one)) for one in submits[first::CONNECTIONS]]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [one for part in pool.map(sending, range(CONNECTIONS)) for one in part]


def rows(sessions: Sessions, query: str) -> list[Any]:
    """Give what a query finds."""
    with reading(sessions) as session:
        return list(session.execute(text(query)))


def test_of_ten_thousand_submits_two_hundred_decide(crowd: Sessions) -> None:
    items = begin(crowd)
    outcomes = all_at_once(crowd, clicks(items))
    assert len(outcomes) == 10_000
    firsts, repeats = winners(outcomes)
    assert set(firsts) == set(items)
    for item_id, answers in repeats.items():
        assert [dict(one.result) for one in answers] == [dict(firsts[item_id][1].result)] * len(answers)
    decided = rows(crowd, "SELECT id, closed_by, outcome FROM work_item WHERE closed_at IS NOT NULL ORDER BY id")
    assert [tuple(one) for one in decided] == [(one, firsts[one][0].caller.id, firsts[one][0].outcome) for one in items]
    check_records(crowd, firsts)
    check_processes(crowd)


def winners(
    outcomes: Sequence[tuple[Click, Answer | Conflict]],
) -> tuple[dict[int, tuple[Click, Answer]], dict[int, list[Answer]]]:
    """Sort the answers: the one that decided each step, and its repeats. Everything else must be a refusal."""
    firsts: dict[int, tuple[Click, Answer]] = {}
    repeats: dict[int, list[Answer]] = defaultdict(list)
    for click, outcome in outcomes:
        if isinstance(outcome, Answer) and not outcome.repeated:
            assert click.item_id not in firsts, f"step {click.item_id} was decided twice"
            firsts[click.item_id] = (click, outcome)
        elif isinstance(outcome, Answer):
            repeats[click.item_id].append(outcome)
    for click, outcome in outcomes:
        same_click = firsts[click.item_id][0] == click
        assert isinstance(outcome, Answer) == same_click, f"{click}: {outcome}"
    return firsts, repeats


def check_records(sessions: Sessions, firsts: dict[int, tuple[Click, Answer]]) -> None:
    """Check that the log holds one event per decision, by whom it was taken, and is unaltered."""
    logged = rows(
        sessions,
        "SELECT (convert_from(body, 'UTF8')::jsonb #>> '{details,item}')::bigint AS item, actor_id FROM audit_event"
        " WHERE action = 'work_item.completed'",
    )
    assert Counter((one.item, one.actor_id) for one in logged) == Counter(
        (item_id, click.caller.id) for item_id, (click, _) in firsts.items()
    )
    with reading(sessions) as session:
        verdict = verify(session)
    assert verdict.intact, verdict.findings


def check_processes(sessions: Sessions) -> None:
    """Check that every process took ten steps and stands where they lead, with one key kept per decision."""
    (issued,) = rows(sessions, "SELECT count(*), count(DISTINCT instance_id) FROM work_item WHERE closed_at IS NULL AND element = 'issue'")
    assert tuple(issued) == (PROCESSES, PROCESSES)
    revisions = rows(sessions, "SELECT DISTINCT revision FROM process_instance")
    assert [one.revision for one in revisions] == [1 + STEPS]
    (kept,) = rows(sessions, "SELECT count(*) FROM command")
    assert kept[0] == PROCESSES * STEPS

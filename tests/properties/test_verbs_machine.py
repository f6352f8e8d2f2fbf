"""Random people try everything on a running process; a model of our own says what must be done and what refused.

After each step the rows, the running process, the log and the model are compared. The model is tests/verbs_model.py
(the drawing, whose step it is) with tests/verbs_rules.py (who may do what, and what that does); nothing in it comes from
the engine. Hypothesis chooses; the same runs every time.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.engine import make_url

from engine import eligibility, process, spiff, step_rows
from engine.errors import Conflict
from engine.verbs import locked
from models.database import connect, session_factory
from models.process import ProcessInstance
from verbs_ideas import VERBS, any_deed, fit_deed, near_deed, several_fit
from verbs_model import LATE, MACHINE, Deed
from verbs_rules import VERBS_WITH_CASE, VERBS_WITH_STEP, changes_nothing, do, may
from verbs_stage import Stage

EXAMPLES, STEPS = 40, 15
NUMBERS = st.integers(0, 2**16)
#: What carries a case on, most of the time.
GOING_ON = ("complete", "complete", "complete", "work of the machine", "message")
#: What seldom may be done is tried more often.
SELDOM = ("claim", "delegate", "resolve", "withdraw", "return")
#: Verbs and how they went: ("claim", True) for a claim that was done. And what happened besides.
SEEN: Counter[tuple[str, bool]] = Counter()
REACHED: Counter[str] = Counter()
PLACES = ("archived", "recalled", "returned by a vote", "for somebody absent", "two at once", "sent again")


class RandomPeople(RuleBasedStateMachine):
    """One case after another, driven by anybody, on the stage it is given (`drive`)."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.stage.clear()
        self.digest = self.stage.digest()
        self.recorded = 0
        self.seed = self.asked = 0

    @initialize(number=NUMBERS, far=st.integers(0, 14), absent=st.integers(0, 6))
    def begin(self, number: int, far: int, absent: int) -> None:
        """Start a case, let some people be represented, and bring the case some way."""
        self.seed = number
        self.attempt(Deed("start", "办一", to="T-1"))
        for _ in range(absent):
            self.try_fit("substitute", self.chance(number))
        for _ in range(far):
            self.go_on(number)

    @rule(number=NUMBERS, times=st.integers(1, 10))
    def life_goes_on(self, number: int, times: int) -> None:
        """Let some things happen. One rule for all of them, because Hypothesis would leave whole rules out of a run."""
        others = (self.case_is_tried, self.time_passes, self.somebody_sends_again, self.two_press_at_once)
        for _ in range(times):
            if self.stage.world.case.ended and self.chance(number).random() < 3 / 4:
                self.go_on(number)
            self.chance(number).choice((*[self.step_is_tried] * 8, *[self.go_on] * 2, self.case_is_tried, *others))(number)

    def step_is_tried(self, number: int) -> None:
        """Let somebody try something with a step, fit or not."""
        seldom = ("add approver", "remove approver") * 2 if self.stage.world.case.open("sign") else SELDOM
        lent = ("resolve",) * 4 if any(one.owner for one in self.stage.world.case.open()) else ()
        self.somebody_tries((*VERBS_WITH_STEP, *seldom, *lent), number)

    def case_is_tried(self, number: int) -> None:
        """Let somebody try something with the case, a copy or a substitution, fit or not."""
        self.somebody_tries((*VERBS_WITH_CASE, "suspend", "read a copy", "read a copy"), number)

    def time_passes(self, number: int) -> None:
        """Let time pass and the timers be looked at."""
        self.stage.world.now += timedelta(hours=self.chance(number).choice((1, 49, 49)))
        self.attempt(Deed("timers", MACHINE))

    def two_press_at_once(self, number: int) -> None:
        """Let two people do the same step at once: the one who took it does it, the other is refused."""
        self.tick()
        chance = self.chance(number)
        for item in self.stage.world.case.open():
            able = {deed.who: deed for deed in several_fit(self.stage.world, item, chance)}
            if len(able) > 1:
                first, second = chance.sample(sorted(able.values(), key=str), 2)
                went = self.stage.both(first, second)
                note(f"at once: {first} | {second}")
                assert went == (True, False), f"of two at once {went} went through: {first} | {second}"
                REACHED["two at once"] += 1
                self.follow(first)
                return

    def somebody_sends_again(self, number: int) -> None:
        """Let somebody send a command again, with its key: nothing is done again."""
        self.tick()
        if self.stage.pressed:
            assert self.stage.again(number) == (False, False)
            assert self.stage.digest() == self.digest
            REACHED["sent again"] += 1

    def chance(self, number: int) -> Random:
        """Give what decides by chance, another each time."""
        self.asked += 1
        return Random(f"{self.seed} {number} {self.asked}")

    def tick(self) -> None:
        """Let a minute pass before a command."""
        self.stage.world.now += timedelta(minutes=1)

    def go_on(self, number: int) -> None:
        """Let somebody fit do what the case waits for, or let a collection be late."""
        chance = self.chance(number)
        if self.stage.world.case.open("collect") and chance.random() < 1 / 8:
            self.stage.world.now += LATE
            self.attempt(Deed("timers", MACHINE))
        any(self.try_fit(verb, chance) for verb in ("start", "resume", *chance.sample(GOING_ON, len(GOING_ON))))

    def try_fit(self, verb: str, chance: Random) -> bool:
        """Let somebody do something, if anybody may."""
        deed = fit_deed(self.stage.world, verb, chance)
        if deed is not None:
            self.attempt(deed)
        return deed is not None

    def somebody_tries(self, verbs: Sequence[str], number: int) -> None:
        """Let somebody try something: fit, nearly fit, or anything at all."""
        world, chance = self.stage.world, self.chance(number)
        verb = chance.choice(verbs)
        kinds = (fit_deed, fit_deed, near_deed, near_deed, any_deed) if verb in VERBS_WITH_STEP else (fit_deed, any_deed)
        deed = chance.choice(kinds)(world, verb, chance) or any_deed(world, verb, chance)
        if deed is not None:
            self.attempt(deed)

    def attempt(self, deed: Deed) -> None:
        """Try a deed: done if the model says so, else refused without a trace."""
        self.tick()
        allowed = may(self.stage.world, deed) if self.stage.world.cases else True
        note(f"{deed}: {'to be done' if allowed else 'to be refused'}")
        went = self.stage.attempt(deed)
        assert went == allowed, f"{deed} was {'done' if went else 'refused'}"
        SEEN[deed.verb, went] += 1
        if went:
            self.follow(deed)
        else:
            assert self.stage.digest() == self.digest, f"{deed} was refused and left a trace"

    def follow(self, deed: Deed) -> None:
        """Let the model follow what was done: once, with one event."""
        silent = changes_nothing(deed)
        do(self.stage.world, deed)
        self.stage.learn(deed)
        self.stage.check(deed)
        before, self.digest = self.digest, self.stage.digest()
        assert (before == self.digest) == silent, f"{deed} was done and changed {'something' if silent else 'nothing'}"
        recorded, self.recorded = self.recorded, self.stage.events()
        assert self.recorded == recorded + (not silent), f"{deed} recorded {self.recorded - recorded} events"
        REACHED["archived"] += deed.to == "accepted"
        REACHED["recalled"] += deed.to == "recalled"
        if deed.item is not None:
            REACHED["returned by a vote"] += (deed.item.step, deed.to) == ("sign", "return")
            REACHED["for somebody absent"] += deed.item.done_for is not None


@contextmanager
def fresh(server_url: str, template: str) -> Iterator[Stage]:
    """Open a stage on a database of its own."""
    name = f"test_{uuid4().hex}"
    server = connect(server_url)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        database = connect(make_url(server_url).set(database=name).render_as_string(hide_password=False))
        yield Stage(database, session_factory(database))
        database.dispose()
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def drive(stage: Stage, examples: int, *phases: Phase) -> None:
    """Let random people loose."""
    run_state_machine_as_test(
        type("RandomPeopleHere", (RandomPeople,), {"stage": stage}),
        settings=settings(
            max_examples=examples, stateful_step_count=STEPS, derandomize=True, deadline=None, database=None,
            phases=phases, report_multiple_bugs=False, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def unlocked(patch: pytest.MonkeyPatch) -> None:
    """Let a process and its steps be read without a lock."""
    for name in ("_LOCK_ITEM", "_LOCK_INSTANCE"):
        patch.setattr(step_rows, name, getattr(step_rows, name).partition("FOR NO KEY UPDATE")[0])
    patch.setattr(process, "lock_instance", lambda unit, key: unit.session.get_one(ProcessInstance, key, populate_existing=True))


def not_separate(patch: pytest.MonkeyPatch) -> None:
    """Let anybody decide on what they did before."""
    patch.setattr(eligibility, "separated_elements", lambda _item: [])


def not_guarded(patch: pytest.MonkeyPatch) -> None:
    """Let what is closed be done again."""
    find, complete = step_rows.lock_item, spiff.Execution.complete

    def completed(execution: spiff.Execution, *rest: Any) -> None:
        with suppress(Conflict):
            complete(execution, *rest)

    patch.setattr(step_rows, "lock_item", lambda unit, item_id: replace(find(unit, item_id), closed_at=None))
    patch.setattr(locked, "open_step", locked.step)
    patch.setattr(spiff.Execution, "complete", completed)


@pytest.fixture(scope="module")
def stage(server_url: str, template: str) -> Iterator[Stage]:
    with fresh(server_url, template) as there:
        yield there


@pytest.fixture(scope="module")
def driven(stage: Stage) -> Callable[[], None]:
    """Give what drives the machine, once for the tests of this file."""
    return cache(lambda: drive(stage, EXAMPLES, Phase.generate, Phase.shrink))


def test_whoever_tries_whatever_the_rules_hold(driven: Callable[[], None]) -> None:
    driven()


def test_every_verb_was_done_and_refused_and_every_place_was_reached(driven: Callable[[], None]) -> None:
    driven()
    assert [(verb, went) for verb in VERBS for went in (True, False) if not SEEN[verb, went]] == []
    assert [place for place in PLACES if not REACHED[place]] == []


@pytest.mark.parametrize(
    ("breaking", "found"),
    [
        pytest.param(not_separate, "was done", id="no-separation"),
        pytest.param(not_guarded, r"was done|\(True, True\)", id="no-guard-of-the-state"),
        pytest.param(unlocked, "of two at once", id="no-lock"),
    ],
)
def test_a_broken_engine_is_found(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, breaking: Callable[[pytest.MonkeyPatch], None], found: str
) -> None:
    breaking(monkeypatch)
    with pytest.raises(AssertionError, match=found):
        drive(stage, EXAMPLES, Phase.generate)

"""One client of an engine: whole cases carried to their end and timed, one case sent back again and again.

Every engine in Python is wrapped in a `Participant` (`bpmn_engine/participant.mjs` does the same on its own). Standard
library only: the rivals run in an environment without the product.
"""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

from scenario import Json, Scenario

#: Rounds of collecting and reviewing over which one point of growth is taken.
ROUNDS_AT_A_MARK = 10
ROUNDS_COMPARED = 25


class Participant(Protocol):
    """One client of an engine with a connection of its own."""

    def start(self, scenario: Scenario) -> Any:
        """Start a case and commit; give what names it."""

    def step(self, case: Any, scenario: Scenario) -> bool:
        """Find one open step of a case, do it and commit; say whether the case goes on."""

    def hurry(self, case: Any, scenario: Scenario, steps: int) -> None:
        """Do many steps as fast as it can be done; nobody measures."""

    def state_bytes(self, case: Any) -> int:
        """Give the size of what the engine keeps of a case to go on with."""


@dataclass
class Measured:
    """What one client saw: the time of every step, of all starts together, and what stopped it early.

    `state_bytes` is the largest state of its first case.
    """

    steps: list[float]
    starts: float = 0.0
    cases: int = 0
    cpu: float = 0.0
    state_bytes: int = 0
    stopped: str | None = None

    def described(self) -> Json:
        """Give it as JSON; times in milliseconds."""
        busy = sum(self.steps) + self.starts
        return {
            "steps": len(self.steps),
            "cases": self.cases,
            "steps_per_second": len(self.steps) / busy if busy else 0.0,
            "milliseconds": [round(1000 * one, 4) for one in self.steps],
            "cpu_ms": 1000 * self.cpu / len(self.steps) if self.steps else 0.0,
            "state_bytes": self.state_bytes,
            "stopped": self.stopped,
        }


def lifecycles(participant: Participant, command: Json, seconds: float) -> Measured:
    """Carry whole cases from start to end until `seconds` have passed; stop within one only at its `cap`."""
    seen = Measured([])
    begun, cpu = time.perf_counter(), time.process_time()
    while seen.stopped is None and (seen.cases == 0 or time.perf_counter() - begun < seconds):
        scenario = Scenario(command["departments"], command["rejects"], command["returns"])
        expected, at = scenario.human_steps, time.perf_counter()
        try:
            case = participant.start(scenario)
            seen.starts += time.perf_counter() - at
            _one_case(participant, (case, scenario, expected), seen, begun + command["cap"])
        except Exception as death:
            # What a rival dies of is its result; that it did other work than the others is none.
            if isinstance(death, AssertionError) or not command["may_die"]:
                raise
            seen.stopped = f"{type(death).__name__}: {death}"[:200]
    seen.cpu = time.process_time() - cpu
    return seen


def _one_case(participant: Participant, what: tuple[Any, Scenario, int], seen: Measured, latest: float) -> None:
    case, scenario, expected = what
    done, goes_on = 0, True
    while goes_on:
        at = time.perf_counter()
        goes_on = participant.step(case, scenario)
        seen.steps.append(time.perf_counter() - at)
        done += 1
        if seen.cases == 0 and goes_on:
            seen.state_bytes = max(seen.state_bytes, participant.state_bytes(case))
        if goes_on and time.perf_counter() > latest:
            seen.stopped = f"the time ran out after {done} of {expected} steps"
            return
    if done != expected:
        message = f"the case ended after {done} human steps; the lifecycle has {expected}"
        raise AssertionError(message)
    seen.cases += 1


def grown(participant: Participant, command: Json) -> Json:
    """Send one case of one department back again and again; give cost and size at the marks, then old against new."""
    scenario = Scenario(1, rejects=10**9)
    latest = time.perf_counter() + command["cap"]
    old, reached = participant.start(scenario), 0
    participant.step(old, scenario)
    marks: dict[str, Json] = {}
    answer: Json = {"marks": marks, "stopped": None}
    try:
        for mark in command["marks"]:
            reached = _aged(participant, (old, scenario), (reached, mark), latest)
            if reached < mark:
                answer["stopped"] = f"the time ran out at round {reached}"
                break
            times = [_round(participant, old, scenario) for _ in range(ROUNDS_AT_A_MARK)]
            reached += ROUNDS_AT_A_MARK
            marks[str(mark)] = {"ms": 500 * median(times), "bytes": participant.state_bytes(old)}
    except Exception as death:
        if not command["may_die"]:
            raise
        return {**answer, "reached": _rounds_done(scenario), "stopped": f"{type(death).__name__}: {death}"[:200]}
    if answer["stopped"] is None:
        answer["old_over_new"] = _old_over_new(participant, old, scenario, command["young"])
    return {**answer, "reached": reached}


def _rounds_done(scenario: Scenario) -> int:
    return 10**9 - scenario.rejects


def _aged(participant: Participant, what: tuple[Any, Scenario], span: tuple[int, int], latest: float) -> int:
    reached, mark = span
    while reached < mark and time.perf_counter() < latest:
        rounds = min(25, mark - reached)
        participant.hurry(*what, 2 * rounds)
        reached += rounds
    return reached


def _round(participant: Participant, case: object, scenario: Scenario) -> float:
    at = time.perf_counter()
    participant.step(case, scenario)
    participant.step(case, scenario)
    return time.perf_counter() - at


def _old_over_new(participant: Participant, old: object, scenario: Scenario, young: int) -> Json:
    """Compare a case of many rounds with one of few, turn by turn, so that both meet the same machine."""
    fresh, other = Scenario(1, rejects=10**9), []
    new = participant.start(fresh)
    participant.step(new, fresh)
    participant.hurry(new, fresh, 2 * young)
    new_bytes = participant.state_bytes(new)
    mine = []
    for _ in range(ROUNDS_COMPARED):
        mine.append(_round(participant, old, scenario))
        other.append(_round(participant, new, fresh))
    return {"time": median(mine) / median(other), "bytes": participant.state_bytes(old) / new_bytes}

"""One run of the benchmark: which engine does which cases, in interleaved rounds; what came out."""

import math
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import participants as those
from participants import Engine, EngineError, Participants
from scenario import Json
from server import Server

#: Rounds of returning at which growth is read; the ratio compares the last with the second.
MARKS = (1, 10, 50, 10_000)
YOUNG = 10
MANY_CLIENTS = 32
RIVALS = (those.PLAIN_SPIFF, those.VIEWFLOW, those.BPMN_ENGINE, those.BPMN_ENGINE_LIVE)
ENGINES = (those.OWN, those.FLOOR, those.OWN_WITH_JOB, *RIVALS)
_ANSWERS_WITHIN = 180


@dataclass(frozen=True)
class Case:
    """A kind of case and how it is driven: by so many clients, for so many seconds."""

    departments: int
    rejects: int
    clients: int
    seconds: float
    cap: float = 60.0

    @property
    def command(self) -> Json:
        """Give it as a command to a participant."""
        return {
            "do": "run",
            "departments": self.departments,
            "rejects": self.rejects,
            "returns": 0,
            "clients": self.clients,
            "seconds": self.seconds,
            "cap": self.cap,
            "warm_up": 0.2 if self.clients <= 2 else 0.0,
        }

    @property
    def key(self) -> tuple[int, int, int]:
        """Give what makes results comparable."""
        return self.departments, self.rejects, self.clients


@dataclass(frozen=True)
class Outcome:
    """One engine in one round of one kind of case. Times in milliseconds; `wal_bytes` of log for each step."""

    steps: int
    cases: int
    steps_per_second: float
    mean_ms: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    wal_bytes: float
    state_bytes: int
    stopped: str | None


@dataclass
class Measurements:
    """All that was measured: outcomes by engine and kind of case, in the order of the rounds; growth; what failed."""

    outcomes: dict[tuple[str, tuple[int, int, int]], list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    growth: dict[str, Json] = field(default_factory=dict)
    inbox: Json = field(default_factory=dict)
    likeness: Json = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def best(self, engine: Engine, case: tuple[int, int, int]) -> Outcome | None:
        """Give the round with most steps per second; None when there is none."""
        rounds = self.outcomes.get((engine.name, case))
        return max(rounds, key=lambda one: one.steps_per_second) if rounds else None

    def lowest_p99(self, engine: Engine, case: tuple[int, int, int]) -> float | None:
        """Give the calmest round's 99th percentile; None when there is no round."""
        rounds = self.outcomes.get((engine.name, case))
        return min(one.p99_ms for one in rounds) if rounds else None


class Measuring:
    """Carries the runs out. A rival that cannot run or dies is left out from then on, with the reason; ours must run."""

    def __init__(self, server: Server, scale: float = 1.0) -> None:
        self._server = server
        self._scale = scale
        self._begun = time.monotonic()
        self._participants = Participants(server)
        self.found = Measurements()

    def close(self) -> None:
        """End all participants."""
        self._participants.close()

    @property
    def seconds(self) -> float:
        """Give how long it has taken so far."""
        return time.monotonic() - self._begun

    def rounds(self, runs: Sequence[tuple[Engine, Case]], count: int, until: float) -> None:
        """Do the runs in turn, so that a slow minute of the machine meets all alike.

        As often as `count` says, but once all has taken `until` seconds (scaled as they are) no further round begins.
        """
        for number in range(count):
            if number and self.seconds > until * self._scale:
                say(f"the machine is slow: {number} of {count} rounds were made")
                break
            for engine, case in runs:
                scaled = replace(case, seconds=case.seconds * self._scale, cap=case.cap * self._scale)
                answers = self._asked(engine, scaled.command | self._state_of_ours(case) | {"may_die": engine in RIVALS})
                if answers is not None:
                    self.found.outcomes[engine.name, case.key].append(answers)

    def growth(self, engines: Iterable[Engine], marks: Sequence[int], cap: float) -> None:
        """Send one case back again and again, with each engine."""
        for engine in engines:
            say(f"{engine.name}: rounds of returning")
            command = {"do": "grow", "marks": list(marks), "young": YOUNG, "cap": cap * self._scale, "may_die": engine in RIVALS}
            try:
                self.found.growth[engine.name] = self._participants.ask(engine, command, cap + _ANSWERS_WITHIN)[0]
            except EngineError as failure:
                self._left_out(engine, str(failure))

    def _asked(self, engine: Engine, command: Json) -> Outcome | None:
        if engine.name in self.found.reasons:
            return None
        reason = those.missing(engine.server)
        if reason is not None:
            self._left_out(engine, reason)
            return None
        say(f"{engine.name}: {command['departments']} departments, {command['rejects']} rejects, {command['clients']} clients")
        before = self._server.written()
        try:
            answers = self._participants.ask(engine, command, command["seconds"] + command["cap"] + _ANSWERS_WITHIN)
        except EngineError as failure:
            self._left_out(engine, str(failure))
            return None
        return _outcome(answers, self._server.written() - before)

    def _left_out(self, engine: Engine, reason: str) -> None:
        if engine.server in {"own", "floor"}:
            raise EngineError(reason)
        self.found.reasons[engine.name] = reason
        say(f"{engine.name} is left out: {reason}")

    def _state_of_ours(self, case: Case) -> Json:
        """Tell the floor how large a state to store: as large as ours for such a case."""
        for clients in (case.clients, 1):
            ours = self.found.best(those.OWN, replace(case, clients=clients).key)
            if ours is not None:
                return {"state_bytes": ours.state_bytes}
        return {"state_bytes": 0}


def say(text: str) -> None:
    """Show progress; results go elsewhere."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def _outcome(clients: list[Json], written: int) -> Outcome:
    times = sorted(one for client in clients for one in client["milliseconds"])
    return Outcome(
        steps=len(times),
        cases=sum(client["cases"] for client in clients),
        steps_per_second=sum(client["steps_per_second"] for client in clients),
        mean_ms=sum(times) / len(times) if times else math.nan,
        p50_ms=percentile(times, 50),
        p99_ms=percentile(times, 99),
        cpu_ms=sum(client["cpu_ms"] * client["steps"] for client in clients) / len(times) if times else math.nan,
        wal_bytes=written / len(times) if times else math.nan,
        state_bytes=max(client["state_bytes"] for client in clients),
        stopped=next((client["stopped"] for client in clients if client["stopped"]), None),
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Give the smallest value that is not below `percent` of all; nan of none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]

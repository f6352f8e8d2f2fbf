"""Drive a diagram to its end in memory: somebody answers every step, the clock moves, messages come.

Several runs with other answers each, until no run reaches anything new: what is never reached is then told.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from engine import answers, plain_yaml
from engine.catalogue import N_
from engine.errors import Invalid, Refused, StepFailed
from engine.rehearsal import Rehearsal, Stuck
from engine.routes import Routes
from engine.spiff import Definition
from engine.spiff.graph import Kind, Node

MAX_RUNS = 20
#: A run takes no more steps; from the half on it takes no detours any more.
MAX_STEPS = 400
#: How many runs take the ways of a decision in turn, how many at most keep to one, and after how many visits they cease.
IN_TURN, STEADY, SETTLED_VISITS = 2, 8, 12
#: Runs that brought nothing new before the simulation stops.
PATIENCE = 8
#: How often the last runs do what was tried least instead of completing the next step.
DETOUR = 0.5
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Passed:
    """An element a run came through."""

    element: str
    name: str


@dataclass(frozen=True)
class Simulated:
    """What became of a process: whether it came to an end at all, and whether every run did.

    `steps` are those of the first run, or of the first that did not end. `reason` says why it did not.
    """

    process: str
    ended: bool
    always: bool
    steps: tuple[Passed, ...]
    never_reached: tuple[Passed, ...]
    runs: int
    unused: tuple[str, ...] = ()
    reason: Refused | None = None


@dataclass
class Script:
    """Answers somebody wrote down: element → results, used in their order each time the element is completed."""

    choices: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def take(self, element: str) -> Mapping[str, Any]:
        """Give the next answer for an element; nothing when none is left."""
        left = self.choices.get(element)
        return left.pop(0) if left else {}


def read_choices(data: bytes, name: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Read a script of answers: `choices`, a list of maps with `complete` and `variables`. Raises Invalid."""
    value = plain_yaml.read(data, name).value
    listed = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise Invalid(N_("{name} holds no choices: it must be a map with a list called “choices”."), name=name)
    return tuple(_choice(one, f"{name} choices[{number}]") for number, one in enumerate(listed, start=1))


def _choice(entry: object, place: str) -> tuple[str, Mapping[str, Any]]:
    given = entry if isinstance(entry, dict) and set(entry) <= {"complete", "variables"} else {}
    element, variables = given.get("complete"), given.get("variables", {})
    if not isinstance(element, str) or not isinstance(variables, dict) or not all(isinstance(key, str) for key in variables):
        raise Invalid(N_("{place}: a choice has “complete” with an element, and “variables” with names and values."), place=place)
    return element, variables


def simulate(
    processes: Mapping[str, Definition],
    choices: Sequence[tuple[str, Mapping[str, Any]]] = (),
    drawn: frozenset[str] | None = None,
) -> tuple[Simulated, ...]:
    """Drive each process to its end; with choices in one run that follows them.

    `processes` were deployed together; only `drawn` elements are told of, or all. Raises Invalid when a choice names an element that is in none of them.
    """
    everywhere = {node.id for process in processes.values() for node in _nodes(process)}
    unknown = next((element for element, _ in choices if element not in everywhere), None)
    if unknown is not None:
        raise Invalid(N_("The choices name the step {element}; there is no such step in the file."), element=unknown)
    called = {node.inner for process in processes.values() for node in _nodes(process) if node.kind is Kind.CALL}
    results = (_simulated(process, choices, is_called=process.key in called) for process in processes.values())
    return tuple(results) if drawn is None else tuple(_told(result, drawn) for result in results)


def _told(result: Simulated, drawn: frozenset[str]) -> Simulated:
    return replace(
        result,
        steps=tuple(one for one in result.steps if one.element in drawn),
        never_reached=tuple(one for one in result.never_reached if one.element in drawn),
    )


def _simulated(process: Definition, choices: Sequence[tuple[str, Mapping[str, Any]]], *, is_called: bool) -> Simulated:
    names = {node.id: node.name for node in _nodes(process)}
    script = Script()
    for element, variables in choices:
        if element in names:
            script.choices.setdefault(element, []).append(variables)
    director = _Director(process, is_called=is_called)
    runs: list[_Run] = []
    stale = 0
    while len(runs) < (1 if script.choices else MAX_RUNS) and stale < PATIENCE:
        seen = {element for one in runs for element in one.reached}
        runs.append(_Run(director, len(runs), script).drive())
        stale = 0 if len(runs) <= director.planned or runs[-1].reached - seen else stale + 1
    return _summary(director, runs, names, tuple(sorted(key for key, left in script.choices.items() if left)))


def _nodes(process: Definition) -> Iterator[Node]:
    return (node for graph in process.graphs.values() for node in graph.nodes)


def _summary(director: "_Director", runs: Sequence["_Run"], names: Mapping[str, str], unused: tuple[str, ...]) -> Simulated:
    stuck = [one for one in runs if one.reason is not None]
    failed = [] if director.is_called else [one for one in runs if one.reason is None and one.error is not None]
    ended = len(stuck) + len(failed) < len(runs)
    reason = stuck[0].reason if stuck else _uncaught(failed) if ended else failed[0].error
    reached = {element for one in runs for element in one.reached}
    wanted = [node.id for node in _nodes(director.process) if node.kind in {Kind.USER, Kind.EXTERNAL, Kind.END}]
    return Simulated(
        process=director.process.key,
        ended=ended,
        always=ended and not stuck,
        steps=tuple(Passed(key, names[key]) for key in (stuck or runs)[0].steps),
        never_reached=tuple(Passed(key, names[key]) for key in dict.fromkeys(wanted) if key not in reached),
        runs=len(runs),
        unused=unused,
        reason=reason,
    )


def _uncaught(failed: Sequence["_Run"]) -> Refused | None:
    elements = sorted({str(one.error.params["element"]) for one in failed if one.error is not None})
    if not elements:
        return None
    return Refused(N_("It may end with an error at {elements}, which only a process that calls it can catch."), elements=", ".join(elements))


class _Director:
    """What the runs of one process share: its decisions and ways, and what was tried how often."""

    def __init__(self, process: Definition, *, is_called: bool) -> None:
        self.process = process
        self.is_called = is_called
        self.error_ends = {node.id for node in _nodes(process) if node.kind is Kind.END and node.event.kind == "error"}
        self.routes = Routes(process)
        self.decisions = answers.decisions(process)
        self.defaults = answers.defaults(process)
        self.tried: Counter[object] = Counter()
        self.taken: Counter[tuple[str, int]] = Counter()
        widest = max((len(one.ways) for found in self.decisions.values() for one in found), default=0)
        #: The runs before the one in which everybody is late; behind it chance decides.
        self.planned = IN_TURN + min(widest, STEADY)
        self.starts = _starts(process)


def _starts(process: Definition) -> tuple[tuple[str, str] | None, ...]:
    """Give the ways to start: by itself, or by the messages and signals its start events wait for."""
    nodes = [process.root.nodes[index] for index in process.root.starts]
    by_event = [(node.event.kind, node.event.name) for node in nodes if node.event.kind in {"message", "signal"} and node.event.name]
    plain = any(node.event.kind not in {"message", "signal"} for node in nodes)
    return (*([None] if plain else []), *by_event) or (None,)


class _Run:
    """One run.

    The planned ones complete steps in their order: some take the ways of a decision in turn, then one for each way keeps
    to it. In the next everybody is late. The others try what was tried least.
    """

    def __init__(self, director: _Director, number: int, script: Script) -> None:
        self._director = director
        self._number = number
        self._script = script
        self._visits: Counter[str] = Counter()
        self._chance = random.Random(number)  # noqa: S311 - which branch to try, nothing secret
        self.steps: tuple[str, ...] = ()
        self.reached: set[str] = set()
        self.reason: Refused | None = None
        self.error: StepFailed | None = None

    def drive(self) -> "_Run":
        """Run to the end or as far as it goes."""
        stage: Rehearsal | None = None
        start = self._director.starts[self._number % len(self._director.starts)]
        try:
            stage = Rehearsal(self._director.process, self._initial(), start)
            self._to_the_end(stage)
        except StepFailed as reason:
            # An error that leaves a process is an end of it, and its caller's to catch.
            if reason.params["element"] in self._director.error_ends:
                self.error = reason
            else:
                self.reason = reason
        except Stuck as reason:
            self.reason = reason
        self.steps = stage.passed() if stage is not None else ()
        self.reached |= set(self.steps)
        return self

    def _to_the_end(self, stage: Rehearsal) -> None:
        for done in range(MAX_STEPS):
            stage.reload()
            if stage.live.ended:
                return
            self._act(stage, done)
        raise Stuck(N_("It was not at its end after {count} steps; last it came to {elements}."), count=MAX_STEPS, elements=_last(stage))

    def _act(self, stage: Rehearsal, done: int) -> None:
        offers = self._offers(stage)
        if not offers:
            raise Stuck(N_("Nothing can move it any more, and it has not ended; last it came to {elements}."), elements=_last(stage))
        key = next(iter(offers))
        if self._number == self._director.planned and done < MAX_STEPS // 2:
            key = next((one for one in offers if one[0] == "timer"), key)
        elif self._number > self._director.planned and done < MAX_STEPS // 2 and self._chance.random() < DETOUR:
            key = min(offers, key=lambda one: (self._director.tried[one], self._chance.random()))
        self._director.tried[key] += 1
        offers[key]()

    def _offers(self, stage: Rehearsal) -> dict[tuple[str, ...], Any]:
        """Give what can be done now: complete, deliver, let time pass."""
        offers: dict[tuple[str, ...], Any] = {}
        tasks = stage.live.open_tasks()
        for task in tasks:
            offers.setdefault(
                ("complete", task.element),
                lambda task=task: stage.complete(task, {**self._answer([task.element]), **self._script.take(task.element)}),
            )
        for one in stage.live.subscriptions():
            elements = self._director.routes.named(one.kind, one.name)
            offers.setdefault(
                (one.kind, one.name),
                lambda one=one, elements=elements: stage.deliver(one.kind, one.name, self._answer(elements), one.correlation),
            )
        for task in tasks:
            for code in self._director.routes.errors_caught(task.element):
                offers.setdefault(("fail", task.element, code), lambda task=task, code=code: stage.fail(task, code))
        if stage.live.next_due() is not None:
            offers["timer", *sorted({task.element for task in tasks})] = lambda: stage.fire_next(_NEVER)
        return offers

    def _initial(self) -> dict[str, Any]:
        director = self._director
        data: dict[str, Any] = {}
        for path, value in self._chosen(director.routes.from_start()).items():
            answers.put(data, path, value)
        for decision in (one for found in director.decisions.values() for one in found if one.ways):
            for path, value in decision.ways[0].items():
                answers.put(data, path, value, keep=True)
        return {**director.defaults, **data}

    def _answer(self, elements: Sequence[str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        beyond = [key for element in elements for key in self._director.routes.beyond(element)]
        for path, value in self._chosen(beyond).items():
            answers.put(values, path, value)
        return values

    def _chosen(self, elements: Sequence[str]) -> dict[answers.Path, Any]:
        """Choose a way for each decision among `elements`, the nearest first; later ones take what is left open."""
        chosen: dict[answers.Path, Any] = {}
        for decision in (one for key in dict.fromkeys(elements) for one in self._director.decisions.get(key, ())):
            ways = self._turned(decision)
            fitting = next((way for way in ways if all(chosen.get(path, value) == value for path, value in way.items())), {})
            chosen |= fitting
        return chosen

    def _turned(self, decision: answers.Decision) -> Sequence[Mapping[answers.Path, Any]]:
        """Give the ways of a decision, the one whose turn it is first.

        After a while no run keeps to its plan, or a loop might be left at the same word for ever.
        """
        ways, number, key = decision.ways, self._number, decision.element
        if not ways:
            return ()
        visit = self._visits[key]
        self._visits[key] += 1
        if visit >= SETTLED_VISITS:
            turn = self._chance.randrange(len(ways))
        elif number < self._director.planned:
            turn = (visit + number if number < IN_TURN else number - IN_TURN) % len(ways)
        else:
            turn = min(range(len(ways)), key=lambda one: (self._director.taken[key, one], self._chance.random()))
        self._director.taken[key, turn] += 1
        return [*ways[turn:], *ways[:turn]]


def _last(stage: Rehearsal) -> str:
    return ", ".join(stage.passed()[-3:]) or "-"



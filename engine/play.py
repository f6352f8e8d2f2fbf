"""Play scenarios: deploy the diagrams in memory, do what each step says, compare what stands."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.catalogue import N_
from engine.durations import after
from engine.errors import Invalid, Refused, StepFailed
from engine.rehearsal import MAX_FIRINGS, DiagramRefused, Rehearsal, Stuck, deploy, drawn_elements
from engine.scenarios import (
    MESSAGE,
    Advance,
    CompleteTask,
    Deliver,
    ExpectEnded,
    ExpectRefusal,
    ExpectTasks,
    FireTimers,
    Malformed,
    Scenario,
    Step,
)
from engine.spiff import OpenTask

log = logging.getLogger("juanzong.play")


class Outcome(StrEnum):
    """How a scenario ended."""

    PASSED = "passed"
    FAILED = "failed"
    REFUSED = "refused"
    ERROR = "error"


@dataclass(frozen=True)
class Verdict:
    """One scenario and how it ended; the reason is there unless it passed."""

    id: str
    outcome: Outcome
    reason: Refused | None = None


class Deviation(Refused):
    """Something else stands than the scenario says."""


def play(scenarios: Iterable[Scenario | Malformed], models: Path) -> tuple[Verdict, ...]:
    """Play each scenario on the diagrams in the folder `models`."""
    return tuple(_judged(one, models) for one in scenarios)


def _judged(scenario: Scenario | Malformed, models: Path) -> Verdict:
    if isinstance(scenario, Malformed):
        return Verdict(scenario.id, Outcome.ERROR, scenario.problem)
    try:
        _Performance(scenario, models).run()
    except DiagramRefused as refusal:
        return _of_refusal(scenario, refusal)
    except (Deviation, Stuck, StepFailed) as reason:
        return Verdict(scenario.id, Outcome.FAILED, reason)
    except Refused as problem:
        return Verdict(scenario.id, Outcome.ERROR, problem)
    except Exception as bug:
        # One scenario that breaks the engine must not hide the verdict on the others.
        log.exception("scenario %s", scenario.id)
        told = f"{type(bug).__name__}: {bug}"
        return Verdict(scenario.id, Outcome.ERROR, Refused(N_("The engine broke: {problem}."), problem=told))
    return Verdict(scenario.id, Outcome.PASSED)


def _of_refusal(scenario: Scenario, refusal: DiagramRefused) -> Verdict:
    if not refusal.named:
        return Verdict(scenario.id, Outcome.ERROR, refusal)
    if any(isinstance(step, ExpectRefusal) for step in scenario.steps):
        return Verdict(scenario.id, Outcome.PASSED)
    return Verdict(scenario.id, Outcome.REFUSED, refusal)


class _Performance:
    """One scenario under way. `number` counts its steps from 1; 0 is the start."""

    def __init__(self, scenario: Scenario, models: Path) -> None:
        self._scenario = scenario
        self._number = 0
        sources = [_read(models, file) for file in (scenario.file, *scenario.also_deploy)]
        self._elements = drawn_elements(sources)
        self._process = deploy(sources, scenario.process)[scenario.process]

    def run(self) -> None:
        """Do and compare everything. Raises Deviation, Stuck, StepFailed."""
        try:
            self._stage = Rehearsal(self._process, self._scenario.variables or {}, self._scenario.start)
            self._settle()
            for number, step in enumerate(self._scenario.steps, start=1):
                self._number = number
                self._stage.reload()
                self._do(step)
                self._settle()
        except StepFailed as failure:
            if not self._refusal_is_next():
                raise
            self._must_name_its_element(failure)

    def _refusal_is_next(self) -> bool:
        following = self._scenario.steps[self._number : self._number + 1]
        return any(isinstance(step, ExpectRefusal) for step in following)

    def _must_name_its_element(self, failure: StepFailed) -> None:
        if failure.params["element"] not in self._elements:
            raise self._deviation(N_("Step {step}: the error names no element of the diagram: {problem}"), problem=str(failure))

    def _do(self, step: Step) -> None:
        match step:
            case ExpectTasks(labels):
                self._compare(labels)
            case CompleteTask(label, variables):
                self._stage.complete(self._open(label), variables)
            case Advance(duration):
                self._advance(duration)
            case FireTimers():
                self._fire()
            case Deliver():
                self._deliver(step)
            case ExpectEnded(ended):
                self._compare_end(ended=ended)
            case ExpectRefusal(why):
                raise self._deviation(N_("Step {step}: an error was expected here ({why}), and the process went on."), why=why)

    def _settle(self) -> None:
        """Complete what the scenario leaves to the product."""
        for _ in range(MAX_FIRINGS):
            task = next((one for one in self._stage.work_items() if one.element in self._scenario.auto_complete), None)
            if task is None:
                return
            self._stage.complete(task, {})
        raise Stuck(N_("The steps that complete themselves never come to an end."))

    def _compare(self, labels: tuple[str, ...]) -> None:
        tasks = self._stage.work_items()
        if not _same(labels, tasks):
            raise self._deviation(
                N_("Step {step}: open are {found}; expected were {expected}."),
                expected=_listed(labels), found=self._standing(tasks),
            )

    def _open(self, label: str) -> OpenTask:
        tasks = self._stage.work_items()
        found = next((task for task in tasks if _called(task, label)), None)
        if found is None:
            raise self._deviation(
                N_("Step {step}: no open item is called {label}; open are {found}."), label=label, found=self._standing(tasks)
            )
        return found

    def _advance(self, duration: str) -> None:
        target = after(self._stage.now, duration)
        for _ in range(MAX_FIRINGS):
            if not self._stage.fire_next(target):
                self._stage.now = target
                return
            self._settle()
        raise Stuck(N_("The timers never come to rest: {count} fired by {moment}."), count=MAX_FIRINGS, moment=target.isoformat())

    def _fire(self) -> None:
        if not self._stage.live.pending_timers():
            raise self._deviation(N_("Step {step}: no timer is pending."))
        self._stage.fire_each_once()

    def _deliver(self, step: Deliver) -> None:
        before = self._stage.picture()
        received = self._stage.deliver(step.kind, step.name, step.variables, step.correlation)
        if step.no_receiver and (received or self._stage.picture() != before):
            raise self._deviation(N_("Step {step}: nobody should wait for {name} any more, and yet it changed something."), name=step.name)
        if not step.no_receiver and not received:
            waits = [f"{one.kind} {one.name}" for one in self._stage.live.subscriptions()]
            missing = N_("Step {step}: nobody waits for the message {name}; waited for are {found}.")
            if step.kind != MESSAGE:
                missing = N_("Step {step}: nobody waits for the signal {name}; waited for are {found}.")
            raise self._deviation(missing, name=step.name, found=_listed(waits))

    def _compare_end(self, *, ended: bool) -> None:
        if self._stage.live.ended and not ended:
            raise self._deviation(N_("Step {step}: the process has ended; it should still run."))
        if ended and not self._stage.live.ended:
            raise self._deviation(
                N_("Step {step}: the process has not ended; open are {found}."), found=self._standing(self._stage.work_items())
            )

    def _standing(self, tasks: Iterable[OpenTask]) -> str:
        """List what is open, and the jobs and events that hold the process up."""
        jobs = [f"(job {task.element})" for task in self._stage.jobs()]
        waits = [f"({one.kind} {one.name})" for one in self._stage.live.subscriptions()]
        return _listed([*(task.name or task.element for task in tasks), *jobs, *waits])

    def _deviation(self, message: str, **params: object) -> Deviation:
        return Deviation(message, step=self._number, **params)


def _read(models: Path, file: str) -> bytes:
    path = (models / file).resolve()
    if not path.is_relative_to(models.resolve()) or not path.is_file():
        raise Invalid(N_("There is no file {file} in {folder}."), file=file, folder=str(models))
    return path.read_bytes()


def _called(task: OpenTask, label: str) -> bool:
    return label in {task.element, task.name} or " ".join(label.split()) == " ".join(task.name.split())


def _same(labels: tuple[str, ...], tasks: tuple[OpenTask, ...]) -> bool:
    """Say whether labels and tasks can be paired off, each task by its name or its element."""
    if len(labels) != len(tasks):
        return False
    holder: dict[int, int] = {}

    def placed(label: int, tried: set[int]) -> bool:
        for number, task in enumerate(tasks):
            if number in tried or not _called(task, labels[label]):
                continue
            tried.add(number)
            if number not in holder or placed(holder[number], tried):
                holder[number] = label
                return True
        return False

    return all(placed(label, set()) for label in range(len(labels)))


def _listed(texts: Iterable[str]) -> str:
    return "[" + ", ".join(sorted(texts)) + "]"

"""A process in memory: started or loaded, moved by people, workers, the clock and messages, stored again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, Problem, StepFailed
from engine.expressions import ExpressionError, evaluate, render
from engine.spiff import activities, events, jumps, moving, stepping, timers
from engine.spiff.functions import functions_at
from engine.spiff.graph import Definition, Kind, Node
from engine.spiff.moving import Obstacle
from engine.spiff.tokens import OPEN, WAITING, Names, Run, Token, dump, home_of, load, seconds

USER = "user"
EXTERNAL = "external"
#: The candidate group that answers for processes (流程管理员): it may stop and end them, and is offered what a diagram
#: offers to nobody.
PROCESS_OWNER = "process_owner"


@dataclass(frozen=True)
class OpenTask:
    """A step that waits for a person (`user`) or for a worker on a topic (`external`).

    `properties` are the vendor attributes and properties of the element, as drawn.
    """

    task_id: str
    element: str
    name: str
    kind: str
    candidate_group: str
    scope: str | None
    due_at: datetime | None
    assignee: str | None
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Subscription:
    """What an event of a process waits for: a message or a signal of this name."""

    kind: str
    name: str
    task_id: str
    correlation: str | None


@dataclass(frozen=True)
class Thrown:
    """A message or signal a process sent and nobody inside it took: for the other processes."""

    kind: str
    name: str
    payload: Mapping[str, Any]
    correlation: str | None = None


@dataclass(frozen=True)
class Changes:
    """What happened since the last look: steps opened, steps that are open no more, elements passed, events sent."""

    opened: tuple[OpenTask, ...]
    closed: tuple[str, ...]
    passed: tuple[str, ...]
    thrown: tuple[Thrown, ...]


class Execution:
    """One live process. An operation that raises spoils the object: drop it, the stored state is still good."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @classmethod
    def start(
        cls, definition: Definition, data: Mapping[str, Any], now: datetime, *, event: tuple[str, str] | None = None
    ) -> Self:
        """Start a process and run it until only people, workers, the clock or events can move it.

        `event` is ("message" | "signal", name) where one of these starts it. Raises Invalid when no start waits
        for it, StepFailed where the diagram cannot go on.
        """
        run = Run(definition)
        _at(run, now)
        frame = run.add_frame(definition.key, None, _plain(data))
        frame.sealed = True
        stepping.start_graph(run, frame, event)
        stepping.proceed(run)
        return cls(run)

    @classmethod
    def load(cls, definition: Definition, state: bytes) -> Self:
        """Take a stored process up again. Raises ValueError for a state in another form."""
        return cls(load(definition, state))

    def state(self) -> bytes:
        """Give the state to store, without the specification."""
        return dump(self._run)

    @property
    def ended(self) -> bool:
        """Say whether nothing is left to do."""
        return self._run.ended

    @property
    def variables(self) -> dict[str, Any]:
        """Give the variables of the process."""
        root = next((frame for frame in self._run.frames.values() if frame.parent is None), None)
        return dict(root.names or {}) if root is not None else {}

    def open_tasks(self) -> tuple[OpenTask, ...]:
        """Give the steps that wait for a person or a worker, the oldest first."""
        return tuple(self._open_task(token) for token in self._run.tokens.values() if token.state == OPEN)

    def take_changes(self) -> Changes:
        """Give what happened since the last call."""
        run = self._run
        changes = Changes(
            opened=tuple(self._open_task(token) for token in run.opened.values()),
            closed=tuple(str(one) for one in run.closed),
            passed=tuple(run.passed),
            thrown=tuple(Thrown(*one) for one in run.thrown),
        )
        run.opened, run.closed, run.passed, run.thrown = {}, [], [], []
        return changes

    def complete(self, task_id: str, result: Mapping[str, Any], now: datetime) -> None:
        """Finish one open step with its result and run on. Raises Conflict when it is not open."""
        run, token = self._run, self._open(task_id)
        _at(run, now)
        home_of(run, token.frame).update(_plain(result))
        stepping.leave(run, token)
        stepping.proceed(run)

    def fail(self, task_id: str, code: str, now: datetime) -> None:
        """Let an open step end with an error of the diagram. Raises Conflict when not open, StepFailed when not caught."""
        run, token = self._run, self._open(task_id)
        _at(run, now)
        element = run.node(token).id
        if not events.propagate(run, token, "error", code):
            raise StepFailed(element, Problem(N_("error {code} is caught nowhere"), code=code))
        stepping.proceed(run)

    def next_due(self) -> datetime | None:
        """Give the moment of the earliest timer."""
        return min(self.pending_timers(), default=None)

    def pending_timers(self) -> tuple[datetime, ...]:
        """Give the moments of all timers, earliest first."""
        moments = sorted(token.due for token in self._run.tokens.values() if token.due is not None)
        return tuple(datetime.fromtimestamp(moment, UTC) for moment in moments)

    def fire_timers(self, now: datetime) -> int:
        """Fire what is due, in the order of due dates; give how many fired."""
        _at(self._run, now)
        return events.fire_due(self._run, self._run.now)

    def fire_each_timer(self, now: datetime) -> int:
        """Fire every pending timer once, whatever its moment: for trying diagrams out; give how many fired."""
        _at(self._run, now)
        return events.fire_each(self._run)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Give the messages and signals this process waits for."""
        run = self._run
        found = []
        for token in run.tokens.values():
            event = run.node(token).event
            if token.state == WAITING and event.kind in {"message", "signal"} and event.name is not None:
                found.append(Subscription(event.kind, event.name, str(token.id), token.data.get("correlation")))
        return tuple(found)

    def receive_message(
        self, name: str, payload: Mapping[str, Any], now: datetime, correlation: str | None = None
    ) -> bool:
        """Deliver a message to the place that has waited longest for it; say whether one did."""
        return self._receive("message", name, payload, (now, correlation)) > 0

    def receive_signal(self, name: str, payload: Mapping[str, Any], now: datetime) -> int:
        """Deliver a signal to all that wait for it; give how many did."""
        return self._receive("signal", name, payload, (now, None))

    def return_to(self, task_id: str, element: str, now: datetime, branches: Sequence[int] | None = None) -> None:
        """Jump back from an open step to an earlier element, in named branches if given.

        Raises Conflict when the step is not open, Invalid when the element cannot be returned to from there.
        """
        run, token = self._run, self._open(task_id)
        _at(run, now)
        jumps.return_to(run, token, element, branches)
        stepping.proceed(run)

    def add_instance(self, task_id: str, item: object, now: datetime, *, before: bool = False) -> None:
        """Add an instance beside an open one of a multi-instance activity, or `before` it where they go in turn.

        Raises Conflict when the step is not open, Invalid when it is in no multi-instance activity or has none before.
        """
        run = self._run
        _at(run, now)
        host, frame = jumps.loop_around(run, self._open(task_id))
        if before:
            jumps.check_in_turn(run, host)
        activities.add_instance(run, host, run.node(host), item, frame if before else None)
        stepping.proceed(run)

    def remove_instance(self, task_id: str, now: datetime) -> None:
        """Withdraw an open instance of a multi-instance activity. Raises Invalid for the last one that is open."""
        run = self._run
        _at(run, now)
        host, frame = jumps.loop_around(run, self._open(task_id))
        jumps.check_not_last(host)
        activities.remove_instance(run, frame)
        stepping.proceed(run)

    def obstacles(self, new: Definition) -> tuple[Obstacle, ...]:
        """Say what stands in the way of moving to another version of the diagram; empty when nothing does."""
        return moving.obstacles(self._run, new)

    def move(self, new: Definition, now: datetime) -> None:
        """Move to another version; open steps keep their numbers, timers their moments. Needs `obstacles` to be empty."""
        _at(self._run, now)
        self._run = moving.moved(self._run, new)
        stepping.proceed(self._run)

    def cancel(self) -> None:
        """End the process where it stands."""
        run = self._run
        for token in list(run.tokens.values()):
            run.remove(token)
        run.ended = True

    def _receive(self, kind: str, name: str, payload: Mapping[str, Any], when: tuple[datetime, str | None]) -> int:
        run, (now, correlation) = self._run, when
        _at(run, now)
        reached = events.deliver(run, kind, name, _plain(payload), correlation)
        stepping.proceed(run)
        return reached

    def _open(self, task_id: str) -> Token:
        token = self._run.tokens.get(int(task_id)) if task_id.isdigit() else None
        if token is None or token.state != OPEN:
            raise Conflict(N_("This step is no longer open. Reload the page to see where the case stands."))
        return token

    def _open_task(self, token: Token) -> OpenTask:
        run = self._run
        node, names = run.node(token), Names(run, token.frame)
        external = node.kind is Kind.EXTERNAL
        return OpenTask(
            task_id=str(token.id),
            element=node.id,
            name=node.name,
            kind=EXTERNAL if external else USER,
            candidate_group=_group(run, node, names),
            scope=_worked_out(run, node, names, "scope"),
            due_at=_due(run, node, names),
            assignee=_worked_out(run, node, names, "assignee"),
            properties=node.properties,
        )


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give the data as it will be read back from the stored state: a copy of plain values, shared with nobody. Raises Invalid."""
    try:
        copied: dict[str, Any] = json.loads(json.dumps(dict(data), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise Invalid(N_("The data of this step cannot be stored: {problem}."), problem=str(error)) from error
    return copied


def _at(run: Run, now: datetime) -> None:
    run.now = seconds(now)
    run.functions = functions_at(now)


def _group(run: Run, node: Node, names: Names) -> str:
    if node.kind is Kind.EXTERNAL:
        return node.properties.get("topic") or node.id
    return _worked_out(run, node, names, "candidateGroups", template=True) or node.lane or PROCESS_OWNER


def _worked_out(run: Run, node: Node, names: Names, key: str, *, template: bool = False) -> str | None:
    text = node.properties.get(key)
    if not text:
        return None
    try:
        if template or not text.startswith(("${", "#{")):
            return render(text, names, run.functions)
        value = evaluate(text, names, run.functions)
    except (ExpressionError, Invalid) as error:
        raise StepFailed(node.id, error) from error
    return None if value is None else str(value)


def _due(run: Run, node: Node, names: Names) -> datetime | None:
    text = _worked_out(run, node, names, "dueDate")
    if not text:
        return None
    try:
        return datetime.fromtimestamp(timers.due(text, "date", run.now), UTC)
    except timers.MomentError as error:
        raise StepFailed(node.id, error) from error

"""Scenarios for diagrams: start, complete, wait, expect. Read from YAML; docs/diagrams.md has the format.

A scenario that makes no sense does not spoil the others: it is kept with what is wrong with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine import plain_yaml
from engine.catalogue import N_
from engine.durations import after
from engine.errors import Invalid

MESSAGE, SIGNAL = "message", "signal"
_NEEDED = ("id", "file", "process", "steps")
_KNOWN = (*_NEEDED, "category", "source", "also_deploy", "start", "auto_complete", "variables", "extends_source", "notes")


@dataclass(frozen=True)
class ExpectTasks:
    """Exactly these work items are open; each is told by its name or its element."""

    labels: tuple[str, ...]


@dataclass(frozen=True)
class CompleteTask:
    """One open work item is completed with these results."""

    label: str
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Advance:
    """The clock moves by an ISO 8601 duration."""

    duration: str


@dataclass(frozen=True)
class FireTimers:
    """Every pending timer fires once, whatever its date."""


@dataclass(frozen=True)
class Deliver:
    """A message or a signal comes from outside. `no_receiver`: nobody may be moved by it."""

    kind: str
    name: str
    variables: Mapping[str, Any]
    correlation: str | None
    no_receiver: bool


@dataclass(frozen=True)
class ExpectEnded:
    """The process has ended, or has not."""

    ended: bool


@dataclass(frozen=True)
class ExpectRefusal:
    """The diagram is refused, or what was done before fails with an error that names its element."""

    why: str


Step = ExpectTasks | CompleteTask | Advance | FireTimers | Deliver | ExpectEnded | ExpectRefusal


@dataclass(frozen=True)
class Scenario:
    """One expected behaviour. `start` is the kind and name of the event that starts the process, if it is one."""

    id: str
    file: str
    process: str
    steps: tuple[Step, ...]
    also_deploy: tuple[str, ...] = ()
    start: tuple[str, str] | None = None
    variables: Mapping[str, Any] | None = None
    auto_complete: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Malformed:
    """An entry that is no scenario, and why."""

    id: str
    problem: Invalid


def read_scenarios(data: bytes, name: str) -> tuple[Scenario | Malformed, ...]:
    """Read a file of scenarios. Raises Invalid when it is no YAML or no list of entries."""
    document = plain_yaml.read(data, name)
    if not isinstance(document.value, list) or not document.value:
        raise Invalid(N_("{name} holds no scenarios: it must be a list of entries, each with id, file, process and steps."), name=name)
    lines = document.lines or tuple(range(1, len(document.value) + 1))
    found: list[Scenario | Malformed] = []
    for entry, line in zip(document.value, lines, strict=True):
        found.append(_entry(entry, f"{name}:{line}", {one.id for one in found}))
    return tuple(found)


def _entry(entry: object, place: str, taken: set[str]) -> Scenario | Malformed:
    given = entry.get("id") if isinstance(entry, dict) else None
    name = given if isinstance(given, str) and given else place
    try:
        form = _Form(entry, f"{place} {name}" if name != place else place)
        form.only(_KNOWN)
        if name in taken:
            raise form.wrong(N_("{place}: there is another scenario of this id."), "id")
        return _scenario(form)
    except Invalid as problem:
        return Malformed(name if name not in taken else f"{name} ({place})", problem)


def _scenario(form: "_Form") -> Scenario:
    steps = form.entry.get("steps")
    if not isinstance(steps, list) or not steps:
        raise form.wrong(N_("{place}: “{key}” must be a list of steps."), "steps")
    return Scenario(
        id=form.text("id"),
        file=form.text("file"),
        process=form.text("process"),
        steps=tuple(_step(_Form(step, f"{form.place} steps[{number}]")) for number, step in enumerate(steps, start=1)),
        also_deploy=form.texts("also_deploy"),
        start=_start(form),
        variables=form.variables(),
        auto_complete=frozenset(form.texts("auto_complete")),
    )


def _start(form: "_Form") -> tuple[str, str] | None:
    if "start" not in form.entry:
        return None
    start = _Form(form.entry["start"], f"{form.place} start")
    kind = start.one_of((MESSAGE, SIGNAL))
    start.only((kind,))
    return kind, start.text(kind)


def _step(form: "_Form") -> Step:
    key = form.one_of(tuple(_STEPS))
    read, beside = _STEPS[key]
    form.only((key, *beside))
    return read(form)


def _advance(form: "_Form") -> Advance:
    duration = form.text("advance")
    try:
        after(datetime(2026, 1, 1, tzinfo=UTC), duration)
    except Invalid as error:
        raise form.wrong(N_("{place}: “{key}” must be a duration such as PT1H or P3D."), "advance") from error
    return Advance(duration)


def _fire_timers(form: "_Form") -> FireTimers:
    if not form.flag("fire_timers"):
        raise form.wrong(N_("{place}: “{key}” can only be true."), "fire_timers")
    return FireTimers()


def _deliver(form: "_Form") -> Deliver:
    kind = form.one_of((MESSAGE, SIGNAL))
    correlation = form.text("correlation") if "correlation" in form.entry else None
    return Deliver(kind, form.text(kind), form.variables(), correlation, form.flag("no_receiver"))


_STEPS: dict[str, tuple[Callable[["_Form"], Step], tuple[str, ...]]] = {
    "expect_tasks": (lambda form: ExpectTasks(form.texts("expect_tasks")), ()),
    "complete": (lambda form: CompleteTask(form.text("complete"), form.variables()), ("variables",)),
    "advance": (_advance, ()),
    "fire_timers": (_fire_timers, ()),
    MESSAGE: (_deliver, ("variables", "no_receiver", "correlation")),
    SIGNAL: (_deliver, ("variables", "no_receiver")),
    "expect_ended": (lambda form: ExpectEnded(form.flag("expect_ended")), ()),
    "expect_refused_or_error": (lambda form: ExpectRefusal(form.text("expect_refused_or_error")), ()),
}


class _Form:
    """A map of a file, asked for what it must hold; `place` says where it stands."""

    def __init__(self, entry: object, place: str) -> None:
        self.place = place
        if not isinstance(entry, dict):
            raise Invalid(N_("{place}: here must stand a map of names and values."), place=place)
        self.entry: dict[Any, Any] = entry

    def wrong(self, message: str, key: str) -> Invalid:
        """Give the refusal of one key."""
        return Invalid(message, place=self.place, key=key)

    def only(self, known: tuple[str, ...]) -> None:
        """Refuse a key that nobody would read."""
        unknown = next((key for key in self.entry if key not in known), None)
        if unknown is not None:
            raise Invalid(
                N_("{place}: “{key}” is not known here; known are {known}."),
                place=self.place, key=unknown, known=", ".join(known),
            )

    def one_of(self, keys: tuple[str, ...]) -> str:
        """Give the one of `keys` that stands here."""
        found = [key for key in keys if key in self.entry]
        if len(found) != 1:
            raise Invalid(N_("{place}: exactly one of {keys} must stand here."), place=self.place, keys=", ".join(keys))
        return found[0]

    def text(self, key: str) -> str:
        """Give a text that must be there."""
        value = self.entry.get(key)
        if not isinstance(value, str) or not value:
            raise self.wrong(N_("{place}: “{key}” must be a text; put it in quotes."), key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts; none when it is not there."""
        value = self.entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise self.wrong(N_("{place}: “{key}” must be a list of texts; put each in quotes."), key)
        return tuple(value)

    def flag(self, key: str) -> bool:
        """Give true or false; false when it is not there."""
        value = self.entry.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(N_("{place}: “{key}” must be true or false."), key)
        return value

    def variables(self) -> Mapping[str, Any]:
        """Give the variables; none when they are not there."""
        value = self.entry.get("variables", {})
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
            raise self.wrong(N_("{place}: “{key}” must be a map of names and values."), "variables")
        return value

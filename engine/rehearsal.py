"""A process run in memory by a clock that only we move: what scenarios and simulations share.

Nothing is stored in a database.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.catalogue import N_
from engine.diagram_check import DiagramFinding, DiagramReport
from engine.diagram_import import normalise, processes_in
from engine.diagram_reading import read
from engine.errors import Invalid, Refused
from engine.spiff import USER, Definition, Execution, OpenTask, definition

#: Every rehearsal begins at the same moment: a Monday, 9:00 in Beijing.
BEGINNING = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
#: How many timers may fire while the clock moves once, and how many steps may be done by themselves.
MAX_FIRINGS = 2000


class DiagramRefused(Invalid):
    """The check refuses a diagram. `named` says whether each finding names its element."""

    def __init__(self, report: DiagramReport) -> None:
        findings = [one for one in report.findings if one.severity == "error"]
        told = "; ".join(f"{one.element or '-'}: {one.code} ({one.line})" for one in findings)
        super().__init__(N_("The diagram is refused (element: code (line)): {findings}"), findings=told)
        self.named = all(one.element for one in findings)
        self.report = report


class Stuck(Refused):
    """The process cannot be brought to rest or to its end, and why."""


def deploy(sources: Sequence[bytes], process: str | None = None) -> dict[str, Definition]:
    """Check and read diagrams that belong together; give their processes by id, or only the one asked for.

    A process may call those of the other sources. Raises DiagramRefused, or Invalid when `process` is not there.
    """
    known = frozenset(key for source in sources for key in processes_in(source))
    texts: dict[str, bytes] = {}
    for source in dict.fromkeys(sources):
        found = normalise(source, known)
        if not found.report.deployable:
            raise DiagramRefused(found.report)
        for key in found.report.processes:
            if texts.setdefault(key, found.xml) is not found.xml:
                raise Invalid(N_("The process {key} stands in two files. Deploy one of them."), key=key)
    if process is not None and process not in texts:
        raise Invalid(
            N_("There is no process {key} in the file; it holds {found}."), key=process, found=", ".join(texts) or "-"
        )
    called = tuple(sorted(texts.items()))
    return {key: definition(texts[key], key, called) for key in ([process] if process is not None else texts)}


def drawn_elements(sources: Sequence[bytes]) -> frozenset[str]:
    """Give the ids that stand in the files as given: what the import puts in beside is nobody's to find."""
    roots = [root for source in sources if not isinstance(root := read(source), DiagramFinding)]
    return frozenset(str(element.get("id")) for root in roots for element in root.iter() if element.get("id"))


class Rehearsal:
    """One process in memory with its clock."""

    def __init__(self, process: Definition, data: Mapping[str, Any], start: tuple[str, str] | None = None) -> None:
        """Start it by itself, or by the (kind, name) of a message or signal. Raises StepFailed."""
        self.now = BEGINNING
        self._definition = process
        self._passed: list[str] = []
        self._live = Execution.start(process, data, self.now, event=start)

    @property
    def live(self) -> Execution:
        """Give the process as it stands."""
        return self._live

    def reload(self) -> None:
        """Store the process and take it up again, as between any two commands of the product."""
        self._passed += self._live.take_changes().passed
        self._live = Execution.load(self._definition, self._live.state())

    def passed(self) -> tuple[str, ...]:
        """Give the elements passed so far, in their order."""
        self._passed += self._live.take_changes().passed
        return tuple(self._passed)

    def work_items(self) -> tuple[OpenTask, ...]:
        """Give what waits for people."""
        return tuple(task for task in self._live.open_tasks() if task.kind == USER)

    def jobs(self) -> tuple[OpenTask, ...]:
        """Give what waits for workers."""
        return tuple(task for task in self._live.open_tasks() if task.kind != USER)

    def complete(self, task: OpenTask, result: Mapping[str, Any]) -> None:
        """Finish an open step."""
        self._live.complete(task.task_id, result, self.now)

    def fail(self, task: OpenTask, code: str) -> None:
        """Let an open step end with an error."""
        self._live.fail(task.task_id, code, self.now)

    def fire_next(self, until: datetime) -> bool:
        """Move the clock to the next timer and fire it, unless none is due by `until`; say whether one fired."""
        due = self._live.next_due()
        if due is None or due > until:
            return False
        self.now = max(self.now, due)
        if not self._live.fire_timers(self.now):
            raise Stuck(N_("A timer that was due at {moment} did not fire."), moment=due.isoformat())
        return True

    def fire_each_once(self) -> None:
        """Fire every timer that is pending now, whatever its moment; the clock stands still."""
        self._live.fire_each_timer(self.now)

    def deliver(self, kind: str, name: str, payload: Mapping[str, Any], correlation: str | None = None) -> bool:
        """Hand in a message or signal; say whether somebody waited for it."""
        if kind == "message":
            return self._live.receive_message(name, payload, self.now, correlation)
        return bool(self._live.receive_signal(name, payload, self.now))

    def picture(self) -> object:
        """Give all that can be seen of where the process stands, to be compared."""
        live = self._live
        tasks = sorted((task.task_id, task.element) for task in live.open_tasks())
        waits = sorted((one.kind, one.name, one.task_id) for one in live.subscriptions())
        return live.ended, tasks, waits, live.pending_timers()

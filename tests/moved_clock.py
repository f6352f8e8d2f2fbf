"""What the tests of timers, messages and incidents share: a clock the test moves, small processes, what became of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from diagrams import chain, element, ends, flow, user
from diagrams import process as drawn
from sqlalchemy import select, text

from engine import audit, definitions, process
from engine.audit import CASE
from engine.unit_of_work import SYSTEM, Actor, Clock, Sessions, reading, work
from models.process import Incident, ProcessInstance, WorkItem

#: A Thursday, 09:00 in Beijing.
START = datetime(2026, 2, 12, 1, 0, tzinfo=UTC)
#: May do every step of diagrams that name nobody.
ANYBODY = Actor(UUID(int=7), "anybody", frozenset({("process_owner", None)}))


def timer(form: str, text: str) -> str:
    """Give the definition of a timer event."""
    return f"<timerEventDefinition><{form}>{text}</{form}></timerEventDefinition>"


#: After an hour the timer leads to a gateway where nothing is true, unless somebody has answered.
STUCK = drawn(
    ends(), user("ask"), element("endEvent", "done"),
    element("boundaryEvent", "late", timer("timeDuration", "PT1H"), attachedToRef="ask", cancelActivity="false"),
    element("exclusiveGateway", "which"), user("more"),
    element("parallelGateway", "fork"), user("other"), element("endEvent", "end_of_other"),
    chain("start", "fork", "ask", "end"), chain("fork", "other", "end_of_other"),
    chain("late", "which"), flow("which", "more", "ready == true"), chain("more", "done"),
)  # fmt: skip


@dataclass
class MovedClock:
    """A clock that stands still until the test moves it, or goes on by `step` whenever it is read."""

    now: datetime = START
    step: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Give the moment."""
        self.now += self.step
        return self.now


@dataclass
class Desk:
    """Small processes in one database under a clock of the test."""

    sessions: Sessions
    clock: Clock = field(default_factory=MovedClock)

    def begin(self, xml: bytes, key: str = "T-1", data: Mapping[str, Any] | None = None) -> None:
        """Deploy a diagram and start a process now."""
        with work(self.sessions, SYSTEM, self.clock) as unit:
            version, *_ = definitions.deploy(unit, xml, "test")
            step = process.start(unit, version, key, data or {})
            unit.record(CASE + key, "case.opened", {}, step.change)

    def deploy(self, xml: bytes) -> None:
        """Deploy a diagram."""
        with work(self.sessions, SYSTEM, self.clock) as unit:
            definitions.deploy(unit, xml, "test")

    def do(self, name: str, result: Mapping[str, Any] | None = None, key: str = "T-1") -> process.Step:
        """Let a person do the open step of an element."""
        with work(self.sessions, ANYBODY, self.clock) as unit:
            (item,) = [one for one in process.open_items(unit, key) if one.element == name]
            step = process.complete(unit, process.take(unit, item.id), "done", result or {})
            unit.record(CASE + key, "step.completed", {}, step.change)
            return step

    def waiting(self, key: str = "T-1") -> list[str]:
        """Give the elements of the open steps of a process."""
        query = select(WorkItem.element).where(WorkItem.business_key == key, WorkItem.closed_at.is_(None))
        with reading(self.sessions) as session:
            return list(session.scalars(query.order_by(WorkItem.id)))

    def instance(self, key: str = "T-1") -> ProcessInstance:
        """Give a process as it is stored."""
        with reading(self.sessions) as session:
            return session.scalars(select(ProcessInstance).where(ProcessInstance.business_key == key)).one()

    def actions(self, key: str = "T-1") -> list[str]:
        """Give what was recorded of a process, without its beginning."""
        with reading(self.sessions) as session:
            return [one.action for one in audit.trail(session, CASE + key)][1:]

    def details(self, action: str, key: str = "T-1") -> list[dict[str, Any]]:
        """Give the details of every event of one kind."""
        with reading(self.sessions) as session:
            return [json.loads(one.body)["details"] for one in audit.trail(session, CASE + key) if one.action == action]

    def incidents(self) -> list[Incident]:
        """Give all incidents, the oldest first."""
        with reading(self.sessions) as session:
            return list(session.scalars(select(Incident).order_by(Incident.id)))

    def incident(self) -> Incident:
        """Give the one incident there is."""
        (found,) = self.incidents()
        return found

    def queued(self, name: str) -> list[dict[str, Any]]:
        """Give the arguments of the jobs of one kind that wait in the queue."""
        query = "SELECT args FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo' ORDER BY id"
        with reading(self.sessions) as session:
            return list(session.scalars(text(query), {"name": name}))

    def intact(self) -> bool:
        """Say whether the log is sound and agrees with the stored states."""
        with reading(self.sessions) as session:
            return audit.verify(session).intact

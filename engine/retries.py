"""The machine's part in incidents: watch every job, ask again for what failed, settle what was overtaken (重试)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from engine import incidents, jobs
from engine.catalogue import N_
from engine.errors import NotFound
from engine.incidents import JOB, MESSAGE, OVERTAKEN, SUCCEEDED, TIMER, Origin
from engine.jobs import Call, Job
from engine.process import CANCELLED
from engine.unit_of_work import SYSTEM, Clock, Sessions, UnitOfWork, work
from models.process import Incident, ProcessInstance, WorkItem

#: Jobs of events (`engine.messages`): what fails in them are messages.
EVENT_JOBS = "event."


@dataclass(frozen=True)
class Sweep:
    """What a look at the incidents did: attempts asked for, incidents settled, jobs found that nobody knows."""

    retried: int
    settled: int
    unknown: int


def watched(sessions: Sessions, kinds: Sequence[Job], clock: Clock) -> list[Job]:
    """Give the jobs so that each failure becomes an incident and each success settles it.

    A job whose failure cannot be written down fails in the queue, which then does it again.
    """
    return [replace(job, run=_watched(sessions, job, clock)) for job in kinds]


def sweep(sessions: Sessions, clock: Clock) -> Sweep:
    """Ask again for what is due, settle what has been overtaken, find the jobs no worker knew."""
    with work(sessions, SYSTEM, clock) as unit:
        settled = _settle_overtaken(unit)
    with work(sessions, SYSTEM, clock) as unit:
        unknown = _note_unknown(unit)
    return Sweep(_retry_due(sessions, clock), settled, unknown)


def origin_of(call: Call, *, persistent: bool = True) -> Origin:
    """Give what an incident of this job is about: its item, its process, its other arguments as they are."""
    arguments = call.arguments
    item, instance = arguments.get("item_id"), arguments.get("instance_id")
    about = (UUID(str(instance)) if instance else None), (int(item) if item is not None else None)
    if call.name.startswith(EVENT_JOBS):
        subject = f"{arguments.get('name')} ({arguments.get('key')})"
        return Origin(MESSAGE, subject, *about, call)
    others = [str(value) for name, value in sorted(arguments.items()) if name not in {"item_id", "instance_id"}]
    return Origin(JOB, " ".join([call.name, *others]), *about, call, persistent)


def _watched(sessions: Sessions, job: Job, clock: Clock) -> Callable[..., None]:
    def run(**arguments: Any) -> None:  # noqa: ANN401 - whatever the job takes
        lock = job.lock.format(**arguments) if job.lock is not None else None
        # What the clock starts, the clock starts again.
        origin = origin_of(Call(job.name, arguments, lock), persistent=job.cron is None)
        try:
            job.run(**arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down
            incidents.failed(sessions, origin, error, clock)
        else:
            incidents.succeeded(sessions, origin, clock)

    return run


def _retry_due(sessions: Sessions, clock: Clock) -> int:
    retried = 0
    while True:
        with work(sessions, SYSTEM, clock) as unit:
            query = select(Incident).where(
                Incident.resolved_at.is_(None), Incident.kind != TIMER, Incident.next_retry_at <= unit.now
            )
            due = query.order_by(Incident.next_retry_at, Incident.id).limit(1).with_for_update(skip_locked=True)
            incident = unit.session.scalars(due).one_or_none()
            if incident is None:
                return retried
            incidents.hand_out(unit, incident)
        retried += 1


def _settle_overtaken(unit: UnitOfWork) -> int:
    """Settle what is done or no longer to be done: the process has ended, the item is closed, the timer is gone."""
    closed = select(WorkItem.id).where(WorkItem.closed_at.is_not(None))
    cancelled = closed.where(WorkItem.outcome == CANCELLED)
    ended = select(ProcessInstance.id).where(ProcessInstance.ended_at.is_not(None))
    timer_gone = select(ProcessInstance.id).where(
        ProcessInstance.id == Incident.instance_id,
        or_(ProcessInstance.next_due.is_(None), ProcessInstance.next_due > Incident.last_at),
    )
    done: list[ColumnElement[bool]] = [Incident.item_id.in_(closed), Incident.item_id.not_in(cancelled)]
    gone = or_(
        Incident.item_id.in_(cancelled),
        Incident.instance_id.in_(ended),
        (Incident.kind == TIMER) & timer_gone.exists(),
    )
    return incidents.settle(unit, done, SUCCEEDED) + incidents.settle(unit, [gone], OVERTAKEN)


def _note_unknown(unit: UnitOfWork) -> int:
    calls = jobs.take_failed(unit.session)
    for call in calls:
        unknown = NotFound(N_("No worker knows the job {name}. Start one of the release that does."), name=call.name)
        incidents.note_failure(unit, origin_of(call), unknown)
    return len(calls)



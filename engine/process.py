"""The process instances: start, take a work item, complete it, see who acts next.

Only `workflows` and the verbs of the engine drive processes. Each call runs in the caller's transaction: the
process row is locked first, the step done, the state and the work items written; the audit event follows when the
unit ends.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions, eligibility, jobs, spiff, step_rows
from engine.audit import StateChange
from engine.catalogue import N_
from engine.errors import Conflict, NotFound, Refused, StepFailed
from engine.spiff import Execution
from engine.step_rows import Closing, Position, open_items
from engine.unit_of_work import Actor, LockedInstance, UnitOfWork
from engine.work_items import AnyItem, OpenItem
from models.process import ProcessInstance, ProcessVersion

__all__ = [
    "CANCELLED",
    "THROWN",
    "OpenItem",
    "Step",
    "advance",
    "change_version",
    "complete",
    "is_excluded",
    "lock_instance",
    "may_take",
    "open_items",
    "start",
    "take",
]

#: The outcome of an item that was closed because the diagram withdrew its step.
CANCELLED = "cancelled"
#: The job that hands a message or signal over which a process sent to others (`engine.messages`).
THROWN = "event.thrown"
_MOST_NAMED = 200


@dataclass(frozen=True)
class Step:
    """What one step did: the change of state for the audit event, the items it opened, whether all is done.

    `passed` lists the elements the process went through by itself, `thrown` the messages and signals it sent to
    other processes.
    """

    change: StateChange
    opened: tuple[OpenItem, ...]
    ended: bool
    passed: tuple[str, ...] = ()
    thrown: tuple[spiff.Thrown, ...] = ()

    @property
    def elements(self) -> list[str]:
        """Give the elements it went through as records name them, no more than anybody reads."""
        return [normalize("NFC", one) for one in self.passed[:_MOST_NAMED]]


def start(
    unit: UnitOfWork,
    version: ProcessVersion,
    business_key: str,
    data: Mapping[str, Any],
    event: tuple[str, str] | None = None,
) -> Step:
    """Start one instance of a version. `business_key` is the public number of the case.

    `event` is ("message" | "signal", name) where one of these starts it. Raises StepFailed where the diagram cannot
    go on, Conflict when the key is taken.
    """
    execution = Execution.start(definitions.load(unit.session, version.id), data, unit.now, event=event)
    position, changes = _position(execution)
    instance, opened = step_rows.insert(unit, version.id, business_key, position)
    step_rows.subscribe(unit, instance.id, (), execution.subscriptions())
    _enqueue(unit, instance, opened, changes.thrown)
    return _step(StateChange("", instance.state_sha256), opened, execution, changes)


def take(unit: UnitOfWork, item_id: int) -> OpenItem:
    """Lock the process of an open work item and give the item, for this actor to act on.

    Raises NotFound; Conflict when it was done, its process is suspended or somebody else holds it; Forbidden when
    neither the actor nor anybody they substitute is in its candidate group, or separation of duties forbids it.
    From here on the unit acts on behalf of the principal, if it has to.
    """
    found = step_rows.lock_item(unit, item_id)
    if found.closed_at is not None:
        raise Conflict(N_("This step has already been done. Reload the page to see where the case stands."))
    _check_moves(found.instance)
    item = found.item
    principal = eligibility.acting_for(unit.actor, item, lambda: eligibility.people_before(unit.session, item))
    unit.on_behalf_of = principal
    return item if principal is None else replace(item, on_behalf_of=principal)


def may_take(session: Session, actor: Actor, item: AnyItem) -> Refused | None:
    """Say why this actor may not take an open item, or None: the page asks what `take` enforces."""
    try:
        eligibility.acting_for(actor, item, lambda: eligibility.people_before(session, item))
    except Refused as refused:
        return refused
    return None


def is_excluded(session: Session, item: AnyItem, person_id: UUID) -> bool:
    """Say whether separation of duties keeps a person from an item, whatever group they are in."""
    return bool(eligibility.separated_elements(item)) and person_id in eligibility.people_before(session, item)


def complete(unit: UnitOfWork, item: OpenItem, outcome: str, result: Mapping[str, Any]) -> Step:
    """Complete a taken work item: `result` goes to the diagram, `outcome` names what was decided.

    The diagram also finds the outcome in the variable named after the element, unless `result` has one of its own.
    Raises Conflict while the item is delegated.
    """
    if item.owner_id is not None:
        raise Conflict(N_("This step was delegated: first it is handed back with a note, then it goes on."))
    said = str(outcome)
    try:
        return _moved(
            unit,
            _held(unit, item.instance_id),
            lambda execution: execution.complete(item.task_id, {item.element: said, **result}, unit.now),
            Closing(CANCELLED, item.id, item.task_id, said),
        )
    except StepFailed as failed:
        failed.item_id = item.id
        raise


def advance(
    unit: UnitOfWork, instance_id: UUID, act: Callable[[Execution], object], *, note: str = CANCELLED
) -> Step:
    """Move a process by any other act: timers, messages, a return. `note` is written on the items that go with it.

    Raises NotFound, Conflict when the process has ended or is suspended, StepFailed where the diagram cannot go on.
    """
    instance = step_rows.lock_instance(unit, instance_id)
    _check_moves(instance)
    return _moved(unit, instance, act, Closing(note))


def change_version(
    unit: UnitOfWork, instance_id: UUID, version_id: UUID
) -> tuple[StateChange, tuple[spiff.OpenTask, ...]]:
    """Let a process go on with another version of its diagram; give its open steps as that version draws them.

    Nothing may stand in the way (`spiff.Execution.obstacles`). Raises as `advance`.
    """
    new = definitions.load(unit.session, version_id)
    tasks: tuple[spiff.OpenTask, ...] = ()

    def act(execution: Execution) -> None:
        nonlocal tasks
        execution.move(new, unit.now)
        tasks = execution.open_tasks()

    moved = advance(unit, instance_id, act)
    unit.session.get_one(ProcessInstance, instance_id).version_id = version_id
    unit.session.flush()
    unit.locked[instance_id] = replace(unit.locked[instance_id], version_id=version_id)
    return moved.change, tasks


def lock_instance(unit: UnitOfWork, instance_id: UUID) -> ProcessInstance:
    """Lock one process row: the first lock of every command on a case. Raises NotFound."""
    query = (
        select(ProcessInstance)
        .where(ProcessInstance.id == instance_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = unit.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such process."))
    return found


def _held(unit: UnitOfWork, instance_id: UUID) -> LockedInstance:
    held = unit.locked.get(instance_id)
    return held if held is not None else step_rows.lock_instance(unit, instance_id)


def _check_moves(instance: LockedInstance) -> None:
    if instance.ended_at is not None:
        raise Conflict(N_("This process has ended: nothing in it can be changed any more."))
    if instance.suspended_at is not None:
        raise Conflict(N_("This process is suspended. It goes on when the office resumes it."))


def _moved(
    unit: UnitOfWork, before: LockedInstance, act: Callable[[Execution], object], closing: Closing
) -> Step:
    execution = Execution.load(definitions.load(unit.session, before.version_id), before.state)
    waited = execution.subscriptions()
    try:
        act(execution)
        position, changes = _position(execution)
    except StepFailed as failed:
        failed.instance_id = before.id
        raise
    opened = step_rows.move(unit, before, position, closing)
    step_rows.subscribe(unit, before.id, waited, execution.subscriptions())
    after = unit.locked[before.id]
    _enqueue(unit, after, opened, changes.thrown)
    return _step(StateChange(before.state_sha256, after.state_sha256), opened, execution, changes)


def _position(execution: Execution) -> tuple[Position, spiff.Changes]:
    changes = execution.take_changes()
    position = Position(execution.state(), execution.next_due(), execution.ended, changes.opened, changes.closed)
    return position, changes


def _step(change: StateChange, opened: tuple[OpenItem, ...], execution: Execution, changes: spiff.Changes) -> Step:
    return Step(change, opened, execution.ended, changes.passed, changes.thrown)


def _enqueue(
    unit: UnitOfWork, instance: LockedInstance, opened: tuple[OpenItem, ...], thrown: tuple[spiff.Thrown, ...]
) -> None:
    """Ask a worker for every step that is none of a person's, and to hand over what the process sent to others."""
    for item in opened:
        if item.kind == spiff.EXTERNAL:
            jobs.defer(unit.session, f"external.{item.properties['topic']}", {"item_id": item.id})
    for number, one in enumerate(thrown, start=1):
        # What one step of one process sent is told apart by this key: handed over once, however often it is tried.
        sent = {**vars(one), "instance_id": str(instance.id), "key": f"{instance.revision}.{number}"}
        jobs.defer(unit.session, THROWN, sent)

"""The process instances: start, take a work item, complete it, see who acts next.

Only `workflows` drives processes. Each call runs in the caller's transaction: the process row is locked
first, the step done, the state and the work items written; the audit event follows when the unit ends.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import definitions, jobs, spiff
from engine.audit import StateChange
from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, NotFound
from engine.unit_of_work import UnitOfWork
from engine.work_items import queue_of
from models.process import ProcessInstance, ProcessVersion, WorkItem


@dataclass(frozen=True)
class Step:
    """What one step did: the change of state for the audit event, the items it opened, whether all is done."""

    change: StateChange
    opened: tuple[WorkItem, ...]
    ended: bool


def start(unit: UnitOfWork, version: ProcessVersion, business_key: str, data: Mapping[str, Any]) -> Step:
    """Start one instance of a version. `business_key` is the public number of the case."""
    position = spiff.start(spiff.definition(version.xml, version.key), data)
    instance = ProcessInstance(
        version_id=version.id, business_key=business_key, revision=0, state=b"", state_sha256="", started_at=unit.now
    )
    unit.session.add(instance)
    unit.session.flush()
    return _saved(unit, instance, position)


def take(unit: UnitOfWork, item_id: int) -> WorkItem:
    """Lock the process of an open work item and give the item, for this actor to act on.

    Raises NotFound, Conflict when it was done or is held by somebody else, Forbidden when the actor is not in
    its candidate group.
    """
    item = _locked(unit, item_id)
    if item.closed_at is not None:
        raise Conflict(N_("This step has already been done. Reload the page to see where the case stands."))
    if not unit.actor.holds(item.candidate_group, item.scope):
        raise Forbidden(N_("This step is for somebody else: you are not in the group that may do it."))
    if item.assignee_id not in {None, unit.actor.id}:
        raise Conflict(N_("Somebody else has claimed this step. Ask them to release it, or take the next one."))
    return item


def complete(unit: UnitOfWork, item: WorkItem, outcome: str, result: Mapping[str, Any]) -> Step:
    """Complete a taken work item: `result` goes to the diagram, `outcome` names what was decided."""
    instance = item.instance
    position = spiff.complete(definitions.load(unit.session, instance.version_id), instance.state, item.task_id, result)
    item.closed_at, item.closed_by, item.outcome = unit.now, unit.actor.id, outcome
    return _saved(unit, instance, position)


def open_items(unit: UnitOfWork, business_key: str) -> list[WorkItem]:
    """Give the open work items of one case, oldest first."""
    query = (
        select(WorkItem)
        .join(ProcessInstance)
        .where(ProcessInstance.business_key == business_key, WorkItem.closed_at.is_(None))
        .order_by(WorkItem.id)
    )
    return list(unit.session.scalars(query))


def _locked(unit: UnitOfWork, item_id: int) -> WorkItem:
    instance_id = unit.session.scalar(select(WorkItem.instance_id).where(WorkItem.id == item_id))
    if instance_id is None:
        raise NotFound(N_("There is no such step."))
    lock_instance(unit, instance_id)
    fresh = select(WorkItem).where(WorkItem.id == item_id).execution_options(populate_existing=True)
    return unit.session.scalars(fresh).one()


def lock_instance(unit: UnitOfWork, instance_id: UUID) -> ProcessInstance:
    """Lock one process row: the first lock of every command on a case."""
    query = (
        select(ProcessInstance)
        .where(ProcessInstance.id == instance_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return unit.session.scalars(query).one()


def _saved(unit: UnitOfWork, instance: ProcessInstance, position: spiff.Position) -> Step:
    before = instance.state_sha256
    instance.state = position.state
    instance.state_sha256 = hashlib.sha256(position.state).hexdigest()
    instance.revision += 1
    instance.ended_at = unit.now if position.ended else None
    return Step(StateChange(before, instance.state_sha256), _synchronised(unit, instance, position), position.ended)


def _synchronised(unit: UnitOfWork, instance: ProcessInstance, position: spiff.Position) -> tuple[WorkItem, ...]:
    """Make the open work items those of the diagram: open what is new, close what is gone."""
    query = select(WorkItem).where(WorkItem.instance_id == instance.id, WorkItem.closed_at.is_(None))
    known = {item.task_id: item for item in unit.session.scalars(query)}
    wanted = {task.task_id for task in position.open_tasks}
    for task_id, item in known.items():
        if task_id not in wanted:
            item.closed_at, item.outcome = unit.now, "cancelled"
    new = [task for task in position.open_tasks if task.task_id not in known]
    opened = [_opened(unit, instance, task) for task in new]
    unit.session.add_all(opened)
    unit.session.flush()
    for task, item in zip(new, opened, strict=True):
        if task.kind == spiff.EXTERNAL:
            jobs.defer(unit.session, f"external.{task.candidate_group}", {"item_id": item.id})
    return tuple(opened)


def _opened(unit: UnitOfWork, instance: ProcessInstance, task: spiff.OpenTask) -> WorkItem:
    group = "system" if task.kind == spiff.EXTERNAL else task.candidate_group
    return WorkItem(
        instance=instance,
        task_id=task.task_id,
        business_key=instance.business_key,
        element=task.element,
        name=task.name,
        kind=task.kind,
        candidate_group=group,
        scope=task.scope,
        queue=queue_of(group, task.scope),
        due_at=task.due_at,
        created_at=unit.now,
    )

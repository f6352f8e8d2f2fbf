"""Work items (待办): whose they are, claim and release. The inbox of a person is a few index scans over `queue`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update

from engine.catalogue import N_
from engine.errors import Conflict
from engine.unit_of_work import Actor, UnitOfWork
from models.process import WorkItem


@dataclass(frozen=True)
class OpenItem:
    """An open work item as a step read it, under the lock of its process.

    `properties` is what the diagram says about the element; `on_behalf_of` the principal, when a substitute took it.
    """

    id: int
    instance_id: UUID
    business_key: str
    version_id: UUID
    task_id: str
    element: str
    name: str
    kind: str
    candidate_group: str
    scope: str | None
    assignee_id: UUID | None
    owner_id: UUID | None
    due_at: datetime | None
    created_at: datetime
    properties: Mapping[str, Any]
    on_behalf_of: Actor | None = None


#: A work item as the pages read it, or as a step did.
AnyItem = WorkItem | OpenItem


def queue_of(group: str, scope: str | None) -> str:
    """Name the pool a group works from: `group` or `group@scope`."""
    return group if scope is None else f"{group}@{scope}"


def queue_of_person(person_id: UUID) -> str:
    """Name the queue of claimed items of one person."""
    return f"person:{person_id}"


def queues_for(actor: Actor) -> list[str]:
    """Give every queue this person may work from: their own, the pools of their groups, those of whom they substitute."""
    queues: list[str] = []
    for one in (actor, *actor.principals):
        queues += [queue_of_person(one.id)] if one.id is not None else []
        queues += sorted(queue_of(group, scope) for group, scope in one.groups)
    return list(dict.fromkeys(queues))


def waiting(queues: Iterable[str]) -> Select[WorkItem]:
    """Select the open work items of some queues; what is due first comes first, undated last."""
    return (
        select(WorkItem)
        .where(WorkItem.closed_at.is_(None), WorkItem.queue.in_(list(queues)))
        .order_by(WorkItem.due_sort, WorkItem.id)
    )


def claim(unit: UnitOfWork, item: AnyItem) -> None:
    """Take an item out of the pool for this actor; the item must have been taken (`process.take`)."""
    if item.assignee_id == unit.actor.id or unit.actor.id is None:
        return
    _put(unit, item, unit.actor.id, queue_of_person(unit.actor.id))


def release(unit: UnitOfWork, item: AnyItem) -> None:
    """Put a claimed item back into its pool. Raises Conflict when the actor does not hold it."""
    held_by = {one.id for one in (unit.actor, *unit.actor.principals)}
    closed = isinstance(item, WorkItem) and item.closed_at is not None
    if item.assignee_id is None or item.assignee_id not in held_by or closed:
        raise Conflict(N_("You do not hold this step, so you cannot release it."))
    _put(unit, item, None, queue_of(item.candidate_group, item.scope))


def _put(unit: UnitOfWork, item: AnyItem, person_id: UUID | None, queue: str) -> None:
    since = unit.now if person_id is not None else None
    changed = {"assignee_id": person_id, "claimed_at": since, "queue": queue}
    unit.session.execute(update(WorkItem).where(WorkItem.id == item.id).values(changed))

"""Work items (待办): whose they are, claim and release. The inbox of a person is a few index scans over `queue`."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, select

from engine.catalogue import N_
from engine.errors import Conflict
from engine.unit_of_work import Actor, UnitOfWork
from models.process import WorkItem


def queue_of(group: str, scope: str | None) -> str:
    """Name the pool a group works from: `group` or `group@scope`."""
    return group if scope is None else f"{group}@{scope}"


def queue_of_person(person_id: UUID) -> str:
    """Name the queue of claimed items of one person."""
    return f"person:{person_id}"


def queues_for(actor: Actor) -> list[str]:
    """Give every queue this person may work from: their own first, then the pools of their groups."""
    own = [queue_of_person(actor.id)] if actor.id is not None else []
    return own + sorted(queue_of(group, scope) for group, scope in actor.groups)


def waiting(queues: Iterable[str]) -> Select[WorkItem]:
    """Select the open work items of some queues; what is due first comes first, undated last."""
    return (
        select(WorkItem)
        .where(WorkItem.closed_at.is_(None), WorkItem.queue.in_(list(queues)))
        .order_by(WorkItem.due_at.asc().nulls_last(), WorkItem.id)
    )


def claim(unit: UnitOfWork, item: WorkItem) -> None:
    """Take an item out of the pool for this actor; the item must have been taken (`process.take`)."""
    if item.assignee_id == unit.actor.id or unit.actor.id is None:
        return
    item.assignee_id, item.claimed_at = unit.actor.id, unit.now
    item.queue = queue_of_person(unit.actor.id)


def release(unit: UnitOfWork, item: WorkItem) -> None:
    """Put a claimed item back into its pool. Raises Conflict when the actor does not hold it."""
    if item.assignee_id != unit.actor.id or item.closed_at is not None:
        raise Conflict(N_("You do not hold this step, so you cannot release it."))
    item.assignee_id = item.claimed_at = None
    item.queue = queue_of(item.candidate_group, item.scope)

"""The rows of a step: read under lock in one statement, written in one statement.

SQL text on the connection of the unit, because the same through the ORM costs several times the step itself
(docs/adr/0011). Everything else in the product reads and writes these tables through `models.process`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, LiteralString
from uuid import UUID, uuid4

from engine import audit, spiff
from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import LockedInstance, UnitOfWork
from engine.work_items import OpenItem, queue_of, queue_of_person
from models.process import ProcessInstance, WorkItem

#: How a process ended by itself.
COMPLETED = "completed"

_INSTANCE: LiteralString = """
    i.id, i.version_id, i.business_key, i.revision, i.state, i.state_sha256, i.ended_at, i.suspended_at,
    c.length, c.head
"""
_ITEM: LiteralString = """
    w.id, w.instance_id, i.business_key, i.version_id, w.task_id, w.element, w.name, w.kind, w.candidate_group,
    w.scope, w.assignee_id, w.owner_id, w.due_at, w.created_at, w.properties
"""
#: The process first, then the item: both locked, so that after a wait both are read as they are now. The end of the
#: chain is read without a lock: it serves as a guess that the append checks.
_LOCK_ITEM: LiteralString = f"""
    SELECT w.closed_at, {_INSTANCE}, {_ITEM}
    FROM work_item w
    JOIN process_instance i ON i.id = w.instance_id
    LEFT JOIN audit_chain c ON c.id = %(case)s || i.business_key
    WHERE w.id = %(item)s
    FOR NO KEY UPDATE OF i, w
"""  # noqa: S608 - put together from the constants above
_LOCK_INSTANCE: LiteralString = f"""
    SELECT {_INSTANCE}
    FROM process_instance i
    LEFT JOIN audit_chain c ON c.id = %(case)s || i.business_key
    WHERE i.id = %(instance)s
    FOR NO KEY UPDATE OF i
"""  # noqa: S608 - as above
_OPEN_ITEMS: LiteralString = f"""
    SELECT {_ITEM}
    FROM work_item w
    JOIN process_instance i ON i.id = w.instance_id
    WHERE i.business_key = %(business_key)s AND w.closed_at IS NULL
    ORDER BY w.id
"""  # noqa: S608 - as above
_START: LiteralString = """
    WITH moved AS (
        INSERT INTO process_instance (
            id, version_id, business_key, revision, state, state_sha256, started_at, initiator_id,
            next_due, ended_at, outcome
        ) VALUES (
            %(instance)s, %(version)s, %(business_key)s, %(revision)s, %(state)s, %(state_sha256)s, %(now)s, %(actor)s,
            %(next_due)s, %(ended_at)s, %(ended_as)s
        )
    )
"""
#: Nothing is compared here: the row is locked by this transaction, so it is as it was read.
_MOVE: LiteralString = """
    WITH moved AS (
        UPDATE process_instance SET
            revision = %(revision)s, state = %(state)s, state_sha256 = %(state_sha256)s,
            next_due = %(next_due)s, ended_at = %(ended_at)s, outcome = %(ended_as)s
        WHERE id = %(instance)s
    ), done AS (
        UPDATE work_item SET
            closed_at = %(now)s, closed_by = %(actor)s, closed_for = %(principal)s, outcome = %(said)s
        WHERE id = %(done)s
    )
"""
#: Lists travel as one JSON text: psycopg would build arrays in Python, which costs more than the server's parsing.
_OPENED: LiteralString = """
    INSERT INTO work_item (
        instance_id, business_key, task_id, element, name, kind, candidate_group, scope, queue,
        assignee_id, claimed_at, due_at, created_at, properties
    )
    SELECT %(instance)s, %(business_key)s, t.task_id, t.element, t.name, t.kind, t.candidate_group, t.scope, t.queue,
           t.assignee_id, t.claimed_at, t.due_at, %(now)s, t.properties
    FROM json_to_recordset(%(opened)s::json) AS t (
        task_id text, element text, name text, kind text, candidate_group text, scope text, queue text,
        assignee_id uuid, claimed_at timestamptz, due_at timestamptz, properties jsonb
    )
    RETURNING task_id, id
"""
_WITHDRAWN: LiteralString = """
    UPDATE work_item SET closed_at = %(now)s, outcome = %(note)s
    WHERE instance_id = %(instance)s AND closed_at IS NULL
      AND task_id IN (SELECT json_array_elements_text(%(closed)s::json))
"""
_SUBSCRIPTIONS: LiteralString = """
    WITH gone AS (
        DELETE FROM event_subscription e
        USING json_to_recordset(%(gone)s::json) AS g (task_id text, kind text, name text)
        WHERE e.instance_id = %(instance)s AND e.task_id = g.task_id AND e.kind = g.kind AND e.name = g.name
    )
    INSERT INTO event_subscription (instance_id, task_id, kind, name, correlation)
    SELECT %(instance)s, s.task_id, s.kind, s.name, s.correlation
    FROM json_to_recordset(%(come)s::json) AS s (task_id text, kind text, name text, correlation text)
    ON CONFLICT (instance_id, task_id, kind, name) DO UPDATE SET correlation = excluded.correlation
"""


@dataclass(frozen=True)
class Position:
    """Where a process stands after a step, and what the step opened and closed (task ids)."""

    state: bytes
    next_due: datetime | None
    ended: bool
    opened: tuple[spiff.OpenTask, ...]
    closed: tuple[str, ...]


@dataclass(frozen=True)
class Closing:
    """What is written on the items a step closes: `outcome` on the one that was done, `note` on those that went with it."""

    note: str
    item_id: int | None = None
    task_id: str | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class FoundItem:
    """A work item as it was found under lock, open or not, and its process."""

    item: OpenItem
    closed_at: datetime | None
    instance: LockedInstance


def lock_item(unit: UnitOfWork, item_id: int) -> FoundItem:
    """Lock the process of a work item, then the item, and give both as they are now. Raises NotFound."""
    row = unit.run(_LOCK_ITEM, {"item": item_id, "case": audit.CASE}).fetchone()
    if row is None:
        raise NotFound(N_("There is no such step."))
    return FoundItem(OpenItem(*row[11:]), row[0], _known(unit, row[1:11]))


def lock_instance(unit: UnitOfWork, instance_id: UUID) -> LockedInstance:
    """Lock a process and give it as it is now. Raises NotFound."""
    row = unit.run(_LOCK_INSTANCE, {"instance": instance_id, "case": audit.CASE}).fetchone()
    if row is None:
        raise NotFound(N_("There is no such process."))
    return _known(unit, row)


def open_items(unit: UnitOfWork, business_key: str) -> list[OpenItem]:
    """Give the open work items of one case, oldest first."""
    return [OpenItem(*row) for row in unit.run(_OPEN_ITEMS, {"business_key": business_key})]


def insert(
    unit: UnitOfWork, version_id: UUID, business_key: str, position: Position
) -> tuple[LockedInstance, tuple[OpenItem, ...]]:
    """Write a new process with its first work items; give both. The database refuses a key that is taken."""
    new = LockedInstance(uuid4(), version_id, business_key, 0, b"", "", None, None)
    unit.tails.setdefault(audit.CASE + business_key, audit.EMPTY)
    opened = _write(unit, new, _START, position, {"version": version_id})
    return unit.locked[new.id], opened


def move(
    unit: UnitOfWork, before: LockedInstance, position: Position, closing: Closing
) -> tuple[OpenItem, ...]:
    """Write a step of a locked process: its state, the items it closes and opens; give those opened."""
    principal = unit.on_behalf_of
    done = {
        "done": closing.item_id,
        "said": closing.outcome,
        "principal": principal.id if principal is not None else None,
    }
    opened = _write(unit, before, _MOVE, position, done)
    withdrawn = [task_id for task_id in position.closed if task_id != closing.task_id]
    if withdrawn:
        which = {"instance": before.id, "closed": json.dumps(withdrawn), "note": closing.note, "now": unit.now}
        unit.run(_WITHDRAWN, which)
    _forget(unit, before.id)
    return opened


def subscribe(
    unit: UnitOfWork, instance_id: UUID, before: Sequence[spiff.Subscription], after: Sequence[spiff.Subscription]
) -> None:
    """Make the stored subscriptions of a process those it has now."""
    if before == after:
        return
    keys = {(one.task_id, one.kind, one.name) for one in after}
    gone = [_event(one) for one in before if (one.task_id, one.kind, one.name) not in keys]
    come = [_event(one) for one in after if one not in before]
    lists = {"gone": json.dumps(gone), "come": json.dumps(come)}
    unit.run(_SUBSCRIPTIONS, {"instance": instance_id, **lists})


def group_of(task: spiff.OpenTask) -> str:
    """Give the candidate group of the item of an open step: what a worker does belongs to the machine."""
    return "system" if task.kind == spiff.EXTERNAL else task.candidate_group


def properties_of(task: spiff.OpenTask) -> dict[str, Any]:
    """Give what the item of an open step keeps of the diagram; a worker's topic also where it is only implied."""
    external = task.kind == spiff.EXTERNAL
    return {**task.properties, "topic": task.candidate_group} if external else dict(task.properties)


def _known(unit: UnitOfWork, row: Sequence[Any]) -> LockedInstance:
    *fields, length, head = row
    instance = unit.locked[fields[0]] = LockedInstance(*fields)
    if length is not None:
        unit.tails[audit.CASE + instance.business_key] = audit.Tail(length, head)
    return instance


def _write(
    unit: UnitOfWork, before: LockedInstance, beginning: LiteralString, position: Position, more: Mapping[str, Any]
) -> tuple[OpenItem, ...]:
    after = LockedInstance(
        id=before.id,
        version_id=before.version_id,
        business_key=before.business_key,
        revision=before.revision + 1,
        state=position.state,
        state_sha256=sha256(position.state).hexdigest(),
        ended_at=unit.now if position.ended else None,
        suspended_at=None,
    )
    items = [_item(unit, after, task) for task in position.opened]
    parameters = {
        "instance": after.id,
        "business_key": after.business_key,
        "revision": after.revision,
        "state": after.state,
        "state_sha256": after.state_sha256,
        "next_due": position.next_due,
        "ended_at": after.ended_at,
        "ended_as": COMPLETED if position.ended else None,
        "now": unit.now,
        "actor": unit.actor.id,
        "opened": json.dumps([_row(item) for item in items], ensure_ascii=False),
        **more,
    }
    ids: dict[str, int] = dict(unit.run(beginning + _OPENED, parameters).fetchall())
    unit.locked[after.id] = after
    return tuple(replace(item, id=ids[item.task_id]) for item in items)


def _row(item: OpenItem) -> dict[str, Any]:
    person = item.assignee_id
    return {
        "task_id": item.task_id,
        "element": item.element,
        "name": item.name,
        "kind": item.kind,
        "candidate_group": item.candidate_group,
        "scope": item.scope,
        "queue": queue_of(item.candidate_group, item.scope) if person is None else queue_of_person(person),
        "assignee_id": None if person is None else str(person),
        "claimed_at": None if person is None else item.created_at.isoformat(),
        "due_at": None if item.due_at is None else item.due_at.isoformat(),
        "properties": item.properties,
    }


def _item(unit: UnitOfWork, instance: LockedInstance, task: spiff.OpenTask) -> OpenItem:
    return OpenItem(
        id=0,  # the database numbers it
        instance_id=instance.id,
        business_key=instance.business_key,
        version_id=instance.version_id,
        task_id=task.task_id,
        element=task.element,
        name=task.name,
        kind=task.kind,
        candidate_group=group_of(task),
        scope=task.scope,
        assignee_id=_person(task),
        owner_id=None,
        due_at=task.due_at,
        created_at=unit.now,
        properties=properties_of(task),
    )


def _person(task: spiff.OpenTask) -> UUID | None:
    """Give the person a diagram names by id. A name of another form stays in the properties and the step in its pool."""
    try:
        return UUID(task.assignee) if task.assignee else None
    except ValueError:
        return None


def _event(one: spiff.Subscription) -> dict[str, str | None]:
    return {"task_id": one.task_id, "kind": one.kind, "name": one.name, "correlation": one.correlation}


def _forget(unit: UnitOfWork, instance_id: UUID) -> None:
    """Let the session read the rows of a process anew that it may have read before they were written here."""
    for row in unit.session.identity_map.values():
        known = vars(row)
        is_item = isinstance(row, WorkItem) and known.get("instance_id") == instance_id
        if is_item or (isinstance(row, ProcessInstance) and known.get("id") == instance_id):
            unit.session.expire(row)

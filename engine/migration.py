"""Move running processes to another version of their diagram (流程迁移): a dry run first, then one by one.

Each process moves in a transaction of its own with an event of its own, so a batch of any size holds one of them at a
time, and one that cannot move holds nobody else up. Open work items keep their number, claim, holder, due date and
drafts, timers their moments. What the new diagram says about an open step (name, properties, and its group and scope
unless somebody holds it) is taken over.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions, incidents, jobs, process, spiff, step_rows
from engine.catalogue import N_, Sentence
from engine.errors import Forbidden, Problem, Refused
from engine.incidents import JOB, OVERTAKEN
from engine.spiff import Execution, Obstacle
from engine.unit_of_work import Actor, Clock, Sessions, UnitOfWork, reading, utc_now, work
from engine.verbs import locked
from engine.verbs.permissions import check_process_owner, given_reason
from engine.verify import canonical
from engine.work_items import queue_of
from models.process import Incident, ProcessInstance, ProcessVersion, WorkItem

#: So many states are held in memory at once in a dry run.
PAGE = 50
#: In bytes: what one event may say about changed steps in full; more goes in by its digest.
_MOST_SAID = 30_000

_PROPERTIES = "properties."
_TOPIC = f"{_PROPERTIES}topic"

_SAME = N_("it runs on this version already")
_OTHER = N_("it is a process of {other}, not of {key}")
_ENDED = N_("it has ended")
_SUSPENDED = N_("it is suspended: resume it first")
_UNKNOWN = N_("there is no such process")


@dataclass(frozen=True)
class Batch:
    """What is to be moved: to which version, the numbers of the cases, why."""

    version_id: UUID
    business_keys: Sequence[str]
    reason: str


@dataclass(frozen=True)
class Planned:
    """What a dry run says of one process: the number of its version, and what stands in the way or why it is refused."""

    business_key: str
    from_version: int | None
    obstacles: tuple[Obstacle, ...] = ()
    refused: Sentence | None = None

    @property
    def can_move(self) -> bool:
        """Say whether the process can move."""
        return not self.obstacles and self.refused is None


@dataclass(frozen=True)
class Migrated:
    """What became of one process of a batch: moved from a version, or left where it is and why."""

    business_key: str
    moved: bool
    from_version: int | None = None
    obstacles: tuple[Obstacle, ...] = ()
    refused: Sentence | None = None


@dataclass(frozen=True)
class _Found:
    """One process as a dry run reads it."""

    business_key: str
    version_id: UUID
    key: str
    version: int
    state: bytes
    ended_at: datetime | None
    suspended_at: datetime | None


#: Told after each process of a batch: what became of it, how many are done, of how many.
Progress = Callable[[Migrated, int, int], None]


def candidates(session: Session, version_id: UUID) -> list[str]:
    """Give the numbers of the running processes that are on another version of the same diagram. Raises NotFound."""
    target = definitions.by_id(session, version_id)
    query = (
        select(ProcessInstance.business_key)
        .join(ProcessVersion)
        .where(
            ProcessVersion.key == target.key, ProcessInstance.version_id != target.id, ProcessInstance.ended_at.is_(None)
        )
    )
    return list(session.scalars(query.order_by(ProcessInstance.business_key)))


def plan(
    session: Session, version_id: UUID, business_keys: Sequence[str] | None = None, clock: Clock = utc_now
) -> list[Planned]:
    """Say of each process whether it could move to a version, and change nothing: a dry run.

    Without `business_keys`, of all `candidates`. Every one is really moved, in memory. Raises NotFound.
    """
    target = definitions.by_id(session, version_id)
    wanted = candidates(session, version_id) if business_keys is None else list(dict.fromkeys(business_keys))
    planned = []
    for start in range(0, len(wanted), PAGE):
        page = wanted[start : start + PAGE]
        found = {one.business_key: one for one in _read(session, page)}
        planned += [
            _tried(session, target, found[key], clock()) if key in found else Planned(key, None, refused=Problem(_UNKNOWN))
            for key in page
        ]
    return planned


def migrate(
    sessions: Sessions, actor: Actor, batch: Batch, clock: Clock = utc_now, progress: Progress | None = None
) -> list[Migrated]:
    """Move processes to a version, one transaction each, and say of each what became of it.

    Stopped half-way it can be begun again: what has moved says so. Raises Forbidden unless the actor owns processes,
    Invalid without a reason, NotFound for a version there is not.
    """
    reason = given_reason(batch.reason)
    with reading(sessions) as session:
        definitions.load(session, batch.version_id)
    keys = list(dict.fromkeys(batch.business_keys))
    done: list[Migrated] = []
    for key in keys:
        try:
            with work(sessions, actor, clock) as unit:
                done.append(_migrated(unit, batch.version_id, key, reason))
        except Forbidden:
            raise
        except Refused as refused:
            # The words only: an exception would keep the whole transaction in memory.
            done.append(Migrated(key, moved=False, refused=Problem(refused.message, **refused.params)))
        if progress is not None:
            progress(done[-1], len(done), len(keys))
    return done


def _read(session: Session, keys: Sequence[str]) -> Iterator[_Found]:
    query = (
        select(
            ProcessInstance.business_key, ProcessInstance.version_id, ProcessVersion.key, ProcessVersion.version,
            ProcessInstance.state, ProcessInstance.ended_at, ProcessInstance.suspended_at,
        )
        .join(ProcessVersion)
        .where(ProcessInstance.business_key.in_(keys))
    )  # fmt: skip
    return (_Found(*row) for row in session.execute(query))


def _tried(session: Session, target: ProcessVersion, found: _Found, now: datetime) -> Planned:
    refused = _refusal(target, found)
    if refused is not None:
        return Planned(found.business_key, found.version, refused=refused)
    new = definitions.load(session, target.id)
    execution = Execution.load(definitions.load(session, found.version_id), found.state)
    obstacles = execution.obstacles(new)
    if obstacles:
        return Planned(found.business_key, found.version, obstacles)
    try:
        execution.move(new, now)
        execution.open_tasks()  # works out groups and scopes, which may fail as well
    except Refused as failed:
        return Planned(found.business_key, found.version, refused=Problem(failed.message, **failed.params))
    return Planned(found.business_key, found.version)


def _refusal(target: ProcessVersion, found: _Found) -> Problem | None:
    if found.key != target.key:
        return Problem(_OTHER, other=found.key, key=target.key)
    if found.ended_at is not None:
        return Problem(_ENDED)
    if found.version_id == target.id:
        return Problem(_SAME)
    return Problem(_SUSPENDED) if found.suspended_at is not None else None


def _migrated(unit: UnitOfWork, version_id: UUID, key: str, reason: str) -> Migrated:
    """Move one process, all in this transaction; change nothing when something stands in the way."""
    check_process_owner(unit)
    instance_id = unit.session.scalar(select(ProcessInstance.id).where(ProcessInstance.business_key == key))
    if instance_id is None:
        return Migrated(key, moved=False, refused=Problem(_UNKNOWN))
    instance = process.lock_instance(unit, instance_id)
    target, before = definitions.by_id(unit.session, version_id), instance.version
    refused = _refusal(target, _found(instance))
    if refused is not None:
        return Migrated(key, moved=False, from_version=before.version, refused=refused)
    new = definitions.load(unit.session, target.id)
    execution = Execution.load(definitions.load(unit.session, before.id), instance.state)
    obstacles = execution.obstacles(new)
    if obstacles:
        return Migrated(key, moved=False, from_version=before.version, obstacles=obstacles)
    change, tasks = process.change_version(unit, instance_id, target.id)
    details = {
        "process": target.key,
        "from": {"version": before.version, "sha256": before.sha256},
        "to": {"version": target.version, "sha256": target.sha256},
        "reason": reason,
        **_said(_refreshed(unit, instance_id, tasks)),
    }
    unit.record(locked.chain_of(instance), "process.migrated", details, change)
    return Migrated(key, moved=True, from_version=before.version)


def _found(instance: ProcessInstance) -> _Found:
    version = instance.version
    return _Found(
        instance.business_key, version.id, version.key, version.version, instance.state,
        instance.ended_at, instance.suspended_at,
    )  # fmt: skip


def _refreshed(unit: UnitOfWork, instance_id: UUID, tasks: Sequence[spiff.OpenTask]) -> list[dict[str, Any]]:
    """Let the open items say what the new diagram says; give the changes, equal ones of one element together."""
    by_task = {task.task_id: task for task in tasks}
    query = select(WorkItem).where(WorkItem.instance_id == instance_id, WorkItem.closed_at.is_(None))
    changes: dict[bytes, dict[str, Any]] = {}
    for item in unit.session.scalars(query.order_by(WorkItem.id)):
        changed = _refresh(unit, item, by_task[item.task_id])
        if changed:
            one = {"step": _nfc(item.element), "changed": changed}
            changes.setdefault(canonical(one), {**one, "items": []})["items"].append(item.id)
    return list(changes.values())


def _refresh(unit: UnitOfWork, item: WorkItem, task: spiff.OpenTask) -> list[dict[str, Any]]:
    before = _drawn(item)
    item.name, item.properties = task.name, step_rows.properties_of(task)
    if item.assignee_id is None:
        item.candidate_group, item.scope = step_rows.group_of(task), task.scope
        item.queue = queue_of(item.candidate_group, item.scope)
    # Who holds a step finishes it: in another group they might not be allowed to, and nobody else would see it.
    after = _drawn(item)
    if item.kind == spiff.EXTERNAL and before[_TOPIC] != after[_TOPIC]:
        _ask_other_worker(unit, item, str(before[_TOPIC]))
    return [
        {"what": _nfc(what), "from": _nfc(before.get(what)), "to": _nfc(after.get(what))}
        for what in sorted({*before, *after})
        if before.get(what) != after.get(what)
    ]


def _drawn(item: WorkItem) -> dict[str, str | None]:
    """Give what an item says because its diagram says so."""
    properties = {f"{_PROPERTIES}{name}": str(value) for name, value in item.properties.items()}
    return {"name": item.name, "candidate_group": item.candidate_group, "scope": item.scope, **properties}


def _nfc(text: str | None) -> str | None:
    """Give a text of a diagram as records take it."""
    return None if text is None else unicodedata.normalize("NFC", text)


def _ask_other_worker(unit: UnitOfWork, item: WorkItem, old_topic: str) -> None:
    jobs.withdraw(unit.session, f"external.{old_topic}", item.id)
    incidents.settle(unit, [Incident.kind == JOB, Incident.item_id == item.id], OVERTAKEN)
    jobs.defer(unit.session, f"external.{item.properties['topic']}", {"item_id": item.id})


def _said(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the changed steps as the event has them: in full, or how many and their digest when they are too many."""
    written = canonical(changes)
    if len(written) <= _MOST_SAID:
        return {"steps": changes}
    items = sum(len(one["items"]) for one in changes)
    return {"steps_changed": items, "steps_sha256": hashlib.sha256(written).hexdigest()}

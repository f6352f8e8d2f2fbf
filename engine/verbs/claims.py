"""Claim, release, complete (签收、释放、办结): one person takes a step, gives it back, or does it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import process, work_items
from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from engine.verbs import locked
from engine.verbs.idempotency import Answer, once
from engine.verbs.permissions import check_not_delegated, plain
from models.process import WorkItem

#: In bytes of JSON: a diagram routes by small facts; documents are kept elsewhere, by their digest.
MAX_RESULT = 16_384


@dataclass(frozen=True)
class Completion:
    """How a step is done: its outcome in one word, the facts the diagram routes by, a remark.

    `version` is what `version_of` gave when the form was shown; `key` makes a repeat harmless.
    """

    outcome: str
    result: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    version: str | None = None
    key: str | None = None


def version_of(item: WorkItem) -> str:
    """Name what a form was made for: the step and in whose hands it lies. It changes when the step is handed over."""
    text = "|".join(str(one) for one in (item.id, item.candidate_group, item.scope, item.assignee_id, item.owner_id, item.due_at))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def claim(unit: UnitOfWork, item_id: int) -> WorkItem:
    """Take a step out of the pool for oneself. Raises Conflict when somebody else holds it, Forbidden as `take`."""
    process.take(unit, item_id)
    item = locked.open_step(unit, item_id)
    if item.assignee_id is not None:
        return item
    work_items.claim(unit, item)
    item.opened_at = item.opened_at or unit.now
    locked.record(unit, item, "work_item.claimed", {})
    return item


def release(unit: UnitOfWork, item_id: int) -> WorkItem:
    """Put a step one holds back into the pool. Raises Conflict when nobody or somebody else holds it, or it was delegated."""
    item = locked.open_step(unit, item_id)
    check_not_delegated(item)
    process.take(unit, item_id)
    work_items.release(unit, item)
    locked.record(unit, item, "work_item.released", {})
    return item


def complete(unit: UnitOfWork, item_id: int, done: Completion) -> Answer:
    """Do a step. The answer holds `item`, `ended` and the ids of the steps it `opened`.

    Raises Conflict when the step has moved on since `done.version`, is done, held by somebody else or delegated;
    Forbidden when the actor may not do it; Invalid for a result that is too large or a key used before.
    """
    written = _written(done.result)
    what = hashlib.sha256(f"{done.outcome}|{written}|{done.remark}".encode()).hexdigest()[:16]
    return once(unit, done.key, f"work_item.complete {item_id} {what}", lambda: _completed(unit, item_id, done, written))


def _completed(unit: UnitOfWork, item_id: int, done: Completion, written: str) -> dict[str, Any]:
    taken = process.take(unit, item_id)
    item = locked.open_step(unit, item_id)
    if done.version is not None and done.version != version_of(item):
        raise Conflict(N_("This step has changed hands since the form was shown. Reload the page, then decide."))
    moved = process.complete(unit, taken, done.outcome, done.result)
    details = {"outcome": done.outcome, "result": written, "remark": plain(done.remark)}
    locked.record(unit, item, "work_item.completed", details, moved.change)
    return {"item": item_id, "ended": moved.ended, "opened": [one.id for one in moved.opened]}


def _written(result: Mapping[str, Any]) -> str:
    """Write a result as one text: records hold no fractions and no names in Chinese, texts may."""
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise Invalid(N_("The result of a step is plain JSON: texts, numbers, lists, objects.")) from error
    if len(text.encode("utf-8", "replace")) > MAX_RESULT:
        raise Invalid(N_("The result of a step is too large: the diagram needs only the facts it routes by."))
    return text

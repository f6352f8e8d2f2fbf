"""Remind (催办): ask the people a step waits for, seldom enough to be heard."""

from collections.abc import Callable
from datetime import timedelta

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs import locked
from engine.verbs.permissions import act_as, oversees, plain
from models.process import WorkItem

#: The pause between two reminders of one step, where a city has not set another.
PAUSE = timedelta(hours=24)


def remind(unit: UnitOfWork, item_id: int, note: str = "", pause: timedelta = PAUSE) -> WorkItem:
    """Remind who a step waits for; by a supervisor, the process owner, or who started the process.

    Raises Forbidden, and Conflict when the last reminder is younger than `pause`.
    """
    item = locked.open_step(unit, item_id)
    if not act_as(unit, may_remind(item)):
        raise Forbidden(N_("Only a supervisor, or who started this, may remind."))
    if item.reminded_at is not None and unit.now - item.reminded_at < pause:
        hours = max(1, round(pause / timedelta(hours=1)))
        raise Conflict(N_("A reminder was already sent within the last {hours} hours. Wait before the next one."), hours=hours)
    item.reminded_at = unit.now
    holder = {"holder": str(item.assignee_id)} if item.assignee_id is not None else {"group": item.candidate_group}
    locked.record(unit, item, "work_item.reminded", {**holder, "note": plain(note)})
    return item


def may_remind(item: WorkItem) -> Callable[[Actor], bool]:
    """Give the test for who may remind the people of a step."""
    initiator = item.instance.initiator_id
    return lambda actor: oversees(item)(actor) or (actor.id is not None and actor.id == initiator)

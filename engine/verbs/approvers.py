"""Add and remove approvers (加签、减签) in a step that several people do, at once (会签) or in turn (依次).

Who has decided stays: a decision is never removed. The last one asked is never removed either, so that a step
always waits for somebody.
"""

from collections.abc import Sequence
from uuid import UUID

from engine import process, spiff
from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs import locked
from engine.verbs.handing_over import check_eligible, put_into_hands
from engine.verbs.panels import asks_several, check_not_asked
from engine.verbs.permissions import act_as, answers_for, given_reason, holds, known_id, oversees
from models.process import WorkItem

REMOVED = "removed"
#: The outcome of a step whose holder is asked again after somebody who was put before them.
POSTPONED = "postponed"


def add_approver(unit: UnitOfWork, item_id: int, person: Actor, reason: str, *, before: bool = False) -> process.Step:
    """Ask one more person in the running step that `item_id` belongs to.

    Where all decide at once the new one decides beside them. Where they decide in turn the new one comes last, or
    `before` the one asked now, who is asked again afterwards. By a person asked in the same step, its supervisor or
    the process owner. Raises Forbidden; Invalid without a reason, for somebody who may not decide here, or where
    the diagram asks only one; Conflict when they are asked already.
    """
    why, new = given_reason(reason), known_id(person)
    item = locked.open_step(unit, item_id)
    if not asks_several(unit.session, item):
        raise Invalid(N_("The diagram asks one person in this step. Reassign it, or send a copy."))
    if not _may_add(unit, item):
        raise Forbidden(N_("Only a person asked in this step, or their supervisor, may ask one more."))
    check_eligible(unit, item, person)
    check_not_asked(unit, item, person)

    def add(execution: spiff.Execution) -> None:
        execution.add_instance(item.task_id, str(new), unit.now, before=before)

    moved = process.advance(unit, item.instance_id, add, note=POSTPONED)
    _bind(unit, moved.opened, item, new)
    details = {"new": locked.named(person), "before": before, "reason": why}
    locked.record(unit, item, "approver.added", details, moved.change)
    return moved


def remove_approver(unit: UnitOfWork, item_id: int, reason: str) -> process.Step:
    """Ask one person less: withdraw their undecided step. By the supervisor of the step or the process owner.

    Raises Forbidden; Invalid without a reason, where the diagram asks only one, or for the last one asked; Conflict
    when they have decided.
    """
    why = given_reason(reason)
    item = locked.step(unit, item_id)
    if item.closed_by is not None:
        raise Conflict(N_("This person has already decided. A decision stays."))
    item = locked.open_step(unit, item_id)
    if not asks_several(unit.session, item):
        raise Invalid(N_("The diagram asks one person in this step. Reassign it instead."))
    if not act_as(unit, oversees(item)):
        raise Forbidden(N_("Only the supervisor of this step may ask one person less."))
    old = answers_for(item)
    item.closed_at, item.outcome = unit.now, REMOVED
    unit.session.flush()

    def remove(execution: spiff.Execution) -> None:
        execution.remove_instance(item.task_id, unit.now)

    moved = process.advance(unit, item.instance_id, remove, note=REMOVED)
    details = {"old": str(old) if old is not None else None, "reason": why}
    locked.record(unit, item, "approver.removed", details, moved.change)
    return moved


def _may_add(unit: UnitOfWork, item: WorkItem) -> bool:
    if process.may_take(unit.session, unit.actor, item) is None:
        return True
    return act_as(unit, lambda one: holds(item)(one) or oversees(item)(one))


def _bind(unit: UnitOfWork, opened: Sequence[process.OpenItem], item: WorkItem, person: UUID) -> None:
    """Put the new step into the hands of the person asked, where the diagram has not done so."""
    for one in opened:
        if one.element == item.element and one.assignee_id is None:
            put_into_hands(unit, unit.session.get_one(WorkItem, one.id, populate_existing=True), person)

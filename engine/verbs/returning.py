"""Return (退回): send a case back from an open step to a step it has already passed, with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import process, spiff
from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from engine.verbs import locked
from engine.verbs.permissions import check_not_delegated, given_reason
from models.process import WorkItem

RETURNED = "returned"


@dataclass(frozen=True)
class EarlierStep:
    """A step a case may be returned to."""

    element: str
    name: str


def return_to(
    unit: UnitOfWork, item_id: int, element: str, reason: str, branches: Sequence[int] | None = None
) -> process.Step:
    """Send a case back from a step this actor may do to an earlier one; in the numbered branches of a multi-instance.

    Raises what `process.take` raises, Invalid without a reason or for a step that was not passed, Conflict when it
    is delegated or the diagram cannot go back there.
    """
    why = given_reason(reason)
    process.take(unit, item_id)
    item = locked.open_step(unit, item_id)
    check_not_delegated(item)
    _check_passed(unit.session, item, element)
    item.closed_at, item.closed_by, item.outcome = unit.now, unit.actor.id, RETURNED
    item.closed_for = unit.on_behalf_of.id if unit.on_behalf_of is not None else None
    unit.session.flush()

    def back(execution: spiff.Execution) -> None:
        execution.return_to(item.task_id, element, unit.now, branches)

    moved = process.advance(unit, item.instance_id, back, note=RETURNED)
    _check_arrived(moved, element)
    named = {"branches": list(branches)} if branches is not None else {}
    locked.record(unit, item, "work_item.returned", {"to": element, **named, "reason": why}, moved.change)
    return moved


def earlier_steps(session: Session, item: WorkItem) -> list[EarlierStep]:
    """Give the steps this one may be returned to: what people have done before in its branch or in the whole, in order."""
    first = func.min(WorkItem.closed_at)
    done = (
        select(WorkItem.element, func.max(WorkItem.name), first)
        .where(WorkItem.instance_id == item.instance_id, WorkItem.id != item.id, WorkItem.element != item.element)
        .where(WorkItem.kind == spiff.USER, WorkItem.closed_by.is_not(None))
        .group_by(WorkItem.element)
        .order_by(first)
    )
    if item.scope is not None:
        done = done.where((WorkItem.scope == item.scope) | WorkItem.scope.is_(None))
    return [EarlierStep(element, name) for element, name, _ in session.execute(done)]


def _check_arrived(moved: process.Step, element: str) -> None:
    """Refuse a return into the middle of a part that begins anew: it would end somewhere else than was said."""
    names = [one.name for one in moved.opened]
    if element not in {one.element for one in moved.opened}:
        raise Invalid(
            N_("From here the case would go back to {names}, not to {element}. Choose that step, or return it from there."),
            names="、".join(names), element=element,
        )


def _check_passed(session: Session, item: WorkItem, element: str) -> None:
    steps = earlier_steps(session, item)
    if element in {step.element for step in steps}:
        return
    if not steps:
        raise Invalid(N_("This is the first step of the case: there is nothing to return to."))
    names = "、".join(step.name for step in steps)
    raise Invalid(N_("The case has not passed step {element}. Return it to one of: {names}."), element=element, names=names)

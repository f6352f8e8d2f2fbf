"""Withdraw (撤回): who did the last step takes it back, until somebody has opened what came after it.

Nothing is erased: the step that was done stays done in the history, and a new one is opened in the hands of the
person who takes it back.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import process, spiff
from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid, Refused
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs import locked
from engine.verbs.handing_over import put_into_hands
from engine.verbs.panels import asks_several, same_visit
from engine.verbs.permissions import act_as, acts_as, plain
from models.process import WorkItem

WITHDRAWN = "withdrawn"
_GONE_ON = N_("The case has gone on from this step, so it cannot be taken back. Ask for a return.")


def opened(unit: UnitOfWork, item_id: int) -> bool:
    """Record that a step was opened, the first time somebody opens it who may do it; say whether this was that time.

    This is the read receipt that ends the right to withdraw. It is an event because it takes that right away.
    """
    seen = select(WorkItem.opened_at, WorkItem.closed_at).where(WorkItem.id == item_id)
    found = unit.session.execute(seen).one_or_none()
    if found is not None and (found.opened_at or found.closed_at):
        return False
    item = locked.step(unit, item_id)
    if item.opened_at or item.closed_at or process.may_take(unit.session, unit.actor, item) is not None:
        return False
    item.opened_at = unit.now
    locked.record(unit, item, "work_item.opened", {})
    return True


def withdraw(unit: UnitOfWork, item_id: int, reason: str = "", branches: Sequence[int] | None = None) -> process.Step:
    """Take back a step this actor has done. The step opened anew is theirs at once.

    `branches` numbers the branch of a multi-instance that has closed meanwhile. Raises Forbidden for anybody else,
    Conflict when what came after was opened, done, or is done by the system, or others decided in the same step.
    """
    why = plain(reason)
    item = locked.step(unit, item_id)
    locked.check_running(item.instance)
    refusal = may_withdraw(unit.session, unit.actor, item)
    if refusal is not None:
        raise refusal
    act_as(unit, lambda one: one.id == item.closed_by)
    following = _following(unit.session, item)
    for one in following:
        one.closed_at, one.outcome = unit.now, WITHDRAWN
    unit.session.flush()

    def back(execution: spiff.Execution) -> None:
        try:
            execution.return_to(following[0].task_id, item.element, unit.now, branches)
        except Invalid as refused:  # a loop has led on to what stands before it in the diagram
            raise Conflict(_GONE_ON) from refused
        left = {task.task_id for task in execution.open_tasks()} & {one.task_id for one in following}
        if left:
            raise Conflict(N_("This step led to several others at once and cannot be taken back. Ask them to return it."))

    moved = process.advance(unit, item.instance_id, back, note=WITHDRAWN)
    again = _given_back(unit, moved.opened, item)
    locked.record(unit, item, "work_item.withdrawn", {"reason": why, "new": again}, moved.change)
    return moved


def may_withdraw(session: Session, actor: Actor, item: WorkItem) -> Refused | None:
    """Say why this actor may not take back a step, or None: the page asks what the verb enforces."""
    if item.closed_at is None or item.closed_by is None:
        return Conflict(N_("This step has not been done, so there is nothing to take back."))
    if not acts_as(actor, item.closed_by):
        return Forbidden(N_("Only the person who did this step may take it back."))
    following = _following(session, item)
    if any(one.kind != spiff.USER for one in following):
        return Conflict(N_("The system is already working on this case, so the step cannot be taken back."))
    if any(one.closed_at is not None or one.opened_at is not None for one in following):
        return Conflict(N_("Somebody has already opened what you handed on. Ask them to return it."))
    if not following or _others_decided(session, item):
        return Conflict(_GONE_ON)
    return None


def _others_decided(session: Session, item: WorkItem) -> bool:
    """Say whether others decided in the same step: it can only be opened anew for all, and what they said would be lost."""
    return asks_several(session, item) and any(
        one.id != item.id and one.closed_by is not None for one in same_visit(session, item)
    )


def _following(session: Session, item: WorkItem) -> Sequence[WorkItem]:
    """Give the steps that a step opened when it was done: they bear the moment of its command."""
    query = select(WorkItem).where(
        WorkItem.instance_id == item.instance_id, WorkItem.created_at == item.closed_at, WorkItem.id > item.id
    )
    return session.scalars(query.order_by(WorkItem.id)).all()


def _given_back(unit: UnitOfWork, opened_again: Sequence[process.OpenItem], item: WorkItem) -> list[int]:
    """Put the step opened anew into the hands of who did it before."""
    person: UUID | None = item.closed_by
    same = [one.id for one in opened_again if (one.element, one.scope) == (item.element, item.scope)]
    if not same:
        raise Conflict(_GONE_ON)
    for item_id in same[:1]:
        again = unit.session.get_one(WorkItem, item_id, populate_existing=True)
        if person is not None and again.assignee_id is None:
            put_into_hands(unit, again, person)
    return same

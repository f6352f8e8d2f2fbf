"""Reassign, delegate, resolve (转办、委派、交回): a step passes into other hands and never into none.

Reassigning moves the duty. Delegating lends the step: the owner goes on answering for it, the other person says
what they think and hands it back, and only then can it be done.
"""

from uuid import UUID

from engine import process
from engine.catalogue import N_
from engine.errors import Conflict, Forbidden, Invalid
from engine.unit_of_work import Actor, UnitOfWork
from engine.verbs import locked
from engine.verbs.panels import asks_several, check_not_asked
from engine.verbs.permissions import (
    act_as,
    answers_for,
    check_holder_or_supervisor,
    check_not_delegated,
    given_reason,
    holds,
    known_id,
)
from engine.work_items import queue_of_person
from models.process import WorkItem


def reassign(unit: UnitOfWork, item_id: int, target: Actor, reason: str) -> WorkItem:
    """Give a step to `target` for good, by who answers for it or their supervisor.

    A delegated step comes out of the delegation. Raises Forbidden; Conflict when `target` is one of several asked in
    this step already; Invalid without a reason or when `target` may not do this step or holds it already.
    """
    why, person = given_reason(reason), known_id(target)
    item = locked.open_step(unit, item_id)
    check_holder_or_supervisor(unit, item)
    check_eligible(unit, item, target)
    if item.assignee_id == person and item.owner_id is None:
        raise Invalid(N_("{name} holds this step already. Choose somebody else."), name=target.name)
    if asks_several(unit.session, item):
        check_not_asked(unit, item, target, besides=item)
    old = answers_for(item)
    put_into_hands(unit, item, person)
    item.owner_id = None
    locked.record(unit, item, "work_item.reassigned", {"old": _written(old), "new": locked.named(target), "reason": why})
    return item


def delegate(unit: UnitOfWork, item_id: int, target: Actor, reason: str) -> WorkItem:
    """Lend a step one holds to `target`, who need not be in its group: they cannot do it, only hand it back.

    Raises Forbidden for anybody but the holder, Conflict when it is delegated already or lies in the pool,
    Invalid without a reason.
    """
    why, person = given_reason(reason), known_id(target)
    item = locked.open_step(unit, item_id)
    check_not_delegated(item)
    holder = item.assignee_id
    if holder is None:
        raise Conflict(N_("This step lies in the pool. Claim it first, then delegate it."))
    if not act_as(unit, holds(item)):
        raise Forbidden(N_("Only the person who holds this step may delegate it."))
    if person in {holder, unit.actor.id}:
        raise Invalid(N_("Nobody delegates to themselves. Choose somebody else."))
    check_not_excluded(unit, item, target)
    put_into_hands(unit, item, person)
    item.owner_id = holder
    locked.record(unit, item, "work_item.delegated", {"old": _written(holder), "new": locked.named(target), "reason": why})
    return item


def resolve(unit: UnitOfWork, item_id: int, note: str) -> WorkItem:
    """Hand a delegated step back to its owner with a note. Raises Conflict when it is not delegated, Forbidden, Invalid."""
    said = given_reason(note)
    item = locked.open_step(unit, item_id)
    owner = item.owner_id
    if owner is None:
        raise Conflict(N_("This step is not delegated, so there is nothing to hand back."))
    if not act_as(unit, lambda one: one.id is not None and one.id == item.assignee_id):
        raise Forbidden(N_("This step was delegated to somebody else: they hand it back."))
    old = item.assignee_id
    put_into_hands(unit, item, owner)
    item.owner_id = None
    locked.record(unit, item, "work_item.resolved", {"old": _written(old), "new": _written(owner), "note": said})
    return item


def check_eligible(unit: UnitOfWork, item: WorkItem, target: Actor) -> None:
    """Refuse to hand a step to somebody outside its group or excluded from it. Raises Invalid."""
    if not target.holds(item.candidate_group, item.scope):
        raise Invalid(N_("{name} is not in the group that may do this step. Choose somebody who is."), name=target.name)
    check_not_excluded(unit, item, target)


def check_not_excluded(unit: UnitOfWork, item: WorkItem, target: Actor) -> None:
    """Refuse somebody who did a step that this one must be separate from. Raises Invalid."""
    if process.is_excluded(unit.session, item, known_id(target)):
        raise Invalid(N_("{name} did an earlier step of this case, so somebody else has to do this one."), name=target.name)


def put_into_hands(unit: UnitOfWork, item: WorkItem, person: UUID) -> None:
    """Make a person the holder of a step."""
    item.assignee_id, item.claimed_at, item.queue = person, unit.now, queue_of_person(person)


def _written(person: UUID | None) -> str | None:
    return None if person is None else str(person)

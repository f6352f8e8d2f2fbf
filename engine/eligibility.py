"""Who may do a work item: the group, the hands it lies in, the separation of duties (候选人、签收、回避).

A substitute may act for a principal who could act; separation binds both: nobody does, in their own name or for
somebody, what must be separate from what they or that person did before.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Conflict, Forbidden
from engine.unit_of_work import Actor
from engine.work_items import AnyItem
from models.process import WorkItem

#: The property of an element that names, with commas, the elements its people must not have done.
SEPARATE_FROM = "separate_from"


def acting_for(actor: Actor, item: AnyItem, before: Callable[[], Collection[UUID]]) -> Actor | None:
    """Give the principal an actor would do an open item for, or None when in their own name.

    `before` gives the people who did what this item must be separate from; it is asked last. Raises Forbidden when
    neither the actor nor anybody they substitute is in the group, or separation forbids it; Conflict when the item
    lies in other hands.
    """
    entitled = [one for one in (actor, *actor.principals) if _in_group(one, item)]
    if not entitled:
        raise Forbidden(N_("This step is for somebody else: you are not in the group that may do it."))
    free = [one for one in entitled if item.assignee_id in {None, one.id, actor.id}]
    if not free:
        raise Conflict(N_("Somebody else has claimed this step. Ask them to release it, or take the next one."))
    if separated_elements(item):
        excluded = before()
        free = [one for one in free if not excluded or {one.id, actor.id}.isdisjoint(excluded)]
        if not free:
            raise Forbidden(N_("You did an earlier step of this case, so somebody else has to do this one."))
    return None if free[0] is actor else free[0]


def separated_elements(item: AnyItem) -> list[str]:
    """Give the elements whose people may not do this item."""
    return [name for part in str(item.properties.get(SEPARATE_FROM, "")).split(",") if (name := part.strip())]


def people_before(session: Session, item: AnyItem) -> frozenset[UUID]:
    """Give everybody who did, or was substituted in doing, what this item must be separate from.

    Counted are items of the same instance that share the scope of this one, or where either has none: those
    concern the whole case.
    """
    done = select(WorkItem.closed_by, WorkItem.closed_for).where(
        WorkItem.instance_id == item.instance_id,
        WorkItem.element.in_(separated_elements(item)),
        WorkItem.closed_by.is_not(None),
    )
    if item.scope is not None:
        done = done.where(or_(WorkItem.scope == item.scope, WorkItem.scope.is_(None)))
    return frozenset(one for row in session.execute(done) for one in row if one is not None)


def _in_group(one: Actor, item: AnyItem) -> bool:
    if one.holds(item.candidate_group, item.scope):
        return True
    # A diagram may name the person instead of a group.
    named = "assignee" in item.properties and "candidateGroups" not in item.properties
    return named and one.id is not None and one.id == item.assignee_id

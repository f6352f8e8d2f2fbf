"""The lists of the inbox: which steps stand in them, in which order, and where one of them stands.

The list everybody opens (all my queues, by due date) is read as one short index scan per queue, so that its
cost does not grow with the number of open steps. The others are read whole, as far as `WINDOW`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, func, or_, select, union_all
from sqlalchemy.orm import Session

from engine.unit_of_work import Actor
from engine.work_items import queue_of_person, queues_for
from models.evidence import Assignment, Contribution, ContributionState
from models.people import Role
from models.process import ProcessInstance, WorkItem
from workflows.lifecycle.words import Step

TODO, POOL, RETURNED, DONE = "todo", "pool", "returned", "done"
VIEWS = (TODO, POOL, RETURNED, DONE)
BY_DUE, BY_RETURN, BY_AGE, BY_NUMBER = "due", "returned", "new", "no"
SORTS = (BY_DUE, BY_RETURN, BY_AGE, BY_NUMBER)

#: Nobody counts further, and nobody walks further through a list.
WINDOW = 1_000
PAGE = 50

_OPEN = WorkItem.closed_at.is_(None)


@dataclass(frozen=True)
class ListState:
    """Which list somebody looks at: its tab, its order, its filter."""

    view: str
    sort: str
    q: str

    def href(self, path: str, **more: object) -> str:
        """Give an address that carries this list along."""
        fields = {"view": self.view, "sort": self.sort, "q": self.q, **more}
        return f"{path}?{urlencode({name: value for name, value in fields.items() if value not in {'', None}})}"

    @property
    def text(self) -> str:
        """Give the list as the forms carry it."""
        return self.href("")[1:]


@dataclass(frozen=True)
class Counts:
    """How much there is in each list, counted up to `WINDOW`."""

    todo: int
    pool: int
    returned: int
    late: int
    done_today: int


@dataclass(frozen=True)
class Place:
    """Where a step stands in a list: its number from one, how many there are, its neighbours."""

    number: int
    total: int
    previous: int | None
    next: int | None


def state_in(fields: Mapping[str, str], roles: frozenset[Role]) -> ListState:
    """Read a list from the fields of an address or form; what is unknown becomes the default of the role."""
    view, sort = fields.get("view", ""), fields.get("sort", "")
    return ListState(
        view if view in VIEWS else TODO,
        sort if sort in SORTS else default_sort(roles),
        fields.get("q", "").replace("\x00", "").strip(),
    )


def default_sort(roles: frozenset[Role]) -> str:
    """Give the order a role begins with: collectors see what came back first, everybody else what is due first."""
    return BY_RETURN if Role.COLLECTOR in roles and Role.CREATION_OFFICE not in roles else BY_DUE


def listed(session: Session, actor: Actor, state: ListState, offset: int, limit: int) -> list[int]:
    """Give the ids of the steps in a list, in its order."""
    if state.view in {TODO, POOL} and state.sort == BY_DUE and not state.q:
        query = _by_due(_queues(actor, state.view), offset, limit)
    else:
        query = _whole(actor, state).offset(offset).limit(limit)
    return list(session.scalars(query))


def place(session: Session, actor: Actor, state: ListState, item_id: int) -> Place | None:
    """Give where a step stands in a list; None when it is not in it."""
    ids = listed(session, actor, state, 0, WINDOW)
    if item_id not in ids:
        return None
    at = ids.index(item_id)
    after = ids[at + 1] if at + 1 < len(ids) else None
    return Place(at + 1, len(ids), ids[at - 1] if at else None, after)


def following(session: Session, actor: Actor, state: ListState, item_id: int) -> int | None:
    """Give the step to go on with when this one is done: the next of the list, else its first, else None."""
    ids = listed(session, actor, state, 0, WINDOW)
    at = ids.index(item_id) if item_id in ids else -1
    others = ids[at + 1 :] + ids[: max(at, 0)]
    return others[0] if others else None


def counts(session: Session, actor: Actor, now: datetime, midnight: datetime) -> Counts:
    """Count the lists of a person in one statement. `midnight` is when today began."""
    mine = todo(actor)
    pool = select(WorkItem.id).where(_OPEN, WorkItem.queue.in_(_queues(actor, POOL)))
    late = mine.where(WorkItem.due_at < now)
    returned = _joined(mine).where(came_back())
    done = select(WorkItem.id).where(WorkItem.closed_by == actor.id, WorkItem.closed_at >= midnight)
    row = session.execute(select(*(counted(one).scalar_subquery() for one in (mine, pool, returned, late, done)))).one()
    return Counts(*[int(number) for number in row])


def todo(actor: Actor) -> Select[int]:
    """Select the ids of all open steps of a person, in no order."""
    return select(WorkItem.id).where(_OPEN, WorkItem.queue.in_(queues_for(actor)))


def counted(query: Select[int]) -> Select[int]:
    """Count what a query gives, up to `WINDOW`: no page waits for a number nobody reads."""
    return select(func.count()).select_from(query.limit(WINDOW).subquery())


def number(count: int) -> str:
    """Write a count of `counted`."""
    return f"{WINDOW - 1}+" if count >= WINDOW else str(count)


def came_back() -> ColumnElement[bool]:
    """Give the condition for steps after a return: evidence to repair, or evidence that was repaired."""
    repaired = or_(
        and_(WorkItem.element == Step.COLLECT, Contribution.state == ContributionState.RETURNED),
        and_(WorkItem.element != Step.COLLECT, Contribution.round > 1),
    )
    of_step = or_(WorkItem.scope.is_(None), cast(Contribution.department_id, Text) == WorkItem.scope)
    return exists().where(Contribution.assignment_id == Assignment.id, of_step, repaired)


def _queues(actor: Actor, view: str) -> list[str]:
    queues = queues_for(actor)
    if view != POOL or actor.id is None:
        return queues
    return [queue for queue in queues if queue != queue_of_person(actor.id)]


def _by_due(queues: Sequence[str], offset: int, limit: int) -> Select[int]:
    first = [
        select(WorkItem.id, WorkItem.due_at)
        .where(_OPEN, WorkItem.queue == queue)
        .order_by(WorkItem.due_at.asc().nulls_last(), WorkItem.id)
        .limit(offset + limit)
        .subquery()
        .select()
        for queue in queues
    ]
    if not first:
        return select(WorkItem.id).where(WorkItem.id.is_(None))
    merged = union_all(*first).subquery()
    order = (merged.c.due_at.asc().nulls_last(), merged.c.id)
    return select(merged.c.id).order_by(*order).offset(offset).limit(limit)


def _whole(actor: Actor, state: ListState) -> Select[int]:
    query = _joined(select(WorkItem.id))
    if state.view == DONE:
        query = query.where(WorkItem.closed_by == actor.id).order_by(WorkItem.closed_at.desc(), WorkItem.id.desc())
    else:
        query = query.where(_OPEN, WorkItem.queue.in_(_queues(actor, state.view))).order_by(*_order(state.sort))
    if state.view == RETURNED:
        query = query.where(came_back())
    if state.q:
        found = (Assignment.title.icontains(state.q, autoescape=True), Assignment.no.icontains(state.q, autoescape=True))
        query = query.where(or_(*found))
    return query


def _order(sort: str) -> list[ColumnElement[Any]]:
    by_due: list[ColumnElement[Any]] = [WorkItem.due_at.asc().nulls_last(), WorkItem.id.asc()]
    first: dict[str, list[ColumnElement[Any]]] = {
        BY_RETURN: [came_back().desc()],
        BY_AGE: [WorkItem.created_at.desc()],
        BY_NUMBER: [Assignment.no.asc()],
    }
    return first.get(sort, []) + by_due


def _joined(query: Select[int]) -> Select[int]:
    return query.join(ProcessInstance, ProcessInstance.id == WorkItem.instance_id).join(
        Assignment, Assignment.no == ProcessInstance.business_key
    )

"""The lists of the inbox: which steps stand in them, in which order, and where one of them stands.

How they are read, so that their cost does not grow with the number of open steps, is written in `inbox_scans`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.unit_of_work import Actor
from engine.work_items import queue_of_person, queues_for
from models.people import Role
from models.process import WorkItem
from web import inbox_scans
from web.inbox_scans import WINDOW, From, Order, Ranges, Side

TODO, POOL, RETURNED, DONE = "todo", "pool", "returned", "done"
VIEWS = (TODO, POOL, RETURNED, DONE)
BY_DUE, BY_RETURN, BY_AGE, BY_NUMBER = "due", "returned", "new", "no"
SORTS = (BY_DUE, BY_RETURN, BY_AGE, BY_NUMBER)

PAGE = 50
_ORDERS: dict[str, Order] = {
    BY_DUE: inbox_scans.BY_DUE,
    BY_RETURN: inbox_scans.BY_PRECEDENCE,
    BY_AGE: inbox_scans.NEWEST_FIRST,
    BY_NUMBER: inbox_scans.BY_NUMBER,
}


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
class Page:
    """One page of a list: the ids of its steps, and whether there are more before and after them."""

    ids: tuple[int, ...]
    before: bool
    after: bool


@dataclass(frozen=True)
class Place:
    """Where a step stands in a list: its number from one, how many there are (both up to `WINDOW`), its neighbours."""

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


def listed(session: Session, actor: Actor, state: ListState, beside: tuple[Side, int] | None = None) -> Page:
    """Give one page of a list: the first, or the one before or after a step (of the list, or once of it)."""
    ranges = _ranges(actor, state)
    key = ranges.order.key(session, beside[1]) if beside is not None else None
    if beside is None or key is None:
        ids = session.scalars(ranges.rows(PAGE + 1)).all()
        return Page(tuple(ids[:PAGE]), before=False, after=len(ids) > PAGE)
    ids = session.scalars(ranges.rows(PAGE + 1, From(beside[0], key))).all()
    more = len(ids) > PAGE
    if beside[0] is Side.AFTER:
        return Page(tuple(ids[:PAGE]), before=True, after=more)
    # Steps have gone since: a beginning that is no full page would be a page of its own for ever.
    return Page(tuple(reversed(ids[:PAGE])), before=True, after=True) if more else listed(session, actor, state)


def place(session: Session, actor: Actor, state: ListState, item_id: int) -> Place | None:
    """Give where a step stands in a list; None when it is not in it."""
    ranges = _ranges(actor, state)
    key = ranges.order.key(session, item_id)
    if key is None or session.scalar(ranges.holds(item_id)) is None:
        return None
    before, after = From(Side.BEFORE, key), From(Side.AFTER, key)
    wanted = (ranges.count(before), ranges.count(), ranges.rows(1, before), ranges.rows(1, after))
    ahead, total, previous, following_one = session.execute(select(*(one.scalar_subquery() for one in wanted))).one()
    return Place(min(ahead + 1, WINDOW), total, previous, following_one)


def following(session: Session, actor: Actor, state: ListState, item_id: int) -> int | None:
    """Give the step to go on with when this one is done: the next of the list, else its first, else None."""
    ranges = _ranges(actor, state)
    key = ranges.order.key(session, item_id)
    found = session.scalar(ranges.rows(1, From(Side.AFTER, key))) if key is not None else None
    if found is not None:
        return found
    return next((one for one in session.scalars(ranges.rows(2)) if one != item_id), None)


def counts(session: Session, actor: Actor, now: datetime, midnight: datetime) -> Counts:
    """Count the lists of a person in one statement. `midnight` is when today began."""
    mine = inbox_scans.waiting(queues_for(actor), inbox_scans.BY_DUE)
    wanted = (
        mine,
        inbox_scans.waiting(_queues(actor, POOL), inbox_scans.BY_DUE),
        inbox_scans.waiting(queues_for(actor), inbox_scans.BY_DUE, came_back=True),
        inbox_scans.narrowed(mine, WorkItem.due_sort < now),
        inbox_scans.narrowed(inbox_scans.closed_by(actor.id), WorkItem.closed_at >= midnight),
    )
    row = session.execute(select(*(one.count().scalar_subquery() for one in wanted))).one()
    return Counts(*[int(number) for number in row])


def waiting(session: Session, actor: Actor) -> int:
    """Count the open steps of a person, up to `WINDOW`."""
    return session.scalar(inbox_scans.waiting(queues_for(actor), inbox_scans.BY_DUE).count()) or 0


def length(session: Session, actor: Actor, state: ListState) -> int:
    """Count a list without its filter, up to `WINDOW`."""
    return session.scalar(_ranges(actor, ListState(state.view, state.sort, "")).count()) or 0


def number(count: int) -> str:
    """Write a number that was counted up to `WINDOW`."""
    return f"{WINDOW - 1}+" if count >= WINDOW else str(count)


def _ranges(actor: Actor, state: ListState) -> Ranges:
    if state.view == DONE:
        return inbox_scans.closed_by(actor.id, state.q)
    order = _ORDERS.get(state.sort, inbox_scans.BY_DUE)
    return inbox_scans.waiting(_queues(actor, state.view), order, state.q, came_back=state.view == RETURNED)


def _queues(actor: Actor, view: str) -> list[str]:
    claimed = {queue_of_person(one.id) for one in (actor, *actor.principals) if one.id is not None}
    return [queue for queue in queues_for(actor) if view != POOL or queue not in claimed]

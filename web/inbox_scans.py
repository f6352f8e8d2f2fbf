"""The statements behind the lists of the inbox: for each order one short index scan per queue, merged.

A list is the union of some *ranges*: parts of `work_item` that have an index in the order asked for (a queue and
a precedence, or what one person closed). Each range gives no more rows than are asked for, so a page costs the same
in a list of ten and of a million steps, at its beginning and far down: pages go on after a step (`After`), never
by counting rows over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, false, func, or_, select, true, tuple_, union, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.evidence import Assignment
from models.process import CAME_BACK, USUAL, ProcessInstance, WorkItem

_Column = ColumnElement[Any] | InstrumentedAttribute[Any]

#: A filter looks at so many steps of a list, from its beginning; nobody counts further.
WINDOW = 1_000


@dataclass(frozen=True)
class Order:
    """An order of steps: columns that tell any two of them apart, all in one direction. An index has each of them."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descending: bool = False

    def by(self, columns: Sequence[_Column], *, turned: bool = False) -> list[ColumnElement[Any]]:
        """Give the ORDER BY over these columns, which stand for the ones of the order; `turned` is from the end."""
        descending = self.descending is not turned
        return [one.desc() if descending else one.asc() for one in columns]

    def key(self, session: Session, item_id: int) -> tuple[Any, ...] | None:
        """Give where a step stands in this order; None where it has no place in it."""
        row = session.execute(select(*self.columns).where(WorkItem.id == item_id)).one_or_none()
        return None if row is None or None in row else tuple(row)


class Side(StrEnum):
    """Which rows of a list are wanted, seen from a step of it."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True)
class From:
    """A place in a list: the key of a step, and on which side of it to read. BEFORE reads away from it, backwards."""

    side: Side
    key: tuple[Any, ...]


@dataclass(frozen=True)
class Ranges:
    """The parts of a list, each a condition that an index serves in the order of the list, and its filter."""

    order: Order
    conditions: tuple[ColumnElement[bool], ...]
    q: str = ""

    def rows(self, limit: int, place: From | None = None) -> Select[int]:
        """Select the ids of the first steps of the list, or of the ones beside a place, nearest first."""
        if not self.conditions:
            return select(WorkItem.id).where(false())
        source = self._filtered() if self.q else self._merged(self.conditions, limit, place)
        columns = [source.c[column.key] for column in self.order.columns]
        query = select(source.c.id)
        if self.q and place is not None:
            query = query.where(self._beside(columns, place))
        return query.order_by(*self.order.by(columns, turned=_backwards(place))).limit(limit)

    def holds(self, item_id: int) -> Select[int]:
        """Select the id of a step if it stands in this list."""
        if self.q:
            filtered = self._filtered()
            return select(filtered.c.id).where(filtered.c.id == item_id)
        return select(WorkItem.id).where(WorkItem.id == item_id, or_(false(), *self.conditions))

    def count(self, place: From | None = None) -> Select[int]:
        """Count the list, or one side of a place in it, up to `WINDOW`: no page waits for a number nobody reads."""
        if self.q or not self.conditions:
            return select(func.count()).select_from(self.rows(WINDOW, place).subquery())
        # Not merged in order: the second range is read only when the first has not filled the window.
        scans = [self._scan(condition, WINDOW, place).subquery().select() for condition in self.conditions]
        return select(func.count()).select_from(select(union_all(*scans).subquery()).limit(WINDOW).subquery())

    def _filtered(self) -> Subquery:
        """Filter the beginning of the list; a step whose case has exactly this number is found wherever it stands."""
        window = self._merged(self.conditions, WINDOW, None)
        # A subquery in the condition, for it is never turned into a join that reads every assignment.
        title_matches = (
            select(Assignment.title.icontains(self.q, autoescape=True))
            .where(Assignment.no == window.c.business_key)
            .scalar_subquery()
        )
        found = select(window).where(or_(window.c.business_key.icontains(self.q, autoescape=True), title_matches))
        of_case = select(ProcessInstance.id).where(ProcessInstance.business_key == self.q.upper()).scalar_subquery()
        named = [condition & (WorkItem.instance_id == of_case) for condition in self.conditions]
        return union(found, select(self._merged(named, WINDOW, None))).subquery()

    def _merged(self, conditions: Sequence[ColumnElement[bool]], limit: int, place: From | None) -> Subquery:
        scans = [self._scan(condition, limit, place).subquery().select() for condition in conditions]
        merged = union_all(*scans).subquery()
        columns = [merged.c[column.key] for column in self.order.columns]
        return select(merged).order_by(*self.order.by(columns, turned=_backwards(place))).limit(limit).subquery()

    def _scan(self, condition: ColumnElement[bool], limit: int, place: From | None) -> Select[Any]:
        wanted = {column.key: column for column in (*self.order.columns, WorkItem.business_key, WorkItem.id)}
        query = select(*wanted.values()).where(condition)
        if place is not None:
            query = query.where(self._beside(self.order.columns, place))
        return query.order_by(*self.order.by(self.order.columns, turned=_backwards(place))).limit(limit)

    def _beside(self, columns: Sequence[_Column], place: From) -> ColumnElement[bool]:
        row, key = tuple_(*columns), tuple_(*place.key)
        return row < key if self.order.descending is not _backwards(place) else row > key


BY_DUE = Order((WorkItem.due_sort, WorkItem.id))
BY_PRECEDENCE = Order((WorkItem.precedence, WorkItem.due_sort, WorkItem.id))
NEWEST_FIRST = Order((WorkItem.created_at, WorkItem.id), descending=True)
BY_NUMBER = Order((WorkItem.business_key, WorkItem.id))
CLOSED_LAST = Order((WorkItem.closed_at, WorkItem.id), descending=True)


def waiting(queues: Sequence[str], order: Order, q: str = "", *, came_back: bool = False) -> Ranges:
    """Give the open steps of some queues; only what follows a return where asked for."""
    precedences: tuple[int, ...] = (CAME_BACK,) if came_back else (CAME_BACK, USUAL)
    fixed: list[ColumnElement[bool]] = [WorkItem.precedence == one for one in precedences]
    if order is BY_PRECEDENCE:
        # One range must not fix a column its order compares: the index would be read from the range's beginning
        # to the place. With both precedences the range is the whole queue; with one, the rest is the order by date.
        whole: list[ColumnElement[bool]] = [true()]
        order, fixed = (BY_DUE, fixed) if came_back else (order, whole)
    pairs = product(queues, fixed)
    conditions = [and_(WorkItem.closed_at.is_(None), WorkItem.queue == queue, one) for queue, one in pairs]
    return Ranges(order, tuple(conditions), q)


def closed_by(person_id: UUID | None, q: str = "") -> Ranges:
    """Give the steps a person has done, the last one first."""
    return Ranges(CLOSED_LAST, () if person_id is None else (WorkItem.closed_by == person_id,), q)


def narrowed(ranges: Ranges, condition: ColumnElement[bool]) -> Ranges:
    """Give the part of a list that also meets a condition on a column of its order."""
    return Ranges(ranges.order, tuple(one & condition for one in ranges.conditions), ranges.q)


def _backwards(place: From | None) -> bool:
    return place is not None and place.side is Side.BEFORE

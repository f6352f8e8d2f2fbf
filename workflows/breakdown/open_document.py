"""A task table while it is looked over (核对): rows that can be named, text no row took, doubts that are open or settled.

What a reader gives (`BreakdownDocument`) is opened, corrected by the functions of `corrections.py` and its neighbours, and
closed again when it is saved or written to a file.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.catalogue import N_
from engine.errors import NotFound
from workflows.breakdown.doubts import unreadable
from workflows.breakdown.grid import Grid, Stray
from workflows.breakdown.header import Column, columns_of
from workflows.breakdown.shapes import (
    BreakdownDocument,
    BreakdownRow,
    NamedRequirement,
    Place,
    ReadTable,
    ReadWarning,
)

#: Doubts that are worked out anew each time the document is looked at, or stand in the list of leftovers.
_WORKED_OUT = frozenset({"points_mismatch", "unreadable_text"})


@dataclass(frozen=True)
class OpenRow:
    """One rule that may be corrected. `row.warnings` are the open doubts about it, `settled` those somebody looked at.

    `sources`: where it stands in the file, as index of a grid and of a row in it; none for a row made by hand.
    `own`: requirements people added. `refused`: requirements read from the text that people took away.
    """

    key: int
    row: BreakdownRow
    sources: tuple[tuple[int, int], ...] = ()
    settled: tuple[ReadWarning, ...] = ()
    corrected: bool = False
    own: tuple[NamedRequirement, ...] = ()
    refused: tuple[NamedRequirement, ...] = ()


@dataclass(frozen=True)
class OpenTable:
    """One table that may be corrected. `table` holds no rows: they are in `rows`. `grid`: index of it in the file."""

    key: int
    table: ReadTable
    rows: tuple[OpenRow, ...]
    grid: int | None = None
    meanings: tuple[Column, ...] = ()
    settled: tuple[ReadWarning, ...] = ()

    @property
    def points(self) -> Decimal:
        """Give the sum of the points, without those that come on top of the total."""
        return sum((one.row.points or Decimal(0) for one in self.rows if not one.row.bonus), Decimal(0))

    @property
    def agrees(self) -> bool:
        """Say whether the rules add up to what the table declares; yes where it declares nothing."""
        return self.table.points_total is None or self.table.points_total == self.points


@dataclass(frozen=True)
class Leftover:
    """Text that stands in no row, or a row somebody laid aside (`row`, with the place it had). `table`: a key."""

    key: int
    text: str
    table: int | None = None
    line: int | None = None
    row: OpenRow | None = None
    place: int = 0
    settled: bool = False


@dataclass(frozen=True)
class OpenDocument:
    """A whole document that may be corrected. `next_key` names the next row, table or leftover."""

    title: str
    tables: tuple[OpenTable, ...]
    leftovers: tuple[Leftover, ...] = ()
    warnings: tuple[ReadWarning, ...] = ()
    settled: tuple[ReadWarning, ...] = ()
    next_key: int = 1

    @property
    def rules(self) -> int:
        """Count the rules of all tables."""
        return sum(len(table.rows) for table in self.tables)


@dataclass(frozen=True)
class Doubt:
    """A doubt and what it is about: a row, a table, or (both None) the document. `number` names it among its like."""

    warning: ReadWarning
    number: int
    table: int | None = None
    row: int | None = None


def opened(document: BreakdownDocument) -> OpenDocument:
    """Open a document as it was read."""
    keys = _Keys()
    tables = tuple(_open_table(table, place, keys) for place, table in enumerate(document.tables))
    inside = [
        Leftover(keys.next(), stray.text, table.key, stray.line)
        for table, read in zip(tables, document.tables, strict=True)
        for stray in read.strays
    ]
    outside = [Leftover(keys.next(), stray.text, None, stray.line) for stray in document.strays]
    warnings = lasting(document.warnings)
    return OpenDocument(document.title, tables, (*inside, *outside), warnings, next_key=keys.last + 1)


def grids_of(document: BreakdownDocument) -> tuple[Grid | None, ...]:
    """Give the tables as the file holds them, one for each table that was read."""
    return tuple(table.grid for table in document.tables)


def closed(document: OpenDocument, grids: Sequence[Grid | None]) -> BreakdownDocument:
    """Give the document as it stands, to be saved or written to a file; without tables that have no row."""
    left = [one for one in document.leftovers if one.row is None and not one.settled]
    filled = [table for table in document.tables if table.rows]
    tables = tuple(_close_table(table, place, grids, left) for place, table in enumerate(filled))
    keys = {table.key for table in filled}
    strays = tuple(_stray(one) for one in left if one.table not in keys)
    unread = (unreadable(one, Place(N_("line {line}"), {"line": one.line})) for one in strays)
    return BreakdownDocument(document.title, tables, (*document.warnings, *unread), strays)


def doubts(document: OpenDocument, *, settled: bool = False) -> Iterator[Doubt]:
    """Give every open doubt in the order of the page, or every settled one."""
    yield from (Doubt(one, number) for number, one in enumerate(document.settled if settled else document.warnings))
    for table in document.tables:
        own = table.settled if settled else table.table.warnings
        yield from (Doubt(one, number, table.key) for number, one in enumerate(own))
        for row in table.rows:
            about = row.settled if settled else row.row.warnings
            yield from (Doubt(one, number, table.key, row.key) for number, one in enumerate(about))


def table_of(document: OpenDocument, key: int) -> OpenTable:
    """Give a table. Raises NotFound."""
    for table in document.tables:
        if table.key == key:
            return table
    raise NotFound(N_("This table is no longer there: it has been taken out since."))


def row_of(document: OpenDocument, key: int) -> tuple[OpenTable, int]:
    """Give the table a row stands in, and its place there from 0. Raises NotFound."""
    for table in document.tables:
        for place, row in enumerate(table.rows):
            if row.key == key:
                return table, place
    raise NotFound(N_("This row is no longer there: it was merged or deleted since. Look for it among the deleted rows, or undo."))


def leftover_of(document: OpenDocument, key: int) -> Leftover:
    """Give a leftover. Raises NotFound."""
    for one in document.leftovers:
        if one.key == key:
            return one
    raise NotFound(N_("This text is no longer there: it became part of a row since."))


def with_table(document: OpenDocument, table: OpenTable) -> OpenDocument:
    """Give the document with another table in the place of the one with the same key."""
    return replace(document, tables=tuple(table if one.key == table.key else one for one in document.tables))


def with_rows(document: OpenDocument, table: OpenTable, rows: Iterable[OpenRow]) -> OpenDocument:
    """Give the document with other rows in a table."""
    return with_table(document, replace(table, rows=tuple(rows)))


def with_row(document: OpenDocument, row: OpenRow) -> OpenDocument:
    """Give the document with another row in the place of the one with the same key. Raises NotFound."""
    table, place = row_of(document, row.key)
    return with_rows(document, table, (*table.rows[:place], row, *table.rows[place + 1 :]))


def lasting(warnings: Iterable[ReadWarning]) -> tuple[ReadWarning, ...]:
    """Give the doubts that are kept: the others are worked out anew, or stand in the list of leftovers."""
    return tuple(one for one in warnings if one.code not in _WORKED_OUT)


class _Keys:
    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def _open_table(table: ReadTable, place: int, keys: _Keys) -> OpenTable:
    key = keys.next()
    rows = tuple(OpenRow(keys.next(), row, () if row.source is None else (row.source,)) for row in table.rows)
    bare = replace(table, rows=(), grid=None, strays=(), warnings=lasting(table.warnings))
    if table.grid is None:
        return OpenTable(key, bare, rows)
    return OpenTable(key, bare, rows, place, table.grid.columns or columns_of(table.grid.header))


def points_doubt(table: OpenTable, position: int) -> ReadWarning | None:
    """Give the doubt about a table whose rules do not add up to what it declares; `position` from 1."""
    if table.table.points_total is None or table.agrees:
        return None
    message = N_("The title promises {declared} points, the rules add up to {found}. Check the table.")
    params = {"declared": f"{table.table.points_total.normalize():f}", "found": f"{table.points.normalize():f}"}
    return ReadWarning("points_mismatch", message, params, Place(N_("table {table}"), {"table": position}))


def _close_table(
    table: OpenTable, place: int, grids: Sequence[Grid | None], left: Sequence[Leftover]
) -> ReadTable:
    grid = None if table.grid is None else grids[table.grid]
    if grid is not None and table.meanings != (grid.columns or columns_of(grid.header)):
        grid = replace(grid, columns=table.meanings)
    rows = tuple(replace(one.row, source=_own_source(one, table, place)) for one in table.rows)
    own = [one for one in left if one.table == table.key]
    lines = (Place(N_("table {table}, line {line}"), {"table": place + 1, "line": one.line or 0}) for one in own)
    points = points_doubt(table, place + 1)
    warnings = (
        *((points,) if points else ()),
        *table.table.warnings,
        *(unreadable(_stray(one), line) for one, line in zip(own, lines, strict=True)),
    )
    strays = tuple(_stray(one) for one in own)
    return replace(table.table, rows=rows, grid=grid, strays=strays, warnings=warnings)


def _own_source(row: OpenRow, table: OpenTable, place: int) -> tuple[int, int] | None:
    """Give the row of its own table a rule came from; a rule of another table stands on its own."""
    return next(((place, source) for grid, source in row.sources if grid == table.grid), None)


def _stray(one: Leftover) -> Stray:
    return Stray(one.text, one.line or 0)

"""Corrections of a whole table: title, kind, declared points, and what its columns mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.breakdown.corrections import MAX_FIELD, points_of
from workflows.breakdown.grid import Grid
from workflows.breakdown.header import Column
from workflows.breakdown.open_document import (
    Leftover,
    OpenDocument,
    OpenRow,
    OpenTable,
    lasting,
    table_of,
    with_rows,
    with_table,
)
from workflows.breakdown.row_moves import lay_aside
from workflows.breakdown.rows import document_names, draft_table, finish_table
from workflows.breakdown.shapes import BreakdownRow, ReadTable

KINDS = ("common", "individual", "online_filing", "site_check", "publicity", "unknown")


@dataclass(frozen=True)
class TableWords:
    """What somebody typed about a table."""

    title: str
    kind: str
    points_total: str


def set_title(document: OpenDocument, title: str) -> OpenDocument:
    """Give the document another title. Raises Invalid for an empty one."""
    return replace(document, title=_title(title))


def set_table(document: OpenDocument, key: int, words: TableWords) -> OpenDocument:
    """Give a table another title, kind or declared total. Raises Invalid."""
    if words.kind not in KINDS:
        raise Invalid(N_("Choose one of the kinds of tables."))
    table = table_of(document, key)
    changed = replace(
        table.table, title=_title(words.title), kind=words.kind, points_total=points_of(words.points_total)
    )
    return with_table(document, replace(table, table=changed))


def leave_out(document: OpenDocument, key: int) -> OpenDocument:
    """Lay every row of a table aside: a table without rows is not imported."""
    for row in reversed(table_of(document, key).rows):
        document = lay_aside(document, row.key)
    return document


def corrected_rows(table: OpenTable) -> int:
    """Count the rows people have worked on, which reading the table again gives up."""
    return sum(1 for row in table.rows if row.corrected and row.sources)


def read_again(
    document: OpenDocument, key: int, meanings: Sequence[Column], grids: Sequence[Grid | None]
) -> OpenDocument:
    """Read a table again from the file, its columns meaning what a person says.

    Rows made by hand and rows that came from other tables stay, at the end; everything else is as the file has it.
    Raises Invalid for a table made by hand, or when no column is the task.
    """
    table = table_of(document, key)
    grid = None if table.grid is None else grids[table.grid]
    if table.grid is None or grid is None:
        raise Invalid(N_("This table was made by hand: there is no file to read it from again."))
    if len(meanings) != len(grid.header) or Column.RULE not in meanings:
        raise Invalid(N_("One column has to be the task itself."))
    read = _read(document, replace(grid, columns=tuple(meanings)), table.grid + 1)
    first = document.next_key
    rows = [_row(first + number, row, table.grid) for number, row in enumerate(read.rows)]
    after = first + len(rows)
    strays = [Leftover(after + number, one.text, key, one.line) for number, one in enumerate(read.strays)]
    cleared = _without_grid(document, table.grid, key)
    kept = table_of(cleared, key)
    again = replace(kept, table=replace(kept.table, warnings=lasting(read.warnings)), meanings=tuple(meanings), settled=())
    filled = with_rows(cleared, again, (*rows, *kept.rows))
    return replace(filled, leftovers=(*filled.leftovers, *strays), next_key=after + len(strays))


def _row(key: int, row: BreakdownRow, grid: int) -> OpenRow:
    return OpenRow(key, row, () if row.source is None else ((grid, row.source[1]),))


def _read(document: OpenDocument, grid: Grid, position: int) -> ReadTable:
    draft = draft_table(grid, position)
    elsewhere = (one for table in document.tables for row in table.rows for one in row.row.departments)
    names = {**document_names([draft]), **{one.name: one.canonical for one in elsewhere if not one.group}}
    return finish_table(draft, names, document.title)


def _without_grid(document: OpenDocument, grid: int, key: int) -> OpenDocument:
    """Take everything out that came from one table of the file, wherever it stands now."""
    for table in document.tables:
        document = with_rows(document, table, [row for row in table.rows if not _came_from(row, grid)])
    left = [one for one in document.leftovers if not _left_by(one, grid, key)]
    return replace(document, leftovers=tuple(left))


def _came_from(row: OpenRow, grid: int) -> bool:
    return bool(row.sources) and all(source[0] == grid for source in row.sources)


def _left_by(one: Leftover, grid: int, key: int) -> bool:
    return one.table == key if one.row is None else _came_from(one.row, grid)


def _title(text: str) -> str:
    plain = re.sub(r"\s+", " ", text).strip()
    if not plain:
        raise Invalid(N_("A table needs a title."))
    if len(plain) > MAX_FIELD:
        raise Invalid(N_("This is longer than {longest} characters: {text}…"), longest=MAX_FIELD, text=plain[:40])
    return plain

"""The common ground of all input forms: tables as rows of cells, before anything is understood.

`layout.py` makes a `Sheet` of what a form holds (`text_layout.py` and `line_layout.py` give one directly); `rows.py`
turns its grids into rules.
"""

from dataclasses import dataclass

from workflows.breakdown.header import Column


@dataclass(frozen=True)
class GridCell:
    """One cell. `merged`: it continues the cell above it (known from the form, or empty in plain text).

    `left`: it belongs to the cell before it.
    """

    text: str
    merged: bool
    left: bool = False

    @property
    def lines(self) -> list[str]:
        """Give the paragraphs of the cell, without empty ones and outer blanks."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]


@dataclass(frozen=True)
class GridRow:
    """One row, as wide as the header; `group`: the group row it stands under; `line` is its first line in the file, `short` marks padded rows."""

    cells: tuple[GridCell, ...]
    line: int
    short: bool = False
    group: str = ""


@dataclass(frozen=True)
class Stray:
    """Text that belongs to no row: kept for a person to look at. `line`: its line, row or paragraph, from 1."""

    text: str
    line: int


@dataclass(frozen=True)
class Grid:
    """One table: the title lines above it, its column heads, its rows, and what could not be placed.

    `header`: one head per column; of a head in two rows both parts, parted by "·". `head_rows`: the head as it
    stands in the file, empty where the form gives it as one row. `columns`: what a person said the columns mean,
    empty where nobody did. `notes`: unit, date and remark lines, which ask for nothing. `merging_known`: an empty
    cell that is not `merged` is empty, and belongs to nothing above it. `totals`: rows of totals and group rows.
    """

    titles: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[GridRow, ...]
    strays: tuple[Stray, ...]
    notes: tuple[Stray, ...] = ()
    head_rows: tuple[GridRow, ...] = ()
    columns: tuple[Column, ...] = ()
    merging_known: bool = False
    totals: tuple[GridRow, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """A table that is no task table and was not read. `reason`: a code of docs/reading-codes.md."""

    reason: str
    texts: tuple[Stray, ...]


@dataclass(frozen=True)
class Sheet:
    """All tables of a document, with the text outside of them and the tables that were not read."""

    grids: tuple[Grid, ...]
    strays: tuple[Stray, ...]
    skipped: tuple[Skipped, ...] = ()


def grid_row(texts: list[str], width: int, line: int) -> GridRow:
    """Make a row of plain text cells; empty cells may continue the cell above."""
    padded = [*texts, *[""] * (width - len(texts))]
    cells = tuple(GridCell(text.strip(), merged=not text.strip()) for text in padded)
    return GridRow(cells, line, short=len(texts) < width)

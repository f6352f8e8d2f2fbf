"""The common ground of all input forms: tables as rows of cells, before anything is understood.

A reader of a form (`text_layout.py`, `line_layout.py`) gives `Sheet`; `rows.py` turns its grids into rules.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class GridCell:
    """One cell. `merged`: it continues the cell above it (known from the form, or empty in plain text)."""

    text: str
    merged: bool

    @property
    def lines(self) -> list[str]:
        """Give the paragraphs of the cell, without empty ones and outer blanks."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]


@dataclass(frozen=True)
class GridRow:
    """One row, as wide as the header; `line` is its first line in the file, `short` marks padded rows."""

    cells: tuple[GridCell, ...]
    line: int
    short: bool = False


@dataclass(frozen=True)
class Stray:
    """Text that belongs to no row: kept for a person to look at."""

    text: str
    line: int


@dataclass(frozen=True)
class Grid:
    """One table: the title lines above it, its column heads, its rows, and what could not be placed."""

    titles: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[GridRow, ...]
    strays: tuple[Stray, ...]


@dataclass(frozen=True)
class Sheet:
    """All tables of a document, with the text outside of them."""

    grids: tuple[Grid, ...]
    strays: tuple[Stray, ...]


def grid_row(texts: list[str], width: int, line: int) -> GridRow:
    """Make a row of plain text cells; empty cells may continue the cell above."""
    padded = [*texts, *[""] * (width - len(texts))]
    cells = tuple(GridCell(text.strip(), merged=not text.strip()) for text in padded)
    return GridRow(cells, line, short=len(texts) < width)

"""The tables of a Word document as raw tables: where cells begin, how far they reach, what they continue.

Tables drawn by hand have edges a hair apart from row to row; those count as one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from workflows.breakdown.raw_tables import RawCell, RawRow

#: Edges nearer than 3 mm (in twentieths of a point) are one edge drawn twice.
_HAIR = 170


@dataclass(frozen=True)
class WordCell:
    """One cell: its text, the first grid column it covers and the one after its last; `continues` the cell above."""

    text: str
    start: int
    stop: int
    continues: bool


@dataclass(frozen=True)
class WordRow:
    """One row with the place where it stands in the document."""

    cells: tuple[WordCell, ...]
    place: int


def raw_rows(rows: Sequence[WordRow], widths: Sequence[int]) -> tuple[RawRow, ...]:
    """Give the rows on common columns; `widths` of the grid columns in twentieths of a point, as far as known."""
    fitted = _one_by_one(rows) or _on_edges(rows, widths)
    width = max((cell.stop for row in fitted for cell in row.cells), default=0)
    result: list[RawRow] = []
    for row in fitted:
        cells = [RawCell("")] * width
        for cell in row.cells:
            above = cell.continues and bool(result) and cell.start in _begun(result[-1])
            cells[cell.start] = RawCell("" if above else cell.text, above=above)
            for place in range(cell.start + 1, cell.stop):
                cells[place] = RawCell("", left=True)
        result.append(RawRow(tuple(cells), row.place))
    return tuple(result)


def _begun(row: RawRow) -> set[int]:
    return {place for place, cell in enumerate(row.cells) if not cell.left}


def _one_by_one(rows: Sequence[WordRow]) -> list[WordRow] | None:
    """Count the cells off where every row has as many, wherever their edges are drawn."""
    if len({len(row.cells) for row in rows}) != 1 or len({row.cells[0].start for row in rows if row.cells}) != 1:
        return None
    return [
        replace(row, cells=tuple(replace(cell, start=at, stop=at + 1) for at, cell in enumerate(row.cells)))
        for row in rows
    ]


def _on_edges(rows: Sequence[WordRow], widths: Sequence[int]) -> list[WordRow]:
    """Make a column of every place where a cell begins."""
    cells = [cell for row in rows for cell in row.cells]
    near = _near_edges(cells, widths)
    starts = sorted({near.get(cell.start, cell.start) for cell in cells})

    def column(edge: int) -> int:
        return bisect_right(starts, near.get(edge, edge) - 1)

    return [
        replace(
            row,
            cells=tuple(replace(one, start=column(one.start), stop=column(one.stop)) for one in row.cells),
        )
        for row in rows
    ]


def _near_edges(cells: Iterable[WordCell], widths: Sequence[int]) -> dict[int, int]:
    """Map each edge to the first one within a hair of it; to itself where that would make a cell vanish."""
    spans = {(cell.start, cell.stop) for cell in cells}
    used = sorted({edge for span in spans for edge in span})
    at = [0, *accumulate(widths)]
    if not used or used[-1] >= len(at) or min(widths, default=0) <= 0:
        return {}
    near: dict[int, int] = {}
    first = used[0]
    for edge in used:
        if at[edge] - at[first] > _HAIR:
            first = edge
        near[edge] = first
    if any(near[start] == near[stop] for start, stop in spans):
        return {}
    return near

"""Tables whose columns are parted by runs of blanks only: taken where every row agrees, else not at all.

Two blanks, or one full-width blank, part cells. Rows agree when they have as many cells as the head, or begin their
cells at the places of the heads.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.breakdown.line_cells_fit import names_units
from workflows.breakdown.plain_tables import (
    Line,
    continues_word,
    filled,
    is_head_row,
    numbered_lines,
    raw_row,
    shown_places,
)
from workflows.breakdown.raw_tables import RawDocument, RawRow, RawTable

#: What may part the cells of a table; the heads say which it is.
_GAPS = tuple(re.compile(gap) for gap in (r"[ \t]*　[ 　\t]*", r" {2,}|\t+", r"[ \t]*　[ 　\t]*| {2,}|\t+"))
_LEAST_COLUMNS = 3
_MOSTLY = 0.8
#: How far a cell may begin from its head: one Chinese sign.
_OFF = 2


@dataclass(frozen=True)
class _Spaced:
    """A line cut at its gaps: its cells, and the place on the screen where each begins."""

    cells: tuple[str, ...]
    starts: tuple[int, ...]
    place: int


def looks_like_spaced(text: str) -> bool:
    """Say whether blanks part the heads of a table and agree in the rows below."""
    return bool(read_spaced(text).tables)


def read_spaced(text: str) -> RawDocument:
    """Give the tables whose columns blanks part for sure; no table where the rows do not agree."""
    lines = numbered_lines(text)
    found = [(place, gap) for place, line in enumerate(lines) if (gap := _gap(line)) is not None]
    heads = [place for place, _ in found]
    tables: list[RawTable] = []
    before: list[Line] = list(lines[: heads[0]]) if heads else list(lines)
    for (start, gap), stop in zip(found, [*heads[1:], len(lines)], strict=False):
        read = _table([_cut(line, gap) for line in lines[start:stop]])
        if read is None:
            before.extend(lines[start:stop])
            continue
        rows, lost, taken = read
        tables.append(RawTable(rows, filled(before), lost=lost))
        before = list(lines[start + taken : stop])
    return RawDocument(tuple(tables), filled(before))


def _gap(line: Line) -> re.Pattern[str] | None:
    """Give what parts the heads of a line; None when it is no line of heads."""
    for gap in _GAPS:
        cells = _cut(line, gap).cells
        if len(cells) >= _LEAST_COLUMNS and is_head_row(cells):
            return gap
    return None


def _cut(line: Line, parting: re.Pattern[str]) -> _Spaced:
    text, number = line
    cells: list[str] = []
    starts: list[int] = []
    begin = 0
    for gap in [*parting.finditer(text), None]:
        stop = gap.start() if gap else len(text)
        if text[begin:stop].strip():
            cells.append(text[begin:stop].strip())
            starts.append(begin)
        begin = gap.end() if gap else begin
    return _Spaced(tuple(cells), tuple(shown_places(text, starts)), number)


def _table(lines: Sequence[_Spaced]) -> tuple[tuple[RawRow, ...], tuple[Line, ...], int] | None:
    """Read the lines from a head on: rows, lost text, and the number of lines used; None where they do not agree."""
    head, *body = lines
    width = len(head.cells)
    last = max((place for place, line in enumerate(body) if len(line.cells) > 1), default=-1)
    body = [line for line in body[: last + 1] if line.cells]
    if not body:
        return None
    if sum(len(line.cells) == width for line in body) >= _MOSTLY * len(body):
        rows = [raw_row(line.cells, width, line.place) for line in body if len(line.cells) == width]
        lost = [("  ".join(line.cells), line.place) for line in body if len(line.cells) != width]
        return (raw_row(head.cells, width, head.place), *rows), tuple(lost), last + 2
    placed = [_columns(line, head) for line in body]
    if any(columns is None for columns in placed):
        return None
    joined = _joined(
        [(line, columns) for line, columns in zip(body, placed, strict=True) if columns is not None], width
    )
    return (raw_row(head.cells, width, head.place), *joined), (), last + 2


def _columns(line: _Spaced, head: _Spaced) -> tuple[int, ...] | None:
    """Give the column of each cell by where it begins; None where one begins at no head."""
    found: list[int] = []
    for start in line.starts:
        near = [column for column, place in enumerate(head.starts) if abs(place - start) <= _OFF]
        if len(near) != 1 or near[0] in found:
            return None
        found.append(near[0])
    return tuple(found)


def _glue(text: str, following: str) -> str:
    """Part names of departments under each other; a line broken in the middle of a sentence goes on."""
    if not text or (continues_word(text, following) and not (names_units(text) and names_units(following))):
        return ""
    return "\n"


def _joined(lines: Sequence[tuple[_Spaced, tuple[int, ...]]], width: int) -> list[RawRow]:
    """Make rows: a line whose first column is empty goes on with the cells of the row above."""
    rows: list[tuple[list[str], int]] = []
    for line, columns in lines:
        if not rows or columns[0] == 0:
            rows.append(([""] * width, line.place))
        cells = rows[-1][0]
        for text, column in zip(line.cells, columns, strict=True):
            cells[column] += _glue(cells[column], text) + text
    return [raw_row(cells, width, place) for cells, place in rows]

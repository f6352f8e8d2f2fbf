"""Text pasted from Word with every cell on a line of its own and nothing that marks a row.

Where a row ends is not said, so it has to be sure: by the running numbers of the first column, or because the cells
under the heads of departments are names of departments in row after row. What is not sure stays text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column, column_of, columns_of, is_header, is_title, squeeze
from workflows.breakdown.line_cells_fit import fitted, names_units
from workflows.breakdown.plain_tables import Line, filled, numbered_lines
from workflows.breakdown.raw_tables import RawCell, RawDocument, RawRow, RawTable
from workflows.breakdown.single_lines import Kind, is_group_line, kind_of

_MOST_HEADS = 12
_LEAST_HEADS = 3
_SURE = 0.8


@dataclass
class _Body:
    """What the lines below a head gave: rows, and text whose row is not sure."""

    columns: tuple[Column, ...]
    rows: list[RawRow] = field(default_factory=list)
    lost: list[Line] = field(default_factory=list)


def looks_like_line_cells(text: str) -> bool:
    """Say whether heads stand one below the other, each on a line."""
    return "\t" not in text and bool(_heads(filled(numbered_lines(text))))


def read_line_cells(text: str) -> RawDocument:
    """Give the tables with the rows that are sure; no table where none is."""
    lines = filled(numbered_lines(text))
    found = _heads(lines)
    tables: list[RawTable] = []
    before = list(lines[: found[0][0]]) if found else list(lines)
    for position, (start, stop) in enumerate(found):
        end = found[position + 1][0] if position + 1 < len(found) else len(lines)
        body = list(lines[stop:end])
        after = _titles_behind(body)
        heads = tuple(squeeze(text) for text, _ in lines[start:stop])
        read = _read_body(body[: len(body) - len(after)], heads)
        head = RawRow(tuple(RawCell(name) for name in heads), lines[start][1])
        if any(not row.cells[-1].left for row in read.rows):
            tables.append(RawTable((head, *read.rows), tuple(before), lost=tuple(read.lost)))
            before = []
        else:
            before.extend(lines[start : end - len(after)])
        before.extend(after)
    return RawDocument(tuple(tables), tuple(before))


def _heads(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Find the lines that head tables: runs of known heads, one of them a rule and one an owner."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(lines):
        stop = start
        while stop < min(len(lines), start + _MOST_HEADS) and column_of(lines[stop][0]) is not Column.UNKNOWN:
            stop += 1
        heads = tuple(squeeze(text) for text, _ in lines[start:stop])
        if stop - start >= _LEAST_HEADS and is_header(heads):
            found.append((start, stop))
        start = max(stop, start + 1)
    return found


def _titles_behind(body: Sequence[Line]) -> list[Line]:
    """Give the lines at the end of a body that are titles of the next table."""
    place = len(body)
    while place and is_title(body[place - 1][0]):
        place -= 1
    return list(body[place:])


def _read_body(lines: Sequence[Line], heads: tuple[str, ...]) -> _Body:
    body = _Body(columns_of(heads))
    if body.columns[0] is Column.NUMBER:
        _numbered_rows(lines, body)
    else:
        _even_rows(lines, body)
    return body


def _numbered_rows(lines: Sequence[Line], body: _Body) -> None:
    """Part the lines where the next number stands; a row whose cells are not sure is kept as text."""
    waiting: list[Line] = []
    expected = 1
    for text, place in lines:
        if text.strip("、.．") == str(expected):
            _close(waiting, body)
            waiting = []
            expected += 1
        waiting.append((text, place))
    _close(waiting, body)


def _close(lines: Sequence[Line], body: _Body) -> None:
    """Take the lines from one number to the next: a row, and the heading of a group behind it."""
    rest = list(lines)
    headings: list[Line] = []
    while rest and is_group_line(rest[-1][0]) and kind_of(rest[-1][0]) is Kind.GROUP:
        headings.insert(0, rest.pop())
    if rest and rest[0][0].strip("、.．").isdecimal():
        cells = _cells(rest, body.columns)
        if cells is None:
            body.lost.append(("\n".join(text for text, _ in rest), rest[0][1]))
        else:
            body.rows.append(RawRow(tuple(RawCell(text) for text in cells), rest[0][1]))
    else:
        body.lost.extend(rest)
    width = len(body.columns)
    body.rows.extend(
        RawRow((RawCell(text), *[RawCell("", left=True)] * (width - 1)), place) for text, place in headings
    )


def _cells(lines: Sequence[Line], columns: tuple[Column, ...]) -> list[str] | None:
    texts = [text for text, _ in lines]
    cells = fitted(texts[1:], columns[1:])
    return None if cells is None else [texts[0], *cells]


def _even_rows(lines: Sequence[Line], body: _Body) -> None:
    """Part the lines evenly, where that puts names of departments under their heads and nowhere else."""
    width = len(body.columns)
    owners = [place for place, column in enumerate(body.columns) if column in DEPARTMENT_COLUMNS]
    rows = [lines[start : start + width] for start in range(0, len(lines) - len(lines) % width, width)]
    named = sum(names_units(row[place][0]) for row in rows for place in owners)
    if not owners or len(lines) % width or named < _SURE * len(rows) * len(owners):
        body.lost.extend(lines)
        return
    body.rows.extend(RawRow(tuple(RawCell(text) for text, _ in row), row[0][1]) for row in rows)

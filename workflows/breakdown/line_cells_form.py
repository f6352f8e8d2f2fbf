"""Text pasted from Word with every cell on a line of its own and nothing that marks a row.

Where a row ends is not said, so it has to be sure: by the running numbers of the first column, or because the cells
under the heads of departments are names of departments in row after row. What is not sure stays text.
"""

from collections.abc import Sequence

from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column, column_of, columns_of, is_header, squeeze
from workflows.breakdown.plain_tables import Line, filled, numbered_lines
from workflows.breakdown.raw_tables import RawCell, RawDocument, RawRow, RawTable
from workflows.breakdown.unit_names import is_unit

_MOST_HEADS = 12
_LEAST_HEADS = 3
_SURE = 0.8
_PARTS = "、，,；;/ "


def looks_like_line_cells(text: str) -> bool:
    """Say whether heads stand one below the other, each on a line."""
    return "\t" not in text and _heads(filled(numbered_lines(text))) is not None


def read_line_cells(text: str) -> RawDocument:
    """Give the table whose rows are sure; no table where none is."""
    lines = filled(numbered_lines(text))
    found = _heads(lines)
    if found is None:
        return RawDocument((), lines)
    start, stop = found
    heads = tuple(squeeze(text) for text, _ in lines[start:stop])
    body = lines[stop:]
    rows, lost = _numbered_rows(body, heads) if columns_of(heads)[0] is Column.NUMBER else _even_rows(body, heads)
    if not rows:
        return RawDocument((), lines)
    head = RawRow(tuple(RawCell(name) for name in heads), lines[start][1])
    return RawDocument((RawTable((head, *rows), tuple(lines[:start]), lost=tuple(lost)),))


def _heads(lines: Sequence[Line]) -> tuple[int, int] | None:
    """Find the lines that head a table: the longest run of known heads that makes one."""
    for start, (text, _) in enumerate(lines):
        if column_of(text) is Column.UNKNOWN:
            continue
        stop = start
        while stop < min(len(lines), start + _MOST_HEADS) and column_of(lines[stop][0]) is not Column.UNKNOWN:
            stop += 1
        heads = tuple(squeeze(text) for text, _ in lines[start:stop])
        if stop - start >= _LEAST_HEADS and is_header(heads):
            return start, stop
    return None


def _numbered_rows(body: Sequence[Line], heads: tuple[str, ...]) -> tuple[list[RawRow], list[Line]]:
    """Part the lines where the next number stands; a row that is not as wide as the head is kept as text."""
    rows: list[RawRow] = []
    lost: list[Line] = []
    waiting: list[Line] = []
    expected = 1
    for text, place in [*body, ("", 0)]:
        if not text or text.strip("、.．") == str(expected):
            _close(waiting, len(heads), rows, lost)
            waiting = []
            expected += 1
        if text:
            waiting.append((text, place))
    return rows, lost


def _close(lines: Sequence[Line], width: int, rows: list[RawRow], lost: list[Line]) -> None:
    if len(lines) == width:
        rows.append(RawRow(tuple(RawCell(text) for text, _ in lines), lines[0][1]))
    else:
        lost.extend(lines)


def _even_rows(body: Sequence[Line], heads: tuple[str, ...]) -> tuple[list[RawRow], list[Line]]:
    """Part the lines evenly, where that puts names of departments under their heads and nowhere else."""
    width = len(heads)
    owners = [place for place, column in enumerate(columns_of(heads)) if column in DEPARTMENT_COLUMNS]
    if not owners or not body or len(body) % width:
        return [], list(body)
    rows = [body[start : start + width] for start in range(0, len(body), width)]
    named = sum(_names_units(row[place][0]) for row in rows for place in owners)
    if named < _SURE * len(rows) * len(owners):
        return [], list(body)
    return [RawRow(tuple(RawCell(text) for text, _ in row), row[0][1]) for row in rows], []


def _names_units(text: str) -> bool:
    parts = [text]
    for sign in _PARTS:
        parts = [piece for part in parts for piece in part.split(sign)]
    names = [part for part in parts if part]
    return bool(names) and all(is_unit(name) for name in names)

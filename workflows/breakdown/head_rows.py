"""The heads of a table, over one, two or three rows (责任单位 over 牵头 and 配合)."""

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.breakdown.grid import GridCell, GridRow
from workflows.breakdown.header import MAX_HEAD, PART, Column, column_of, heads_tasks, squeeze, understood
from workflows.breakdown.raw_tables import RawRow

MOST_ROWS = 3
_LEAST = 2


@dataclass(frozen=True)
class Head:
    """A head found at a row: `lines` as one tuple of texts for each of its rows, `names` the parts joined, `rows` its height."""

    lines: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int
    place: int
    shown: tuple[GridRow, ...]


def head_at(rows: Sequence[RawRow], place: int) -> Head | None:
    """Give the head that begins at a row, the tallest that makes sense; None where there is none."""
    first = rows[place]
    if _is_data(first):
        return None
    found: Head | None = None
    for height in range(1, min(MOST_ROWS, len(rows) - place) + 1):
        below = rows[place : place + height]
        if height > 1 and not _belongs(rows[place + height - 2], rows[place + height - 1]):
            break
        lines = tuple(_texts(row) for row in below)
        names = tuple(joined(parts) for parts in zip(*lines, strict=True)) if _even(lines) else ()
        columns = understood(names)
        if heads_tasks(columns):
            shown = tuple(GridRow(tuple(GridCell(cell.text.strip(), cell.above, cell.left) for cell in row.cells), row.place) for row in below)
            found = Head(lines, names, columns, height, first.place, shown)
    return found


def joined(parts: Sequence[str]) -> str:
    """Join the parts of one head, each once: 责任单位·牵头."""
    return PART.join(dict.fromkeys(part for part in parts if part))


def _even(lines: Sequence[Sequence[str]]) -> bool:
    return len({len(line) for line in lines}) == 1


def _texts(row: RawRow) -> tuple[str, ...]:
    """Give the heads of a row; a head merged over several columns holds for each of them."""
    texts: list[str] = []
    for cell in row.cells:
        texts.append(texts[-1] if cell.left and texts else squeeze(cell.text))
    return tuple(texts)


def _is_data(row: RawRow) -> bool:
    """Say whether a row cannot head columns: a long text, a number, or one text only."""
    words = [squeeze(cell.text) for cell in row.cells if cell.text.strip()]
    if len(set(words)) < _LEAST:
        return True
    long = sum(len(word) > MAX_HEAD for word in words)
    return long > 0 or any(word.replace(".", "").isdigit() for word in words)


def _belongs(upper: RawRow, lower: RawRow) -> bool:
    """Say whether a row is the lower part of a head: its cells stand under merged heads, or go on with them."""
    if len(upper.cells) != len(lower.cells):
        return False
    under_wide = any(cell.left for cell in upper.cells)
    goes_on = any(cell.above for cell in lower.cells)
    empty = all(not cell.text.strip() for cell, over in zip(lower.cells, upper.cells, strict=True) if not over.left and _alone(upper, over))
    words = [squeeze(cell.text) for cell in lower.cells if cell.text.strip()]
    short = bool(words) and all(len(word) <= MAX_HEAD and not word.isdigit() for word in words)
    known = any(column_of(word) is not Column.UNKNOWN for word in words)
    return short and (goes_on or (under_wide and (known or empty)))


def _alone(row: RawRow, cell: object) -> bool:
    """Say whether a head stands over one column only."""
    place = next(number for number, one in enumerate(row.cells) if one is cell)
    return place + 1 >= len(row.cells) or not row.cells[place + 1].left

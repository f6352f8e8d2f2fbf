"""How a laid table is set on a page: which cells are one block, and how wide its columns are on landscape A4."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.breakdown.exporting_cells import LaidRow, LaidTable
from workflows.breakdown.header import Column

#: Millimetres between the margins of landscape A4.
PAGE = 257
MARGIN = 20
#: Fonts by name, as offices set their tables; the size of the text of a table is 五号.
BODY_FONT, HEAD_FONT, TITLE_FONT = "仿宋", "宋体", "宋体"
BODY_SIZE, TITLE_SIZE = 10.5, 16
_FIXED = {
    Column.NUMBER: 12,
    Column.INDICATOR: 28,
    Column.POINTS: 14,
    Column.LEAD: 28,
    Column.DEPARTMENT: 32,
    Column.ASSIST: 28,
    Column.PERSON: 22,
    Column.DEADLINE: 24,
}
_LEAST = 25
_SHARE = 0.6


@dataclass(frozen=True)
class Block:
    """A cell of one or more rows and columns, from 0."""

    top: int
    left: int
    rows: int
    columns: int
    text: str


def blocks(rows: Sequence[LaidRow]) -> Iterator[Block]:
    """Give the cells of a table, each once, from the top and from the left, without empty lines in them."""
    taken: set[tuple[int, int]] = set()
    for top, row in enumerate(rows):
        for left, cell in enumerate(row):
            if (top, left) in taken:
                continue
            width = _run(one.key == cell.key for one in row[left:])
            height = _run(
                all(below[place].key == cell.key for place in range(left, left + width)) for below in rows[top:]
            )
            taken.update((top + down, left + across) for down in range(height) for across in range(width))
            lines = (line for line in cell.text.split("\n") if line.strip())
            yield Block(top, left, height, width, "\n".join(lines))


def _run(alike: Iterator[bool]) -> int:
    count = 0
    for one in alike:
        if not one:
            break
        count += 1
    return count


def widths(table: LaidTable) -> tuple[int, ...]:
    """Give the width of each column in millimetres; together they fill the page."""
    fixed = [_FIXED.get(meaning) for meaning in table.meanings]
    room = PAGE - sum(width for width in fixed if width)
    texts = [0 if fixed[place] else _weight(table, place) for place in range(len(fixed))]
    open_places = sum(width is None for width in fixed)
    if not open_places or room < open_places * _LEAST:
        return _scaled([width or _LEAST * 2 for width in fixed])
    spare = room - open_places * _LEAST
    total = sum(texts) or 1
    return _scaled([width or _LEAST + spare * text / total for width, text in zip(fixed, texts, strict=True)])


def _weight(table: LaidTable, place: int) -> float:
    """Weigh the texts of a column: long ones get more room, though not as much more as they are longer."""
    return float((1 + sum(len(row[place].text) for row in table.rows if len(set(row)) > 1)) ** _SHARE)


def _scaled(sizes: Sequence[float]) -> tuple[int, ...]:
    factor = PAGE / sum(sizes)
    return tuple(max(int(size * factor), 1) for size in sizes)

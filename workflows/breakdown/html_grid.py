"""The places of the cells of a web table: rowspan and colspan laid out as browsers do, absurd ones too.

Runs in the confined child (`html_page.py`).
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from workflows.breakdown.raw_tables import RawCell, RawRow

MAX_CELLS = 200_000
#: Browsers take wider spans for a mistake and make one column of them.
_WIDEST_SPAN = 1000
_DIGITS = re.compile(r"\s*\+?(\d{1,9})")

Element: TypeAlias = Any  # lxml.html gives no types
#: The cells of a row, and the line it begins on.
CellRow = tuple[Sequence[Element], int]


class TooManyCells(Exception):  # noqa: N818 - named after the finding
    """The spans of a table claim more places than any real table has."""


class Plane:
    """The cells of one table by row and column. `text_of`: gives the text of a cell."""

    def __init__(self, text_of: Callable[[Element], str]) -> None:
        self._text_of = text_of
        self._rows: list[tuple[dict[int, RawCell], int]] = []
        self._taken = 0

    def add_group(self, rows: Sequence[CellRow]) -> None:
        """Lay out the rows of a thead, tbody or tfoot: no cell reaches out of its group. Raises TooManyCells."""
        first = len(self._rows)
        self._rows.extend(({}, place) for _, place in rows)
        for offset, (cells, _) in enumerate(rows):
            column = 0
            for cell in cells:
                while column in self._rows[first + offset][0]:
                    column += 1
                height = _span(cell, "rowspan", whole=len(rows) - offset)
                width = _span(cell, "colspan", whole=1)
                self._lay(cell, (first + offset, column), (min(height, len(rows) - offset), width))
                column += width

    def rows(self) -> tuple[RawRow, ...]:
        """Give the rows, all as wide as the widest. Raises TooManyCells."""
        width = max((max(cells) + 1 for cells, _ in self._rows if cells), default=0)
        if width * len(self._rows) > MAX_CELLS:
            raise TooManyCells
        return tuple(
            RawRow(tuple(cells.get(column, RawCell("")) for column in range(width)), place)
            for cells, place in self._rows
            if cells
        )

    def _lay(self, cell: Element, corner: tuple[int, int], size: tuple[int, int]) -> None:
        """Put a cell on its places; where two overlap, the earlier keeps the place, as its text stands there."""
        height, width = size
        self._taken += height * width
        if self._taken > MAX_CELLS:
            raise TooManyCells
        for down in range(height):
            row = self._rows[corner[0] + down][0]
            for along in range(width):
                text = "" if down or along else self._text_of(cell)
                row.setdefault(corner[1] + along, RawCell(text, above=down > 0 and along == 0, left=along > 0))


def _span(cell: Element, name: str, whole: int) -> int:
    """Give a span as written; `whole` for 0, and 1 for what is none or too wide."""
    match = _DIGITS.match(cell.get(name) or "")
    span = int(match.group(1)) if match else 1
    if name == "colspan" and span > _WIDEST_SPAN:
        return 1
    return span or whole

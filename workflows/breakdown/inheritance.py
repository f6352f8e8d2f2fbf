"""What a row says by the meaning of its columns, and what it takes over from the rows above where cells are merged.

A cell the form says is merged goes on with the one above it, whatever stands beside it. Where a form loses that (plain
text, CSV, Markdown), an empty cell goes on only in a row that belongs to the group above: its leading cells are empty
too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from workflows.breakdown.grid import Grid, GridCell, GridRow
from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column, squeeze
from workflows.breakdown.shapes import NamedDepartment, OtherText
from workflows.breakdown.unit_names import NamedUnits, read_units

_SHARED_START = 2
_BETWEEN_LEVELS = " / "
#: Columns that are shown under their heads: nothing else is made of them.
_SHOWN = frozenset({Column.UNKNOWN, Column.PERSON})


@dataclass
class Above:
    """What the rows above leave to a row whose cells are merged with theirs."""

    number: str = ""
    levels: tuple[str, ...] = ()
    heading: str = ""
    advice: str = ""
    deadline: str | None = None
    units: dict[Column, NamedUnits] = field(default_factory=dict)
    others: dict[int, str] = field(default_factory=dict)

    @property
    def indicator(self) -> str:
        """Give the levels of the indicator, the highest first, each once."""
        return _BETWEEN_LEVELS.join(dict.fromkeys(level for level in self.levels if level))


@dataclass(frozen=True)
class Cells:
    """The cells of one row by meaning. `known`: the form says which are merged; `follows`: the row goes on with its group.

    Of two columns with one meaning the later one counts unless it is empty; materials (材料类型, 数量) and departments are
    read together, indicators are levels. The rest is in `others`, by the place of its column.
    """

    by_column: dict[Column, GridCell]
    levels: tuple[GridCell, ...]
    others: dict[int, GridCell]
    known: bool
    follows: bool

    def get(self, column: Column) -> GridCell | None:
        """Give the cell of a column; None where the table has no such column."""
        return self.by_column.get(column)

    def goes_on(self, cell: GridCell) -> bool:
        """Say whether a cell belongs to the one above it."""
        return cell.merged and not cell.text and (self.known or self.follows)


def cells_of(grid: Grid, columns: Sequence[Column], row: GridRow) -> Cells:
    """Give the cells of a row of a grid by what they mean."""
    by_column: dict[Column, GridCell] = {}
    places: dict[Column, int] = {}
    others: dict[int, GridCell] = {}
    levels: list[GridCell] = []
    for place, (column, cell) in enumerate(zip(columns, row.cells, strict=True)):
        before = by_column.get(column)
        if column in _SHOWN:
            others[place] = cell
        elif column is Column.INDICATOR:
            levels.append(cell)
        elif before is None or not before.text:
            by_column[column], places[column] = cell, place
        elif cell.text and not cell.left:
            by_column[column] = _both(column, before, cell)
            if by_column[column] is cell:
                others[places[column]], places[column] = before, place
    return Cells(by_column, tuple(levels), others, grid.merging_known, _follows(levels, by_column))


def _both(column: Column, first: GridCell, second: GridCell) -> GridCell:
    glue = {Column.ADVICE: " ", **dict.fromkeys(DEPARTMENT_COLUMNS, "\n")}.get(column)
    return second if glue is None else replace(second, text=f"{first.text}{glue}{second.text}")


def _follows(levels: Sequence[GridCell], by_column: dict[Column, GridCell]) -> bool:
    """Say whether a row belongs to the group of the row above: its leading cells are merged with it."""
    number = by_column.get(Column.NUMBER)
    if levels:
        return all(cell.merged or cell.left for cell in levels)
    return number is None or number.merged


def descend(cells: Cells, above: Above) -> None:
    """Take over what the row itself says of its number and indicator; a new indicator ends what was inherited."""
    if not cells.follows:
        above.number = above.heading = ""
    number = cells.get(Column.NUMBER)
    if number is not None and number.text:
        above.number = collapsed(number)
    above.levels = tuple(_levels(cells.levels, above.levels))


def _levels(cells: Sequence[GridCell], above: Sequence[str]) -> Iterator[str]:
    """Give the levels of an indicator: below a new one nothing is left of what stood below the old."""
    anew = False
    for place, cell in enumerate(cells):
        before = above[place] if place < len(above) else ""
        text = collapsed(cell)
        if text:
            anew = anew or text != before
            yield text
        else:
            yield before if not anew and not cell.left and cell.merged else ""


def advice_of(cells: Cells, above: Above) -> tuple[str, bool]:
    """Give the advice of a row, and whether it is that of the row above."""
    cell = cells.get(Column.ADVICE)
    if cell is None:
        return "", False
    if not cells.goes_on(cell):
        above.advice = "\n".join(cell.lines)
        return above.advice, False
    return above.advice, bool(above.advice)


def deadline_of(cells: Cells, above: Above) -> str | None:
    """Give the words of the deadline column; None without any. Only a cell that is surely merged takes over."""
    cell = cells.get(Column.DEADLINE)
    if cell is None or not (cells.known and cells.goes_on(cell)):
        above.deadline = " ".join(cell.lines) if cell is not None and cell.text else None
    return above.deadline


def units_of(cells: Cells, above: Above) -> NamedUnits:
    """Give the departments of all columns. Where merging is not known, they are taken over all together or not at all."""
    present = [(column, cell) for column in DEPARTMENT_COLUMNS if (cell := cells.get(column)) is not None]
    together = all(cells.goes_on(cell) for _, cell in present)
    departments: dict[str, NamedDepartment] = {}
    persons: list[str] = []
    for column, cell in present:
        if not (together or (cells.known and cells.goes_on(cell))):
            above.units[column] = read_units(cell.text, column.value)
        units = above.units.get(column, NamedUnits((), ()))
        for one in units.departments:
            departments.setdefault(one.name, one)
        persons.extend(units.persons)
    return NamedUnits(tuple(departments.values()), tuple(persons))


def others_of(cells: Cells, above: Above, header: Sequence[str]) -> tuple[OtherText, ...]:
    """Give the texts of the columns nothing is made of, under their heads."""
    found: list[OtherText] = []
    for place, cell in sorted(cells.others.items()):
        if not (cells.known and cells.goes_on(cell)):
            above.others[place] = "\n".join(cell.lines)
        if above.others.get(place):
            found.append(OtherText(header[place], above.others[place]))
    return tuple(found)


def collapsed(cell: GridCell) -> str:
    """Join the lines of a narrow cell (理想/信念/教育); a text doubled by merging stands once."""
    parts = [re.sub(r"(?<=[一-鿿])\s+(?=[一-鿿](?:\s|$))", "", line) for line in cell.lines]
    distinct = list(dict.fromkeys(parts))
    if len(distinct) > 1 and len({part[:_SHARED_START] for part in distinct}) == 1:
        # 人际互助 / 人际关系: two terms side by side, not one word over two lines.
        return "、".join(distinct)
    return "".join(distinct)


def is_bonus(group: str, indicator: str, text: str) -> bool:
    """Say whether the points of a rule come on top of the total: it stands under 加分项, or says so first."""
    return (
        any("加分" in squeeze(one) for one in (group, indicator))
        or re.match(r"[\d\W]*(?:附加分|加分项?)[:：]", text) is not None
    )

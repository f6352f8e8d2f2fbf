"""Which columns an exported table has: those of its file, and more where corrections say what no column of it can."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column, columns_of
from workflows.breakdown.rules import item_number, points_in
from workflows.breakdown.shapes import BreakdownRow, ReadTable

#: Heads for columns that are added, in the order they are.
_HEADS = {
    Column.NUMBER: "序号",
    Column.INDICATOR: "测评指标",
    Column.RULE: "主要任务",
    Column.POINTS: "分值",
    Column.DEPARTMENT: "责任单位",
    Column.ADVICE: "工作要求",
    Column.DEADLINE: "完成时限",
}


@dataclass(frozen=True)
class Columns:
    """The heads of a table and what they mean; the first `kept` are those of its file."""

    heads: tuple[str, ...]
    meanings: tuple[Column, ...]
    kept: int

    def last(self, meaning: Column) -> int | None:
        """Give the place of the column that counts where several mean the same."""
        places = [place for place, one in enumerate(self.meanings) if one is meaning]
        return places[-1] if places else None

    @property
    def leading(self) -> int | None:
        """Give the column that says whether a row belongs to the group of the row above."""
        indicators = [place for place, one in enumerate(self.meanings) if one is Column.INDICATOR]
        return indicators[-1] if indicators else self.last(Column.NUMBER)


def columns_for(table: ReadTable, fresh: Sequence[BreakdownRow]) -> Columns:
    """Give the columns of a table; `fresh` are the rows that are not written as the file has them."""
    heads, meanings = _own(table)
    needed = [column for column in _needed(table, fresh, meanings) if column not in meanings]
    if table.grid is None:
        heads, meanings = _ordered(heads, meanings, needed)
        return Columns(heads, meanings, 0)
    added = [column for column in _HEADS if column in needed]
    return Columns((*heads, *(_HEADS[one] for one in added)), (*meanings, *added), len(heads))


def _own(table: ReadTable) -> tuple[tuple[str, ...], tuple[Column, ...]]:
    if table.grid is not None:
        return table.grid.header, table.grid.columns or columns_of(table.grid.header)
    meanings = columns_of(table.columns)
    return (table.columns, meanings) if Column.RULE in meanings else ((), ())


def _ordered(
    heads: tuple[str, ...], meanings: tuple[Column, ...], needed: Sequence[Column]
) -> tuple[tuple[str, ...], tuple[Column, ...]]:
    """Put added columns where people expect them in a table that has no file."""
    if heads:
        return (*heads, *(_HEADS[one] for one in needed)), (*meanings, *needed)
    wanted = {*needed, Column.RULE}
    chosen = tuple(column for column in _HEADS if column in wanted)
    return tuple(_HEADS[one] for one in chosen), chosen


def _needed(table: ReadTable, fresh: Sequence[BreakdownRow], meanings: Sequence[Column]) -> Iterator[Column]:
    """Say which meanings the rows need a column for; texts that say it themselves need none."""
    rows = table.rows
    if any(row.item_no != item_number(row.text) for row in fresh):
        yield Column.NUMBER
    if any(row.indicator for row in fresh):
        yield Column.INDICATOR
    if any(row.points != points_in(row.text) for row in rows):
        yield Column.POINTS
    departments = any(row.departments for row in rows) or table.grid is None
    if departments and not set(DEPARTMENT_COLUMNS) & set(meanings):
        yield Column.DEPARTMENT
    if any(row.advice for row in rows):
        yield Column.ADVICE
    if any(row.deadline and row.deadline not in row.text for row in rows):
        yield Column.DEADLINE

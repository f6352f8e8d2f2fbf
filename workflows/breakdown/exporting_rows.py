"""The rows of an exported table: as the file has them where nobody changed anything, written anew where somebody did.

How far a row is from its file is its step: AS_READ keeps its cells, WRITTEN gives it a row of its own that shares
cells with the row above where they say the same, ALONE merges nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from workflows.breakdown.drafts import Draft
from workflows.breakdown.exporting_cells import (
    LaidCell,
    LaidRow,
    as_they_stand,
    department_cells,
    full_width,
    points_text,
)
from workflows.breakdown.exporting_columns import Columns
from workflows.breakdown.grid import Grid, GridRow
from workflows.breakdown.header import Column
from workflows.breakdown.rules import points_in
from workflows.breakdown.shapes import BreakdownRow, ReadTable
from workflows.breakdown.unit_names import with_canonical


class Step(IntEnum):
    """How a row is written."""

    AS_READ = 0
    WRITTEN = 1
    ALONE = 2


@dataclass(frozen=True)
class Written:
    """What a table was read as, and how its rows are to be written. `names` maps departments of the document."""

    table: ReadTable
    columns: Columns
    drafts: Mapping[int, Sequence[Draft]]
    names: dict[str, str]
    steps: Sequence[Step]


def laid_rows(written: Written) -> tuple[LaidRow, ...]:
    """Lay out all rows of a table, with its totals, groups and notes where they stood."""
    return tuple(_Rows(written).all())


class _Rows:
    """Lays the rows of one table out, in order."""

    def __init__(self, written: Written) -> None:
        self._written = written
        self._columns = written.columns
        self._width = len(written.columns.heads)
        self._grid = written.table.grid
        self._cells = [] if self._grid is None else _whole_cells(self._grid, written.columns)
        self._before: LaidRow | None = None
        self._waiting = [] if self._grid is None else _between(self._grid, written.drafts, self._cells, self._width)

    def all(self) -> Iterator[LaidRow]:
        numbered = enumerate(self._written.table.rows)
        for source, group in groupby(numbered, key=lambda one: None if one[1].source is None else one[1].source[1]):
            yield from self._until(source)
            yield from self._group(source, list(group))
        yield from (row for _, row in self._waiting)

    def _until(self, source: int | None) -> Iterator[LaidRow]:
        """Give what stands in the file before the row at `source`."""
        if self._grid is None or source is None or source >= len(self._grid.rows):
            return
        line = self._grid.rows[source].line
        while self._waiting and self._waiting[0][0] < line:
            self._before = self._waiting.pop(0)[1]
            yield self._before

    def _group(self, source: int | None, group: list[tuple[int, BreakdownRow]]) -> Iterator[LaidRow]:
        """Lay out the rules of one row of the file, in one row again where that can be."""
        if source is not None and max(self._written.steps[number] for number, _ in group) is Step.AS_READ:
            row = self._as_read(source, [one for _, one in group])
            if row is not None:
                self._before = row
                yield row
                return
        for number, one in group:
            self._before = self._anew(number, one, source)
            yield self._before

    def _as_read(self, source: int, rows: Sequence[BreakdownRow]) -> LaidRow | None:
        """Give the row of the file with what was changed in it; None where that takes more than other words."""
        if source >= len(self._cells):
            return None
        read = self._written.drafts.get(source, ())
        pairs = _paired(rows, read)
        if not pairs or any(one.indicator != draft.indicator for one, draft in pairs):
            return None
        cells = list(self._cells[source])
        while len(cells) < self._width:
            cells.append(LaidCell("", ("added", source, len(cells))))
        text = _with_other_texts(cells[self._place(Column.RULE)].text, pairs, read)
        changes = self._shared_changes(pairs)
        if text is None or changes is None:
            return None
        changes.update(self._own_changes(pairs, single=len(read) == 1))
        changes[self._place(Column.RULE)] = text
        for place, words in changes.items():
            if cells[place].text != words:
                cells[place] = LaidCell(words, ("changed", source, place))
        return tuple(cells)

    def _place(self, column: Column) -> int:
        place = self._columns.last(column)
        return -1 if place is None else place

    def _shared_changes(self, pairs: Sequence[tuple[BreakdownRow, Draft]]) -> dict[int, str] | None:
        """Say which cells the rules of a row share were changed; None where the rules differ among themselves."""
        first, draft = pairs[0]
        wanted = {(_departments(one), one.advice, one.deadline) for one, _ in pairs}
        was = {(_drafted(one, self._written.names), one.advice, one.deadline) for _, one in pairs}
        if wanted == was:
            return {}
        changes: dict[int, str] = {}
        if len({departments for departments, _, _ in wanted}) > 1 or len({advice for _, advice, _ in wanted}) > 1:
            return None
        if _departments(first) != _drafted(draft, self._written.names):
            for column, words in department_cells(first.departments, self._columns.meanings).items():
                changes[self._place(column)] = words
        if first.advice != draft.advice:
            changes[self._place(Column.ADVICE)] = first.advice
        if first.deadline != draft.deadline:
            changes[self._place(Column.DEADLINE)] = first.deadline or ""
        return {place: words for place, words in changes.items() if place >= 0}

    def _own_changes(self, pairs: Sequence[tuple[BreakdownRow, Draft]], *, single: bool) -> dict[int, str]:
        if not single:
            return {}
        ((row, draft),) = pairs
        changes: dict[int, str] = {}
        if row.item_no != draft.item_no:
            changes[self._place(Column.NUMBER)] = row.item_no
        added = self._place(Column.POINTS) >= self._columns.kept and row.points is not None
        if row.points != draft.rule.points or added:
            changes[self._place(Column.POINTS)] = points_text(row.points)
        return {place: words for place, words in changes.items() if place >= 0}

    def _anew(self, number: int, row: BreakdownRow, source: int | None) -> LaidRow:
        """Write a row of its own."""
        group = (
            self._grid.rows[source].group if self._grid and source is not None and source < len(self._grid.rows) else ""
        )
        own = self._words(row, group)
        cells: list[LaidCell] = []
        shares = self._before is not None and self._written.steps[number] is Step.WRITTEN
        for place, meaning in enumerate(self._columns.meanings):
            if place not in own and source is not None and source < len(self._cells) and place < self._columns.kept:
                cells.append(self._cells[source][place])
                continue
            text = own.get(place, "") or self._other(row, place)
            cell = LaidCell(text, ("written", number, place))
            before = self._before[place] if self._before is not None and shares else None
            if before is not None and before.text == text and text and self._may_share(row, meaning, cells):
                cell = before
            cells.append(cell)
        return tuple(cells)

    def _may_share(self, row: BreakdownRow, meaning: Column, cells: Sequence[LaidCell]) -> bool:
        """Say whether a cell may be one with the equal one above: its group must be, and its advice inherited."""
        leading = self._columns.leading
        before = self._before
        if before is None or meaning in {Column.RULE, Column.POINTS, Column.DEADLINE, Column.PERSON, Column.UNKNOWN}:
            return False
        if leading is not None and len(cells) > leading and cells[leading].key != before[leading].key:
            return False
        if leading is not None and len(cells) <= leading and meaning is not self._columns.meanings[leading]:
            return False
        return meaning is not Column.ADVICE or row.advice_inherited

    def _words(self, row: BreakdownRow, group: str) -> dict[int, str]:
        """Give the words of a row by column."""
        indicator = row.indicator
        if group and (indicator == group or indicator.startswith(f"{group} / ")):
            indicator = indicator[len(group) :].removeprefix(" / ")
        in_text = points_in(row.text)
        words = {
            Column.NUMBER: row.item_no,
            Column.INDICATOR: indicator,
            Column.RULE: row.text,
            Column.POINTS: "" if row.points == in_text and self._place(Column.POINTS) < 0 else points_text(row.points),
            Column.ADVICE: row.advice,
            Column.DEADLINE: row.deadline or "",
            **department_cells(row.departments, self._columns.meanings),
        }
        return {place: words[column] for column in words if (place := self._place(column)) >= 0}

    def _other(self, row: BreakdownRow, place: int) -> str:
        head = self._columns.heads[place]
        return next((one.text for one in row.others if one.head == head), "")


def _departments(row: BreakdownRow) -> tuple[tuple[str, str], ...]:
    return tuple((one.name, one.role) for one in row.departments)


def _drafted(draft: Draft, names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((one.name, one.role) for one in with_canonical(draft.units, names))


def _paired(rows: Sequence[BreakdownRow], read: Sequence[Draft]) -> list[tuple[BreakdownRow, Draft]]:
    """Match the rules of a row with what was read there; nothing where rules were added."""
    if len(rows) == len(read):
        return list(zip(rows, read, strict=True))
    by_text = {draft.rule.text: draft for draft in read}
    if len(rows) > len(read) or any(row.text not in by_text for row in rows):
        return []
    return [(row, by_text[row.text]) for row in rows]


def _with_other_texts(text: str, pairs: Sequence[tuple[BreakdownRow, Draft]], read: Sequence[Draft]) -> str | None:
    """Give the text of a cell with its changed rules changed and its removed rules removed; None where that is not sure."""
    kept = {id(draft) for _, draft in pairs}
    changes = [(draft.rule.text, row.text) for row, draft in pairs if row.text != draft.rule.text]
    changes.extend((draft.rule.text, "") for draft in read if id(draft) not in kept)
    if not changes:
        return text
    lines = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    for old, new in changes:
        if lines.count(old) != 1:
            return None
        lines = lines.replace(old, new)
    return "\n".join(line for line in lines.splitlines() if line.strip())


def _whole_cells(grid: Grid, columns: Columns) -> list[LaidRow]:
    """Give every cell of a grid with the whole text it belongs to, and a key it shares with its other parts."""
    rows: list[LaidRow] = []
    leading = columns.leading
    for number, row in enumerate(grid.rows):
        above = rows[-1] if rows and row.group == grid.rows[number - 1].group else None
        follows = leading is None or leading >= len(row.cells) or row.cells[leading].merged
        cells: list[LaidCell] = []
        for place, cell in enumerate(row.cells):
            merges = cell.merged and not cell.text and above is not None
            if cell.left and cells:
                cells.append(cells[-1])
            elif merges and above is not None and (follows or columns.meanings[place] is Column.INDICATOR):
                cells.append(above[place])
            else:
                cells.append(LaidCell(cell.text, ("file", number, place)))
        rows.append(tuple(cells))
    return rows


def _between(
    grid: Grid, drafts: Mapping[int, Sequence[Draft]], cells: Sequence[LaidRow], width: int
) -> list[tuple[int, LaidRow]]:
    """Give the rows of the file that hold no rule, with their places, in order."""
    found: list[tuple[int, LaidRow]] = [(row.line, as_they_stand(row, "total", width)) for row in grid.totals]
    first = min((row.line for row in grid.rows), default=0)
    lines = [*(one for one in grid.notes if one.line >= first), *grid.strays]
    found.extend((one.line, full_width(one.text, ("line", one.line), width)) for one in lines)
    for number, row in enumerate(grid.rows):
        if number not in drafts and any(cell.text for cell in row.cells):
            found.append((row.line, (*cells[number], *_filled(row, number, width))))
    return sorted(found, key=lambda one: one[0])


def _filled(row: GridRow, number: int, width: int) -> LaidRow:
    return tuple(LaidCell("", ("added", number, place)) for place in range(len(row.cells), width))

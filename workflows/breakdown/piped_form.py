"""Tables with bars in plain text: one row per line, or one cell per line; drawn tables go to `drawn_table.py`.

A row may run over several lines where a cell holds a line break: lines are joined while that makes up exactly the
cells of the head, never further.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.breakdown.drawn_table import BARS, holds_borders, is_drawn, read_drawing
from workflows.breakdown.plain_tables import Line, filled, is_head_row, numbered_lines, raw_row
from workflows.breakdown.raw_tables import RawDocument, RawRow, RawTable
from workflows.breakdown.text_layout import read_cells

_BAR = re.compile(rf"[{BARS}]")
_LEAST_DRAWN = 2
_LEAST_CELLS = 4
_MOSTLY = 0.8


@dataclass
class _Open:
    """A table with one row per line, being read. `pending`: the cells of a row that is not complete yet."""

    before: tuple[Line, ...]
    heads: list[str]
    outer: bool
    rows: list[RawRow]
    lost: list[Line] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    place: int = 0

    @property
    def width(self) -> int:
        return len(self.heads)

    def close_row(self) -> None:
        """End the row at hand, complete or not."""
        if any(self.pending):
            self.rows.append(raw_row(self.pending, self.width, self.place))
        self.pending = []


@dataclass
class _Reading:
    """What was read so far. `waiting`: text since the last table; `open`: the table that may still go on."""

    tables: list[RawTable] = field(default_factory=list)
    waiting: list[Line] = field(default_factory=list)
    open: _Open | None = None
    merges: bool = False

    def close(self) -> None:
        """End the table at hand."""
        if self.open is not None:
            self.open.close_row()
            self.tables.append(RawTable(tuple(self.open.rows), self.open.before, lost=tuple(self.open.lost)))
        self.open = None


def looks_like_piped(text: str) -> bool:
    """Say whether bars part the heads of a table, on one line or each on its own."""
    return bool(read_piped(text).tables)


def read_piped(text: str) -> RawDocument:
    """Give the tables of a text whose cells are parted by bars; no tables when bars part no heads.

    A line with more cells than its table, or whose borders stand where its table has none, is kept as lost text.
    """
    if not _BAR.search(text) and "+" not in text:
        return RawDocument((), filled(numbered_lines(text)))
    if _is_one_cell_per_line(text):
        return _one_cell_per_line(text)
    reading = _Reading()
    for run in _runs(numbered_lines(text)):
        if holds_borders(run[0][0]):
            _take_run(reading, run)
        else:
            _take_text(reading, run)
    reading.close()
    return RawDocument(tuple(reading.tables), filled(reading.waiting), merging_known=reading.merges)


def _runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that follow each other and all hold bars, or all hold none."""
    runs: list[list[Line]] = []
    for line in lines:
        if runs and holds_borders(runs[-1][-1][0]) == holds_borders(line[0]):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _take_run(reading: _Reading, run: list[Line]) -> None:
    if sum(is_drawn(line) for line, _ in run) >= _LEAST_DRAWN:
        drawing = read_drawing(run, filled(reading.waiting))
        if drawing is not None:
            reading.close()
            reading.tables.append(drawing[0])
            reading.merges = reading.merges or drawing[1]
            reading.waiting = []
            return
    for line, number in run:
        if not is_drawn(line):
            _take_bars(reading, line, number)


def _take_bars(reading: _Reading, line: str, number: int) -> None:
    """Take a line with bars: a head, a row, a part of one, or text."""
    cells = _split(line)
    table = reading.open
    if is_head_row(cells) and not (table and not reading.waiting and (table.heads == cells or not table.rows[1:])):
        reading.close()
        first = raw_row(cells, len(cells), number)
        reading.open = _Open(filled(reading.waiting), cells, bool(_BAR.match(line.strip())), [first])
        reading.waiting = []
    elif table is None:
        reading.waiting.append((line, number))
    else:
        table.lost.extend(filled(reading.waiting))
        reading.waiting = []
        _take_cells(table, cells, line, number)


def _take_cells(table: _Open, cells: list[str], line: str, number: int) -> None:
    cells = _without_empty_ends(cells, table.width)
    joined = len(table.pending) + len(cells) - 1
    begins = table.outer and bool(_BAR.match(line.strip()))
    if len(cells) > table.width:
        table.close_row()
        table.lost.append((" ".join(cell for cell in cells if cell), number))
    elif table.pending and len(cells) < table.width and joined <= table.width and not begins:
        table.pending[-1] = f"{table.pending[-1]}\n{cells[0]}".strip()
        table.pending.extend(cells[1:])
    else:
        table.close_row()
        table.pending, table.place = cells, number
    if len(table.pending) == table.width:
        table.close_row()


def _take_text(reading: _Reading, run: list[Line]) -> None:
    """Take lines without bars: the rest of an open cell, or text between tables."""
    table = reading.open
    if table is not None and table.pending and all(line.strip() for line, _ in run):
        for line, _ in run:
            table.pending[-1] = f"{table.pending[-1]}\n{line.strip()}".strip()
        return
    if table is not None:
        table.close_row()
    reading.waiting.extend(line for line in run if line[0].strip())


def _split(line: str) -> list[str]:
    """Give the cells between the bars; an outer bar parts nothing."""
    cells = [cell.strip() for cell in _BAR.split(line.strip())]
    if len(cells) > 1 and not cells[0]:
        cells = cells[1:]
    if len(cells) > 1 and not cells[-1]:
        cells = cells[:-1]
    return cells


def _without_empty_ends(cells: list[str], width: int) -> list[str]:
    stop = len(cells)
    while stop > width and not cells[stop - 1]:
        stop -= 1
    return cells[:stop]


def _is_one_cell_per_line(text: str) -> bool:
    barred = [_split(line) for line in text.split("\n") if _BAR.search(line) and not is_drawn(line)]
    alone = [cells[0] for cells in barred if len(cells) == 1]
    return len(alone) >= _LEAST_CELLS and len(alone) >= _MOSTLY * len(barred)


def _one_cell_per_line(text: str) -> RawDocument:
    """Read cells that each have a line of their own by the rules for cells behind tabs."""
    places = {line.strip(): number for line, number in reversed(numbered_lines(text))}
    sheet = read_cells(_behind_tabs(text))
    if not sheet.grids:
        return RawDocument((), filled(numbered_lines(text)))
    tables: list[RawTable] = []
    for number, grid in enumerate(sheet.grids):
        before = [(title, places.get(title, 0)) for title in grid.titles]
        outside = [(stray.text, stray.line) for stray in sheet.strays] if number == 0 else []
        rows = [raw_row([cell.text for cell in row.cells], len(grid.header), row.line) for row in grid.rows]
        head = raw_row(grid.header, len(grid.header), rows[0].place if rows else 0)
        lost = tuple((stray.text, stray.line) for stray in grid.strays)
        tables.append(RawTable((head, *rows), (*outside, *before), lost=lost))
    return RawDocument(tuple(tables))


def _behind_tabs(text: str) -> str:
    """Write each cell behind a tab; a line that draws becomes the empty line after a row."""
    lines = text.replace("\t", " ").split("\n")
    if _bars_end_rows(lines):
        lines = ["" if _BAR.fullmatch(line.strip()) else line for line in lines]
    opened = [line for line in lines if _BAR.match(line.strip()) and not is_drawn(line)]
    closed = [line for line in lines if _BAR.search(line.strip()[-1:]) and not is_drawn(line)]
    written: list[str] = []
    begins, begun = True, False
    for line in lines:
        bare = line.strip()
        if is_drawn(line):
            written.append("")
        elif len(opened) >= len(closed):
            written.append(f"\t{_split(bare)[0]}" if _BAR.match(bare) else bare)
        elif not bare or not (begun or _BAR.search(bare[-1:])):
            written.append(bare)  # nothing, or text above the first cell
        else:
            written.append(f"\t{_split(bare)[0]}" if begins else _split(bare)[0])
            begins, begun = bool(_BAR.search(bare[-1:])), True
    return "\n".join(written)


def _bars_end_rows(lines: Sequence[str]) -> bool:
    """Say whether bars that stand alone end rows rather than being empty cells: as many cells stand before each."""
    counts = [0]
    for line in lines:
        bare = line.strip()
        if _BAR.fullmatch(bare):
            counts.append(0)
        elif _BAR.search(bare):
            counts[-1] += 1
    rows = [count for count in counts if count]
    return len(counts) > _LEAST_DRAWN and len(rows) > 1 and len(set(rows)) == 1 and rows[0] > 1

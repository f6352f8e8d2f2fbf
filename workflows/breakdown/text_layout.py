"""Word tables saved as text: every cell begins on a line of its own with a tab.

Lines without a tab continue the cell. A row normally ends with an empty line, but empty lines stand inside
cells too; so a row is as many cells as its header has, and its end must be an empty line wherever the table
uses them. What does not fit is kept as stray text.
"""

from dataclasses import dataclass

from workflows.breakdown.content_columns import meanings
from workflows.breakdown.grid import Grid, GridRow, Sheet, Stray, grid_row
from workflows.breakdown.header import MAX_HEAD, Column, column_of, is_header, is_title, squeeze, understood

MAX_COLUMNS = 15


@dataclass(frozen=True)
class _Cell:
    """A cell with the number of its first line; `ends_row`: an empty line (or nothing) follows it."""

    lines: tuple[str, ...]
    line: int
    ends_row: bool

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


@dataclass(frozen=True)
class _Head:
    """A header found in the stream of cells, from `start` up to but without `stop`."""

    start: int
    stop: int
    heads: tuple[str, ...]


def read_cells(text: str) -> Sheet:
    """Give the tables of a text with one cell per line; no grids when there is no header in it."""
    preamble, cells = _cells(text)
    heads = _headers(cells)
    if not heads:
        return Sheet((), ())
    titles, strays = _split_preamble(preamble)
    strays.extend(Stray(cell.text, cell.line) for cell in cells[: heads[0].start] if cell.text)
    grids: list[Grid] = []
    for position, head in enumerate(heads):
        stop = heads[position + 1].start if position + 1 < len(heads) else len(cells)
        body = cells[head.stop : stop]
        following: tuple[str, ...] = ()
        if stop < len(cells):
            body, following = _cut_titles(body)
        _add(grids, titles, head, body)
        titles = following
    return Sheet(tuple(grids), tuple(strays))


def _cells(text: str) -> tuple[list[tuple[int, str]], list[_Cell]]:
    preamble: list[tuple[int, str]] = []
    blocks: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("\t"):
            blocks.append((number, [line[1:]]))
        elif blocks:
            blocks[-1][1].append(line)
        elif line.strip():
            preamble.append((number, line.strip()))
    cells = [
        _Cell(tuple(lines), number, ends_row=len(lines) > 1 and not lines[-1].strip())
        for number, lines in blocks
    ]
    return preamble, cells


def _split_preamble(preamble: list[tuple[int, str]]) -> tuple[tuple[str, ...], list[Stray]]:
    titles = tuple(line for _, line in preamble if is_title(line))
    strays = [
        Stray(line, number) for number, line in preamble if not is_title(line) and not line.startswith("附件")
    ]
    if not titles and strays:
        return (strays[-1].text,), strays[:-1]
    return titles, strays


def _headers(cells: list[_Cell]) -> list[_Head]:
    found: list[_Head] = []
    place = 0
    while place < len(cells):
        head = _header_at(cells, place)
        if head is None:
            place += 1
        else:
            found.append(head)
            place = head.stop
    return found


def _header_at(cells: list[_Cell], start: int) -> _Head | None:
    if not _is_head(cells[start]):
        return None
    stop = start
    last_known = start
    # A head nobody knows counts when a known one follows it in the same row.
    while stop < min(len(cells), start + MAX_COLUMNS) and _is_short(cells[stop]):
        if _is_head(cells[stop]):
            last_known = stop
        elif last_known < stop and cells[last_known].ends_row:
            break
        stop += 1
    stop = _widened(cells, start, last_known + 1)
    heads = tuple(squeeze(cell.text) for cell in cells[start:stop])
    return _Head(start, stop, heads) if stop - start > 1 and is_header(heads) else None


def _widened(cells: list[_Cell], start: int, stop: int) -> int:
    """Take in unknown heads at the end of the header row, when the table then comes out even."""
    if cells[stop - 1].ends_row:
        return stop
    for wider in range(stop + 1, min(len(cells), stop + 3)):
        if not _is_short(cells[wider - 1]):
            return stop
        if cells[wider - 1].ends_row:
            width = wider - start
            ends = cells[wider + width - 1 : wider + width]
            return wider if ends and (ends[0].ends_row or wider + width == len(cells)) else stop
    return stop


def _is_short(cell: _Cell) -> bool:
    word = squeeze(cell.text)
    return 0 < len(word) <= MAX_HEAD and not word.isdigit()


def _is_head(cell: _Cell) -> bool:
    return column_of(cell.text) is not Column.UNKNOWN


def _cut_titles(body: list[_Cell]) -> tuple[list[_Cell], tuple[str, ...]]:
    """Take the titles of the next table off the end of the last cell, where they hang without a mark."""
    if not body:
        return body, ()
    last = body[-1]
    lines = list(last.lines)
    titles: list[str] = []
    while len(lines) > 1 and (not lines[-1].strip() or is_title(lines[-1])):
        line = lines.pop().strip()
        if line:
            titles.insert(0, line)
    if not titles:
        return body, ()
    return [*body[:-1], _Cell(tuple(lines), last.line, ends_row=True)], tuple(titles)


def _add(grids: list[Grid], titles: tuple[str, ...], head: _Head, body: list[_Cell]) -> None:
    rows, strays = _rows(body, len(head.heads))
    if grids and not titles and grids[-1].header == head.heads:
        # The same head again without a title: Word repeats it on every page.
        before = grids.pop()
        rows = [*before.rows, *rows]
        strays = [*before.strays, *strays]
        titles = before.titles
    columns = meanings(head.heads, understood(head.heads), rows)
    grids.append(Grid(titles, head.heads, tuple(rows), tuple(strays), columns=columns))


def _rows(body: list[_Cell], width: int) -> tuple[list[GridRow], list[Stray]]:
    rows: list[GridRow] = []
    strays: list[Stray] = []
    marked = any(cell.ends_row for cell in body[:-1])
    place = 0
    while place < len(body):
        taken = _row_length(body, place, width) if marked else min(width, len(body) - place)
        part = body[place : place + taken]
        place += taken
        if taken == width:
            rows.append(grid_row([cell.text for cell in part], width, part[0].line))
        elif any(cell.text for cell in part):
            strays.append(Stray("\n".join(cell.text for cell in part if cell.text), part[0].line))
    return rows, strays


def _row_length(body: list[_Cell], start: int, width: int) -> int:
    """Give how many cells the row at `start` has: the header's number, if an empty line ends it there."""
    stop = start + width
    if stop >= len(body):
        return len(body) - start
    if body[stop - 1].ends_row:
        return width
    shorter = [place for place in range(start, stop - 1) if body[place].ends_row]
    if shorter:
        return shorter[-1] + 1 - start
    while stop < len(body) and not body[stop - 1].ends_row:
        stop += 1
    return stop - start

"""From the tables of a file to task tables: where the heads are, what are titles, groups, totals and notes.

Gives the same `Sheet` for every form. What is no task table is said to be skipped; text that belongs nowhere is kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workflows.breakdown.content_columns import meanings
from workflows.breakdown.grid import Grid, GridCell, GridRow, Sheet, Skipped, Stray
from workflows.breakdown.head_rows import Head, head_at, joined
from workflows.breakdown.header import Column, is_title, squeeze
from workflows.breakdown.raw_tables import RawDocument, RawRow, RawTable
from workflows.breakdown.single_lines import Kind, group_name_of, is_group_line, is_group_number, kind_of, single_text, total_of

_CONTINUED = re.compile(r"[（(]?\s*(?:续\s*表?|接上页|续上表)\s*\d{0,2}\s*[)）]?$")
_ATTACHMENT = "附件"
_SIGNED = frozenset({Kind.NOTE, Kind.REMARK})


@dataclass
class _Open:
    """A task table being read. `group`: the group row that holds for what follows."""

    head: Head
    titles: list[str]
    raw: list[RawRow] = field(default_factory=list)
    rows: list[GridRow] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    notes: list[Stray] = field(default_factory=list)
    totals: list[GridRow] = field(default_factory=list)
    group: str = ""
    ended: bool = False


@dataclass
class _Reading:
    """What has been found so far; `waiting` are lines that may be the titles of the next table."""

    merging_known: bool
    tables: list[_Open] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    waiting: list[tuple[str, int]] = field(default_factory=list)


def sheet_of(document: RawDocument) -> Sheet:
    """Find the task tables of a document."""
    reading = _Reading(document.merging_known)
    for table in document.tables:
        reading.waiting.extend(table.before)
        _read_table(reading, table)
    reading.waiting.extend(document.after)
    _lay_aside(reading)
    grids = tuple(_grid(table, merging_known=document.merging_known) for table in reading.tables if table.rows)
    lost = [Stray(" ".join(table.head.names), table.head.place) for table in reading.tables if not table.rows]
    return Sheet(grids, (*reading.strays, *lost), tuple(reading.skipped))


def _read_table(reading: _Reading, table: RawTable) -> None:
    place = 0
    current = _continued(reading, table)
    leading: list[RawRow] = []
    while place < len(table.rows):
        head = head_at(table.rows, place)
        if head is not None:
            current = _begin(reading, current, head, leading)
            leading = []
            place += head.rows
        elif current is None or current.ended:
            leading.append(table.rows[place])
            place += 1
        else:
            leading = _take(current, table.rows[place])
            place += 1
    _left_over(reading, current, leading)
    if table.lost:
        (current.strays if current is not None else reading.strays).extend(Stray(text, line) for text, line in table.lost)


def _continued(reading: _Reading, table: RawTable) -> _Open | None:
    """Go on with the table before where this one has no head of its own: a page ended between them."""
    if not reading.tables or not table.rows or any(head_at(table.rows, place) for place in range(len(table.rows))):
        return None
    before = reading.tables[-1]
    between = [text for text, _ in reading.waiting if text.strip()]
    alike = len(before.head.names) == len(table.rows[0].cells)
    return before if alike and not between and before.raw else None


def _begin(reading: _Reading, current: _Open | None, head: Head, leading: list[RawRow]) -> _Open:
    """Open the table a head begins; the same head again, with nothing between, goes on with the one before."""
    single = [(text, row.place) for row in leading if (text := single_text(row))]
    whole = [row for row in leading if not single_text(row) and any(cell.text.strip() for cell in row.cells)]
    lines = [*reading.waiting, *single]
    reading.waiting = []
    titles = _titles(lines)
    same = current or (reading.tables[-1] if reading.tables else None)
    if same is not None and same.head.names == head.names and all(_is_continued(text, same) for text in titles):
        same.ended = False
        for text, line in lines:
            if kind_of(text) is not Kind.TITLE:
                (same.notes if kind_of(text) in _SIGNED else same.strays).append(Stray(text, line))
        return same
    opened = _Open(head, titles)
    for text, line in lines:
        kind = kind_of(text)
        if kind in _SIGNED:
            opened.notes.append(Stray(text, line))
        elif text not in titles and not text.startswith(_ATTACHMENT):
            reading.strays.append(Stray(text, line))
    reading.strays.extend(Stray(_told(row), row.place) for row in whole)
    reading.tables.append(opened)
    return opened


def _titles(lines: Sequence[tuple[str, int]]) -> list[str]:
    """Give the lines above a head that name the table: titles, and a heading with nothing but notes behind it."""
    found: list[str] = []
    last = True
    for text, _ in reversed(lines):
        kind = kind_of(text)
        if kind is Kind.TITLE or (last and kind is Kind.GROUP and is_group_line(text)):
            found.insert(0, text)
        last = last and kind in _SIGNED
    return found


def _is_continued(title: str, table: _Open) -> bool:
    """Say whether a title is that of the table above again: 任务分解表（续）."""
    bare = squeeze(_CONTINUED.sub("", title))
    return not bare or any(bare == squeeze(one) for one in table.titles) or (not table.titles and bare != squeeze(title))


def _take(table: _Open, row: RawRow) -> list[RawRow]:
    """Take a row under a head; gives it back where it may be the title of the next table."""
    text = single_text(row)
    if not any(cell.text.strip() for cell in row.cells) and not any(cell.above for cell in row.cells):
        return []
    total = total_of(row)
    if total is not None:
        table.totals.append(GridRow(_cells(row), row.place))
        return []
    if text and not _is_own_row(table, row):
        return _take_line(table, row, text)
    named = _named_group(table, row)
    if named:
        table.group = named
        table.totals.append(GridRow(_cells(row), row.place, group=named))
        return []
    table.raw.append(row)
    table.rows.append(GridRow(_cells(row), row.place, short=row.short, group=table.group))
    return []


def _take_line(table: _Open, row: RawRow, text: str) -> list[RawRow]:
    kind = kind_of(text)
    if kind in _SIGNED:
        table.notes.append(Stray(text, row.place))
        return []
    if kind is Kind.TITLE and is_title(text):
        table.ended = True
        return [row]
    if kind is Kind.GROUP:
        table.group = group_name_of(text)
        table.totals.append(GridRow(_cells(row), row.place, group=table.group))
        return []
    table.strays.append(Stray(text, row.place))
    return []


def _named_group(table: _Open, row: RawRow) -> str:
    """Give the name of a group whose number stands in a cell of its own: 一 | 组织领导, and nothing else in the row."""
    filled = {column: cell.text.strip() for column, cell in zip(table.head.columns, row.cells, strict=True) if cell.text.strip()}
    number, rest = filled.pop(Column.NUMBER, ""), list(filled.items())
    if not is_group_number(number) or len(rest) != 1 or any(cell.above for cell in row.cells):
        return ""
    column, text = rest[0]
    return group_name_of(text) if column in {Column.RULE, Column.INDICATOR} and kind_of(text) is not Kind.OTHER else ""


def _is_own_row(table: _Open, row: RawRow) -> bool:
    """Say whether a row with one text is a row of the table: the text stands under the rule, beside merged cells."""
    filled = [place for place, cell in enumerate(row.cells) if cell.text.strip()]
    below = any(cell.above for cell in row.cells)
    spans = any(cell.left for cell in row.cells)
    return below and not spans and table.head.columns[filled[0]] in {Column.RULE, Column.ADVICE, Column.POINTS}


def _left_over(reading: _Reading, current: _Open | None, leading: list[RawRow]) -> None:
    """Keep the rows no head stands over: the lines of a table that has ended, or a table that is no task table."""
    texts = [Stray(_told(row), row.place) for row in leading if _told(row)]
    if not texts:
        return
    if current is not None and all(single_text(row) for row in leading):
        reading.waiting.extend((stray.text, stray.line) for stray in texts)
    elif current is not None and current.ended:
        reading.strays.extend(texts)
    else:
        _lay_aside(reading)
        reading.skipped.append(Skipped("no_task_table", tuple(texts)))


def _lay_aside(reading: _Reading) -> None:
    last = reading.tables[-1] if reading.tables else None
    for text, line in reading.waiting:
        if last is not None and kind_of(text) in _SIGNED:
            last.notes.append(Stray(text.strip(), line))
            continue
        if text.strip() and not text.startswith(_ATTACHMENT):
            reading.strays.append(Stray(text.strip(), line))
    reading.waiting = []


def _told(row: RawRow) -> str:
    return " ".join(" ".join(cell.text.split()) for cell in row.cells if cell.text.strip())


def _cells(row: RawRow) -> tuple[GridCell, ...]:
    return tuple(GridCell(cell.text.strip(), merged=cell.above, left=cell.left) for cell in row.cells)


def _grid(table: _Open, *, merging_known: bool) -> Grid:
    columns = meanings(table.head.names, table.head.columns, table.rows)
    rows = tuple(_merged(row, columns, merging_known=merging_known) for row in table.rows)
    titles = tuple(dict.fromkeys(text.strip() for text in table.titles))
    return Grid(
        titles,
        tuple(joined(names) for names in zip(*table.head.lines, strict=True)),
        rows,
        tuple(table.strays),
        tuple(table.notes),
        table.head.shown,
        columns,
        merging_known,
        tuple(table.totals),
    )


def _merged(row: GridRow, columns: tuple[Column, ...], *, merging_known: bool) -> GridRow:
    """Say which cells continue the one above.

    Where the form does not say, an empty one may; a number or an indicator left empty does in any form: that is how
    people write the second row of a group.
    """
    leading = {Column.NUMBER, Column.INDICATOR}
    cells = tuple(
        replace(cell, merged=cell.merged or (not cell.text and not cell.left and (not merging_known or column in leading)))
        for cell, column in zip(row.cells, columns, strict=True)
    )
    return replace(row, cells=cells)



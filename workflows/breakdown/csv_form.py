"""Tables with a sign between their cells: comma, semicolon, tab, bar, and full-width signs where that is sure.

A cell in quotes may hold line breaks and the sign itself. A quotation mark that does not end a cell is text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from workflows.breakdown.plain_tables import Line, is_head_row, raw_row
from workflows.breakdown.raw_tables import RawDocument, RawTable

_SIGNS = (",", ";", "\t", "|")
#: They stand in every Chinese sentence: only a table without one odd row is believed to be parted by them.
_FULL_WIDTH_SIGNS = ("，", "；")
_LEAST_COLUMNS = 2
_LEAST_FULL_WIDTH = 3
_MOSTLY = 0.5
#: What a record counts that is too short: it may be, but speaks less for its sign.
_SHORT = 0.5


@dataclass(frozen=True)
class _Record:
    """One record: its cells and the line it begins on."""

    cells: tuple[str, ...]
    place: int

    @property
    def texts(self) -> list[str]:
        return [cell.strip() for cell in self.cells if cell.strip()]


@dataclass
class _Open:
    """The table being read; `width` that of its head."""

    before: list[Line]
    head: _Record
    width: int
    rows: list[_Record] = field(default_factory=list)
    lost: list[Line] = field(default_factory=list)


def looks_like_csv(text: str) -> bool:
    """Say whether one sign parts the heads of a table and most records below it."""
    return _sign(text) is not None


def read_csv(text: str) -> RawDocument:
    """Give the tables of a text whose cells are parted by a sign; no tables when no sign parts a head.

    A record with fewer cells than the head is marked short. One with more has a sign inside a text that is not
    quoted: where its cells end cannot be told, so it is kept as lost text.
    """
    sign = _sign(text)
    if sign is None:
        return RawDocument((), tuple((line.strip(), n) for n, line in enumerate(text.split("\n"), 1) if line.strip()))
    tables: list[_Open] = []
    waiting: list[Line] = []
    for record in _records(text, sign):
        if not record.texts:
            continue
        if _begins_table(tables, record, waiting):
            tables.append(_Open(waiting, record, _width(record)))
            waiting = []
        elif not tables or (len(record.texts) == 1 and len(record.cells) == 1 < tables[-1].width):
            waiting.append((sign.join(record.texts), record.place))
        else:
            tables[-1].lost.extend(waiting)  # a lone line between rows belongs to none of them
            waiting = []
            _take(tables[-1], record, sign)
    return RawDocument(tuple(_table(table) for table in tables), tuple(waiting))


def _sign(text: str) -> str | None:
    """Give the sign that parts the cells: of those that part a head, the one that fits most records."""
    best: tuple[float, int, str] | None = None
    for sign in (*_SIGNS, *_FULL_WIDTH_SIGNS):
        if sign not in text:
            continue
        share, width = _fit(text, sign)
        least = _LEAST_FULL_WIDTH if sign in _FULL_WIDTH_SIGNS else _LEAST_COLUMNS
        needed = 1.0 if sign in _FULL_WIDTH_SIGNS else _MOSTLY
        if width >= least and share >= needed and (best is None or (share, width) > best[:2]):
            best = (share, width, sign)
    return best[2] if best else None


def _fit(text: str, sign: str) -> tuple[float, int]:
    """Give the share of records below a head that have its width, and that width; 0 without a head."""
    width = total = 0
    fitting = 0.0
    for record in _records(text, sign):
        if len(record.cells) > 1 and is_head_row(record.cells):
            width = _width(record)
        elif width and len(record.texts) > 1:
            total += 1
            found = _width(record, least=width)
            fitting += 1 if found == width else _SHORT if found < width else 0
    return (fitting / total if total else 0.0), width


def _records(text: str, sign: str) -> Iterator[_Record]:
    """Give the records of a text, every cell as it reads: without its quotes, its doubled quotes single."""
    parting = re.escape(sign)
    # Possessive, so that a mark nobody closes costs one look to the end and no second one.
    quoted = re.compile(rf'[ \u3000]*"((?:[^"]*+(?:""[^"]*+)*+))"[ \u3000]*(?={parting}|\n|\Z)')
    plain = re.compile(rf"[^{parting}\n]*")
    cells: list[str] = []
    place = line = 1
    at = 0
    while at <= len(text):
        match = quoted.match(text, at)
        if match:
            cells.append(match.group(1).replace('""', '"'))
            line += match.group().count("\n")
        else:
            match = plain.match(text, at)
            cells.append(match.group() if match else "")
        at = match.end() if match else at
        if at >= len(text) or text[at] == "\n":
            yield _Record(tuple(cells), place)
            cells = []
            line += 1
            place = line
        at += 1


def _width(record: _Record, least: int = 0) -> int:
    """Give the number of cells without the empty ones at the end, but not below `least` of them."""
    width = len(record.cells)
    while width > max(least, 1) and not record.cells[width - 1].strip():
        width -= 1
    return width


def _begins_table(tables: list[_Open], record: _Record, waiting: list[Line]) -> bool:
    """Say whether a record heads a new table: not the second row of a head, nor a head repeated on a new page."""
    if len(record.cells) < _LEAST_COLUMNS or not is_head_row(record.cells):
        return False
    if not tables:
        return True
    last = tables[-1]
    second_row = not last.rows and not waiting
    repeated = record.texts == last.head.texts and not waiting
    return not second_row and not repeated


def _take(table: _Open, record: _Record, sign: str) -> None:
    width = _width(record, least=table.width)
    if width <= table.width or is_head_row(record.cells):
        table.rows.append(record)
    else:
        table.lost.append((sign.join(cell.strip() for cell in record.cells[:width]), record.place))


def _table(table: _Open) -> RawTable:
    records = [table.head, *table.rows]
    width = max(table.width, *(_width(record) for record in records))
    rows = tuple(raw_row(record.cells[:width], width, record.place) for record in records)
    return RawTable(rows, tuple(table.before), lost=tuple(table.lost))

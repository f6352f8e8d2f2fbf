"""Tables with one row per line, cells parted by tabs (copied from a spreadsheet or saved as .tsv).

Lines without a tab continue the last cell of the row, or are the title of the next table. A row that is
too short is only taken when nothing but its last, secondary cells can be missing.
"""

from dataclasses import dataclass, field

from workflows.breakdown.content_columns import meanings
from workflows.breakdown.grid import Grid, GridRow, Sheet, Stray, grid_row
from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column, is_header, is_title, squeeze, understood


@dataclass
class _Open:
    """The table being read."""

    titles: tuple[str, ...]
    header: tuple[str, ...]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def read_lines(text: str) -> Sheet:
    """Give the tables of a text with one row per line; no grids when no line is a header."""
    tables: list[_Open] = []
    titles: list[str] = []
    strays: list[Stray] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        heads = _heads(cells)
        if heads:
            if not (tables and not titles and tables[-1].header == heads):
                tables.append(_Open(tuple(titles), heads))
            titles = []
        elif len(cells) == 1 and (not tables or is_title(line)):
            titles.append(line.strip())
        else:
            _take(tables, cells, number, strays)
    strays.extend(Stray(title, 0) for title in titles)
    return Sheet(tuple(_grid(table) for table in tables), tuple(strays) if tables else ())


def _heads(cells: list[str]) -> tuple[str, ...]:
    """Give the heads when these cells are a header; an empty first one is the outer tab of the line."""
    words = [squeeze(cell) for cell in cells]
    while words and not words[-1]:
        words.pop()
    return tuple(words) if len(words) > 1 and is_header(tuple(words)) else ()


def _take(tables: list[_Open], cells: list[str], number: int, strays: list[Stray]) -> None:
    if not tables:
        strays.append(Stray(" ".join(cells).strip(), number))
    elif len(cells) > 1 or not tables[-1].rows:
        tables[-1].rows.append((number, cells))
    else:
        tables[-1].rows[-1][1][-1] += "\n" + cells[0]


def _grid(table: _Open) -> Grid:
    titles = tuple(title for title in table.titles if not title.startswith("附件"))
    columns = understood(table.header)
    needed = {place for place, column in enumerate(columns) if column in {*DEPARTMENT_COLUMNS, Column.RULE}}
    rows: list[GridRow] = []
    strays: list[Stray] = []
    for number, cells in table.rows:
        texts = _fitted(cells, len(table.header))
        if len(texts) > len(table.header) or len(texts) <= max(needed):
            strays.append(Stray(" ".join(cell.strip() for cell in cells if cell.strip()), number))
        else:
            rows.append(grid_row(texts, len(table.header), number))
    # An outer tab at the start of every line makes a first column without a head.
    if table.header and not table.header[0]:
        rows = [GridRow(row.cells[1:], row.line, short=row.short) for row in rows]
    header = table.header[1:] if not table.header[0] else table.header
    return Grid(titles, header, tuple(rows), tuple(strays), columns=meanings(header, understood(header), rows))


def _fitted(cells: list[str], width: int) -> list[str]:
    texts = list(cells)
    while len(texts) > width and not texts[-1].strip():
        texts.pop()
    return texts

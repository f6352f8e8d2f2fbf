"""A document laid out for export, and the proof that it reads as the same document again.

Rows keep the cells of their file as far as possible. What is laid out is read again by the reader itself; rows that
would read differently are written more plainly until they do not.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.breakdown.drafts import Draft, DraftTable
from workflows.breakdown.exporting_cells import LaidCell, LaidDocument, LaidRow, LaidTable, as_they_stand
from workflows.breakdown.exporting_columns import Columns, columns_for
from workflows.breakdown.exporting_rows import Step, Written, laid_rows
from workflows.breakdown.grid import Grid, Stray
from workflows.breakdown.layout import sheet_of
from workflows.breakdown.raw_tables import RawCell, RawDocument, RawRow, RawTable
from workflows.breakdown.rows import document_names, draft_table
from workflows.breakdown.shapes import BreakdownDocument, BreakdownRow, ReadTable
from workflows.breakdown.unit_names import with_canonical


@dataclass(frozen=True)
class _Known:
    """What a document was read as: the drafts of each table by row of its grid, and the names of its departments."""

    drafts: tuple[dict[int, list[Draft]], ...]
    names: dict[str, str]


def laid_out(document: BreakdownDocument) -> LaidDocument:
    """Lay a document out so that reading it again gives the same rules."""
    known = _known(document)
    steps = [
        [Step.AS_READ if row.source is not None and table.grid else Step.WRITTEN for row in table.rows]
        for table in document.tables
    ]
    while True:
        laid = _laid(document, known, steps)
        if not _further(document, laid, steps):
            return laid


def raw_of(laid: LaidDocument) -> RawDocument:
    """Give what a reader finds in the exported file."""
    tables: list[RawTable] = []
    place = 0
    title: tuple[str, ...] = () if laid.tables and laid.title in laid.tables[0].lines else (laid.title,)
    for table in laid.tables:
        before = [(line, place + number) for number, line in enumerate((*title, *table.lines), start=1)]
        title = ()
        place += len(before)
        rows = (*table.head, *table.rows)
        tables.append(RawTable(_raw_rows(rows, place), tuple(before)))
        place += len(rows)
    after = tuple((line, place + number) for number, line in enumerate(laid.after, start=1))
    return RawDocument(tuple(tables), after, merging_known=True)


def _raw_rows(rows: Sequence[LaidRow], place: int) -> tuple[RawRow, ...]:
    found: list[RawRow] = []
    above: LaidRow = ()
    for number, row in enumerate(rows, start=1):
        cells: list[RawCell] = []
        for column, cell in enumerate(row):
            if column and row[column - 1].key == cell.key:
                cells.append(RawCell("", left=True))
            elif above and above[column].key == cell.key:
                cells.append(RawCell("", above=True))
            else:
                cells.append(RawCell(cell.text))
        found.append(RawRow(tuple(cells), place + number))
        above = row
    return tuple(found)


def _known(document: BreakdownDocument) -> _Known:
    tables = [
        None if table.grid is None else draft_table(table.grid, place)
        for place, table in enumerate(document.tables, start=1)
    ]
    drafts: list[dict[int, list[Draft]]] = []
    for table in tables:
        by_row: dict[int, list[Draft]] = defaultdict(list)
        for draft in () if table is None else table.drafts:
            by_row[draft.row].append(draft)
        drafts.append(dict(by_row))
    return _Known(tuple(drafts), document_names([table for table in tables if table is not None]))


def _laid(document: BreakdownDocument, known: _Known, steps: Sequence[Sequence[Step]]) -> LaidDocument:
    tables: list[LaidTable] = []
    for table, drafts, own in zip(document.tables, known.drafts, steps, strict=True):
        fresh = [row for row, step in zip(table.rows, own, strict=True) if step is not Step.AS_READ]
        columns = columns_for(table, fresh)
        rows = laid_rows(Written(table, columns, drafts, known.names, own))
        tables.append(LaidTable(_lines(table, document, tables), columns.meanings, _head(table.grid, columns), rows))
    outside = [stray.text for stray in document.strays if stray.text != document.title]
    return LaidDocument(document.title, tuple(tables), tuple(outside))


def _lines(table: ReadTable, document: BreakdownDocument, before: Sequence[LaidTable]) -> tuple[str, ...]:
    """Give the titles and notes that stand over a table."""
    titles = list(table.grid.titles[:-1]) if table.grid else []
    titled = bool(table.grid and table.grid.titles) or table.title != document.title or bool(before)
    titles.extend([table.title] if titled else [])
    return (*titles, *(note.text for note in _notes_above(table)))


def _notes_above(table: ReadTable) -> Sequence[Stray]:
    if table.grid is None:
        return table.notes
    first = min((row.line for row in table.grid.rows), default=0)
    return [note for note in table.grid.notes if note.line < first]


def _head(grid: Grid | None, columns: Columns) -> tuple[LaidRow, ...]:
    plain = tuple(LaidCell(head, ("head", place)) for place, head in enumerate(columns.heads))
    if grid is None or not grid.head_rows:
        return (plain,)
    rows: list[LaidRow] = []
    for number, row in enumerate(grid.head_rows):
        cells = list(as_they_stand(row, "head", columns.kept))
        for place, cell in enumerate(row.cells):
            if cell.merged and not cell.text and not cell.left and number:
                cells[place] = rows[-1][place]
        rows.append((*cells, *plain[columns.kept :]))
    return tuple(rows)


def _further(document: BreakdownDocument, laid: LaidDocument, steps: list[list[Step]]) -> bool:
    """Take the rows that read differently a step further; say whether any could go one."""
    sheet = sheet_of(raw_of(laid))
    read = [draft_table(grid, place) for place, grid in enumerate(sheet.grids, start=1)]
    names = document_names(read)
    moved = False
    for place, table in enumerate(document.tables):
        wrong = _differing(table.rows, read[place] if len(read) == len(document.tables) else None, names)
        for number in wrong:
            if steps[place][number] < Step.ALONE:
                steps[place][number] = Step(steps[place][number] + 1)
                moved = True
    return moved


def _differing(rows: Sequence[BreakdownRow], read: DraftTable | None, names: dict[str, str]) -> list[int]:
    if read is None or len(read.drafts) != len(rows):
        return list(range(len(rows)))
    return [
        number for number, (row, draft) in enumerate(zip(rows, read.drafts, strict=True)) if _differs(row, draft, names)
    ]


def _differs(row: BreakdownRow, draft: Draft, names: dict[str, str]) -> bool:
    departments = [(one.name, one.role) for one in with_canonical(draft.units, names)]
    return (
        (row.indicator, row.item_no, row.text, row.points)
        != (draft.indicator, draft.item_no, draft.rule.text, draft.rule.points)
        or (row.advice, row.advice_inherited, row.deadline) != (draft.advice, draft.advice_inherited, draft.deadline)
        or [(one.name, one.role) for one in row.departments] != departments
    )

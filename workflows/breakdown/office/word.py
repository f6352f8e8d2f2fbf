"""A Word document as raw tables with the paragraphs between them. Runs in the confined child only."""

from collections.abc import Iterator

from engine.errors import Invalid
from workflows.breakdown.office.numbering import Numbering
from workflows.breakdown.office.paragraphs import Paragraphs, span_of, unwrapped
from workflows.breakdown.office.parts import MAX_CELLS, TOO_MANY, WORD, Element, Package, is_on, number_of, word_value
from workflows.breakdown.office.word_tables import WordCell, WordRow, raw_rows
from workflows.breakdown.raw_tables import LeftOut, RawDocument, RawTable
from workflows.evidence.formats import DAMAGED

_PARAGRAPH, _TABLE, _ROW, _CELL = (WORD + name for name in ("p", "tbl", "tr", "tc"))
_EMBEDDED = WORD + "altChunk"
_CONTINUES = frozenset({None, "continue"})


def read_word(package: Package) -> RawDocument:
    """Read the body of a document. Raises Invalid when it has none or more cells than any table."""
    main = package.main_part()
    root = package.tree(main)
    body = None if root is None else root.find(WORD + "body")
    if body is None:
        raise Invalid(DAMAGED)
    styles = package.related(main, "styles")
    return _Body(Paragraphs(Numbering(package.related(main, "numbering"), styles), styles)).read(body)


class _Body:
    """Goes through a document once, in order."""

    def __init__(self, paragraphs: Paragraphs) -> None:
        self._paragraphs = paragraphs
        self._place = 0
        self._cells = 0
        self._hidden_rows = 0
        self._pending: list[tuple[str, int]] = []
        self._joined = ""
        self._merged: frozenset[int] = frozenset()
        self._tables: list[RawTable] = []

    def read(self, body: Element) -> RawDocument:
        self._take(body)
        counted = self._paragraphs.counted
        left_out = (
            ("hidden_rows", self._hidden_rows),
            ("hidden_text", counted.hidden),
            ("deleted_text", counted.deleted),
            ("embedded", counted.embedded),
        )
        return RawDocument(
            tuple(self._tables),
            tuple(self._pending),
            merging_known=True,
            left_out=tuple(LeftOut(what, count) for what, count in left_out if count),
        )

    def _take(self, container: Element) -> None:
        for block in unwrapped(container):
            if block.tag == _PARAGRAPH:
                self._paragraph(block)
            elif block.tag == _TABLE and _is_frame(block):
                for row in _rows(block):
                    for cell in _cells(row):
                        self._take(cell)
            elif block.tag == _TABLE:
                self._table(block)
            elif block.tag == _EMBEDDED:
                self._paragraphs.counted.embedded += 1

    def _paragraph(self, paragraph: Element) -> None:
        written = self._paragraphs.read(paragraph)
        if written.joins:
            self._joined += written.text
        else:
            self._place += 1
            text, self._joined = self._joined + written.text, ""
            if text.strip():
                self._pending.append((text, self._place))
        for box in written.boxes:
            self._take(box)

    def _table(self, table: Element) -> None:
        self._merged = frozenset()
        rows = [self._row(row) for row in _rows(table) if not self._is_gone(row)]
        widths = [number_of(word_value(one, "w")) for one in table.iterfind(f"{WORD}tblGrid/{WORD}gridCol")]
        made = raw_rows([row for row in rows if row.cells], widths)
        self._cells += sum(len(row.cells) for row in made)
        if self._cells > MAX_CELLS:
            raise Invalid(TOO_MANY)
        if made:
            self._tables.append(RawTable(made, tuple(self._pending)))
            self._pending = []

    def _is_gone(self, row: Element) -> bool:
        properties = row.find(WORD + "trPr")
        if properties is None:
            return False
        if properties.find(WORD + "del") is not None:
            self._paragraphs.counted.deleted += 1
            return True
        if is_on(properties.find(WORD + "hidden")):
            self._hidden_rows += 1
            return True
        return False

    def _row(self, row: Element) -> WordRow:
        self._place += 1
        cells: list[WordCell] = []
        merged: set[int] = set()
        at = span_of(row.find(WORD + "trPr"), "gridBefore", 0)
        for cell in _cells(row):
            properties = cell.find(WORD + "tcPr")
            stop = at + max(span_of(properties, "gridSpan", 1), 1)
            if cells and _merge(properties, "hMerge") in _CONTINUES:
                cells[-1] = WordCell(cells[-1].text, cells[-1].start, stop, cells[-1].continues)
            else:
                merge = _merge(properties, "vMerge")
                # One that continues nothing shows its own text.
                continues = merge in _CONTINUES and (at in self._merged or not _is_filled(cell))
                merged.update([at] if merge != "" else [])
                cells.append(WordCell("" if continues else self._cell(cell), at, stop, continues))
            at = stop
        self._merged = frozenset(merged)
        return WordRow(tuple(cells), self._place)

    def _cell(self, cell: Element) -> str:
        return "\n".join(line for line in self._lines(cell) if line.strip())

    def _lines(self, container: Element) -> Iterator[str]:
        joined = ""
        for block in unwrapped(container):
            if block.tag == _PARAGRAPH:
                written = self._paragraphs.read(block)
                joined += written.text
                if not written.joins:
                    yield joined
                    joined = ""
                for box in written.boxes:
                    yield from self._lines(box)
            elif block.tag == _TABLE:
                yield from self._nested(block)
        yield joined

    def _nested(self, table: Element) -> Iterator[str]:
        """Give a table inside a cell as lines, one for each of its rows."""
        for row in _rows(table):
            cells = (" ".join(self._cell(cell).split("\n")) for cell in _cells(row))
            yield " ".join(text for text in cells if text)


def _rows(table: Element) -> Iterator[Element]:
    return (row for row in unwrapped(table) if row.tag == _ROW)


def _cells(row: Element) -> Iterator[Element]:
    for cell in unwrapped(row):
        if cell.tag == _CELL and cell.find(f"{WORD}tcPr/{WORD}cellDel") is None:
            yield cell


def _merge(properties: Element | None, name: str) -> str | None:
    """Give "restart", "continue" or None (which means continue) for a merged cell, "" for one that is not."""
    found = None if properties is None else properties.find(WORD + name)
    return "" if found is None else word_value(found)


def _is_frame(table: Element) -> bool:
    """Say whether a table only holds other tables in place: one filled cell in each row, or a single row."""
    nested = [one for row in _rows(table) for cell in _cells(row) for one in cell.iter(_TABLE)]
    if not any(_is_real(one) for one in nested):
        return False
    filled = [sum(_is_filled(cell) for cell in _cells(row)) for row in _rows(table)]
    return len(filled) == 1 or max(filled) == 1


def _is_real(table: Element) -> bool:
    rows = list(_rows(table))
    return len(rows) > 1 and max(sum(1 for _ in _cells(row)) for row in rows) > 1


def _is_filled(cell: Element) -> bool:
    return any((one.text or "").strip() for one in cell.iter(WORD + "t")) or cell.find(_TABLE) is not None

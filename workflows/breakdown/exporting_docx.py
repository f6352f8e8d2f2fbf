"""A laid document as a Word file: landscape A4, merged cells, the head repeated on every page."""

from collections.abc import Sequence
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from lxml import etree

from workflows.breakdown.exporting_cells import LaidDocument, LaidTable
from workflows.breakdown.exporting_page import (
    BODY_FONT,
    BODY_SIZE,
    HEAD_FONT,
    MARGIN,
    TITLE_FONT,
    TITLE_SIZE,
    Block,
    blocks,
    widths,
)
from workflows.breakdown.header import Column
from workflows.breakdown.office.parts import WORD, Element, clean_text
from workflows.breakdown.single_lines import Kind, kind_of

_CENTRED = frozenset({Column.NUMBER, Column.INDICATOR, Column.POINTS, Column.DEADLINE})
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
_A4 = (297, 210)


def word_file(laid: LaidDocument) -> bytes:
    """Give the document as a .docx file."""
    document = Document()
    _set_page(document, laid.title)
    for number, table in enumerate(laid.tables):
        if number == 0 and laid.title not in table.lines:
            _line(document, laid.title)
        for line in table.lines:
            _line(document, line)
        document.element.body.insert_element_before(_table(table), "w:sectPr")
        # Word joins two tables with nothing between them, and wants a paragraph after the last one.
        document.add_paragraph()
    for line in laid.after:
        _line(document, line)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _set_page(document: WordDocument, title: str) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(_A4[0]), Mm(_A4[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = clean_text(title)[:255], "", ""


def _line(document: WordDocument, text: str) -> None:
    """Add a line outside of the tables: titles in the middle, everything else from the left."""
    paragraph = document.add_paragraph()
    is_title = kind_of(text) is Kind.TITLE
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if is_title else WD_ALIGN_PARAGRAPH.LEFT
    run = paragraph.add_run(clean_text(text))
    font, size = (TITLE_FONT, TITLE_SIZE) if is_title else (BODY_FONT, BODY_SIZE)
    run.bold, run.font.size, run.font.name = is_title, Pt(size), font
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _table(table: LaidTable) -> Element:
    """Build a table; cell by cell through the library would take a time that grows with the square of the rows."""
    sizes = [round(Mm(size).pt * 20) for size in widths(table)]
    made = etree.Element(qn("w:tbl"), nsmap={"w": WORD[1:-1]})
    properties = _added(made, "w:tblPr")
    _added(properties, "w:tblW", w=str(sum(sizes)), type="dxa")
    borders = _added(properties, "w:tblBorders")
    for side in _SIDES:
        _added(borders, f"w:{side}", val="single", sz="4", space="0", color="000000")
    _added(properties, "w:tblLayout", type="fixed")
    grid = _added(made, "w:tblGrid")
    for size in sizes:
        _added(grid, "w:gridCol", w=str(size))
    rows = (*table.head, *table.rows)
    by_row: list[list[tuple[Block, bool]]] = [[] for _ in rows]
    for block in blocks(rows):
        for down in range(block.rows):
            by_row[block.top + down].append((block, down == 0))
    for number, row in enumerate(by_row):
        _row(made, sorted(row, key=lambda one: one[0].left), sizes, table if number >= len(table.head) else None)
    return made


def _row(made: Element, cells: Sequence[tuple[Block, bool]], sizes: Sequence[int], table: LaidTable | None) -> None:
    row = _added(made, "w:tr")
    if table is None:
        _added(_added(row, "w:trPr"), "w:tblHeader")
    for block, begins in cells:
        cell = _added(row, "w:tc")
        properties = _added(cell, "w:tcPr")
        _added(properties, "w:tcW", w=str(sum(sizes[block.left : block.left + block.columns])), type="dxa")
        if block.columns > 1:
            _added(properties, "w:gridSpan", val=str(block.columns))
        if block.rows > 1:
            _added(properties, "w:vMerge", val="restart" if begins else "continue")
        _added(properties, "w:vAlign", val="center")
        centred = table is None or table.meanings[block.left] in _CENTRED
        for line in block.text.split("\n") if begins else [""]:
            _paragraph(cell, line, centred=centred, head=table is None)


def _paragraph(cell: Element, text: str, *, centred: bool, head: bool) -> None:
    paragraph = _added(cell, "w:p")
    properties = _added(paragraph, "w:pPr")
    _added(properties, "w:spacing", before="0", after="0")
    if centred:
        _added(properties, "w:jc", val="center")
    font = HEAD_FONT if head else BODY_FONT
    for number, part in enumerate(clean_text(text).split("\t")):
        run = _added(paragraph, "w:r")
        look = _added(run, "w:rPr")
        _added(look, "w:rFonts", ascii=font, hAnsi=font, eastAsia=font)
        if head:
            _added(look, "w:b")
        _added(look, "w:sz", val=str(round(BODY_SIZE * 2)))
        if number:
            _added(run, "w:tab")
        written = _added(run, "w:t")
        written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        written.text = part


def _added(parent: Element, name: str, **attributes: str) -> Element:
    child = etree.SubElement(parent, qn(name))
    for key, value in attributes.items():
        child.set(qn(f"w:{key}"), value)
    return child

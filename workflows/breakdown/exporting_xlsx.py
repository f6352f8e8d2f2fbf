"""A laid document as a workbook: a sheet for each table, merged cells, landscape A4, the head repeated on every page."""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import count

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from workflows.breakdown.exporting_cells import LaidDocument, LaidTable
from workflows.breakdown.exporting_page import (
    BODY_FONT,
    BODY_SIZE,
    HEAD_FONT,
    TITLE_FONT,
    TITLE_SIZE,
    Block,
    blocks,
    widths,
)
from workflows.breakdown.header import Column
from workflows.breakdown.office.parts import clean_text
from workflows.breakdown.single_lines import Kind, kind_of

_CENTRED = frozenset({Column.NUMBER, Column.INDICATOR, Column.POINTS, Column.DEADLINE})
_LINE = Side(style="thin", color="000000")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_A4 = 9
_OUTSIDE = "表外文字"
_NUMBER = re.compile(r"-?\d{1,9}(?:\.(\d{1,4}))?")
_NOT_IN_NAMES = re.compile(r"[\\/*?:\[\]'（(].*|\s")
_LONGEST_NAME = 28
#: Millimetres of a column of width 1, characters to a millimetre, and points to a line, in the size of the text.
_COLUMN_UNIT, _PER_MILLIMETRE, _LINE_HEIGHT = 1.9, 0.27, 14.5
_HIGHEST = 400.0


def workbook_file(laid: LaidDocument) -> bytes:
    """Give the document as an .xlsx file."""
    book = Workbook()
    book.remove(book.worksheets[0])
    names: set[str] = set()
    for number, table in enumerate(laid.tables):
        own = (laid.title,) if number == 0 and laid.title not in table.lines else ()
        lines = (*own, *table.lines)
        _fill(book.create_sheet(_name([*table.lines, laid.title], names)), table, lines)
    if laid.after:
        sheet = book.create_sheet(_name([_OUTSIDE], names))
        sheet.column_dimensions["A"].width = 100
        for number, line in enumerate(laid.after, start=1):
            _write(sheet.cell(number, 1), line, Font(name=BODY_FONT, size=BODY_SIZE))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _name(lines: Sequence[str], taken: set[str]) -> str:
    """Give a sheet a short name of its own: what its title says before any bracket."""
    titles = [line for line in lines if kind_of(line) is Kind.TITLE] or list(lines)
    short = _NOT_IN_NAMES.sub("", clean_text(titles[-1] if len(titles) < len(lines) or len(lines) == 1 else titles[-2]))
    base = short[:_LONGEST_NAME] or "表"
    name = next(one for number in count(1) if (one := base if number == 1 else f"{base}{number}") not in taken)
    taken.add(name)
    return name


def _fill(sheet: Worksheet, table: LaidTable, lines: Sequence[str]) -> None:
    sizes = widths(table)
    for place, size in enumerate(sizes, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = size / _COLUMN_UNIT
    for number, line in enumerate(lines, start=1):
        is_title = kind_of(line) is Kind.TITLE
        font = Font(name=TITLE_FONT, size=TITLE_SIZE, bold=True) if is_title else Font(name=BODY_FONT, size=BODY_SIZE)
        cell = sheet.cell(number, 1)
        _write(cell, line, font)
        cell.alignment = Alignment(horizontal="center" if is_title else "left", vertical="center", wrap_text=True)
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(sizes))
        sheet.row_dimensions[number].height = 30 if is_title else 18
    first = len(lines) + 1
    rows = (*table.head, *table.rows)
    found = list(blocks(rows))
    for block in found:
        _block(sheet, block, table, first)
    for number, height in enumerate(_heights(found, sizes, len(rows))):
        sheet.row_dimensions[first + number].height = height
    last_head = first + len(table.head) - 1
    sheet.print_title_rows = f"{first}:{last_head}"
    sheet.freeze_panes = f"A{last_head + 1}"
    _set_page(sheet)


def _block(sheet: Worksheet, block: Block, table: LaidTable, first: int) -> None:
    top, left = first + block.top, block.left + 1
    head = block.top < len(table.head)
    meaning = table.meanings[block.left]
    cell = sheet.cell(top, left)
    font = Font(name=HEAD_FONT, size=BODY_SIZE, bold=True) if head else Font(name=BODY_FONT, size=BODY_SIZE)
    _write(cell, block.text, font)
    if meaning is Column.POINTS and not head:
        _as_number(cell, block.text)
    centred = head or meaning in _CENTRED
    cell.alignment = Alignment(horizontal="center" if centred else "left", vertical="center", wrap_text=True)
    for down in range(block.rows):
        for across in range(block.columns):
            sheet.cell(top + down, left + across).border = _BORDER
    if block.rows > 1 or block.columns > 1:
        sheet.merge_cells(
            start_row=top, end_row=top + block.rows - 1, start_column=left, end_column=left + block.columns - 1
        )


def _write(cell: Cell | MergedCell, text: str, font: Font) -> None:
    """Put a text into a cell as text, whatever it begins with: what strangers wrote is never a formula."""
    cell.font = font
    plain = clean_text(text)
    if plain:
        cell.value = plain
        cell.data_type = "s"
        cell.number_format = "@"


def _as_number(cell: Cell | MergedCell, text: str) -> None:
    """Let points be added up where they look the same as a number."""
    match = _NUMBER.fullmatch(text)
    if match:
        decimals = len(match.group(1) or "")
        cell.value = float(text) if decimals else int(text)
        cell.number_format = f"0.{'0' * decimals}" if decimals else "0"


def _heights(found: Sequence[Block], sizes: Sequence[int], count_of_rows: int) -> Iterator[float]:
    """Give the height of each row in points; what a merged cell needs beyond its rows goes to the last of them."""
    heights = [_LINE_HEIGHT * 1.4] * count_of_rows
    for block in sorted(found, key=lambda one: one.rows):
        per_line = max(sum(sizes[block.left : block.left + block.columns]) * _PER_MILLIMETRE, 1)
        lines = sum(max(-(-len(line) // int(per_line + 1)), 1) for line in block.text.split("\n"))
        needed = (lines + 0.4) * _LINE_HEIGHT
        places = range(block.top, block.top + block.rows)
        missing = needed - sum(heights[place] for place in places)
        if missing > 0:
            heights[places[-1]] += missing
    return (min(height, _HIGHEST) for height in heights)


def _set_page(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.6
    sheet.page_margins.top = sheet.page_margins.bottom = 0.7

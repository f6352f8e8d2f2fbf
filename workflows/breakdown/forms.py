"""Which form a file is in, decided by its content, and the sheet of task tables in it."""

import re
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.breakdown.csv_form import looks_like_csv, read_csv
from workflows.breakdown.decoding import decoded
from workflows.breakdown.docx_form import read_docx
from workflows.breakdown.grid import Sheet
from workflows.breakdown.html_form import looks_like_html, read_html
from workflows.breakdown.layout import sheet_of
from workflows.breakdown.legacy_form import RICH_TEXT, read_legacy
from workflows.breakdown.line_cells_form import looks_like_line_cells, read_line_cells
from workflows.breakdown.line_layout import read_lines
from workflows.breakdown.markdown_form import looks_like_markdown, read_markdown
from workflows.breakdown.paragraph_form import looks_like_paragraphs, read_paragraphs, with_paragraph_tasks
from workflows.breakdown.piped_form import looks_like_piped, read_piped
from workflows.breakdown.raw_tables import LeftOut, RawDocument
from workflows.breakdown.spaced_form import looks_like_spaced, read_spaced
from workflows.breakdown.text_layout import read_cells
from workflows.breakdown.xlsx_form import read_xlsx
from workflows.evidence import compound

_PACKAGE = b"PK\x03\x04"
#: More lines than any real table; keeps a hostile file from filling the memory.
MAX_LINES = 200_000

#: Cells of several lines are quoted; only the reader of delimited text knows that.
_QUOTE = '"'
#: By how much a less sure reading has to be better.
_FAR_MORE = 1.2

_SAYS_SOMETHING = re.compile(r"[0-9\u2e80-\U0003ffff]")

_TextForm = tuple[Callable[[str], bool], Callable[[str], RawDocument]]
#: The surest first: of two that find the same, the first is taken.
_TEXT_FORMS: tuple[_TextForm, ...] = (
    (looks_like_markdown, read_markdown),
    (looks_like_piped, read_piped),
    (looks_like_csv, read_csv),
    (looks_like_spaced, read_spaced),
    (looks_like_paragraphs, read_paragraphs),
    (looks_like_line_cells, read_line_cells),
)


def read_sheet(name: str, data: bytes) -> tuple[Sheet, tuple[LeftOut, ...]]:
    """Give the task tables of a file and what its reader left out. Raises Invalid for what cannot be read at all."""
    document = _binary(name, data)
    if document is not None:
        document = with_paragraph_tasks(document)
        return sheet_of(document), document.left_out
    text = decoded(name, data)
    if text.count("\n") + text.count("\t") > MAX_LINES:
        raise Invalid(N_("{name} has more than 200,000 cells or lines. Save the task table alone."), name=name)
    if looks_like_html(text):
        page = with_paragraph_tasks(read_html(data, name))
        return sheet_of(page), page.left_out
    return _best(list(_sheets(text))), ()


def _binary(name: str, data: bytes) -> RawDocument | None:
    if data.startswith((compound.MARK, RICH_TEXT)):
        return read_legacy(name, data)
    if not data.startswith(_PACKAGE):
        return None
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise Invalid(N_("{name} is damaged or cut off. Open it, save it anew and try again."), name=name) from error
    if any(one.startswith("xl/") for one in names):
        return read_xlsx(name, data)
    if any(one.startswith("word/") for one in names):
        return read_docx(name, data)
    message = N_("{name} is an archive, not a task table. Unpack it and choose the table itself.")
    raise Invalid(message, name=name)


def _sheets(text: str) -> Iterator[Sheet]:
    """Give the sheets of a text, as each form that may fit reads it."""
    if "\t" in text:
        by_line = read_lines(text)
        by_tabs = by_line if by_line.grids else read_cells(text)
        yield by_tabs
        if by_tabs.grids and _QUOTE not in text:
            return
    for fits, read in _TEXT_FORMS:
        if fits(text):
            yield sheet_of(read(text))


def _best(sheets: list[Sheet]) -> Sheet:
    """Take the surest reading, or one that puts far more text into rows; none is mixed with another."""
    best = Sheet((), ())
    for sheet in sheets:
        if _worth(sheet) > _worth(best) * _FAR_MORE if best.grids else bool(sheet.grids):
            best = sheet
    return best


def _worth(sheet: Sheet) -> int:
    placed = sum(_words(cell.text) for grid in sheet.grids for row in grid.rows for cell in row.cells)
    strays = [*sheet.strays, *(stray for grid in sheet.grids for stray in grid.strays)]
    left = sum(_words(stray.text) for stray in strays)
    return placed - left if sheet.grids else -(1 << 30)


def _words(text: str) -> int:
    """Count the signs of a text that say something: marks of a form (**, <br>, ---) are none."""
    return len(_SAYS_SOMETHING.findall(text))

"""A report written on the collecting page (说明报告), kept as the Word document that offices hand on."""

from io import BytesIO

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.run import Run

from engine.catalogue import N_
from engine.errors import Invalid

MAX_CHARS = 20_000
#: GB/T 9704-2012 §5.2.1: body in 3号 仿宋 (16 pt).
_BODY, _SIZE = "仿宋", 16
_TITLE, _TITLE_SIZE = "方正小标宋简体", 22


def as_docx(title: str, text: str) -> bytes:
    """Set a title and the paragraphs of a text as a Word document. Raises Invalid for an empty or far too long text."""
    paragraphs = [line.strip() for line in text.splitlines() if line.strip()]
    if not paragraphs:
        raise Invalid(N_("Write the report first; there is no text yet."))
    if len(text) > MAX_CHARS:
        raise Invalid(N_("The report is longer than {limit} characters. Write it in Word and hand the file in."), limit=MAX_CHARS)
    document = Document()
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _font(head.add_run(_printable(title)), _TITLE, _TITLE_SIZE)
    for line in paragraphs:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.first_line_indent = Pt(2 * _SIZE)
        _font(paragraph.add_run(_printable(line)), _BODY, _SIZE)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _font(run: Run, name: str, size: int) -> None:
    run.font.name, run.font.size = name, Pt(size)
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable() or sign == "\t")

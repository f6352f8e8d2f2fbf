"""Word documents (.docx), also those that WPS or LibreOffice wrote, as raw tables."""

from workflows.breakdown.office.opener import opened
from workflows.breakdown.raw_tables import RawDocument


def read_docx(name: str, data: bytes) -> RawDocument:
    """Read the tables of a Word document with the paragraphs between them, in order.

    Merged cells are those of the file; automatic numbers stand in the text; deleted and hidden text is left out.
    Raises Invalid, in one sentence with the way out, for what is damaged, protected, holds macros, is no Word
    document, or takes too much time or memory.
    """
    return opened(name, data, "docx")

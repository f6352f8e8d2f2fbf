"""Write a task table back as Word or Excel has it, as it was read or with its corrections: merged cells, titles, heads.

Reading the file again gives the same rules.
"""

from workflows.breakdown.exporting_docx import word_file
from workflows.breakdown.exporting_layout import laid_out
from workflows.breakdown.exporting_xlsx import workbook_file
from workflows.breakdown.shapes import BreakdownDocument

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_docx(document: BreakdownDocument) -> bytes:
    """Give a document as a Word file (media type DOCX_TYPE)."""
    return word_file(laid_out(document))


def as_xlsx(document: BreakdownDocument) -> bytes:
    """Give a document as a workbook with a sheet for each table (media type XLSX_TYPE)."""
    return workbook_file(laid_out(document))

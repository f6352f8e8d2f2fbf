"""Excel workbooks (.xlsx), also those that WPS or LibreOffice wrote, as raw tables."""

from workflows.breakdown.office.opener import opened
from workflows.breakdown.raw_tables import RawDocument


def read_xlsx(name: str, data: bytes) -> RawDocument:
    """Read every visible sheet of a workbook as a table, its cells as people see them.

    Formulas count with the results they were saved with; hidden sheets, rows and columns are left out and counted.
    Raises Invalid, in one sentence with the way out, for what is damaged, protected, holds macros, is no workbook, or
    takes too much time or memory.
    """
    return opened(name, data, "xlsx")

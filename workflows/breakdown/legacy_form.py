"""Files of the older kinds (.doc, .wps, .xls, .et, .rtf) as raw tables, by way of LibreOffice.

What a file is, its content decides: WPS writes the same two kinds of files as Word and Excel of old.
"""

import tempfile
from pathlib import Path

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.breakdown.docx_form import read_docx
from workflows.breakdown.office.conversion import Older, converted
from workflows.breakdown.raw_tables import RawDocument
from workflows.breakdown.xlsx_form import read_xlsx
from workflows.evidence import compound
from workflows.evidence.formats import DOC, XLS

RICH_TEXT = b"{\\rtf"

_OTHER = N_(
    "{name} is no Word, WPS or Excel file of the older kind. Open it in the program it comes from, save it as .docx or "
    ".xlsx and try again."
)


def read_legacy(name: str, data: bytes) -> RawDocument:
    """Read a file of an older kind.

    Raises Invalid, in one sentence with the way out, for what is protected, holds macros, is no such file, or cannot
    be converted because LibreOffice is missing, fails or takes too long.
    """
    kind = _kind(name, data)
    if kind == "xls":
        return read_xlsx(name, converted(Older(name, data, kind, "xlsx")))
    return read_docx(name, converted(Older(name, data, kind, "docx")))


def _kind(name: str, data: bytes) -> str:
    if data.lstrip().startswith(RICH_TEXT):
        return "rtf"
    if not data.startswith(compound.MARK):
        raise Invalid(_OTHER, name=name)
    with tempfile.NamedTemporaryFile(prefix="juanzong-table-") as file:
        file.write(data)
        file.flush()
        try:
            content = compound.content_of(Path(file.name))
        except Invalid as refusal:
            raise Invalid(refusal.message, name=name) from refusal
    if content is DOC:
        return "doc"
    if content is XLS:
        return "xls"
    raise Invalid(_OTHER, name=name)

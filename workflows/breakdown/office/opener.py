"""Open a Word or Excel file in a child process with limits, and give what it holds as raw tables.

`python -m workflows.breakdown.office.opener LIMITS PATH FORM` is the child; its answer is JSON.
"""

import json
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.breakdown.office.parts import Package
from workflows.breakdown.office.word import read_word
from workflows.breakdown.office.workbook import read_workbook
from workflows.breakdown.raw_tables import LeftOut, RawCell, RawDocument, RawRow, RawTable
from workflows.evidence import compound, confined, packages
from workflows.evidence.formats import DAMAGED, DOCX, ENCRYPTED, XLSX

LIMITS = confined.Limits(memory=1 << 30, cpu_seconds=20, wall_seconds=60)

_OPENER = "workflows.breakdown.office.opener"
_FORMS = {"docx": (DOCX, read_word), "xlsx": (XLSX, read_workbook)}
_OTHER = {
    "docx": N_("{name} is no Word document. Open it in Word or WPS, save it as .docx and try again."),
    "xlsx": N_("{name} is no Excel workbook. Open it in Excel or WPS, save it as .xlsx and try again."),
}
_TOO_DEMANDING = N_(
    "{name} takes too much time or memory to read. Save the task table alone in a new file and try again."
)
_PACKAGE = b"PK\x03\x04"


def opened(name: str, data: bytes, form: str, limits: confined.Limits = LIMITS) -> RawDocument:
    """Read `data` of a file called `name` as a package of `form`, "docx" or "xlsx".

    Raises Invalid, in one sentence, for what is damaged, protected, full of macros, of another kind, or takes more
    than `limits`.
    """
    with tempfile.NamedTemporaryFile(prefix="juanzong-table-") as file:
        file.write(data)
        file.flush()
        try:
            answer = json.loads(confined.run(_OPENER, [file.name, form], limits))
        except confined.TooDemanding as error:
            raise Invalid(_TOO_DEMANDING, name=name) from error
        except confined.Unreadable as error:
            raise Invalid(DAMAGED, name=name) from error
    if "refused" in answer:
        raise Invalid(answer["refused"], name=name)
    return _document(answer)


def read_package(path: Path, form: str) -> RawDocument:
    """Read a package in this process: the work of the child. Raises Invalid, its `name` still open."""
    content, read = _FORMS[form]
    with path.open("rb") as file:
        head = file.read(len(compound.MARK))
    if head == compound.MARK:
        # Word and Excel wrap a package with a password in a file of the older kind.
        compound.content_of(path)
        raise Invalid(_OTHER[form])
    if not head.startswith(_PACKAGE) or packages.content_of(path) is not content:
        raise Invalid(_OTHER[form])
    try:
        with zipfile.ZipFile(path) as archive:
            return read(Package(archive))
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise Invalid(DAMAGED) from error
    except RuntimeError as error:  # what zipfile says to a part with a password
        raise Invalid(ENCRYPTED) from error


def main(arguments: Sequence[str]) -> bytes:
    """Give the answer for the parent: the document, or `{"refused": msgid}`."""
    path, form = arguments
    try:
        return json.dumps(_values(read_package(Path(path), form))).encode()
    except Invalid as refusal:
        return json.dumps({"refused": refusal.message}).encode()


def _values(document: RawDocument) -> dict[str, Any]:
    return {
        "tables": [
            {
                "name": table.name,
                "before": table.before,
                "rows": [[row.place, [[cell.text, cell.above, cell.left] for cell in row.cells]] for row in table.rows],
            }
            for table in document.tables
        ],
        "after": document.after,
        "left_out": [[one.what, one.count, one.where] for one in document.left_out],
    }


def _document(values: dict[str, Any]) -> RawDocument:
    return RawDocument(
        tables=tuple(
            RawTable(
                rows=tuple(
                    RawRow(tuple(RawCell(text, above, left) for text, above, left in cells), place)
                    for place, cells in table["rows"]
                ),
                before=tuple((text, place) for text, place in table["before"]),
                name=table["name"],
            )
            for table in values["tables"]
        ),
        after=tuple((text, place) for text, place in values["after"]),
        merging_known=True,
        left_out=tuple(LeftOut(what, count, where) for what, count, where in values["left_out"]),
    )


if __name__ == "__main__":
    confined.child(main)

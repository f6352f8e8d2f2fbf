"""A task table as a Word or Excel file again: a draft as it was corrected so far, or what was imported."""

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from uuid import UUID

from flask import Blueprint, send_file
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from models.breakdown import TaskBreakdown
from models.people import Role
from web.guards import guard
from web.site import site
from workflows.breakdown.exporting import DOCX_TYPE, XLSX_TYPE, as_docx, as_xlsx
from workflows.breakdown.looking_over import looked_over
from workflows.breakdown.open_document import closed
from workflows.breakdown.shapes import BreakdownDocument
from workflows.breakdown.stored_rules import stored_document

blueprint = Blueprint("exports", __name__)

_FORMS: Mapping[str, tuple[Callable[[BreakdownDocument], bytes], str]] = {
    "docx": (as_docx, DOCX_TYPE),
    "xlsx": (as_xlsx, XLSX_TYPE),
}


@blueprint.get("/imports/drafts/<uuid:draft_id>/export.<form>")
@guard(Role.CREATION_OFFICE)
def draft(draft_id: UUID, form: str) -> Response:
    """Give a draft as a file, as it stands."""
    with site().reading() as reader:
        standing = looked_over(reader, draft_id)
        document, name = closed(standing.document, standing.grids), standing.draft.file_name
    return _file(document, name, form)


@blueprint.get("/imports/<uuid:breakdown_id>/export.<form>")
@guard(Role.CREATION_OFFICE)
def imported(breakdown_id: UUID, form: str) -> Response:
    """Give an import as a file, its requirements as they are now."""
    with site().reading() as reader:
        document = stored_document(reader, breakdown_id)
        name = reader.get_one(TaskBreakdown, breakdown_id).file_name
    return _file(document, name, form)


def _file(document: BreakdownDocument, name: str, form: str) -> Response:
    if form not in _FORMS:
        raise NotFound(N_("There is no such page."))
    if not document.tables:
        raise Invalid(N_("No table has a row: there is nothing to write to a file."))
    write, media_type = _FORMS[form]
    download = f"{Path(name).stem}.{form}"
    return send_file(BytesIO(write(document)), mimetype=media_type, as_attachment=True, download_name=download)

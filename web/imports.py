"""Import of a task table: choose a file, look at every row, then save exactly what was shown."""

import unicodedata
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from models.people import Role
from web import import_page
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import person
from web.site import site
from workflows.breakdown.document import MAX_BYTES, read_bytes
from workflows.breakdown.importing import campaign_named, import_document

blueprint = Blueprint("imports", __name__)

#: Where the session keeps the digests of the files it has shown; only these can be imported.
_PREVIEWED = "previewed"
_MOST_PREVIEWED = 10
_MAX_NAME = 120


@blueprint.get("/imports")
@guard(Role.CREATION_OFFICE)
def index() -> str:
    """Show the form and the earlier imports."""
    return _start(request.args.get("campaign", ""), error="")


@blueprint.post("/imports/preview")
@guard(Role.CREATION_OFFICE)
def preview() -> str | tuple[str, int]:
    """Read the file and show what it would become; only its bytes are kept, in the vault."""
    campaign = _plain(request.form.get("campaign", ""))
    try:
        name, data = _uploaded(request.files.get("file"))
        document = read_bytes(name, data)
        _check_campaign(campaign)
    except Invalid as refused:
        return _start(campaign, error=sentence(refused)), 422
    digest = site().facilities.vault.put_bytes(data).sha256
    _remember(digest)
    with site().reading() as reader:
        shown = import_page.previewed(reader, campaign, data, document)
    return render_template("imports/preview.html", file_name=name, digest=digest, campaign=campaign, **shown)


@blueprint.post("/imports")
@guard(Role.CREATION_OFFICE)
def save() -> Response:
    """Save the file that was shown, in one transaction."""
    digest = request.form.get("digest", "")
    if digest not in session.get(_PREVIEWED, []):
        raise Conflict(N_("This preview is no longer open. Choose the file again and look at its rows."))
    name = _plain(request.form.get("file_name", ""))
    data = site().facilities.vault.read(digest)
    document = read_bytes(name, data)
    with site().work(person().actor) as unit:
        campaign = campaign_named(unit, _plain(request.form.get("campaign", "")))
        result = import_document(unit, campaign, name, data, document)
    if result.already:
        notify(N_("This file was imported before; nothing changed"), "warn")
    return redirect(url_for("imports.done", breakdown_id=result.breakdown_id), 303)


@blueprint.get("/imports/<uuid:breakdown_id>")
@guard(Role.CREATION_OFFICE)
def done(breakdown_id: UUID) -> str:
    """Show what an import made, with a way to assign each table."""
    with site().reading() as reader:
        shown = import_page.imported(reader, breakdown_id)
    return render_template("imports/done.html", **shown)


def _start(campaign: str, *, error: str) -> str:
    with site().reading() as reader:
        shown = import_page.start(reader)
    chosen = campaign or next(iter(shown["campaigns"]), "")
    return render_template("imports/start.html", campaign=chosen, error=error, **shown)


def _uploaded(file: FileStorage | None) -> tuple[str, bytes]:
    name = _plain((file.filename or "") if file is not None else "")
    if file is None or not name:
        raise Invalid(N_("Choose the file of the task table."))
    return name.rsplit("/", 1)[-1][-_MAX_NAME:], file.stream.read(MAX_BYTES + 1)


def _check_campaign(name: str) -> None:
    if not name:
        raise Invalid(N_("A campaign needs a name, such as “2026 civilised city”."))


def _plain(text: str) -> str:
    """Give a name as records can hold it: composed characters, one line."""
    return "".join(one for one in unicodedata.normalize("NFC", text) if one.isprintable()).strip()


def _remember(digest: str) -> None:
    shown = [one for one in session.get(_PREVIEWED, []) if one != digest]
    session[_PREVIEWED] = [*shown, digest][-_MOST_PREVIEWED:]

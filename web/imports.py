"""Import of a task table: choose files or paste a table, look every row over, then save exactly what was looked over."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from models.people import Role
from web import import_page
from web.forms import key_in, number_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence, translated
from web.looking_over import refused_in_place
from web.looking_over_beside import href
from web.session import person
from web.site import site
from workflows.breakdown import looking_over
from workflows.breakdown.document import MAX_BYTES, read_bytes
from workflows.breakdown.importing import SourceFile, campaign_checked

blueprint = Blueprint("imports", __name__)

_MAX_NAME = 120
_MOST_FILES = 20


@dataclass(frozen=True)
class Chosen:
    """A file as it was chosen, or the text that was pasted."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of one chosen file: the draft it is looked over in, or why it could not be read."""

    name: str
    draft_id: UUID | None
    fault: str


@blueprint.get("/imports")
@guard(Role.CREATION_OFFICE)
def index() -> str:
    """Show the form, the drafts that wait, and the earlier imports."""
    return _start(request.args.get("campaign", ""))


@blueprint.post("/imports/preview")
@guard(Role.CREATION_OFFICE)
def preview() -> Response | tuple[str, int]:
    """Read the files into drafts to be looked over; each for itself, so that a refused one harms no other."""
    campaign = _plain(request.form.get("campaign", ""))
    pasted = typed("pasted")
    try:
        campaign_checked(campaign)
        chosen = _chosen(pasted)
    except Invalid as refused:
        _count_refusal(refused, "")
        return _start(campaign, pasted, error=sentence(refused)), 422
    outcomes = [_taken_in(campaign, one) for one in chosen]
    drafts = [one.draft_id for one in outcomes if one.draft_id is not None]
    refusals = [one for one in outcomes if one.draft_id is None]
    if len(drafts) == 1 and not refusals:
        return redirect(href(drafts[0]), 303)
    if drafts:
        notify(N_("{n} files were read; look each over before you import it."), n=len(drafts))
    if not refusals:
        return redirect(url_for("imports.index"), 303)
    return _start(campaign, "" if drafts else pasted, refusals=refusals), 422


@blueprint.post("/imports")
@guard(Role.CREATION_OFFICE)
def save() -> Response | tuple[str, int]:
    """Save a draft as it was looked over, in one transaction."""
    draft_id = key_in(typed("draft"))
    if draft_id is None:
        raise NotFound(N_("There is no such draft: it was discarded, or never begun. Choose the file again."))
    try:
        with site().work(person().actor) as unit:
            result = looking_over.save(unit, draft_id, number_in(typed("version")))
    except Conflict as refused:
        return refused_in_place(draft_id, refused)
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


def _start(campaign: str, pasted: str = "", error: str = "", refusals: list[Outcome] | None = None) -> str:
    with site().reading() as reader:
        shown = import_page.start(reader)
    chosen = campaign or next(iter(shown["campaigns"]), "")
    return render_template(
        "imports/start.html", campaign=chosen, pasted=pasted, error=error, refusals=refusals or [], **shown
    )


def _chosen(pasted: str) -> list[Chosen]:
    files = [file for file in request.files.getlist("file") if file.filename]
    if len(files) > _MOST_FILES:
        raise Invalid(N_("These are {n} files. Choose at most {most} at once."), n=len(files), most=_MOST_FILES)
    chosen = [Chosen(_name(file), file.stream.read(MAX_BYTES + 1)) for file in files]
    if pasted.strip():
        chosen.append(Chosen(translated(N_("Pasted table.txt")), pasted.encode()))
    if not chosen:
        raise Invalid(N_("Choose the file of the task table, or paste the table."))
    return chosen


def _taken_in(campaign: str, file: Chosen) -> Outcome:
    try:
        document = read_bytes(file.name, file.data)
        sha256 = site().facilities.vault.put_bytes(file.data).sha256
        with site().work(person().actor) as unit:
            draft_id = looking_over.begin(unit, campaign, SourceFile(file.name, sha256), document).id
    except Invalid as refused:
        _count_refusal(refused, file.name)
        return Outcome(file.name, None, sentence(refused))
    return Outcome(file.name, draft_id, "")


def _count_refusal(refused: Invalid, name: str) -> None:
    with site().work(person().actor) as unit:
        looking_over.refuse(unit, looking_over.CHAIN, refused, name)


def _name(file: FileStorage) -> str:
    return _plain(file.filename or "").rsplit("/", 1)[-1][-_MAX_NAME:]


def _plain(text: str) -> str:
    """Give a name as records can hold it: composed characters, one line."""
    return "".join(one for one in unicodedata.normalize("NFC", text) if one.isprintable()).strip()

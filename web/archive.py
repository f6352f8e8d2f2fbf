"""Search, the archive with its dossiers, and the check of a paper somebody brings."""

import tempfile
from hashlib import file_digest
from pathlib import Path

from flask import Blueprint, render_template, request, send_file
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid
from web import archive_list, dossier_page
from web.files import shown_picture
from web.forms import clean, key_in, number_in
from web.guards import guard
from web.headers import FILE_POLICY
from web.language import sentence
from web.session import language, now, person
from web.site import site
from workflows.dossier.handed_in import check, recorded
from workflows.evidence.previews import page_picture

blueprint = Blueprint("archive", __name__)

_MAX_NAME = 120
_YEARS = range(1900, 2200)


@blueprint.get("/archive")
@guard.signed_in
def index() -> str:
    """Search all cases this person may see; without a search, show what is archived."""
    search = archive_list.UNASKED
    if request.args:
        search = archive_list.Search(
            text=clean(request.args.get("q", "")).strip(),
            campaign=key_in(request.args.get("campaign")),
            department=key_in(request.args.get("department")),
            state=clean(request.args.get("state", "")),
            year=_year(request.args.get("year")),
        )
    with site().reading() as reader:
        shown = archive_list.shown(reader, person().actor, search, request.args.get("page", 1, type=int), now())
    return render_template("archive/list.html", **shown)


@blueprint.get("/archive/<no>")
@guard.signed_in
def dossier(no: str) -> str:
    """Show one dossier; `?verify=1` checks it first."""
    verifying = "verify" in request.args
    with site().reading() as reader:
        found = dossier_page.dossier_of(reader, person().actor, no)
        shown = dossier_page.shown(reader, person().actor, found)
        known = recorded(reader, found.pdf_sha256) if verifying else None
    if verifying:
        with site().facilities.vault.local(found.pdf_sha256) as paper:
            shown |= dossier_page.checked(check(paper, site().facilities, known, language()))
    return render_template("archive/dossier.html", **shown)


@blueprint.get("/archive/<no>/dossier.pdf")
@guard.signed_in
def pdf(no: str) -> Response:
    """Give the sealed bytes, to be shown or with `?download=1` to be saved under a name in words."""
    with site().reading() as reader:
        found = dossier_page.dossier_of(reader, person().actor, no)
    answer = send_file(
        site().facilities.vault.open(found.pdf_sha256),
        mimetype="application/pdf",
        as_attachment="download" in request.args,
        download_name=dossier_page.file_name(found),
        conditional=False,
        etag=False,
    )
    answer.content_length = found.size
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get("/archive/<no>/pages/<int:number>.jpg")
@guard.signed_in
def page(no: str, number: int) -> Response:
    """Give the picture of one page, counted from 1."""
    with site().reading() as reader:
        found = dossier_page.dossier_of(reader, person().actor, no)
    picture = page_picture(site().facilities.vault, found.pdf_sha256, number)
    return shown_picture(picture, f"{found.pdf_sha256}-{number}")


@blueprint.get("/verify")
@guard.signed_in
def verify() -> str:
    """Show the form for a paper to be checked."""
    return render_template("archive/verify.html", verdict=None, lights=[], file_name="", error="")


@blueprint.post("/verify")
@guard.signed_in
def verify_file() -> str | tuple[str, int]:
    """Check a PDF somebody brings; the file is not kept."""
    file = request.files.get("file")
    name = clean(file.filename or "")[-_MAX_NAME:] if file is not None else ""
    try:
        if file is None or not name:
            raise Invalid(N_("Choose the PDF to be checked."))  # noqa: TRY301 - shown on this page like the others
        with tempfile.NamedTemporaryFile(prefix="juanzong-verify-") as kept:
            file.save(kept)
            kept.flush()
            shown = dossier_page.checked(_verdict(Path(kept.name)))
    except Invalid as refused:
        return render_template("archive/verify.html", verdict=None, lights=[], file_name=name, error=sentence(refused)), 422
    return render_template("archive/verify.html", file_name=name, error="", **shown)


def _year(text: str | None) -> int | None:
    found = number_in(text)
    return found if found is not None and found in _YEARS else None


def _verdict(paper: Path) -> dict[str, object]:
    with paper.open("rb") as stream:
        digest = file_digest(stream, "sha256").hexdigest()
    with site().reading() as reader:
        known = recorded(reader, digest)
    return check(paper, site().facilities, known, language())

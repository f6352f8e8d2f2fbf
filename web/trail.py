"""The trail of one case: what happened, newest first; the check of its chain; the records as they are stored; the proof to take away."""

import tempfile

from flask import Blueprint, render_template, request, send_file
from werkzeug.wrappers import Response

from engine import bundle
from engine.catalogue import N_
from engine.errors import Forbidden
from web import trail_page
from web.forms import number_in
from web.guards import guard
from web.session import person
from web.site import site
from workflows.access import record_reading
from workflows.dossier.bundles import case_bundle
from workflows.lifecycle.words import case_chain
from workflows.visibility import sees_everything, visible_case

blueprint = Blueprint("trail", __name__)

#: No chain is longer than the column of its numbers holds.
_LAST = 2**31 - 1


@blueprint.get("/items/<no>/trail")
@guard.signed_in
def trail(no: str) -> str:
    """Show the trail; `?verify=1` checks the chain first and marks every record."""
    before = number_in(request.args.get("before"))
    with site().reading() as reader:
        case = visible_case(reader, person().actor, no)
        _note_reading(no)
        shown = trail_page.shown(reader, person().actor, case, min(before or _LAST, _LAST), verify="verify" in request.args)
    return render_template("items/trail.html", **shown)


@blueprint.get(f"/items/<no>/trail/<int(max={_LAST}):seq>")
@guard.signed_in
def raw(no: str, seq: int) -> str:
    """Show one record exactly as it is stored and hashed."""
    with site().reading() as reader:
        case = visible_case(reader, person().actor, no)
        _note_reading(no)
        shown = trail_page.raw(reader, person().actor, case, seq)
    return render_template("items/raw.html", **shown)


@blueprint.get("/items/<no>/trail.jsonl")
@guard.signed_in
def export(no: str) -> Response:
    """Give the whole chain, one canonical record a line: `engine/verify.py` checks it without this system."""
    with site().reading() as reader:
        case = visible_case(reader, person().actor, no)
        if not sees_everything(person().actor):
            raise Forbidden(N_("The whole chain also holds the records of other departments. Ask the creation office for it."))
        _note_reading(no)
        lines = trail_page.exported(reader, case)
    answer = Response(lines, mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = f'attachment; filename="{no}.jsonl"'
    return answer


@blueprint.get("/items/<no>/trail.zip")
@guard.signed_in
def bundle_of(no: str) -> Response:
    """Give everything that proves a case in one package, with the program that checks it without this system."""
    with site().reading() as reader:
        visible_case(reader, person().actor, no)
    if not sees_everything(person().actor):
        raise Forbidden(N_("The whole chain also holds the records of other departments. Ask the creation office for it."))
    _note_reading(no)
    made = case_bundle(site().sessions, site().facilities, no, site().clock)
    package = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the answer
    bundle.pack(made.parts, package)
    package.seek(0)
    return send_file(package, mimetype="application/zip", as_attachment=True, download_name=f"{no}.zip")


def _note_reading(no: str) -> None:
    """Write down that somebody read the history of a case who sees every case; who works on it reads it as a matter of course."""
    if sees_everything(person().actor):
        record_reading(site().sessions, person().actor, case_chain(no), site().clock)

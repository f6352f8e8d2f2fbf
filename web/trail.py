"""The trail of one case: what happened, newest first; the check of its chain; the records as they are stored."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Forbidden
from web import trail_page
from web.forms import number_in
from web.guards import guard
from web.session import person
from web.site import site
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
        shown = trail_page.shown(reader, person().actor, case, min(before or _LAST, _LAST), verify="verify" in request.args)
    return render_template("items/trail.html", **shown)


@blueprint.get(f"/items/<no>/trail/<int(max={_LAST}):seq>")
@guard.signed_in
def raw(no: str, seq: int) -> str:
    """Show one record exactly as it is stored and hashed."""
    with site().reading() as reader:
        case = visible_case(reader, person().actor, no)
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
        lines = trail_page.exported(reader, case)
    answer = Response(lines, mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = f'attachment; filename="{no}.jsonl"'
    return answer

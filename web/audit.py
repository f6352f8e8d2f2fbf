"""The audit log as a whole: the last full check, a new one, and the records with their filters."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import sequencer
from engine.catalogue import N_
from engine.errors import NotFound
from engine.proofs import signed_note
from models.people import Role
from web import audit_page
from web.forms import clean, number_in
from web.frame import notify
from web.guards import guard
from web.moments import parsed_day
from web.session import person
from web.site import site
from workflows.access import record_reading
from workflows.audit_checks import check_everything

blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
@guard(Role.AUDITOR, Role.ADMINISTRATOR)
def index() -> str:
    """Show the verdict and the records, newest first."""
    wanted = audit_page.Filter(
        person=request.args.get("person", ""),
        kind=clean(request.args.get("kind", "")),
        day_from=parsed_day(request.args.get("from")),
        day_to=parsed_day(request.args.get("to")),
    )
    record_reading(site().sessions, person().actor, "log", site().clock)
    with site().reading() as reader:
        shown = audit_page.shown(reader, person().actor, wanted, number_in(request.args.get("before")))
    return render_template("audit/audit.html", **shown)


@blueprint.post("/audit/verify")
@guard(Role.AUDITOR, Role.ADMINISTRATOR)
def verify() -> Response:
    """Check every chain now; the outcome is recorded and shown."""
    check = check_everything(site().sessions, person().actor, site().clock, log=site().facilities.log)
    if check.intact:
        notify(N_("Checked: everything is intact"))
    else:
        notify(N_("Checked: something is wrong"), "bad")
    return redirect(url_for("audit.index"), 303)


@blueprint.get("/audit/checkpoint")
@guard.signed_in
def checkpoint() -> Response:
    """Give the newest signed state of the log with its cosignatures: whoever keeps it can prove later what was there."""
    with site().reading() as reader:
        newest = sequencer.newest_checkpoint(reader)
        if newest is None:
            raise NotFound(N_("The log has no signed state yet."))
        note = signed_note(reader, newest)
    answer = Response(note, mimetype="text/plain")
    answer.headers["Content-Disposition"] = f'attachment; filename="checkpoint-{newest.size}.txt"'
    return answer

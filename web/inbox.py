"""The inbox (待办): the lists of one's work, the step beside the list, the way to decide with one click."""

from flask import Blueprint, render_template, request

from web import inbox_page
from web.forms import number_in
from web.guards import guard
from web.session import person
from web.site import site
from web.inbox_scans import Side
from web.work_lists import state_in

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/inbox")
@guard.signed_in
def index() -> str:
    """Show a list with one step beside it."""
    viewer = person()
    asked = inbox_page.Asked(state_in(request.args, viewer.roles), _beside(), number_in(request.args.get("sel")))
    with site().reading() as session:
        return render_template("inbox/list.html", **inbox_page.page(session, viewer, asked))


@blueprint.get("/inbox/<int(max=999999999999999999):item_id>/preview")
@guard.signed_in
def preview(item_id: int) -> str:
    """Give one step alone, for the script of the list."""
    viewer = person()
    with site().reading() as session:
        shown = inbox_page.alone(session, viewer, state_in(request.args, viewer.roles), item_id)
    return render_template("inbox/_preview.html", preview=shown)


def _beside() -> tuple[Side, int] | None:
    """Give the step whose neighbours are asked for, with the side; None for the first page."""
    named = ((side, number_in(request.args.get(side))) for side in Side)
    return next(((side, item_id) for side, item_id in named if item_id is not None), None)

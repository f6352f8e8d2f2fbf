"""The inbox (待办): the lists of one's work, the step beside the list, the way to decide with one click."""

from flask import Blueprint, render_template, request

from web import inbox_page
from web.forms import number_in
from web.guards import guard
from web.session import person
from web.site import site
from web.work_lists import state_in

blueprint = Blueprint("inbox", __name__)

#: No list is walked further than this by its pages.
_LAST_PAGE = 1_000


@blueprint.get("/inbox")
@guard.signed_in
def index() -> str:
    """Show a list with one step beside it."""
    viewer = person()
    number = number_in(request.args.get("page")) or 1
    asked = inbox_page.Asked(
        state_in(request.args, viewer.roles), min(number, _LAST_PAGE), number_in(request.args.get("sel"))
    )
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

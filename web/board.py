"""The board: where a campaign stands, in figures and by department."""

from flask import Blueprint, render_template, request

from models.people import Role
from web import board_page
from web.forms import key_in
from web.guards import guard
from web.session import now, person
from web.site import site

blueprint = Blueprint("board", __name__)


@blueprint.get("/board")
@guard(Role.CREATION_OFFICE, Role.LEADER, Role.AUDITOR, Role.DEPARTMENT_REVIEWER)
def index() -> str:
    """Show the figures of one campaign; the newest when none is asked for."""
    with site().reading() as session:
        page = board_page.page(session, person().actor, key_in(request.args.get("campaign")), now())
    return render_template("board/board.html", **page)

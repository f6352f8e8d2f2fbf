"""The page of a case (办理), and taking a step of it for oneself."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from engine.catalogue import N_
from web import case_page
from web.forms import clean, number_in
from web.frame import notify
from web.guards import guard
from web.session import person
from web.site import site
from web.work_lists import ListState, state_in
from workflows.lifecycle import claims

blueprint = Blueprint("items", __name__)


@blueprint.get("/items/<no>")
@guard.signed_in
def case(no: str) -> str:
    """Show a case to somebody who may see it."""
    asked = case_page.Asked(
        clean(no), came_from(), number_in(request.args.get("item")), request.args.get("photo", "")
    )
    with site().reading() as session:
        return render_template("items/item.html", **case_page.page(session, person(), asked))


@blueprint.post("/items/<no>/claim")
@guard.signed_in
def claim(no: str) -> Response:
    """Take a step out of the pool."""
    item_id = number_in(request.form.get("item_id")) or 0
    with site().work(person().actor) as unit:
        claims.claim(unit, item_id)
    notify(N_("{no} is yours now. Release it when somebody else should do it."), no=no)
    return redirect(_back_to(no, item_id), 303)


@blueprint.post("/items/<no>/release")
@guard.signed_in
def release(no: str) -> Response:
    """Put a step back into the pool."""
    item_id = number_in(request.form.get("item_id")) or 0
    with site().work(person().actor) as unit:
        claims.release(unit, item_id)
    notify(N_("{no} is back in the pool of your group."), no=no)
    return redirect(_back_to(no, item_id), 303)


def came_from() -> ListState | None:
    """Give the list this address was opened from, or None."""
    return state_in(request.args, person().roles) if "view" in request.args else None


def _back_to(no: str, item_id: int) -> str:
    state = came_from() or ListState("", "", "")
    return state.href(f"/items/{no}", item=item_id)

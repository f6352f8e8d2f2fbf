"""The page of a case (办理), and taking a step of it for oneself."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from models.people import Role
from web import case_page
from web.forms import clean, key_in, number_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import person
from web.site import site
from web.work_lists import ListState, state_in
from workflows.lifecycle import claims, excusing

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


@blueprint.post("/items/<no>/excuse")
@guard(Role.CREATION_OFFICE)
def excuse(no: str) -> Response | tuple[str, int]:
    """Excuse a department from a requirement, or no longer."""
    part, requirement = key_in(typed("contribution_id")), key_in(typed("requirement_id"))
    if part is None or requirement is None:
        raise NotFound(N_("There is no such requirement in this case."))
    try:
        with site().work(person().actor) as unit:
            if typed("end"):
                excusing.end_excuse(unit, part, requirement)
            else:
                excusing.excuse(unit, part, requirement, typed("reason"))
    except Invalid as refused:
        asked = case_page.Asked(clean(no), came_from(), None, "")
        with site().reading() as session:
            page = case_page.page(session, person(), asked) | {"excuse_fault": sentence(refused), "excuse_reason": typed("reason")}
            return render_template("items/item.html", **page), 422
    notify(N_("Saved."))
    return redirect(_back_to(no, 0), 303)


def came_from() -> ListState | None:
    """Give the list this address was opened from, or None."""
    return state_in(request.args, person().roles) if "view" in request.args else None


def _back_to(no: str, item_id: int) -> str:
    state = came_from() or ListState("", "", "")
    return state.href(f"/items/{no}", item=item_id)

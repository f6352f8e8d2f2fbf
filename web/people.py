"""People and their roles: list, add, change, new password, switch off and on. Administrators only."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid
from models.people import Role
from web import people_page
from web.forms import typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import person
from web.site import site
from workflows import people

blueprint = Blueprint("people", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/people")
@guard(Role.ADMINISTRATOR)
def index() -> str:
    """List people, by name or account."""
    search = people_page.Search(request.args.get("q", "").strip(), request.args.get("after", ""))
    with site().reading() as session:
        page = people_page.listed(session, search)
    return render_template("people/list.html", **page)


@blueprint.get("/people/new")
@guard(Role.ADMINISTRATOR)
def new() -> str:
    """Show the empty form."""
    return _form(None, people_page.EMPTY, {})


@blueprint.post("/people/new")
@guard(Role.ADMINISTRATOR)
def add() -> Page:
    """Add somebody."""
    written = people_page.written()
    try:
        grants = people_page.grants(written)
        # Not `typed`: a password is kept to the letter.
        somebody = people.NewPerson(written.login, written.name, request.form.get("password", ""), grants)
        with site().work(person().actor) as unit:
            added = people.add_person(unit, site().facilities, somebody)
    except Invalid as refused:
        return _form(None, written, _faults(refused)), 422
    notify(N_("{name} has been added and can sign in."), name=added.name)
    return redirect(url_for("people.index"), 303)


@blueprint.get("/people/<uuid:person_id>")
@guard(Role.ADMINISTRATOR)
def edit(person_id: UUID) -> str:
    """Show what is known of somebody."""
    return _form(person_id, None, {})


@blueprint.post("/people/<uuid:person_id>")
@guard(Role.ADMINISTRATOR)
def change(person_id: UUID) -> Page:
    """Correct the name and set the roles."""
    written = people_page.written()
    try:
        grants = people_page.grants(written)
        with site().work(person().actor) as unit:
            people.rename_person(unit, person_id, written.name)
            people.set_roles(unit, person_id, grants)
    except Invalid as refused:
        return _form(person_id, written, _faults(refused)), 422
    return _done(person_id, N_("Saved."))


@blueprint.post("/people/<uuid:person_id>/password")
@guard(Role.ADMINISTRATOR)
def set_password(person_id: UUID) -> Page:
    """Set a new password; a new certificate comes with it."""
    try:
        with site().work(person().actor) as unit:
            people.set_password(unit, site().facilities, person_id, request.form.get("password", ""))
    except Invalid as refused:
        return _form(person_id, None, _faults(refused)), 422
    return _done(person_id, N_("The new password and the new certificate are in force."))


@blueprint.post("/people/<uuid:person_id>/active")
@guard(Role.ADMINISTRATOR)
def set_active(person_id: UUID) -> Page:
    """Switch somebody off or on again."""
    active = typed("active") == "yes"
    try:
        with site().work(person().actor) as unit:
            people.set_person_active(unit, person_id, active=active)
    except Invalid as refused:
        return _form(person_id, None, _faults(refused)), 422
    return _done(person_id, N_("This person can sign in again. Set a new password, so that a signing certificate is issued.") if active else N_("This person can no longer sign in."))


def _form(person_id: UUID | None, written: people_page.Written | None, errors: dict[str, str]) -> str:
    with site().reading() as session:
        page = people_page.form(session, person_id, written)
    return render_template("people/edit.html", **page, errors=errors)


def _done(person_id: UUID, message: str) -> Response:
    notify(message)
    return redirect(url_for("people.edit", person_id=person_id), 303)


def _faults(refused: Invalid) -> dict[str, str]:
    field = refused.field.value if isinstance(refused, people.BadField) else "form"
    return {field: sentence(refused)}

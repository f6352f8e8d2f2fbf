"""Departments, their other names and the groups of the tables. Administrators and the creation office."""

from contextlib import AbstractContextManager
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from models.people import Role
from web import departments_page
from web.departments_page import Fault
from web.forms import key_chosen, key_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import person
from web.site import site
from workflows import departments

blueprint = Blueprint("departments", __name__)
keepers = guard(Role.ADMINISTRATOR, Role.CREATION_OFFICE)

Page = str | Response | tuple[str, int]


@blueprint.get("/departments")
@keepers
def index() -> str:
    """Show the departments and groups."""
    return _shown(None)


@blueprint.post("/departments")
@keepers
def add() -> Page:
    """Add a department."""
    name = typed("name")
    try:
        with _work() as unit:
            departments.add_department(unit, name, parent_id=key_chosen("parent"))
    except Invalid as refused:
        return _shown(Fault("add", name, sentence(refused), parent=typed("parent"))), 422
    notify(N_("{name} has been added."), name=name.strip())
    return _done()


@blueprint.post("/departments/<uuid:department_id>/rename")
@keepers
def rename(department_id: UUID) -> Page:
    """Give a department a new name; the old one stays as an alias."""
    name = typed("name")
    try:
        with _work() as unit:
            departments.rename_department(unit, department_id, name)
    except (Invalid, Conflict) as refused:
        return _shown(Fault(f"name-{department_id}", name, sentence(refused))), 422
    notify(N_("Saved."))
    return _done()


@blueprint.post("/departments/<uuid:department_id>/alias")
@keepers
def add_alias(department_id: UUID) -> Page:
    """Remember another name a department goes by."""
    alias = typed("alias")
    try:
        with _work() as unit:
            departments.add_alias(unit, department_id, alias)
    except Invalid as refused:
        return _shown(Fault(f"alias-{department_id}", alias, sentence(refused))), 422
    notify(N_("Tables may now write {name} as well."), name=alias.strip())
    return _done()


@blueprint.post("/departments/<uuid:department_id>/active")
@keepers
def set_active(department_id: UUID) -> Page:
    """Switch a department off or on again."""
    with _work() as unit:
        departments.set_department_active(unit, department_id, active=typed("active") == "yes")
    notify(N_("Saved."))
    return _done()


@blueprint.post("/departments/groups")
@keepers
def set_group() -> Page:
    """Say which departments a group name stands for."""
    name, sent = typed("name"), request.form.getlist("member")
    members = [key for key in (key_in(one) for one in sent) if key]
    try:
        with _work() as unit:
            departments.set_group(unit, name, members)
    except Invalid as refused:
        return _shown(Fault("group", name, sentence(refused), frozenset(sent))), 422
    notify(N_("{name} stands for {n} departments."), name=name.strip(), n=len(set(members)))
    return _done()


def _work() -> AbstractContextManager[UnitOfWork]:
    return site().work(person().actor)


def _shown(fault: Fault | None) -> str:
    with site().reading() as session:
        page = departments_page.page(session, fault, request.args.get("group"))
    return render_template("departments/list.html", **page)


def _done() -> Response:
    return redirect(url_for("departments.index"), 303)

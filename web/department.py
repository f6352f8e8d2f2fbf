"""One department: its place in the tree, its names, a merger; and one group: who belongs to it from when until when."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.people import DepartmentGroup, Role
from web import department_page
from web.department_page import Fault
from web.forms import key_chosen, key_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import now, person
from web.site import site
from workflows import departments
from workflows.departments import merging

blueprint = Blueprint("department", __name__)
keepers = guard(Role.ADMINISTRATOR, Role.CREATION_OFFICE)

Page = str | Response | tuple[str, int]
Deed = Callable[[UnitOfWork], object]


@blueprint.get("/departments/<uuid:department_id>")
@keepers
def show(department_id: UUID) -> str:
    """Show one department."""
    return _shown(department_id, None)


@blueprint.post("/departments/<uuid:department_id>/name")
@keepers
def rename(department_id: UUID) -> Page:
    """Give a new name, from a day on."""
    name, since = typed("name"), typed("since")
    return _done(department_id, "name", lambda unit: departments.rename_department(unit, department_id, name, since=_day(since)))


@blueprint.post("/departments/<uuid:department_id>/move")
@keepers
def move(department_id: UUID) -> Page:
    """Put the department under another one, or before a neighbour."""

    def deed(unit: UnitOfWork) -> None:
        departments.move_department(unit, department_id, key_chosen("parent"), before_id=key_chosen("before"))

    return _done(department_id, "move", deed)


@blueprint.post("/departments/<uuid:department_id>/alias/add")
@keepers
def answer_to(department_id: UUID) -> Page:
    """Remember another name the department goes by."""
    return _done(department_id, "new_alias", lambda unit: departments.add_alias(unit, department_id, typed("new_alias")))


@blueprint.post("/departments/<uuid:department_id>/alias/withdraw")
@keepers
def withdraw(department_id: UUID) -> Page:
    """Let the department no longer answer to another name."""
    alias = typed("alias")
    return _done(department_id, "alias", lambda unit: departments.withdraw_alias(unit, department_id, alias))


@blueprint.post("/departments/<uuid:department_id>/merge")
@keepers
def merge(department_id: UUID) -> Page:
    """Let another department take over."""

    def deed(unit: UnitOfWork) -> None:
        into = key_chosen("into")
        if into is None:
            raise Invalid(N_("Choose the department that takes over."))
        if typed("sure") != "yes":
            raise Invalid(N_("Tick that you have read what passes over; a merger cannot be undone."))
        merging.merge(unit, department_id, into)

    return _done(department_id, "merge", deed)


@blueprint.get("/departments/groups/<uuid:group_id>")
@keepers
def group(group_id: UUID) -> str:
    """Show who belongs to a group today, before, and later."""
    return _group_shown(group_id, "")


@blueprint.post("/departments/groups/<uuid:group_id>")
@keepers
def compose(group_id: UUID) -> Page:
    """Say who belongs to a group from a day on."""
    parts = departments.Parts(_keys("member"), _keys("group"), _keys("under"))
    try:
        with _work() as unit:
            departments.compose_group(unit, _group(unit, group_id).name, parts, since=_day(typed("since")))
    except (Invalid, NotFound) as refused:
        return _group_shown(group_id, sentence(refused)), 422
    notify(N_("Saved."))
    return redirect(url_for("department.group", group_id=group_id), 303)


def _done(department_id: UUID, field: str, deed: Deed) -> Page:
    try:
        with _work() as unit:
            departments.get_department(unit.session, department_id)
            deed(unit)
    except (Invalid, Conflict) as refused:
        return _shown(department_id, Fault(field, sentence(refused))), 422
    notify(N_("Saved."))
    return redirect(url_for("department.show", department_id=department_id), 303)


def _shown(department_id: UUID, fault: Fault | None) -> str:
    with site().reading() as session:
        page = department_page.page(session, departments.get_department(session, department_id), fault, request.form)
    return render_template("departments/one.html", **page)


def _group_shown(group_id: UUID, error: str) -> str:
    with site().reading() as session:
        found = session.get(DepartmentGroup, group_id)
        if found is None:
            raise NotFound(N_("There is no such group."))
        page = department_page.group_page(session, found, departments.day_of(now()), request.form if error else None)
    return render_template("departments/group.html", **page, error=error)


def _group(unit: UnitOfWork, group_id: UUID) -> DepartmentGroup:
    found = unit.session.get(DepartmentGroup, group_id)
    if found is None:
        raise NotFound(N_("There is no such group."))
    return found


def _keys(name: str) -> frozenset[UUID]:
    return frozenset(key for key in map(key_in, request.form.getlist(name)) if key is not None)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as wrong:
        raise Invalid(N_("Write the day as year-month-day, such as 2026-03-01.")) from wrong


def _work() -> AbstractContextManager[UnitOfWork]:
    return site().work(person().actor)

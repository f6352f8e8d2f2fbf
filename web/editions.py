"""Editions of a task table side by side: what became of every rule, pair by pair; carried over only by choice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine.catalogue import N_
from engine.errors import Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from models.people import Role
from web import editions_page
from web.errors import status_of
from web.forms import key_in, number_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence, translated
from web.session import language, person
from web.site import site
from workflows.breakdown import carrying_over, editions
from workflows.breakdown.edition_workbook import workbook as as_workbook

blueprint = Blueprint("editions", __name__)
office = guard(Role.CREATION_OFFICE)

#: What is said once a deed is done: a msgid and what fills it.
Told = tuple[str, dict[str, int]]
Page = str | AnyResponse | tuple[str, int]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/editions")
@office
def index() -> str:
    """Show the comparisons there are, and the form to make one."""
    return _start("")


@blueprint.post("/editions")
@office
def compare() -> Page:
    """Compare two imported tables."""
    older, newer = key_in(typed("older")), key_in(typed("newer"))
    if older is None or newer is None:
        return _start(translated(N_("Choose the earlier table and the new one."))), 422
    try:
        with _work() as unit:
            edition_id = editions.open_edition(unit, older, newer).id
    except (Invalid, Conflict) as refused:
        return _start(sentence(refused)), 422
    return redirect(url_for("editions.show", edition_id=edition_id), 303)


@blueprint.get("/editions/<uuid:edition_id>")
@office
def show(edition_id: UUID) -> str:
    """Show a comparison line by line."""
    return _shown(edition_id, "")


@blueprint.get("/editions/<uuid:edition_id>.xlsx")
@office
def workbook(edition_id: UUID) -> Response:
    """Give a comparison as a workbook."""
    with site().reading() as session:
        data = as_workbook(session, editions.get_edition(session, edition_id), language())
    answer = Response(data, mimetype=_XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename="editions.xlsx")
    return answer


@blueprint.post("/editions/<uuid:edition_id>/confirm")
@office
def confirm(edition_id: UUID) -> Page:
    """Say that a pair is right, or that all sure ones are."""
    pair_id = key_in(typed("pair"))

    def deed(unit: UnitOfWork) -> Told:
        many = editions.confirm_sure(unit, edition_id) if pair_id is None else editions.confirm(unit, edition_id, [pair_id])
        return N_("{n} pairs confirmed."), {"n": many}

    return _done(edition_id, deed)


@blueprint.post("/editions/<uuid:edition_id>/part")
@office
def part(edition_id: UUID) -> Page:
    """Say that two rules are not one."""

    def deed(unit: UnitOfWork) -> Told:
        editions.part(unit, edition_id, _key("pair"))
        return N_("They are two rules now: the earlier one is gone, the new one is new."), {}

    return _done(edition_id, deed)


@blueprint.post("/editions/<uuid:edition_id>/pair")
@office
def pair(edition_id: UUID) -> Page:
    """Say that two rules are one."""

    def deed(unit: UnitOfWork) -> Told:
        editions.pair_by_hand(unit, edition_id, _key("older"), _key("newer"))
        return N_("The two rules are one now."), {}

    return _done(edition_id, deed)


@blueprint.post("/editions/<uuid:edition_id>/carry")
@office
def carry(edition_id: UUID) -> Page:
    """Carry over what is ticked for a pair."""

    def deed(unit: UnitOfWork) -> Told:
        edition = editions.get_edition(unit.session, edition_id)
        reason = translated(N_("Carried over from “{title}”"), title=edition.older.title)
        choice = carrying_over.Choice(typed("departments") == "yes", typed("requirements") == "yes", reason)
        done = carrying_over.carry_over(unit, edition_id, _key("pair"), choice)
        told = {"departments": done.departments, "requirements": done.requirements}
        return N_("Carried over: {departments} departments, {requirements} requirements."), told

    return _done(edition_id, deed)


def _key(name: str) -> UUID:
    found = key_in(typed(name))
    if found is None:
        raise Invalid(N_("Choose the rule it goes with."))
    return found


def _done(edition_id: UUID, deed: Callable[[UnitOfWork], Told]) -> Page:
    """Do it, then say what was done: only once it is committed."""
    try:
        with _work() as unit:
            message, params = deed(unit)
    except (Invalid, Conflict) as refused:
        return _shown(edition_id, sentence(refused)), status_of(refused)
    notify(message, "ok", **params)
    show, page, row = typed("show") or "all", number_in(typed("page")) or 1, typed("row")
    anchor = f"row-{row}" if key_in(row) else None
    return redirect(url_for("editions.show", edition_id=edition_id, show=show, page=page, _anchor=anchor), 303)


def _shown(edition_id: UUID, error: str) -> str:
    asked = editions_page.Asked(request.values.get("show", "all"), number_in(request.values.get("page")) or 1)
    with site().reading() as session:
        page = editions_page.page(session, editions.get_edition(session, edition_id), asked)
    return render_template("editions/comparison.html", **page, error=error)


def _start(error: str) -> str:
    with site().reading() as session:
        page = editions_page.start(session, typed("older"), typed("newer"))
    return render_template("editions/start.html", **page, error=error)


def _work() -> AbstractContextManager[UnitOfWork]:
    return site().work(person().actor)

"""Editions of a task table side by side: what became of every rule, pair by pair; carried over only by choice."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
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

Page = str | AnyResponse | tuple[str, int]

_NOTHING = N_("There was nothing to carry over: the new rules have it already.")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Told:
    """What is said once a deed is done: a msgid, what fills it, and whether it is good news."""

    message: str
    params: Mapping[str, int] = field(default_factory=dict)
    kind: str = "ok"


@blueprint.get("/editions")
@office
def index() -> str:
    """Show the comparisons there are, and the form to make one."""
    return _start("", request.args.get("older", ""), request.args.get("newer", ""))


@blueprint.post("/editions")
@office
def compare() -> Page:
    """Compare two imported tables."""
    older, newer = key_in(typed("older")), key_in(typed("newer"))
    if older is None or newer is None:
        return _start(translated(N_("Choose the earlier table and the new one.")), typed("older"), typed("newer")), 422
    try:
        with _work() as unit:
            edition_id = editions.open_edition(unit, older, newer).id
    except (Invalid, Conflict) as refused:
        return _start(sentence(refused), typed("older"), typed("newer")), status_of(refused)
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

    def deed(unit: UnitOfWork) -> Sequence[Told]:
        many = editions.confirm_sure(unit, edition_id) if pair_id is None else editions.confirm(unit, edition_id, [pair_id])
        return [Told(N_("{n} pairs confirmed."), {"n": many})]

    return _done(edition_id, deed)


@blueprint.post("/editions/<uuid:edition_id>/part")
@office
def part(edition_id: UUID) -> Page:
    """Say that two rules are not one."""

    def deed(unit: UnitOfWork) -> Sequence[Told]:
        editions.part(unit, edition_id, _key("pair"))
        return [Told(N_("They are two rules now: the earlier one is gone, the new one is new."))]

    return _done(edition_id, deed)


@blueprint.post("/editions/<uuid:edition_id>/pair")
@office
def pair(edition_id: UUID) -> Page:
    """Say that two rules are one."""

    def deed(unit: UnitOfWork) -> Sequence[Told]:
        editions.pair_by_hand(unit, edition_id, _key("older"), _key("newer"))
        return [Told(N_("The two rules are one now."))]

    return _done(edition_id, deed)


@blueprint.post("/editions/<uuid:edition_id>/carry")
@office
def carry(edition_id: UUID) -> Page:
    """Carry over what is ticked for a pair, or for every confirmed pair."""

    def deed(unit: UnitOfWork) -> Sequence[Told]:
        edition = editions.get_edition(unit.session, edition_id)
        reason = translated(N_("Carried over from “{title}”"), title=edition.older.title or edition.older.file_name)
        choice = carrying_over.Choice(typed("departments") == "yes", typed("requirements") == "yes", reason)
        if typed("pair") == "all":
            return _told_of_all(carrying_over.carry_over_all(unit, edition_id, choice))
        done = carrying_over.carry_over(unit, edition_id, _key("pair"), choice)
        if not (done.departments or done.requirements):
            return [Told(_NOTHING, kind="warn")]
        sums = {"departments": done.departments, "requirements": done.requirements}
        return [Told(N_("Carried over: {departments} departments, {requirements} requirements."), sums)]

    return _done(edition_id, deed)


def _told_of_all(done: carrying_over.AllCarried) -> list[Told]:
    sums = {"pairs": done.pairs, "departments": done.departments, "requirements": done.requirements}
    message = N_("Carried over for {pairs} pairs: {departments} departments, {requirements} requirements.")
    told = [Told(message, sums) if done.pairs else Told(_NOTHING, kind="warn")]
    if done.left_out:
        told.append(Told(N_("{n} pairs were left out: their cases are assigned already."), {"n": done.left_out}, "warn"))
    return told


def _key(name: str) -> UUID:
    found = key_in(typed(name))
    if found is None:
        raise Invalid(N_("Choose the rule it goes with."))
    return found


def _done(edition_id: UUID, deed: Callable[[UnitOfWork], Sequence[Told]]) -> Page:
    """Do it, then say what was done: only once it is committed."""
    try:
        with _work() as unit:
            told = deed(unit)
    except (Invalid, Conflict) as refused:
        return _shown(edition_id, sentence(refused)), status_of(refused)
    for one in told:
        notify(one.message, one.kind, **one.params)
    show, page, row = typed("show") or "all", number_in(typed("page")) or 1, typed("row")
    anchor = f"row-{row}" if key_in(row) else None
    return redirect(url_for("editions.show", edition_id=edition_id, show=show, page=page, _anchor=anchor), 303)


def _shown(edition_id: UUID, error: str) -> str:
    asked = editions_page.Asked(request.values.get("show", "all"), number_in(request.values.get("page")) or 1)
    with site().reading() as session:
        page = editions_page.page(session, editions.get_edition(session, edition_id), asked)
    return render_template("editions/comparison.html", **page, error=error, error_row=typed("row"))


def _start(error: str, older: str, newer: str) -> str:
    with site().reading() as session:
        page = editions_page.start(session, older, newer)
    return render_template("editions/start.html", **page, error=error)


def _work() -> AbstractContextManager[UnitOfWork]:
    return site().work(person().actor)

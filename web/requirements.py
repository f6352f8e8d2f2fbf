"""The requirements of one case: where each came from, and the creation office's way to change them."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.breakdown import Requirement
from models.evidence import Assignment
from models.people import Role
from web import requirement_form, requirements_page
from web.forms import key_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.requirements_page import Opened
from web.session import person
from web.site import site
from workflows.breakdown import requirements
from workflows.visibility import visible_case

blueprint = Blueprint("requirements", __name__)
office = guard(Role.CREATION_OFFICE)

Page = Response | tuple[str, int]


@blueprint.get("/items/<no>/requirements")
@office
def index(no: str) -> str:
    """Show the requirements; `add` opens the form of a kind, `change` that of a requirement."""
    return _shown(no, Opened(request.args.get("add", ""), key_in(request.args.get("change"))))


@blueprint.post("/items/<no>/requirements")
@office
def add(no: str) -> Page:
    """Ask for something more."""
    opened = Opened(typed("kind"), None, requirement_form.sent())

    def verb(unit: UnitOfWork) -> None:
        rule_id = visible_case(unit.session, person().actor, no).rule_id
        requirements.add_requirement(unit, rule_id, requirement_form.wording(opened.typed))

    return _done(no, opened, verb)


@blueprint.post("/items/<no>/requirements/<uuid:requirement_id>")
@office
def change(no: str, requirement_id: UUID) -> Page:
    """Ask for something differently."""
    opened = Opened("", requirement_id, requirement_form.sent())

    def verb(unit: UnitOfWork) -> None:
        _of(unit.session, no, requirement_id)
        seen = requirement_form.seen(opened.typed)
        requirements.change_requirement(
            unit, requirement_id, requirement_form.wording(opened.typed), typed("reason"), seen
        )

    return _done(no, opened, verb)


@blueprint.post("/items/<no>/requirements/<uuid:requirement_id>/remove")
@office
def remove(no: str, requirement_id: UUID) -> Page:
    """Ask for something no longer."""
    opened = Opened("", None, {"reason": typed("reason")}, requirement_id)

    def verb(unit: UnitOfWork) -> None:
        _of(unit.session, no, requirement_id)
        requirements.remove_requirement(unit, requirement_id, typed("reason"))

    return _done(no, opened, verb)


@blueprint.post("/items/<no>/requirements/<uuid:requirement_id>/restore")
@office
def restore(no: str, requirement_id: UUID) -> Page:
    """Ask for something again that was removed."""

    def verb(unit: UnitOfWork) -> None:
        _of(unit.session, no, requirement_id)
        requirements.restore_requirement(unit, requirement_id)

    return _done(no, Opened("", None), verb)


def _of(session: Session, no: str, requirement_id: UUID) -> None:
    """Refuse a requirement of another case. Raises NotFound."""
    query = select(Requirement.id).join(Assignment, Assignment.rule_id == Requirement.rule_id)
    found = session.scalars(query.where(Assignment.no == no, Requirement.id == requirement_id)).first()
    if found is None:
        raise NotFound(N_("There is no such requirement in this case."))


def _done(no: str, opened: Opened, verb: Callable[[UnitOfWork], None]) -> Page:
    """Do it, or show the page with the refusal where it was typed."""
    try:
        with site().work(person().actor) as unit:
            verb(unit)
    except (Invalid, Conflict) as refused:
        return _shown(no, opened, sentence(refused)), 409 if isinstance(refused, Conflict) else 422
    notify(N_("Saved. It counts from now on; rounds handed in stay as they were judged."))
    return redirect(url_for("requirements.index", no=no), 303)


def _shown(no: str, opened: Opened, fault: str = "") -> str:
    with site().reading() as session:
        assignment = visible_case(session, person().actor, no)
        return render_template("requirements/list.html", **requirements_page.page(session, assignment, opened, fault))

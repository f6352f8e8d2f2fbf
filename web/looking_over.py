"""Looking a task table over before it is imported: the table beside its source, corrected in place, undone, discarded."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.unit_of_work import UnitOfWork
from models.people import Role
from web import looking_over_page
from web.correction_forms import Order, order_of
from web.errors import status_of
from web.forms import clean, key_in, number_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.looking_over_beside import href, place_of
from web.looking_over_page import View
from web.session import person
from web.site import site
from workflows.breakdown import looking_over
from workflows.breakdown.grid import Grid
from workflows.breakdown.looking_over import LookedOver, draft_chain, looked_over
from workflows.departments.suggestions import settle_name

blueprint = Blueprint("looking_over", __name__)
office = guard(Role.CREATION_OFFICE)

Page = Response | tuple[str, int]


@blueprint.get("/imports/drafts/<uuid:draft_id>")
@office
def show(draft_id: UUID) -> Page | str:
    """Show a draft; one that was saved leads to what it became."""
    with site().reading() as reader:
        standing = looked_over(reader, draft_id)
        if standing.draft.saved_as is not None:
            return redirect(url_for("imports.done", breakdown_id=standing.draft.saved_as), 303)
        return _rendered(reader, standing, _view_asked(request.args))


@blueprint.post("/imports/drafts/<uuid:draft_id>")
@office
def correct(draft_id: UUID) -> Page:
    """Make one correction, or refuse it in place with everything that was typed."""
    fields = {name: clean(text) for name, text in request.form.items()}
    view = replace(_view_asked(fields), typed=fields)
    try:
        order = order_of(fields.get("do", ""), fields, _grids(draft_id))
        with _work() as unit:
            before = looked_over(unit.session, draft_id).state.id
            after = looking_over.correct(unit, draft_id, number_in(fields.get("version")), order.action, order.change)
            changed = after.state.id != before
            target = _target(after, order, view)
    except (Invalid, Conflict, NotFound) as refused:
        return _refused(draft_id, refused, view)
    if not changed and order.action == "words":
        notify(N_("Nothing was changed."))
    return redirect(target, 303)


@blueprint.post("/imports/drafts/<uuid:draft_id>/step")
@office
def step(draft_id: UUID) -> Page:
    """Undo the last correction, or make it again."""
    view = _view_asked(request.form)
    moved = looking_over.undo if typed("step") == "undo" else looking_over.redo
    try:
        with _work() as unit:
            moved(unit, draft_id, number_in(typed("version")))
    except (Conflict, NotFound) as refused:
        return _refused(draft_id, refused, view)
    return redirect(href(draft_id, table=view.table, page=view.page), 303)


@blueprint.post("/imports/drafts/<uuid:draft_id>/alias")
@office
def alias(draft_id: UUID) -> Page:
    """Say which department a name of the table is, or that it is a new one; remembered from then on."""
    name, chosen = typed("name").strip(), typed("department")
    department_id = key_in(chosen)
    try:
        if department_id is None and chosen != "new":
            raise Invalid(N_("Choose the department that “{name}” is."), name=name)
        with _work() as unit:
            looked_over(unit.session, draft_id)
            settle_name(unit, name, department_id)
    except Refused as refused:
        return _refused(draft_id, refused, _view_asked(request.form))
    if department_id is None:
        notify(N_("{name} has been added."), name=name)
    else:
        notify(N_("Tables may now write {name} as well."), name=name)
    return redirect(href(draft_id), 303)


@blueprint.post("/imports/drafts/<uuid:draft_id>/campaign")
@office
def campaign(draft_id: UUID) -> Page:
    """Say which campaign a draft belongs to."""
    try:
        with _work() as unit:
            looking_over.set_campaign(unit, draft_id, typed("campaign"))
    except (Invalid, Conflict) as refused:
        return _refused(draft_id, refused, replace(_view_asked(request.form), settings=True))
    return redirect(href(draft_id), 303)


@blueprint.post("/imports/drafts/<uuid:draft_id>/discard")
@office
def discard(draft_id: UUID) -> Response:
    """Give a draft up."""
    with _work() as unit:
        looking_over.discard(unit, draft_id)
    notify(N_("The draft was discarded. Nothing was imported."))
    return redirect(url_for("imports.index"), 303)


def refused_in_place(draft_id: UUID, refused: Refused) -> Page:
    """Show a draft as it stands with the sentence of a refusal; a draft that was saved leads to what it became."""
    return _refused(draft_id, refused, View())


def _work() -> AbstractContextManager[UnitOfWork]:
    return site().work(person().actor)


def _grids(draft_id: UUID) -> tuple[Grid | None, ...]:
    with site().reading() as reader:
        return looked_over(reader, draft_id).grids


def _view_asked(fields: Mapping[str, str]) -> View:
    return View(
        table=number_in(fields.get("table")),
        page=number_in(fields.get("page")) or 1,
        edit=number_in(fields.get("edit")),
        split=number_in(fields.get("split")),
        add=0 if fields.get("add") == "0" else number_in(fields.get("add")),
        take=number_in(fields.get("take")),
        columns=number_in(fields.get("columns")),
        settings="settings" in fields,
    )


def _target(after: LookedOver, order: Order, view: View) -> str:
    """Give the address to go on at: the row that was corrected, or the place the person looked at."""
    draft = after.draft.id
    table, page = view.table, view.page
    if order.row is not None:
        found, at = place_of(after.document, order.row)
        if found is not None:
            return href(draft, f"row-{order.row}", table=found, page=at)
    return href(draft, "table" if table else "", table=table, page=page)


def _refused(draft_id: UUID, refused: Refused, view: View) -> Page:
    """Count a refusal in the log and show it where it was asked for, the typed words kept."""
    with site().reading() as reader:
        standing = looked_over(reader, draft_id)
        if standing.draft.saved_as is not None:
            notify(refused.message, "warn", **refused.params)
            return redirect(url_for("imports.done", breakdown_id=standing.draft.saved_as), 303)
        page = _rendered(reader, standing, replace(view, error=sentence(refused)))
    if isinstance(refused, Invalid):
        with _work() as unit:
            looking_over.refuse(unit, draft_chain(draft_id), refused, standing.draft.file_name)
    return page, status_of(refused)


def _rendered(reader: Session, standing: LookedOver, view: View) -> str:
    return render_template("imports/preview.html", **looking_over_page.page(reader, standing, view))

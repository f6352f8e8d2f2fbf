"""The page of one file: look at it page by page, mark the passage that proves something, see where else it is used."""

import math
from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Forbidden, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.evidence import Evidence
from models.people import Role
from models.photos import FileRendering
from web import file_view, seen_view
from web.evidence_at import desk_of, evidence_at
from web.files import shown_picture
from web.forms import key_in, number_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import person
from web.site import site
from workflows.evidence import marks, rendering, reuse
from workflows.evidence.marks import NewMark, Passage, Spot
from workflows.lifecycle import viewing

blueprint = Blueprint("file_pages", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/files/<uuid:evidence_id>/look")
@guard.signed_in
def look(evidence_id: UUID) -> str:
    """Show a file, one page at a time."""
    page = number_in(request.args.get("page")) or 1
    _ask_and_note(evidence_id, page)
    return _shown(evidence_id, file_view.Asked(page))


@blueprint.get("/files/<uuid:evidence_id>/pages/<int:page>")
@guard.signed_in
def page_of(evidence_id: UUID, page: int) -> Response:
    """Give the picture of one page, counted from 1. Raises NotFound while it is being drawn, and where there is none."""
    with site().reading() as session:
        evidence = evidence_at(session, person().actor, evidence_id)
        states = rendering.page_states(session, evidence.file_sha256, page, 1) if page > 0 else []
    if not states:
        raise NotFound(N_("{name} has no page {page} to show. Open the file itself."), name=evidence.file_name, page=page)
    digest = states[0].picture_sha256
    if digest is None:
        _ask_and_note(evidence_id, page)
        raise NotFound(N_("The picture of page {page} is being drawn. Come back in a moment."), page=page)
    return shown_picture(site().facilities.vault.read(digest), digest)


@blueprint.get("/files/<uuid:evidence_id>/pages/<int:page>/ready")
@guard.signed_in
def ready(evidence_id: UUID, page: int) -> Response:
    """Say whether a page, or a photo, can be shown by now: the page that waits for it asks."""
    with site().reading() as session:
        evidence = evidence_at(session, person().actor, evidence_id)
        if evidence.file.kind == "photo":
            return jsonify(ready=evidence.file.view_sha256 is not None)
        rendered = session.get(FileRendering, evidence.file_sha256)
        states = rendering.page_states(session, evidence.file_sha256, page, 1)
    settled = rendered is not None and rendered.state != rendering.DRAWN
    return jsonify(ready=settled or any(one.picture_sha256 is not None for one in states))


@blueprint.post("/files/<uuid:evidence_id>/mark")
@guard(Role.COLLECTOR, Role.DEPARTMENT_REVIEWER, Role.CREATION_OFFICE)
def mark(evidence_id: UUID) -> Page:
    """Mark a passage."""
    page = number_in(request.form.get("page")) or 1
    try:
        new = NewMark(_where(page), typed("shape") or marks.UNDERLINE, typed("note"))
        _at(evidence_id, lambda unit: marks.mark(unit, evidence_id, new))
    except Invalid as refused:
        return _shown(evidence_id, file_view.Asked(page, sentence(refused), typed("note"))), 422
    notify(N_("The passage is marked. The file itself stays as it is."))
    return redirect(url_for("file_pages.look", evidence_id=evidence_id, page=page), 303)


@blueprint.post("/files/<uuid:evidence_id>/unmark")
@guard(Role.COLLECTOR, Role.DEPARTMENT_REVIEWER, Role.CREATION_OFFICE)
def unmark(evidence_id: UUID) -> Response:
    """Take a mark away."""
    mark_id = key_in(typed("mark"))
    if mark_id is None:
        raise NotFound(N_("There is no such mark."))
    _at(evidence_id, lambda unit: marks.unmark(unit, evidence_id, mark_id))
    notify(N_("The mark has been removed."))
    return redirect(url_for("file_pages.look", evidence_id=evidence_id, page=number_in(request.form.get("page")) or 1), 303)


@blueprint.get("/files/<uuid:evidence_id>/seen")
@guard.signed_in
def seen(evidence_id: UUID) -> str:
    """Show where else the file, or one like it, was handed in."""
    return _seen(evidence_id, "", "")


@blueprint.post("/files/<uuid:evidence_id>/reuse")
@guard(Role.COLLECTOR)
def declare(evidence_id: UUID) -> Page:
    """Declare that the file is used again on purpose."""
    other = key_in(typed("other"))
    if other is None:
        raise NotFound(N_("There is no such file, or it is not for you."))
    item_id = _item_of(evidence_id)
    try:
        with site().work(person().actor) as unit:
            reuse.declare_reuse(unit, item_id, evidence_id, other, typed("reason"))
    except Invalid as refused:
        return _seen(evidence_id, sentence(refused), typed("reason")), 422
    notify(N_("Declared. It is a cross-reference now and no duplicate."))
    return redirect(url_for("file_pages.seen", evidence_id=evidence_id), 303)


@blueprint.post("/files/<uuid:evidence_id>/reuse/withdraw")
@guard(Role.COLLECTOR)
def withdraw(evidence_id: UUID) -> Response:
    """Take the declaration back."""
    item_id = _item_of(evidence_id)
    with site().work(person().actor) as unit:
        reuse.withdraw_reuse(unit, item_id, evidence_id)
    notify(N_("The declaration has been taken back."))
    return redirect(url_for("file_pages.seen", evidence_id=evidence_id), 303)


@blueprint.post("/files/<uuid:evidence_id>/refer")
@guard(Role.COLLECTOR)
def refer(evidence_id: UUID) -> Page:
    """Use the file for another requirement without uploading it again."""
    item, _, requirement = typed("place").partition(" ")
    item_id, requirement_id = number_in(item), key_in(requirement)
    if item_id is None or requirement_id is None:
        return _seen(evidence_id, sentence(Invalid(N_("Choose what the file is to be used for."))), typed("reason")), 422
    try:
        with site().work(person().actor) as unit:
            made = reuse.add_by_reference(unit, item_id, requirement_id, evidence_id, typed("reason"))
            new_id = made.id
    except Invalid as refused:
        return _seen(evidence_id, sentence(refused), typed("reason")), 422
    notify(N_("The file is used there too; nothing was uploaded again."))
    return redirect(url_for("file_pages.look", evidence_id=new_id), 303)


def _shown(evidence_id: UUID, asked: file_view.Asked) -> str:
    viewer = person()
    with site().reading() as session:
        evidence = evidence_at(session, viewer.actor, evidence_id)
        return render_template("files/look.html", **file_view.view(session, viewer, evidence, asked))


def _seen(evidence_id: UUID, fault: str, reason: str) -> str:
    actor = person().actor
    with site().reading() as session:
        evidence = evidence_at(session, actor, evidence_id)
        parts = seen_view.view(session, actor, evidence)
        places = seen_view.places(session, actor) if evidence.removed_at is None else []
        case = evidence.contribution.assignment
        return render_template(
            "files/seen.html",
            **parts,
            places=places,
            fault=fault,
            reason=reason,
            id=str(evidence_id),
            case_no=case.no,
            case_title=case.title,
            reuse=evidence.reuse_reason,
        )


def _ask_and_note(evidence_id: UUID, page: int) -> None:
    """Ask for the page to be drawn where it is not there, and note that a reviewer has opened the file."""
    actor = person().actor
    with site().reading() as session:
        evidence = evidence_at(session, actor, evidence_id)
        digest = evidence.file_sha256
        states = rendering.page_states(session, digest, page, 1) if page > 0 else []
        known = actor.id is None or viewing.seen_already(session, actor.id, evidence_id)
    wanted = any(one.picture_sha256 is None for one in states)
    if known and not wanted:
        return
    with site().work(actor) as unit:
        if wanted:
            rendering.ask_for(unit.session, digest, page)
        if not known:
            viewing.view(unit, evidence_id)


def _at(evidence_id: UUID, verb: Callable[[UnitOfWork], object]) -> None:
    """Do a verb on a file this person may see."""
    actor = person().actor
    with site().reading() as session:
        evidence_at(session, actor, evidence_id)
    with site().work(actor) as unit:
        verb(unit)


def _item_of(evidence_id: UUID) -> int:
    actor = person().actor
    with site().reading() as session:
        evidence: Evidence = evidence_at(session, actor, evidence_id)
        desk = desk_of(session, actor, evidence)
    if desk is None:
        raise Forbidden(N_("Evidence can be changed only while it is being collected."))
    return desk.item_id


def _where(page: int) -> Spot | Passage:
    """Read what is to be marked: a box drawn over the page, or a line chosen from the words. Raises Invalid."""
    sides = [_fraction(typed(name)) for name in ("x0", "y0", "x1", "y1")]
    if all(side is not None for side in sides):
        x0, y0, x1, y1 = (side or 0.0 for side in sides)
        return Spot(page, x0, y0, x1, y1)
    first, dash, last = typed("passage").partition("-")
    if dash and first.isdigit() and last.isdigit():
        return Passage(int(first[:9]), int(last[:9]))
    raise Invalid(N_("Draw over the passage, or choose a line of the text."))


def _fraction(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None

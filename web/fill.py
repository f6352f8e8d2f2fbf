"""Collecting evidence for a case: upload, describe, state figures, ask to be excused, save, submit.

Whatever button is pressed, what was typed is kept first; only what cannot be read waits on the page to be corrected.
"""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from models.people import Role
from web import fill_form, fill_page, fill_particulars, resumable, uploads
from web.fill_page import Place
from web.fill_slots import anchor
from web.forms import clean, key_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence, translated
from web.session import now, person
from web.site import site
from workflows.evidence import drafts, particulars, saving
from workflows.lifecycle import collect
from workflows.lifecycle.leading import AssistantsMissing

blueprint = Blueprint("fill", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/items/<no>/fill")
@guard(Role.COLLECTOR)
def form(no: str) -> str:
    """Show what a department has and what is missing."""
    return _shown(_place(no, request.args.get("item", type=int)), {})


@blueprint.post("/items/<no>/fill/save")
@guard(Role.COLLECTOR)
def save(no: str) -> Page:
    """Keep the draft."""
    here = sent_place(no)
    faults = {**uploads.take_chosen(here).faults(), **keep(here)}
    if not faults:
        notify(N_("The draft has been saved."))
    return answer(here, faults)


@blueprint.post("/items/<no>/fill/submit")
@guard(Role.COLLECTOR)
def submit(no: str) -> Page:
    """Keep the draft, then hand it to the reviewer; say what is missing when it is not complete."""
    here = sent_place(no)
    faults = {**uploads.take_chosen(here).faults(), **keep(here)}
    if faults:
        return answer(here, faults)
    try:
        with site().work(person().actor) as unit:
            collect.submit(unit, here.item.id, typed("statement"))
    except (Invalid, AssistantsMissing) as refused:
        return answer(here, {"form": sentence(refused)})
    notify(N_("{no} has been handed in. The department reviewer decides next."), no=no)
    return redirect("/inbox", 303)


@blueprint.post("/items/<no>/fill/upload")
@guard(Role.COLLECTOR)
def upload(no: str) -> Page:
    """Take files in, each by itself: one that is refused keeps none of the others back."""
    here = sent_place(no)
    faults = keep(here)
    chosen = uploads.take_chosen(here)
    if not chosen.kept and not chosen.refused:
        chosen = uploads.nothing_chosen()
    if uploads.wants_json():
        told = jsonify(message=chosen.told() or translated(N_("{n} files have arrived."), n=chosen.kept))
        told.status_code = 422 if chosen.refused else 200
        return told
    if chosen.refused or faults:
        return _shown(here, {**chosen.faults(), **faults}), 422
    notify(N_("{n} files have arrived."), n=chosen.kept)
    return redirect(fill_page.address(here, anchor=anchor(key_in(typed("requirement_id")))), 303)


@blueprint.post("/items/<no>/fill/remove")
@guard(Role.COLLECTOR)
def remove(no: str) -> Page:
    """Take a file out of the evidence."""
    here = sent_place(no)
    evidence_id = key_in(typed("evidence_id"))
    if evidence_id is None:
        raise NotFound(N_("There is no such file in your evidence."))
    faults = keep(here)
    with site().work(person().actor) as unit:
        drafts.remove(unit, here.item.id, evidence_id)
    notify(N_("The file has been taken out; the history keeps it."))
    return answer(here, faults)


@blueprint.post("/items/<no>/fill/waive")
@guard(Role.COLLECTOR)
def waive(no: str) -> Page:
    """Ask to be excused from a requirement."""
    here = sent_place(no)
    requirement_id = requirement()
    faults = keep(here)
    reason = fill_form.reason_field(requirement_id)
    try:
        with site().work(person().actor) as unit:
            drafts.waive(unit, here.item.id, requirement_id, typed(reason) or typed("reason"))
    except Invalid as refused:
        return answer(here, {**faults, reason: sentence(refused)})
    return answer(here, faults, anchor(requirement_id))


@blueprint.post("/items/<no>/fill/unwaive")
@guard(Role.COLLECTOR)
def unwaive(no: str) -> Page:
    """Take the request to be excused back."""
    here = sent_place(no)
    requirement_id = requirement()
    faults = keep(here)
    with site().work(person().actor) as unit:
        drafts.unwaive(unit, here.item.id, requirement_id)
    return answer(here, faults, anchor(requirement_id))


def _place(no: str, item_id: int | None) -> Place:
    with site().reading() as session:
        return fill_page.place(session, person().actor, no, item_id)


def sent_place(no: str) -> Place:
    """Give the part of the case that the form was shown for. Raises NotFound."""
    item_id = request.form.get("item_id", type=int)
    if item_id is None:
        raise NotFound(N_("There is no such step."))
    return _place(no, item_id)


def requirement() -> UUID:
    """Give the requirement the form names. Raises NotFound."""
    found = key_in(typed("requirement_id"))
    if found is None:
        raise NotFound(N_("There is no such requirement in this case."))
    return found


def keep(here: Place) -> dict[str, str]:
    """Keep what was typed; give the sentences for what cannot be kept, by field."""
    sent = fill_form.read(here.requirements)
    finer, more = fill_particulars.particulars(sent, here.requirements)
    faults = {**sent.faults, **more}
    try:
        with site().work(person().actor) as unit:
            saving.save(unit, here.item.id, sent.draft)
            particulars.keep(unit, here.item.id, finer)
    except Invalid as refused:
        return {**faults, "form": sentence(refused)}
    return faults


def answer(here: Place, faults: Mapping[str, str], place: str | None = None) -> Page:
    """Show the page again, or with the sentences for what cannot be kept, everything typed still in its place."""
    if faults:
        return _shown(here, faults), 422
    return redirect(fill_page.address(here, anchor=place), 303)


def _shown(here: Place, faults: Mapping[str, str]) -> str:
    over = {name: clean(text) for name, text in request.form.items()} if request.method == "POST" else {}
    with site().reading() as session:
        fresh = fill_page.place(session, person().actor, here.assignment.no, here.item.id)
        page = fill_page.page(session, fresh, over, now())
    waiting = resumable.unfinished(here)
    return render_template("items/fill.html", **page, unfinished=waiting, error=faults.get("form", ""), faults=faults)

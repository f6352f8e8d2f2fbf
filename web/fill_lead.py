"""What a department that leads, or one that did the same last year, finds on the collecting page."""

from flask import Blueprint
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from models.people import Role
from web import fill
from web.forms import key_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import person
from web.site import site
from workflows.evidence import reuse
from workflows.lifecycle import leading

blueprint = Blueprint("fill_lead", __name__)

Page = str | Response | tuple[str, int]


@blueprint.post("/items/<no>/fill/without")
@guard(Role.COLLECTOR)
def without(no: str) -> Page:
    """Go on without the part of a department that assists."""
    here, part_id = fill.sent_place(no), key_in(typed("part"))
    if part_id is None:
        raise NotFound(N_("This department does not assist yours in this case."))
    faults, field = fill.keep(here), f"without:{part_id}"
    try:
        with site().work(person().actor) as unit:
            leading.go_without(unit, here.item.id, part_id, typed(field))
    except (Invalid, Conflict) as refused:
        return fill.answer(here, {**faults, field: sentence(refused)})
    return fill.answer(here, faults, "assistants")


@blueprint.post("/items/<no>/fill/wait")
@guard(Role.COLLECTOR)
def wait(no: str) -> Page:
    """Wait for a department that assists after all."""
    here, part_id = fill.sent_place(no), key_in(typed("part"))
    if part_id is None:
        raise NotFound(N_("This department does not assist yours in this case."))
    faults = fill.keep(here)
    with site().work(person().actor) as unit:
        leading.wait_again(unit, here.item.id, part_id)
    return fill.answer(here, faults, "assistants")


@blueprint.post("/items/<no>/fill/again")
@guard(Role.COLLECTOR)
def again(no: str) -> Page:
    """Use a piece of last year again, by reference and with a reason."""
    here = fill.sent_place(no)
    piece, _, requirement = typed("again").partition(" ")
    piece_id = key_in(piece)
    if piece_id is None:
        raise NotFound(N_("There is no such file, or it is not for you."))
    faults, field = fill.keep(here), f"again:{piece_id}"
    try:
        with site().work(person().actor) as unit:
            reuse.add_by_reference(unit, here.item.id, key_in(requirement), piece_id, typed(field))
    except Invalid as refused:
        return fill.answer(here, {**faults, field: sentence(refused)})
    if not faults:
        notify(N_("The file is used there too; nothing was uploaded again."))
    return fill.answer(here, faults, "last-year")

"""More ways to hand something in on the collecting page: a link, a report written in place."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from models.people import Role
from web import fill, fill_page, uploads
from web.fill_slots import anchor
from web.forms import key_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence, translated
from web.session import person
from web.site import site
from workflows.evidence import particulars
from workflows.evidence.official_papers import known
from workflows.evidence.written_reports import as_docx

blueprint = Blueprint("fill_extras", __name__)

Page = str | Response | tuple[str, int]


@blueprint.post("/items/<no>/fill/link")
@guard(Role.COLLECTOR)
def add_link(no: str) -> Page:
    """Hand in a public address with its title."""
    here = fill.sent_place(no)
    requirement_id = fill.requirement()
    faults = fill.keep(here)
    field = f"link_url:{requirement_id}"
    try:
        with site().work(person().actor) as unit:
            particulars.add_link(unit, here.item.id, requirement_id, typed(field), typed(f"link_title:{requirement_id}"))
    except Invalid as refused:
        return fill.answer(here, {**faults, field: sentence(refused)})
    if faults:
        return fill.answer(here, faults)
    return redirect(fill_page.address(here, anchor=anchor(requirement_id)), 303)


@blueprint.post("/items/<no>/fill/link/remove")
@guard(Role.COLLECTOR)
def remove_link(no: str) -> Page:
    """Take a link out."""
    here = fill.sent_place(no)
    link_id = key_in(typed("link_id"))
    if link_id is None:
        raise NotFound(N_("There is no such link in your evidence."))
    faults = fill.keep(here)
    with site().work(person().actor) as unit:
        particulars.remove_link(unit, here.item.id, link_id)
    return fill.answer(here, faults)


@blueprint.post("/items/<no>/fill/report")
@guard(Role.COLLECTOR)
def write_report(no: str) -> Page:
    """Keep a report written on the page as a Word document among the evidence."""
    here = fill.sent_place(no)
    requirement_id = fill.requirement()
    faults = fill.keep(here)
    field = f"report:{requirement_id}"
    title = translated(N_("Report: {title}"), title=here.assignment.title)
    try:
        data = as_docx(title, typed(field))
        name = translated(N_("Report {no} {department}.docx"), no=no, department=here.contribution.department.name)
        uploads.add(here, uploads.Arrival(name, [data], requirement_id))
    except Invalid as refused:
        return fill.answer(here, {**faults, field: sentence(refused)})
    if faults:
        return fill.answer(here, faults)
    notify(N_("The report is kept as a Word document among the evidence."))
    return redirect(fill_page.address(here, anchor=anchor(requirement_id)), 303)


@blueprint.get("/papers/known")
@guard(Role.COLLECTOR)
def papers() -> dict[str, list[dict[str, str]]]:
    """Give known official papers whose number contains what is being typed."""
    beginning = request.args.get("number", "").strip()
    if not beginning:
        return {"papers": []}
    with site().reading() as session:
        return {
            "papers": [
                {"number": one.number, "issuer": one.issuer, "title": one.title, "issued_on": one.issued_on.isoformat() if one.issued_on else ""}
                for one in known(session, beginning)
            ]
        }

"""Assigning (下达): a whole table in one action, or one case with departments chosen by hand."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid
from models.people import Role
from web import assignment_page
from web.forms import number_in
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.moments import end_of_day, parsed_day, parsed_moment
from web.session import local_path, now, person
from web.site import site
from workflows.lifecycle.assign import AssignmentPlan, assign, assign_table

blueprint = Blueprint("assignments", __name__)

_ROLE = "role:"


@blueprint.get("/assignments/tables/<uuid:table_id>")
@guard(Role.CREATION_OFFICE)
def table(table_id: UUID) -> str:
    """Show the cases of a table: which can be assigned as the table says, and what keeps the others."""
    return _table_page(table_id, "", error="")


@blueprint.post("/assignments/tables/<uuid:table_id>")
@guard(Role.CREATION_OFFICE)
def assign_all(table_id: UUID) -> Response | tuple[str, int]:
    """Assign every case of a table that is ready, each for itself, and show what became of each."""
    begun = now()
    typed = request.form.get("due", "")
    day = parsed_day(typed)
    if day is None or end_of_day(day) <= begun:
        refusal = Invalid(N_("Choose a due date that is not in the past."))
        return _table_page(table_id, typed, error=sentence(refusal)), 422
    results = assign_table(site().sessions, person().actor, table_id, end_of_day(day), site().clock)
    refused = sum(1 for result in results if result.refused is not None)
    notify(N_("{n} cases assigned"), n=len(results) - refused)
    if refused:
        notify(N_("{n} cases are still waiting; the reason stands in their rows"), "warn", n=refused)
    return redirect(url_for("assignments.table", table_id=table_id, since=begun.isoformat()), 303)


@blueprint.get("/assignments/<no>")
@guard(Role.CREATION_OFFICE)
def case(no: str) -> str:
    """Show one case with the departments the table names already chosen."""
    with site().reading() as reader:
        shown = assignment_page.case(reader, person().actor, no, now())
    return render_template("assignments/case.html", error="", action=request.full_path.rstrip("?"), **_with_way_back(shown))


@blueprint.post("/assignments/<no>")
@guard(Role.CREATION_OFFICE)
def assign_one(no: str) -> Response | tuple[str, int]:
    """Assign one case to the departments that were chosen."""
    try:
        plan = _plan()
        with site().work(person().actor) as unit:
            assigned = assign(unit, number_in(request.form.get("item_id")) or 0, plan)
            done = assigned.no
    except Invalid as refused:
        with site().reading() as reader:
            shown = assignment_page.case(reader, person().actor, no, now())
        shown = assignment_page.as_typed(_with_way_back(shown), _chosen(), request.form.get("due", ""))
        return render_template("assignments/case.html", error=sentence(refused), action=request.full_path.rstrip("?"), **shown), 422
    notify(N_("Case {no} is assigned"), no=done)
    return redirect(local_path(request.args.get("back")) or url_for("items.case", no=done), 303)


def _table_page(table_id: UUID, due: str, *, error: str) -> str:
    since = parsed_moment(request.args.get("since"))
    with site().reading() as reader:
        shown = assignment_page.table(reader, table_id, since, now())
    if due:
        shown["due"] = due
    action = url_for("assignments.assign_all", table_id=table_id)
    return render_template("assignments/table.html", error=error, action=action, **shown)


def _plan() -> AssignmentPlan:
    day = parsed_day(request.form.get("due"))
    if day is None:
        raise Invalid(N_("Choose a due date that is not in the past."))
    try:
        departments = tuple((UUID(key), role) for key, role in _chosen().items() if role)
    except ValueError as error:
        raise Invalid(N_("There is no such department.")) from error
    return AssignmentPlan(departments, end_of_day(day))


def _chosen() -> dict[str, str]:
    return {key.removeprefix(_ROLE): value for key, value in request.form.items() if key.startswith(_ROLE)}


def _with_way_back(shown: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    back = local_path(request.args.get("back"))
    return {**shown, "case": {**shown["case"], "href": back}} if back else shown

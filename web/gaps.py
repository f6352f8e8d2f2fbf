"""The gap board: what each department still owes; as a page, as a list to print, as a workbook."""

from flask import Blueprint, Response, render_template, request

from models.people import Role
from web import gaps_page
from web.forms import key_in
from web.guards import guard
from web.session import language, now, person
from web.site import site
from workflows.gap_export import as_xlsx

blueprint = Blueprint("gaps", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_READERS = (Role.CREATION_OFFICE, Role.LEADER, Role.AUDITOR, Role.DEPARTMENT_REVIEWER, Role.COLLECTOR)


@blueprint.get("/board/gaps")
@guard(*_READERS)
def index() -> str:
    """Show what is missing, by department, indicator and material."""
    with site().reading() as session:
        return render_template("board/gaps.html", **gaps_page.page(session, person().actor, _asked(), now()))


@blueprint.get("/board/gaps.xlsx")
@guard(*_READERS)
def workbook() -> Response:
    """Give the same as a workbook."""
    with site().reading() as session:
        chosen, found = gaps_page.chosen_gaps(session, person().actor, _asked(), now())
        data = as_xlsx(found, language())
    answer = Response(data, mimetype=_XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename=f"gaps-{chosen.year if chosen else ''}.xlsx")
    return answer


def _asked() -> gaps_page.Asked:
    return gaps_page.Asked(
        key_in(request.args.get("campaign")),
        key_in(request.args.get("department")),
        request.args.get("indicator", ""),
        request.args.get("light", ""),
    )

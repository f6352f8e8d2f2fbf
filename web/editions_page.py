"""What the pages of comparisons show: the tables that can be compared, and one comparison side by side."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.catalogue import N_
from models.breakdown import Rule, TaskBreakdown
from models.editions import Edition, PairState
from web.edition_rows import shown
from web.language import translated
from workflows.breakdown.edition_workbook import status_of
from workflows.breakdown.editions import EditionRow, rows_of

_ROWS = 40
_EXCERPT = 40
#: Lines that can be asked for: key, and what the tab says.
FILTERS: Mapping[str, str] = {
    "all": N_("All"),
    "open": N_("To be settled"),
    "doubtful": N_("Doubtful"),
    "changed": N_("Changed"),
    "added": N_("Newly added"),
    "removed": N_("Gone"),
    "same": N_("Same"),
}


@dataclass(frozen=True)
class Asked:
    """Which lines of a comparison are looked at, and which page of them."""

    show: str
    page: int


def start(session: Session, older: str, newer: str) -> dict[str, Any]:
    """Give what editions/start.html reads; `older` and `newer` were chosen before."""
    tables = session.scalars(
        select(TaskBreakdown).options(joinedload(TaskBreakdown.campaign)).order_by(TaskBreakdown.imported_at.desc())
    )
    query = (
        select(Edition)
        .options(joinedload(Edition.older).joinedload(TaskBreakdown.campaign))
        .options(joinedload(Edition.newer).joinedload(TaskBreakdown.campaign))
        .order_by(Edition.compared_at.desc())
    )
    return {
        "tables": [{"id": str(one.id), "name": _name(one)} for one in tables],
        "older": older,
        "newer": newer,
        "editions": [
            {
                "older": _name(one.older),
                "newer": _name(one.newer),
                "at": one.compared_at,
                "href": url_for("editions.show", edition_id=one.id),
            }
            for one in session.scalars(query)
        ],
    }


def page(session: Session, edition: Edition, asked: Asked) -> dict[str, Any]:
    """Give what editions/comparison.html reads."""
    rows = rows_of(session, edition)
    show = asked.show if asked.show in FILTERS else "all"
    wanted = [row for row in rows if show in _kinds(row)]
    counts = Counter(kind for row in rows for kind in _kinds(row))
    last = max(1, -(-len(wanted) // _ROWS))
    number = min(asked.page, last)
    gone = [{"id": row.older.id, "name": _short(row.older)} for row in rows if row.older and row.newer is None]
    here = url_for("editions.show", edition_id=edition.id)
    return {
        "older": _name(edition.older),
        "newer": _name(edition.newer),
        "here": here,
        "xlsx": url_for("editions.workbook", edition_id=edition.id),
        "show": show,
        "page": number,
        "tabs": [
            {"label": translated(label), "count": counts[key], "href": f"{here}?show={key}", "current": key == show}
            for key, label in FILTERS.items()
        ],
        "rows": [shown(row) for row in wanted[(number - 1) * _ROWS : number * _ROWS]],
        "gone": gone,
        "sure": sum(_is_sure(row) for row in rows),
        "confirmed": sum(row.pair is not None and row.pair.state == PairState.CONFIRMED for row in rows),
        "earlier": f"{here}?show={show}&page={number - 1}" if number > 1 else "",
        "later": f"{here}?show={show}&page={number + 1}" if number < last else "",
        "pages": last,
    }


def _kinds(row: EditionRow) -> set[str]:
    """Say under which tabs a line stands."""
    kinds = {"all", status_of(row)}
    if row.pair is not None and row.pair.state == PairState.PROPOSED:
        kinds |= {"open", "doubtful"} if row.pair.doubtful else {"open"}
    return kinds


def _is_sure(row: EditionRow) -> bool:
    return row.pair is not None and row.pair.state == PairState.PROPOSED and not row.pair.doubtful


def _name(breakdown: TaskBreakdown) -> str:
    """Tell two tables of one title apart: the campaign stands before it."""
    return f"{breakdown.campaign.name}·{breakdown.title or breakdown.file_name}"


def _short(rule: Rule) -> str:
    text = " ".join(one for one in (rule.item_no, rule.text) if one)
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"

"""What the pages of comparisons show: the tables that can be compared, and one comparison side by side."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.catalogue import N_
from models.breakdown import Rule, TaskBreakdown
from models.editions import Edition, PairState, RulePair
from web import words
from web.language import translated
from workflows.breakdown.edition_workbook import CHANGES, status_of
from workflows.breakdown.editions import Change, EditionRow, rows_of
from workflows.lifecycle.text_changes import Kind, text_changes

_ROWS = 40
_EXCERPT = 40
#: Lines that can be asked for: key, and what the tab says.
FILTERS: Mapping[str, str] = {
    "all": N_("All"),
    "open": N_("To be settled"),
    "doubtful": N_("Doubtful"),
    "changed": N_("Changed"),
    "added": N_("Added"),
    "removed": N_("Gone"),
    "same": N_("Same"),
}
_BADGES = {
    "same": (N_("Same"), "plain"), "changed": (N_("Changed"), "changed"),
    "added": (N_("Added"), "new"), "removed": (N_("Gone"), "removed"),
}  # fmt: skip


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
    choices = [{"id": str(one.id), "name": f"{one.campaign.name}·{one.title or one.file_name}"} for one in tables]
    query = select(Edition).options(joinedload(Edition.older), joinedload(Edition.newer)).order_by(Edition.compared_at.desc())
    return {
        "tables": choices,
        "older": older,
        "newer": newer,
        "editions": [
            {
                "older": one.older.title or one.older.file_name,
                "newer": one.newer.title or one.newer.file_name,
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
        "older": edition.older.title or edition.older.file_name,
        "newer": edition.newer.title or edition.newer.file_name,
        "here": here,
        "xlsx": url_for("editions.workbook", edition_id=edition.id),
        "show": show,
        "page": number,
        "tabs": [
            {"label": translated(label), "count": counts[key], "href": f"{here}?show={key}", "current": key == show}
            for key, label in FILTERS.items()
        ],
        "rows": [_row(row) for row in wanted[(number - 1) * _ROWS : number * _ROWS]],
        "gone": gone,
        "sure": sum(_is_sure(row) for row in rows),
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


def _row(row: EditionRow) -> dict[str, Any]:
    text, kind = _BADGES[status_of(row)]
    left, right = _texts(row)
    return {
        "id": next(one.id for one in (row.newer, row.older) if one is not None),
        "badge": {"text": translated(text), "kind": kind},
        "pair": _pair(row.pair) if row.pair is not None else None,
        "older": _side(row.older, left),
        "newer": _side(row.newer, right),
    }


def _pair(pair: RulePair) -> dict[str, Any]:
    return {
        "id": pair.id,
        "confirmed": pair.state == PairState.CONFIRMED,
        "doubtful": pair.doubtful and pair.state == PairState.PROPOSED,
        "likeness": round(pair.likeness * 100),
        "changes": [translated(CHANGES[Change(one)]) for one in pair.changes],
        "departments_carried": pair.departments_carried,
        "requirements_carried": pair.requirements_carried,
        "carried": pair.departments_carried or pair.requirements_carried,
    }


def _texts(row: EditionRow) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Give both texts in passages, what was taken out marked on the left, what was added on the right."""
    if row.older is None or row.newer is None:
        alone = [{"kind": Kind.SAME.value, "text": one.text} for one in (row.older, row.newer) if one is not None]
        return alone, alone
    passages = text_changes(row.older.text, row.newer.text)
    as_shown = [{"kind": one.kind.value, "text": one.text} for one in passages]
    left = [one for one in as_shown if one["kind"] != Kind.ADDED.value]
    return left, [one for one in as_shown if one["kind"] != Kind.REMOVED.value]


def _side(rule: Rule | None, passages: Sequence[dict[str, str]]) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {
        "id": rule.id,
        "indicator": rule.indicator,
        "item_no": rule.item_no,
        "passages": passages,
        "points": words.number(rule.points),
        "departments": "、".join(_named(one.name, one.role) for one in rule.departments),
        "deadline": rule.deadline or "",
    }


def _named(name: str, role: str) -> str:
    return f"{name}（{translated(words.PART_ROLES[role])}）" if role in words.PART_ROLES and role != "responsible" else name


def _short(rule: Rule) -> str:
    text = " ".join(one for one in (rule.item_no, rule.text) if one)
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"

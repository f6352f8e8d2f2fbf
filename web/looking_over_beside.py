"""What stands round the rows of a table that is looked over: doubts, names nobody knows, text no row took, what was done."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from engine.catalogue import N_
from web.language import translated
from web.looking_over_rows import doubt_text
from workflows.breakdown.looking_over import LookedOver, steps_of
from workflows.breakdown.new_names import NewNames
from workflows.breakdown.open_document import Doubt, Leftover, OpenDocument, OpenTable, points_doubt
from workflows.breakdown.row_moves import ATTACHED
from workflows.departments.likeness import STRONG, Why
from workflows.departments.suggestions import KnownNames, Suggestion

ROWS_ON_A_PAGE = 50
_ROW_WORDS = 36
_MOST_STEPS = 100

ACTIONS = {
    "read": N_("The file was read"),
    "words": N_("Row corrected"),
    "split": N_("Row split"),
    "merge": N_("Rows merged"),
    "move": N_("Row moved"),
    "delete": N_("Row deleted"),
    "restore": N_("Row brought back"),
    "add": N_("Row added"),
    "mark": N_("Text marked by hand"),
    "look_away": N_("Text found to be no task"),
    "look_again": N_("Text put back in the list"),
    "settle": N_("Doubt looked at"),
    "unsettle": N_("Doubt opened again"),
    "table": N_("Table corrected"),
    "leave_out": N_("Table left out"),
    "columns": N_("Columns set, table read again"),
    "title": N_("Title corrected"),
}
_WHY = {
    Why.BRACKETS: N_("{other} has this name in brackets, or the other way round"),
    Why.LEVEL: N_("{other} without the city or level in front"),
    Why.ENDING: N_("{other} with another ending"),
    Why.LONGER: N_("{other} is the longer or shorter form"),
    Why.SHORT: N_("may be short for {other}"),
    Why.SPELLING: N_("one character differs from {other}"),
}
_PARTS = {
    "text": N_("part of the task"),
    "advice": N_("evidence asked for, advice"),
    "departments": N_("responsible department"),
    "deadline": N_("deadline"),
    "points": N_("points"),
    "indicator": N_("indicator"),
    "item_no": N_("number"),
}


def place_of(document: OpenDocument, row: int) -> tuple[int | None, int]:
    """Give the table and the page a row stands on; the first where it is gone."""
    for table in document.tables:
        for at, one in enumerate(table.rows):
            if one.key == row:
                return table.key, at // ROWS_ON_A_PAGE + 1
    return None, 1


def href(draft_id: object, anchor: str = "", **view: Any) -> str:  # noqa: ANN401 - parts of an address
    """Give the address of a draft with this part of it open."""
    return url_for("looking_over.show", draft_id=draft_id, _anchor=anchor or None, **view)


def unknown_names(session: Session, names: NewNames) -> dict[str, Any]:
    """Give the names nobody knows: first those that may be a department of the house, with why, then the others."""
    house = KnownNames(session)
    found = [(name, house.suggest(name)) for name in names.departments]
    doubtful = [(name, alike) for name, alike in found if alike and alike[0].score >= STRONG]
    plain = [(name, alike) for name, alike in found if not alike or alike[0].score < STRONG]
    return {
        "names": [_name(name, alike, house) for name, alike in doubtful],
        "other_names": [_name(name, alike, house) for name, alike in plain if house.departments],
        "plain_names": () if house.departments else names.departments,
    }


def _name(name: str, alike: Sequence[Suggestion], house: KnownNames) -> dict[str, Any]:
    first = [one.department for one in alike]
    others = [one for one in house.departments if one not in first]
    sure = bool(alike) and alike[0].score >= STRONG
    return {
        "name": name,
        "choices": [{"id": one.id, "name": one.name} for one in (*first, *others)],
        "chosen": first[0].id if sure else None,
        "why": translated(_WHY[alike[0].why], other=first[0].name) if sure else "",
    }


def doubt_line(document: OpenDocument, standing: LookedOver, one: Doubt, *, settled: bool) -> dict[str, Any]:
    """Give a doubt with where it stands, and the button that settles it or opens it again."""
    draft = standing.draft.id
    if one.row is not None:
        key, number = place_of(document, one.row)
        target = href(draft, f"row-{one.row}", table=key, page=number)
    else:
        target = href(draft, "table", table=one.table) if one.table is not None else ""
    return {
        "order": f"{'unsettle' if settled else 'settle'}:{one.table or 0}:{one.row or 0}:{one.number}",
        "text": doubt_text(one.warning),
        "where": _where(document, one),
        "href": target,
    }


def _where(document: OpenDocument, one: Doubt) -> str:
    for number, table in enumerate(document.tables, start=1):
        if table.key != one.table:
            continue
        for row in table.rows:
            if row.key == one.row:
                label = f"{translated(N_('No.'))} {row.row.item_no}" if row.row.item_no else f"“{row.row.text[:12]}…”"
                return label if len(document.tables) == 1 else translated(N_("Table {n}"), n=number) + "·" + label
        return translated(N_("Table {n}"), n=number)
    return ""


def mismatch(standing: LookedOver, table: OpenTable, number: int) -> dict[str, str]:
    """Give the doubt about a table whose rules do not add up to what it declares."""
    found = points_doubt(table, number)
    text = doubt_text(found) if found is not None else ""
    return {"text": text, "href": href(standing.draft.id, "table", table=table.key)}


def leftover(document: OpenDocument, one: Leftover, opened: int | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """Give a text no row took; the one that is `opened` with its form."""
    table = next((each for each in document.tables if each.key == one.table), None)
    found: dict[str, Any] = {
        "key": one.key,
        "text": one.text,
        "line": one.line,
        "table": table.table.title if table else "",
        "form": None,
    }
    if opened == one.key:
        home = table or next(iter(document.tables), None)
        found["form"] = {
            "part": typed.get("part", one.text),
            "tables": [(each.key, each.table.title, each is home) for each in document.tables],
            "rows": [(row.key, _label(row.row.item_no, row.row.text)) for row in (home.rows if home else ())],
            "after": typed.get("after", ""),
            "what": [(what, translated(_PARTS[what])) for what in ATTACHED],
        }
    return found


def _label(item_no: str, text: str) -> str:
    plain = " ".join(text.split())
    short = plain if len(plain) <= _ROW_WORDS else plain[:_ROW_WORDS] + "…"
    return f"{item_no} {short}".strip()


def steps(session: Session, standing: LookedOver) -> list[dict[str, Any]]:
    """Give what was done so far, newest first; what was undone too."""
    return [
        {
            "text": translated(ACTIONS.get(action, ACTIONS["words"])),
            "about": _about(details),
            "who": who,
            "at": at,
            "undone": position > standing.draft.position,
            "now": position == standing.draft.position,
        }
        for position, action, details, who, at in steps_of(session, standing.draft.id)[:_MOST_STEPS]
    ]


def _about(details: Mapping[str, Any]) -> str:
    """Say in a few words which row a step was about, and what became of its numbers."""
    for name in ("changed", "added", "removed"):
        for one in details.get(name, ()):
            numbers = [f"{old or '—'} → {new or '—'}" for field, (old, new) in one.get("fields", {}).items() if field in {"points", "item_no", "deadline"}]
            row = translated(N_("row {n}"), n=one["row"])
            return "·".join([row, *numbers]) if numbers else row
    return ""

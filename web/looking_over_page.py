"""What the page for looking over a table shows: figures, doubts, one page of one table, and the text no row took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from models.people import Department
from web import words
from web.language import translated
from web.looking_over_rows import Looking, doubt_text, shown
from workflows.breakdown.grid import Grid
from workflows.breakdown.header import Column
from workflows.breakdown.importing import imported_as
from workflows.breakdown.looking_over import LookedOver, steps_of
from workflows.breakdown.new_names import NewNames, likest, new_names
from workflows.breakdown.open_document import (
    Doubt,
    Leftover,
    OpenDocument,
    OpenTable,
    closed,
    doubts,
    points_doubt,
)
from workflows.breakdown.row_moves import ATTACHED
from workflows.breakdown.table_corrections import KINDS, corrected_rows

ROWS_ON_A_PAGE = 50
_SAMPLES, _SAMPLE_LENGTH = 3, 40
_ROW_WORDS = 36
_MOST_STEPS = 100

COLUMNS = {
    Column.RULE: N_("the task itself"),
    Column.INDICATOR: N_("indicator"),
    Column.NUMBER: N_("number"),
    Column.POINTS: N_("points"),
    Column.DEPARTMENT: N_("responsible department"),
    Column.LEAD: N_("lead department"),
    Column.ASSIST: N_("assisting department"),
    Column.PERSON: N_("person (not a department)"),
    Column.ADVICE: N_("evidence asked for, advice"),
    Column.DEADLINE: N_("deadline"),
    Column.UNKNOWN: N_("something else, not used"),
}
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
_PARTS = {
    "text": N_("part of the task"),
    "advice": N_("evidence asked for, advice"),
    "departments": N_("responsible department"),
    "deadline": N_("deadline"),
    "points": N_("points"),
    "indicator": N_("indicator"),
    "item_no": N_("number"),
}


@dataclass(frozen=True)
class View:
    """Which part of a draft is looked at, which forms are open, and what was typed in them before a refusal."""

    table: int | None = None
    page: int = 1
    edit: int | None = None
    split: int | None = None
    add: int | None = None
    take: int | None = None
    columns: int | None = None
    settings: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


def page(session: Session, standing: LookedOver, view: View) -> dict[str, Any]:
    """Give what imports/preview.html reads."""
    document = standing.document
    names = new_names(session, closed(document, standing.grids))
    table = _table_looked_at(document, view)
    open_doubts = [*doubts(document)]
    return {
        **_head(session, standing, names),
        **_names(session, names),
        "doubts": [_doubt(document, standing, one, settled=False) for one in open_doubts],
        "settled": [_doubt(document, standing, one, settled=True) for one in doubts(document, settled=True)],
        "mismatches": [_mismatch(standing, one, at) for at, one in enumerate(document.tables, 1) if not one.agrees],
        "leftovers": [_leftover(document, one, view) for one in document.leftovers if one.row is None and not one.settled],
        "looked_away": [{"key": one.key, "text": one.text} for one in document.leftovers if one.row is None and one.settled],
        "aside": [{"key": one.key, "text": one.text} for one in document.leftovers if one.row is not None],
        "tables": [_tab(standing, one, at, table) for at, one in enumerate(document.tables)],
        "table": _table(standing, table, names, view) if table else None,
        "steps": _steps(session, standing),
        "view": view,
        "error": view.error,
        "adding": view.add,
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


def _head(session: Session, standing: LookedOver, names: NewNames) -> dict[str, Any]:
    draft, document = standing.draft, standing.document
    return {
        "draft_id": draft.id,
        "file_name": draft.file_name,
        "campaign": draft.campaign_name,
        "title": document.title,
        "version": standing.state.id,
        "count": document.rules,
        "already": imported_as(session, draft.campaign_name, draft.file_sha256) is not None,
        "may_undo": standing.may_undo,
        "may_redo": standing.may_redo,
        "new_departments": names.departments,
        "empty_groups": names.groups,
        "holders": sorted(set(names.holders.values())),
        "here": href(draft.id),
    }


def _names(session: Session, names: NewNames) -> dict[str, Any]:
    """Give the names nobody knows: first those like a department the house has, then the others."""
    query = select(Department.id, Department.name).where(Department.active).order_by(Department.position, Department.name)
    house = dict(iter(session.execute(query)))
    alike = {name: likest(name, house.values()) for name in names.departments}
    listed = sorted(alike, key=lambda name: not alike[name])
    return {
        "names": [{"name": name, "choices": _choices(house, alike[name])} for name in listed if house],
        "alike": sum(1 for found in alike.values() if found),
        "plain_names": () if house else names.departments,
    }


def _choices(house: Mapping[UUID, str], first: Sequence[str]) -> list[dict[str, Any]]:
    ordered = sorted(house.items(), key=lambda pair: pair[1] not in first)
    return [{"id": key, "name": name} for key, name in ordered]


def _table_looked_at(document: OpenDocument, view: View) -> OpenTable | None:
    wanted = view.table
    open_row = view.edit or view.split or view.add
    if open_row is not None:
        wanted = place_of(document, open_row)[0] or wanted
    found = next((one for one in document.tables if one.key in {wanted, view.columns}), None)
    return found or next(iter(document.tables), None)


def _page_number(table: OpenTable, view: View) -> int:
    pages = max(1, -(-len(table.rows) // ROWS_ON_A_PAGE))
    open_row = view.edit or view.split or view.add
    at = next((place for place, one in enumerate(table.rows) if one.key == open_row), None)
    return at // ROWS_ON_A_PAGE + 1 if at is not None else min(max(view.page, 1), pages)


def _tab(standing: LookedOver, table: OpenTable, at: int, now: OpenTable | None) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": table.table.title or translated(N_("Table {n}"), n=at + 1),
        "rows": len(table.rows),
        "href": href(standing.draft.id, "table", table=table.key),
        "current": now is not None and now.key == table.key,
        "doubtful": sum(len(one.row.warnings) for one in table.rows) + len(table.table.warnings) + (not table.agrees),
    }


def _table(standing: LookedOver, table: OpenTable, names: NewNames, view: View) -> dict[str, Any]:
    number = _page_number(table, view)
    start = (number - 1) * ROWS_ON_A_PAGE
    rows = table.rows[start : start + ROWS_ON_A_PAGE]
    looking = Looking(table, start, rows, names, standing.grids, view.edit, view.split, view.add, view.typed)
    own, draft = table.table, standing.draft.id
    pages = -(-len(table.rows) // ROWS_ON_A_PAGE)
    typed = view.typed if view.settings else {}
    return {
        "key": table.key,
        "title": own.title,
        "kind": own.kind,
        "kind_name": translated(words.TABLE_KINDS.get(own.kind, words.TABLE_KINDS["unknown"])),
        "kinds": [{"value": kind, "label": translated(words.TABLE_KINDS[kind]), "selected": kind == own.kind} for kind in KINDS],
        "points_total": words.number(own.points_total),
        "points_typed": typed.get("points_total", words.number(own.points_total)),
        "points_sum": words.number(table.points),
        "agrees": table.agrees,
        "rows": shown(looking),
        "count": len(table.rows),
        "page": number,
        "others": [(one.key, one.table.title) for one in standing.document.tables if one.key != table.key],
        "notes": [note.text for note in own.notes],
        "columns": _columns(table, standing.grids, view),
        "columns_href": href(draft, "columns", table=table.key, columns=table.key) if table.grid is not None else "",
        "pages": {
            "first": start + 1,
            "last": start + len(rows),
            "total": len(table.rows),
            "previous_href": href(draft, "table", table=table.key, page=number - 1) if number > 1 else None,
            "next_href": href(draft, "table", table=table.key, page=number + 1) if number < pages else None,
        },
    }


def _columns(table: OpenTable, grids: Sequence[Grid | None], view: View) -> dict[str, Any] | None:
    grid = None if table.grid is None else grids[table.grid]
    if view.columns != table.key or grid is None:
        return None
    return {
        "lost": corrected_rows(table),
        "choices": [(column.value, translated(name)) for column, name in COLUMNS.items()],
        "heads": [
            {
                "head": " ".join(head.split()) or translated(N_("no head")),
                "meaning": view.typed.get(f"column-{at}", table.meanings[at].value),
                "samples": _samples(grid, at),
            }
            for at, head in enumerate(grid.header)
        ],
    }


def _samples(grid: Grid, at: int) -> list[str]:
    texts = dict.fromkeys(" ".join(row.cells[at].text.split()) for row in grid.rows if row.cells[at].text.strip())
    return [text if len(text) <= _SAMPLE_LENGTH else text[:_SAMPLE_LENGTH] + "…" for text in list(texts)[:_SAMPLES]]


def _doubt(document: OpenDocument, standing: LookedOver, one: Doubt, *, settled: bool) -> dict[str, Any]:
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


def _mismatch(standing: LookedOver, table: OpenTable, number: int) -> dict[str, str]:
    found = points_doubt(table, number)
    text = doubt_text(found) if found is not None else ""
    return {"text": text, "href": href(standing.draft.id, "table", table=table.key)}


def _leftover(document: OpenDocument, one: Leftover, view: View) -> dict[str, Any]:
    table = next((each for each in document.tables if each.key == one.table), None)
    found: dict[str, Any] = {
        "key": one.key,
        "text": one.text,
        "line": one.line,
        "table": table.table.title if table else "",
        "form": None,
    }
    if view.take == one.key:
        home = table or next(iter(document.tables), None)
        found["form"] = {
            "part": view.typed.get("part", one.text),
            "tables": [(each.key, each.table.title, each is home) for each in document.tables],
            "rows": [(row.key, _label(row.row.item_no, row.row.text)) for row in (home.rows if home else ())],
            "after": view.typed.get("after", ""),
            "what": [(what, translated(_PARTS[what])) for what in ATTACHED],
        }
    return found


def _label(item_no: str, text: str) -> str:
    plain = " ".join(text.split())
    short = plain if len(plain) <= _ROW_WORDS else plain[:_ROW_WORDS] + "…"
    return f"{item_no} {short}".strip()


def _steps(session: Session, standing: LookedOver) -> list[dict[str, Any]]:
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

"""What the page for looking over a table shows: figures, doubts, one page of one table, and the text no row took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from engine.catalogue import N_
from web import words
from web.language import translated
from web.looking_over_beside import ROWS_ON_A_PAGE, doubt_line, href, leftover, mismatch, place_of, steps, unknown_names
from web.looking_over_rows import Looking, shown
from workflows.breakdown.grid import Grid
from workflows.breakdown.header import Column
from workflows.breakdown.importing import imported_as
from workflows.breakdown.looking_over import LookedOver
from workflows.breakdown.new_names import NewNames, new_names
from workflows.breakdown.open_document import (
    OpenDocument,
    OpenTable,
    closed,
    doubts,
)
from workflows.breakdown.table_corrections import KINDS, corrected_rows

_SAMPLES, _SAMPLE_LENGTH = 3, 40

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
        **unknown_names(session, names),
        "doubts": [doubt_line(document, standing, one, settled=False) for one in open_doubts],
        "settled": [doubt_line(document, standing, one, settled=True) for one in doubts(document, settled=True)],
        "mismatches": [mismatch(standing, one, at) for at, one in enumerate(document.tables, 1) if not one.agrees],
        "leftovers": [leftover(document, one, view.take, view.typed) for one in document.leftovers if one.row is None and not one.settled],
        "looked_away": [{"key": one.key, "text": one.text} for one in document.leftovers if one.row is None and one.settled],
        "aside": [{"key": one.key, "text": one.text} for one in document.leftovers if one.row is not None],
        "tables": [_tab(standing, one, at, table) for at, one in enumerate(document.tables)],
        "table": _table(standing, table, names, view) if table else None,
        "steps": steps(session, standing),
        "view": view,
        "error": view.error,
        "adding": view.add,
    }


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



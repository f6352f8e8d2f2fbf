"""The rows of the page for looking over a table: as the table has them, each beside the row of the file it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.catalogue import N_
from web import words
from web.language import translated
from web.session import language
from workflows.breakdown.corrections import NOTHING_IN_PARTICULAR, ROLES
from workflows.breakdown.grid import Grid
from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column
from workflows.breakdown.new_names import NewNames
from workflows.breakdown.open_document import OpenRow, OpenTable
from workflows.breakdown.row_moves import pieces
from workflows.breakdown.shapes import NamedDepartment, NamedRequirement, ReadWarning
from workflows.breakdown.wording import BOUNDS, KINDS, title

_BOUND_WORDS = {
    "min": N_("at least"),
    "max": N_("at most"),
    "about": N_("about"),
    "exact": N_("exactly"),
}
_EMPTY_LINES = 2


@dataclass(frozen=True)
class Looking:
    """How one page of one table is looked at: which row's form is open, and what was typed in it before a refusal."""

    table: OpenTable
    start: int
    rows: Sequence[OpenRow]
    names: NewNames
    grids: Sequence[Grid | None]
    edit: int | None = None
    split: int | None = None
    add: int | None = None
    typed: Mapping[str, str] | None = None


def shown(looking: Looking) -> list[dict[str, Any]]:
    """Give the rows of a page. `indicator_span` and `source_span`: how many rows a cell is merged over, 0 inside one."""
    rows = [_row(looking, number, row) for number, row in enumerate(looking.rows)]
    _merge(rows, "indicator", "indicator_span")
    _merge(rows, "sources", "source_span")
    return rows


def doubt_text(warning: ReadWarning) -> str:
    """Give a doubt in words."""
    return translated(warning.message, **warning.params)


def demand_text(requirement: NamedRequirement) -> str:
    """Give a requirement in words."""
    if requirement == NOTHING_IN_PARTICULAR:
        return translated(N_("not said: any file"))
    return title(requirement, language())


def _row(looking: Looking, number: int, one: OpenRow) -> dict[str, Any]:
    row = one.row
    place = looking.start + number
    opened = one.key in {looking.edit, looking.split}
    found: dict[str, Any] = {
        "key": one.key,
        "place": place + 1,
        "first": place == 0,
        "last": place == len(looking.table.rows) - 1,
        "item_no": row.item_no,
        "indicator": row.indicator,
        "text": row.text,
        "points": None if row.points is None else words.number(row.points),
        "bonus": row.bonus,
        "departments": [_department(named, looking.names) for named in row.departments],
        "demands": _demands(row.requirements),
        "advice": row.advice,
        "deadline": row.deadline,
        "others": [{"head": other.head, "text": other.text} for other in row.others],
        "doubts": [{"number": at, "text": doubt_text(doubt)} for at, doubt in enumerate(row.warnings)],
        "marks": {_field(looking.table, doubt) for doubt in row.warnings},
        "corrected": one.corrected,
        "sources": one.sources,
        "source": [_source(looking, one, *source) for source in one.sources],
        "opened": "edit" if one.key == looking.edit else "split" if one.key == looking.split else "",
        "adding": one.key == looking.add,
    }
    if opened:
        found["form"] = _form(one, looking.typed or {})
        found["pieces"] = [{"at": at, "text": text} for at, text in pieces(row.text)]
    return found


def _demands(requirements: Sequence[NamedRequirement]) -> list[dict[str, str]]:
    """Give what a row asks for; papers without a figure by their own names, those of one kind together."""
    papers: dict[str, list[str]] = {}
    found: list[dict[str, str]] = []
    for one in requirements:
        text = demand_text(one)
        if one.value is not None or one.fields or not one.source_phrase:
            found.append({"text": text, "phrase": one.source_phrase})
        elif text in papers:
            papers[text].append(one.source_phrase)
        else:
            papers[text] = [one.source_phrase]
            found.append({"text": text, "phrase": ""})
    return [{**one, "papers": "、".join(dict.fromkeys(papers.get(one["text"], ())))} for one in found]


def _merge(rows: list[dict[str, Any]], by: str, span: str) -> None:
    """Merge equal neighbours as the table on paper does; a row whose form is open stands alone."""
    top: dict[str, Any] | None = None
    for row in rows:
        alone = bool(row["opened"]) and by == "indicator"
        if top is not None and not alone and row[by] and row[by] == top[by]:
            top[span] += 1 + bool(row["adding"])
            row[span] = 0
        else:
            row[span] = 1 + bool(row["adding"])
            top = None if alone else row


def _department(named: NamedDepartment, names: NewNames) -> dict[str, Any]:
    plain = named.role == "responsible"
    holder = names.holders.get(named.canonical) or names.holders.get(named.name) or named.canonical
    return {
        "name": named.name,
        "means": holder if not named.group and holder != named.name else "",
        "role": "" if plain else translated(words.PART_ROLES.get(named.role, words.PART_ROLES["responsible"])),
        "group": named.group,
        "known": names.knows(named),
    }


def _field(table: OpenTable, doubt: ReadWarning) -> str:
    """Say which cell of a row a doubt is about; the task itself where it is about no one cell."""
    if doubt.column is not None and doubt.column < len(table.meanings):
        meaning = table.meanings[doubt.column]
        if meaning in {*DEPARTMENT_COLUMNS, Column.PERSON}:
            return "departments"
        return {Column.POINTS: "points", Column.NUMBER: "item_no", Column.INDICATOR: "indicator", Column.ADVICE: "demands"}.get(
            meaning, "text"
        )
    if doubt.code in {"no_department", "person_named", "short_name", "department_in_advice"}:
        return "departments"
    return "demands" if doubt.code == "no_requirement" else "text"


def _source(looking: Looking, one: OpenRow, grid_number: int, row_number: int) -> dict[str, Any]:
    grid = looking.grids[grid_number] if grid_number < len(looking.grids) else None
    if grid is None or row_number >= len(grid.rows):
        return {"line": None, "cells": []}
    row = grid.rows[row_number]
    doubtful = {doubt.column for doubt in one.row.warnings if doubt.row in {row_number, None}}
    cells = [
        {
            "head": " ".join(head.split()),
            "text": "\n".join(cell.lines),
            "merged": cell.merged and not cell.text,
            "doubtful": at in doubtful,
        }
        for at, (head, cell) in enumerate(zip(grid.header, row.cells, strict=False))
    ]
    return {"line": row.line, "cells": cells}


def _form(one: OpenRow, typed: Mapping[str, str]) -> dict[str, Any]:
    row = one.row
    plain = {
        "item_no": row.item_no,
        "indicator": row.indicator,
        "points": "" if row.points is None else words.number(row.points),
        "deadline": row.deadline or "",
        "text": row.text,
        "advice": row.advice,
    }
    return {
        **{name: typed.get(name, value) for name, value in plain.items()},
        "departments": _department_lines(row.departments, typed),
        "roles": [{"value": role, "label": translated(words.PART_ROLES[role])} for role in ROLES],
        "demands": [
            *(_demand_form(str(at), demand, typed) for at, demand in enumerate(row.requirements)),
            _demand_form("new", None, typed),
        ],
        "kinds": [{"value": kind, "label": translated(name)} for kind, name in KINDS.items()],
        "bounds": [{"value": bound, "label": translated(_BOUND_WORDS[bound])} for bound in BOUNDS],
    }


def _department_lines(departments: Sequence[NamedDepartment], typed: Mapping[str, str]) -> list[dict[str, str]]:
    lines = [(one.name, one.role) for one in departments] + [("", "responsible")] * _EMPTY_LINES
    return [
        {"name": typed.get(f"department-{at}", name), "role": typed.get(f"role-{at}", role)}
        for at, (name, role) in enumerate(lines)
    ]


def _demand_form(name: str, demand: NamedRequirement | None, typed: Mapping[str, str]) -> dict[str, Any]:
    one = demand or NamedRequirement("", None, None, None, None, (), None, "", "rule")
    kept = {
        "kind": one.kind,
        "value": words.number(one.value),
        "upper": words.number(one.upper),
        "unit": one.unit or "",
        "bound": one.bound or "",
        "per": one.per or "",
        "period": one.period or "",
        "fields": "、".join(one.fields),
    }
    return {
        "name": name,
        "text": demand_text(demand) if demand else "",
        "phrase": one.source_phrase,
        "off": bool(typed.get(f"demand-off-{name}")),
        **{field: typed.get(f"{field}-{name}", value) for field, value in kept.items()},
    }

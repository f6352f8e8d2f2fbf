"""Read a task breakdown table (任务分解表) from a file: the door of the reader.

Bytes → form (`forms.py`) → raw tables (`<form>_form.py`) → sheet of grids (`layout.py`) → rules (`rows.py`). Text whose cells
are parted by tabs goes to its sheet directly (`text_layout.py`, `line_layout.py`).
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.catalogue import DEFAULT_LANGUAGE, N_
from engine.errors import Invalid
from workflows.breakdown.decoding import MAX_BYTES
from workflows.breakdown.doubts import unreadable
from workflows.breakdown.forms import read_sheet
from workflows.breakdown.grid import Sheet
from workflows.breakdown.header import is_title, squeeze
from workflows.breakdown.left_out import left_out_warnings, skipped_warnings
from workflows.breakdown.raw_tables import LeftOut
from workflows.breakdown.rows import document_names, draft_table, finish_table
from workflows.breakdown.single_lines import is_notice, is_plan
from workflows.breakdown.shapes import (
    BreakdownDocument,
    BreakdownRow,
    NamedDepartment,
    NamedRequirement,
    Place,
    ReadTable,
    ReadWarning,
)

__all__ = [
    "MAX_BYTES",
    "BreakdownDocument",
    "BreakdownRow",
    "NamedDepartment",
    "NamedRequirement",
    "ReadTable",
    "ReadWarning",
    "as_json",
    "read",
    "read_bytes",
]

def read(path: Path) -> BreakdownDocument:
    """Read a file. Raises Invalid when it cannot be opened, is too large, or holds no task table."""
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is not None and size <= MAX_BYTES:
            return read_bytes(path.name, path.read_bytes())
    except OSError as error:
        raise _not_opened(path) from error
    if size is None:
        raise _not_opened(path)
    raise _too_large(path.name)


def read_bytes(name: str, data: bytes) -> BreakdownDocument:
    """Read the content of a file called `name`. Raises Invalid when it holds no task table."""
    if len(data) > MAX_BYTES:
        raise _too_large(name)
    sheet, left_out = read_sheet(name, data)
    if not sheet.grids:
        raise Invalid(
            N_(
                "{name} holds no task table: no column heads for rules and departments were found. "
                "Check that the heads of the table are in the file, or choose another file."
            ),
            name=name,
        )
    return _document(name, sheet, left_out)


def as_json(document: BreakdownDocument, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """Give the public contract of `juanzong breakdown read --json`; texts of warnings in `language`."""
    warnings = [*document.warnings, *(warning for table in document.tables for warning in table.warnings)]
    return {
        "title": document.title,
        "tables": [_table_json(table, language) for table in document.tables],
        "warnings": [warning.as_json(language) for warning in warnings],
    }


def _document(name: str, sheet: Sheet, left_out: tuple[LeftOut, ...]) -> BreakdownDocument:
    titles = [title for grid in sheet.grids for title in grid.titles]
    heads = [stray.text for stray in sheet.strays if _is_heading(stray.text)]
    title = next(iter([*titles, *heads]), Path(name).stem)
    drafts = [draft_table(grid, position) for position, grid in enumerate(sheet.grids, start=1)]
    names = document_names(drafts)
    tables = tuple(finish_table(draft, names, title) for draft in drafts)
    if not any(table.rows for table in tables):
        raise Invalid(
            N_(
                "{name} has the heads of a task table but no rule below them. "
                "Check that the table was saved whole."
            ),
            name=name,
        )
    loose = [stray for stray in sheet.strays if stray.text != title]
    doubts = [unreadable(stray, Place(N_("line {line}"), {"line": stray.line})) for stray in loose]
    skipped = [stray for table in sheet.skipped for stray in table.texts]
    warnings = (*doubts, *skipped_warnings(sheet.skipped), *left_out_warnings(left_out))
    return BreakdownDocument(title, tables, warnings, (*loose, *skipped))


def _is_heading(text: str) -> bool:
    return is_title(text) or is_plan(squeeze(text)) or is_notice(squeeze(text))


def _not_opened(path: Path) -> Invalid:
    return Invalid(N_("{name} cannot be opened. Check the path and that you may read it."), name=str(path))


def _too_large(name: str) -> Invalid:
    message = N_("{name} is larger than 20 MB. A task table is far smaller: choose the table itself.")
    return Invalid(message, name=name)


def _table_json(table: ReadTable, language: str) -> dict[str, Any]:
    return {
        "title": table.title,
        "kind": table.kind,
        "points_total": _number(table.points_total),
        "columns": list(table.columns),
        "rows": [_row_json(row, language) for row in table.rows],
        "notes": [{"text": note.text, "line": note.line} for note in table.notes],
    }


def _row_json(row: BreakdownRow, language: str) -> dict[str, Any]:
    return {
        "indicator": row.indicator,
        "item_no": row.item_no,
        "text": row.text,
        "points": _number(row.points),
        "departments": [_department_json(department) for department in row.departments],
        "advice": row.advice,
        "advice_inherited": row.advice_inherited,
        "deadline": row.deadline,
        "requirements": [_requirement_json(requirement) for requirement in row.requirements],
        "warnings": [warning.as_json(language) for warning in row.warnings],
        "source": None if row.source is None else list(row.source),
        "due": None if row.due is None else row.due.as_json(),
        "bonus": row.bonus,
        "others": [{"head": one.head, "text": one.text} for one in row.others],
    }


def _department_json(department: NamedDepartment) -> dict[str, Any]:
    return {
        "name": department.name,
        "canonical": department.canonical,
        "role": department.role,
        "group": department.group,
    }


def _requirement_json(requirement: NamedRequirement) -> dict[str, Any]:
    return {
        "kind": requirement.kind,
        "value": _number(requirement.value),
        "unit": requirement.unit,
        "bound": requirement.bound,
        "per": requirement.per,
        "fields": list(requirement.fields),
        "deadline": requirement.deadline,
        "source_phrase": requirement.source_phrase,
        "scope": requirement.scope,
        "upper": _number(requirement.upper),
        "period": requirement.period,
        "departments": list(requirement.departments),
    }


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)

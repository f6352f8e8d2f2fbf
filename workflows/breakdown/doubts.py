"""What a person should look at before a task table is imported: warnings of rules and tables."""

from collections.abc import Iterator
from decimal import Decimal

from engine.catalogue import N_
from workflows.breakdown.drafts import Draft, DraftTable
from workflows.breakdown.grid import Stray
from workflows.breakdown.header import Column, is_filled_in_later, squeeze
from workflows.breakdown.shapes import NamedDepartment, NamedRequirement, Place, ReadWarning
from workflows.breakdown.unit_names import GENERIC_NAMES, is_short_form

_EXCERPT = 80
#: No city has more departments; beyond it the file is not worth searching.
_MOST_NAMES = 500


def row_warnings(
    draft: Draft,
    departments: tuple[NamedDepartment, ...],
    found: tuple[NamedRequirement, ...],
    names: dict[str, str],
    where: Place,
) -> Iterator[ReadWarning]:
    """Give the doubts about one rule; `names` are all department names of the document."""
    if not departments:
        message = N_("This rule names no department. Choose who is responsible before you assign it.")
        yield ReadWarning("no_department", message, {}, where)
    if not found[0].source_phrase:
        message = N_(
            "The table does not say what evidence this rule needs; any file will do until you say so."
        )
        yield ReadWarning("no_requirement", message, {}, where)
    for name in draft.units.persons:
        message = N_("“{name}” looks like a person, not a department, and was left out.")
        yield ReadWarning("person_named", message, {"name": name}, where)
    for one in departments:
        if not one.group and one.name != one.canonical and is_short_form(one.name, one.canonical):
            message = N_("“{name}” is taken to be “{canonical}”. Change it if they are two departments.")
            yield ReadWarning("short_name", message, {"name": one.name, "canonical": one.canonical}, where)
    suggested = _suggested(draft, departments, names)
    if suggested:
        message = N_("The advice also speaks of {names}; add them if they take part.")
        yield ReadWarning("department_in_advice", message, {"names": "、".join(suggested)}, where)
    if draft.short:
        message = N_("This row has fewer cells than the header; the missing ones at its end count as empty.")
        yield ReadWarning("short_row", message, {}, where)


def table_warnings(table: DraftTable, total: Decimal | None) -> Iterator[ReadWarning]:
    """Give the doubts about a table; `total` are the points its title declares."""
    yield from _points_warnings(table, total)
    yield from _column_warnings(table)
    yield from _stray_warnings(table)


def unreadable(stray: Stray, place: Place) -> ReadWarning:
    """Give the warning that keeps a text no row could take."""
    text = stray.text if len(stray.text) <= _EXCERPT else stray.text[: _EXCERPT - 1] + "…"
    message = N_("This text fits no row of the table and was left out; enter it by hand if needed: {text}")
    return ReadWarning("unreadable_text", message, {"text": text}, place)


def _suggested(draft: Draft, departments: tuple[NamedDepartment, ...], names: dict[str, str]) -> list[str]:
    """Find departments of the document that only the advice names; the longest name at a place counts."""
    if len(names) > _MOST_NAMES or any(one.group for one in departments):
        return []
    own = {one.canonical for one in departments}
    own_names = {one.name for one in departments}
    left = draft.advice
    for name in sorted({*own, *own_names}, key=len, reverse=True):
        left = left.replace(name, "\n")
    found: dict[str, None] = {}
    for name in sorted(names, key=len, reverse=True):
        if name in left:
            left = left.replace(name, "\n")
            if names[name] not in own and name not in GENERIC_NAMES:
                found[names[name]] = None
    return sorted(found, key=draft.advice.find)


def _points_warnings(table: DraftTable, total: Decimal | None) -> Iterator[ReadWarning]:
    if total is None:
        return
    found = sum((draft.rule.points or Decimal(0) for draft in table.drafts if not draft.bonus), Decimal(0))
    if found != total:
        message = N_("The title promises {declared} points, the rules add up to {found}. Check the table.")
        params = {"declared": f"{total:f}", "found": f"{found:f}"}
        yield ReadWarning("points_mismatch", message, params, _table_place(table))


def _column_warnings(table: DraftTable) -> Iterator[ReadWarning]:
    for head, column in zip(table.grid.header, table.columns, strict=True):
        if column is Column.UNKNOWN and squeeze(head) and not is_filled_in_later(head):
            message = N_("The column “{head}” is not known; its text was not used.")
            yield ReadWarning("unknown_column", message, {"head": head}, _table_place(table))


def _stray_warnings(table: DraftTable) -> Iterator[ReadWarning]:
    for stray in table.strays:
        place = Place(N_("table {table}, line {line}"), {"table": table.position, "line": stray.line})
        yield unreadable(stray, place)


def _table_place(table: DraftTable) -> Place:
    return Place(N_("table {table}"), {"table": table.position})

"""From a grid of cells to scored rules: inheritance of merged cells, rules, departments, demands, doubts."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from engine.catalogue import N_
from workflows.breakdown.assigned_parts import read_advice
from workflows.breakdown.deadlines import due_of
from workflows.breakdown.demands import read_demands
from workflows.breakdown.doubts import row_warnings, table_warnings
from workflows.breakdown.drafts import Draft, DraftTable
from workflows.breakdown.grid import Grid, GridRow, Stray
from workflows.breakdown.header import Column, columns_of
from workflows.breakdown.inheritance import (
    Above,
    Cells,
    advice_of,
    cells_of,
    deadline_of,
    descend,
    is_bonus,
    others_of,
    units_of,
)
from workflows.breakdown.rules import ScoredRule, split_rules
from workflows.breakdown.shapes import (
    BreakdownRow,
    NamedDepartment,
    NamedRequirement,
    Place,
    ReadTable,
)
from workflows.breakdown.totals import declared_sum, declared_total, group_warnings
from workflows.breakdown.unit_names import canonical_names, with_canonical

_KINDS = (
    ("common", re.compile("共性")),
    ("individual", re.compile("个性")),
    ("online_filing", re.compile("网上申报|网络申报|材料申报|网申")),
    ("site_check", re.compile("明查暗访|实地考察|实地测评|现场考察|点位")),
    ("publicity", re.compile("公益广告|公益宣传")),
)
_DEADLINE = re.compile(
    r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底|上旬|中旬|下旬|末)?(?:之?前|以前)|(?:年|月|季度?)(?:底|末)(?:之?前|以前)|长期坚持"
)
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def draft_table(grid: Grid, position: int) -> DraftTable:
    """Read the rows of a grid; `position` is its number in the document, from 1."""
    columns = grid.columns or columns_of(grid.header)
    above = Above()
    drafts: list[Draft] = []
    strays = list(grid.strays)
    group = ""
    sums = [number for number, row in enumerate(grid.rows) if declared_sum(row) is not None]
    grid = replace(grid, totals=(*grid.totals, *(grid.rows[number] for number in sums)))
    for number, row in enumerate(grid.rows):
        if number in sums:
            continue
        if row.group != group:
            above, group = Above(), row.group
        if any(cell.text for cell in row.cells):
            read = _drafts(row, cells_of(grid, columns, row), above, grid.header)
            drafts.extend(replace(draft, row=number) for draft in read)
            if not read:
                strays.append(Stray(" ".join(cell.text for cell in row.cells if cell.text), row.line))
    return DraftTable(grid, position, columns, tuple(drafts), tuple(strays))


def document_names(tables: list[DraftTable]) -> dict[str, str]:
    """Map the department names of a whole document to their canonical ones."""
    units = (draft.units for table in tables for draft in table.drafts)
    return canonical_names(one.name for unit in units for one in unit.departments if not one.group)


def finish_table(table: DraftTable, names: dict[str, str], document_title: str) -> ReadTable:
    """Give the table with canonical names and every doubt about it."""
    title = table.grid.titles[-1] if table.grid.titles else document_title
    rows = tuple(_finish(draft, table, number, names) for number, draft in enumerate(table.drafts, start=1))
    total = declared_total(table.grid, title)
    warnings = (*table_warnings(table, total), *group_warnings(table))
    kind = _kind(title, document_title)
    return ReadTable(title, kind, total, table.grid.header, rows, warnings, table.grid, table.grid.notes, table.strays)


def _drafts(row: GridRow, cells: Cells, above: Above, header: tuple[str, ...]) -> list[Draft]:
    cell = cells.get(Column.RULE)
    lines = cell.lines if cell is not None else []
    if not lines:
        return []
    descend(cells, above)
    rules = split_rules(lines)
    advice, inherited = advice_of(cells, above)
    units = units_of(cells, above)
    others = others_of(cells, above, header)
    deadline = deadline_of(cells, above)
    column_points = _column_points(cells)
    drafts = []
    for rule in rules:
        above.heading = rule.heading or _own_heading(rule) or above.heading
        points = column_points if column_points is not None and len(rules) == 1 else rule.points
        levels = (row.group, above.indicator, above.heading)
        drafts.append(
            Draft(
                ScoredRule(above.heading, rule.item_no, rule.text, points),
                " / ".join(part for part in levels if part),
                rule.item_no if len(rules) > 1 or not above.number else above.number,
                units,
                advice,
                inherited or (len(rules) > 1 and bool(advice)),
                deadline or _deadline_in(rule.text),
                row.line,
                row.short,
                bonus=is_bonus(row.group, above.indicator, rule.text),
                others=others,
            )
        )
    return drafts


def _own_heading(rule: ScoredRule) -> str:
    """Give the text of a cell that is nothing but a coded heading (Ⅲ-10发挥榜样作用)."""
    return rule.text if re.match(r"[Ⅰ-Ⅻ]+\s*[-－—–]", rule.text) and "\n" not in rule.text else ""


def _column_points(cells: Cells) -> Decimal | None:
    cell = cells.get(Column.POINTS)
    match = _FIGURE.search(cell.text) if cell else None
    return Decimal(match.group()) if match else None


def _deadline_in(text: str) -> str | None:
    match = _DEADLINE.search(text)
    return match.group() if match else None


def _kind(title: str, document_title: str) -> str:
    for text in (title, document_title):
        for kind, words in _KINDS:
            if words.search(text):
                return kind
    return "unknown"


def _finish(draft: Draft, table: DraftTable, number: int, names: dict[str, str]) -> BreakdownRow:
    where = Place(
        N_("table {table}, rule {rule} (line {line})"),
        {"table": table.position, "rule": number, "line": draft.line},
    )
    departments = with_canonical(draft.units, names)
    requirements = _requirements(draft, departments)
    return BreakdownRow(
        indicator=draft.indicator,
        item_no=draft.item_no,
        text=draft.rule.text,
        points=draft.rule.points,
        departments=departments,
        advice=draft.advice,
        advice_inherited=draft.advice_inherited,
        deadline=draft.deadline,
        requirements=requirements,
        warnings=tuple(row_warnings(draft, departments, requirements, names, where)),
        source=(table.position - 1, draft.row),
        due=due_of(draft.deadline) if draft.deadline else None,
        bonus=draft.bonus,
        others=draft.others,
    )


def _requirements(draft: Draft, departments: Sequence[NamedDepartment]) -> tuple[NamedRequirement, ...]:
    found = (*read_demands(draft.rule.text, "rule"), *read_advice(draft.advice, departments))
    # A rule that asks for nothing in particular still has to be shown to be met.
    return found or (NamedRequirement("other", None, None, None, None, (), None, "", "rule"),)

"""From a grid of cells to scored rules: inheritance of merged cells, rules, departments, demands, doubts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from engine.catalogue import N_
from workflows.breakdown.deadlines import due_of
from workflows.breakdown.demands import read_demands
from workflows.breakdown.doubts import row_warnings, table_warnings
from workflows.breakdown.drafts import Draft, DraftTable
from workflows.breakdown.grid import Grid, GridCell, GridRow, Stray
from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column, columns_of
from workflows.breakdown.rules import ScoredRule, split_rules
from workflows.breakdown.shapes import (
    BreakdownRow,
    NamedDepartment,
    NamedRequirement,
    Place,
    ReadTable,
)
from workflows.breakdown.totals import declared_sum, declared_total, group_warnings
from workflows.breakdown.unit_names import NamedUnits, canonical_names, read_units, with_canonical

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
_SHARED_START = 2


@dataclass
class _Above:
    """What the rows above leave to a row whose cells are merged with theirs."""

    number: str = ""
    indicator: str = ""
    heading: str = ""
    advice: str = ""
    units: NamedUnits = field(default_factory=lambda: NamedUnits((), ()))


def draft_table(grid: Grid, position: int) -> DraftTable:
    """Read the rows of a grid; `position` is its number in the document, from 1."""
    columns = grid.columns or columns_of(grid.header)
    above = _Above()
    drafts: list[Draft] = []
    strays = list(grid.strays)
    group = ""
    sums = [number for number, row in enumerate(grid.rows) if declared_sum(row) is not None]
    grid = replace(grid, totals=(*grid.totals, *(grid.rows[number] for number in sums)))
    for number, row in enumerate(grid.rows):
        if number in sums:
            continue
        if row.group != group:
            above, group = _Above(), row.group
        cells = dict(_cells(columns, row))
        if any(cell.text for cell in cells.values()):
            read = _drafts(row, cells, columns, above)
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


def _cells(columns: tuple[Column, ...], row: GridRow) -> Iterator[tuple[Column, GridCell]]:
    """Give the cells by meaning.

    Of two columns with one meaning the later one wins unless it is empty; what is asked for (材料类型, 数量) is read together.
    """
    seen: dict[Column, GridCell] = {}
    for column, cell in zip(columns, row.cells, strict=True):
        before = seen.get(column)
        if before is None or not before.text:
            seen[column] = cell
        elif cell.text and not cell.left:
            both = f"{before.text} {cell.text}" if column is Column.ADVICE else cell.text
            seen[column] = replace(cell, text=both)
    yield from seen.items()


def _drafts(
    row: GridRow, cells: dict[Column, GridCell], columns: tuple[Column, ...], above: _Above
) -> list[Draft]:
    lines = cells[Column.RULE].lines
    if not lines:
        return []
    follows = _follows(cells)
    _descend(cells, above, follows=follows)
    rules = split_rules(lines)
    advice, inherited = _advice(cells, above, follows=follows)
    units = _units(cells, above, follows=follows)
    has_indicator = Column.INDICATOR in columns
    column_points = _column_points(cells)
    drafts = []
    for rule in rules:
        above.heading = rule.heading or _own_heading(rule) or above.heading
        points = column_points if column_points is not None and len(rules) == 1 else rule.points
        drafts.append(
            Draft(
                ScoredRule(above.heading, rule.item_no, rule.text, points),
                " / ".join(part for part in (row.group, _indicator(above, has_column=has_indicator)) if part),
                rule.item_no if len(rules) > 1 or not above.number else above.number,
                units,
                advice,
                inherited or (len(rules) > 1 and bool(advice)),
                _deadline(cells, rule.text),
                row.line,
                row.short,
            )
        )
    return drafts


def _follows(cells: dict[Column, GridCell]) -> bool:
    """Say whether a row belongs to the group of the row above: its leading cells are merged with it."""
    leading = [cells[column] for column in (Column.INDICATOR, Column.NUMBER) if column in cells]
    return all(cell.merged for cell in leading[:1])


def _descend(cells: dict[Column, GridCell], above: _Above, *, follows: bool) -> None:
    """Take over what the row itself says; a new indicator ends what was inherited."""
    if not follows:
        above.number = above.indicator = above.heading = ""
    if Column.NUMBER in cells and cells[Column.NUMBER].text:
        above.number = _collapsed(cells[Column.NUMBER])
    if Column.INDICATOR in cells and cells[Column.INDICATOR].text:
        above.indicator = _collapsed(cells[Column.INDICATOR])


def _indicator(above: _Above, *, has_column: bool) -> str:
    if not has_column:
        return above.heading
    return " / ".join(part for part in (above.indicator, above.heading) if part)


def _own_heading(rule: ScoredRule) -> str:
    """Give the text of a cell that is nothing but a coded heading (Ⅲ-10发挥榜样作用)."""
    return rule.text if re.match(r"[Ⅰ-Ⅻ]+\s*[-－—–]", rule.text) and "\n" not in rule.text else ""


def _advice(cells: dict[Column, GridCell], above: _Above, *, follows: bool) -> tuple[str, bool]:
    cell = cells.get(Column.ADVICE)
    if cell is None:
        return "", False
    own = "\n".join(cell.lines)
    if own or not (cell.merged and follows):
        above.advice = own
        return own, False
    return above.advice, bool(above.advice)


def _units(cells: dict[Column, GridCell], above: _Above, *, follows: bool) -> NamedUnits:
    present = [(column, cells[column]) for column in DEPARTMENT_COLUMNS if column in cells]
    merged = follows and all(cell.merged for _, cell in present)
    if not merged:
        read = [read_units(cell.text, column.value) for column, cell in present]
        departments: dict[str, NamedDepartment] = {}
        for units in read:
            for one in units.departments:
                departments.setdefault(one.name, one)
        above.units = NamedUnits(
            tuple(departments.values()), tuple(name for units in read for name in units.persons)
        )
    return above.units


def _column_points(cells: dict[Column, GridCell]) -> Decimal | None:
    cell = cells.get(Column.POINTS)
    match = _FIGURE.search(cell.text) if cell else None
    return Decimal(match.group()) if match else None


def _deadline(cells: dict[Column, GridCell], text: str) -> str | None:
    cell = cells.get(Column.DEADLINE)
    if cell and cell.text:
        return " ".join(cell.lines)
    match = _DEADLINE.search(text)
    return match.group() if match else None


def _collapsed(cell: GridCell) -> str:
    """Join the lines of a narrow cell (理想/信念/教育); a text doubled by merging stands once."""
    parts = [re.sub(r"(?<=[一-鿿])\s+(?=[一-鿿](?:\s|$))", "", line) for line in cell.lines]
    distinct = list(dict.fromkeys(parts))
    if len(distinct) > 1 and len({part[:_SHARED_START] for part in distinct}) == 1:
        # 人际互助 / 人际关系: two terms side by side, not one word over two lines.
        return "、".join(distinct)
    return "".join(distinct)


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
    requirements = _requirements(draft)
    departments = with_canonical(draft.units, names)
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
    )


def _requirements(draft: Draft) -> tuple[NamedRequirement, ...]:
    found = (*read_demands(draft.rule.text, "rule"), *read_demands(draft.advice, "cell"))
    # A rule that asks for nothing in particular still has to be shown to be met.
    return found or (NamedRequirement("other", None, None, None, None, (), None, "", "rule"),)

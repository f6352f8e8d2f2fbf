"""Groups of rules whose points do not add up to what the group declares (分组分值), worked out anew after every correction."""

from collections.abc import Sequence
from dataclasses import replace

from workflows.breakdown.grid import Grid
from workflows.breakdown.open_document import OpenDocument, OpenRow, OpenTable, with_table
from workflows.breakdown.shapes import ReadWarning
from workflows.breakdown.totals import GROUP_CODE, declared_groups, group_doubts

_PARTED = " / "


def regrouped(document: OpenDocument, grids: Sequence[Grid | None]) -> OpenDocument:
    """Give the document with the doubts about groups as the points now are.

    One that somebody has settled stays settled while its figures stay the same.
    """
    for position, table in enumerate(document.tables, start=1):
        grid = None if table.grid is None else grids[table.grid]
        if grid is not None:
            document = with_table(document, _with_doubts(table, grid, position))
    return document


def _with_doubts(table: OpenTable, grid: Grid, position: int) -> OpenTable:
    names = [name for name, _ in declared_groups(grid)]
    rules = [(_group_of(row, table, grid, names), row.row.points) for row in table.rows]
    found = list(group_doubts(grid, position, rules))
    holds = {_figures(one) for one in found}
    settled = tuple(one for one in table.settled if one.code != GROUP_CODE or _figures(one) in holds)
    known = {_figures(one) for one in settled if one.code == GROUP_CODE}
    others = [one for one in table.table.warnings if one.code != GROUP_CODE]
    warnings = (*others, *(one for one in found if _figures(one) not in known))
    return replace(table, table=replace(table.table, warnings=warnings), settled=settled)


def _group_of(row: OpenRow, table: OpenTable, grid: Grid, names: Sequence[str]) -> str:
    """Give the group a rule stands under: the one its indicator begins with, else the one its row of the file stands under."""
    said = row.row.indicator.split(_PARTED, 1)[0].strip()
    if said in names:
        return said
    return next((grid.rows[at].group for number, at in row.sources if number == table.grid), "")


def _figures(doubt: ReadWarning) -> tuple[str, ...]:
    return tuple(str(doubt.params.get(name)) for name in ("group", "declared", "found"))

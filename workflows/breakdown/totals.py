"""What a table declares its points to add up to, in its title, its rows of totals, its groups; and where they do not."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from engine.catalogue import N_
from workflows.breakdown.drafts import Draft, DraftTable
from workflows.breakdown.grid import Grid, GridRow
from workflows.breakdown.header import squeeze
from workflows.breakdown.raw_tables import RawCell, RawRow
from workflows.breakdown.rules import points_in
from workflows.breakdown.shapes import Place, ReadWarning
from workflows.breakdown.single_lines import group_name_of, group_points, total_of

#: The code of the doubt about the points of a group.
GROUP_CODE = "group_points_mismatch"


def declared_total(grid: Grid, title: str) -> Decimal | None:
    """Give the points the whole table declares: in its title, else in its last row of totals that is not of a part."""
    named = points_in(title)
    if named is not None:
        return named
    sums = [value for row in grid.totals if not _of_part(row) and (value := declared_sum(row))]
    return sums[-1] if sums else None


def group_warnings(table: DraftTable) -> Iterator[ReadWarning]:
    """Give the groups whose rules do not add up to the points the group declares."""
    yield from group_doubts(table.grid, table.position, [(_group(table, one), one.rule.points) for one in table.drafts])


def declared_groups(grid: Grid) -> list[tuple[str, Decimal]]:
    """Give the groups of a table that declare points, each with them."""
    texts = [next((cell.text for cell in row.cells if cell.text), "") for row in grid.totals]
    return [(group_name_of(text), points) for text in texts if (points := group_points(text)) is not None]


def group_doubts(grid: Grid, position: int, rules: Sequence[tuple[str, Decimal | None]]) -> Iterator[ReadWarning]:
    """Give a doubt for every group that declares other points than its rules have.

    `rules`: of every rule its group and its points. `position`: the number of the table in the document, from 1.
    """
    for name, declared in declared_groups(grid):
        found = sum((points or Decimal(0) for group, points in rules if group == name), Decimal(0))
        if found and found != declared:
            message = N_("“{group}” promises {declared} points, its rules add up to {found}. Check the table.")
            params = {"group": name, "declared": f"{declared:f}", "found": f"{found:f}"}
            yield ReadWarning(GROUP_CODE, message, params, Place(N_("table {table}"), {"table": position}))


def _group(table: DraftTable, draft: Draft) -> str:
    return table.grid.rows[draft.row].group


def declared_sum(row: GridRow) -> Decimal | None:
    """Give the figure of a row of totals (小计、合计); None for any other row."""
    return total_of(RawRow(tuple(RawCell(cell.text) for cell in row.cells), row.line))


def _of_part(row: GridRow) -> bool:
    return any("小计" in squeeze(cell.text) or "本页" in squeeze(cell.text) for cell in row.cells)

"""What a table declares its points to add up to, in its title, its rows of totals, its groups; and where they do not."""

from collections.abc import Iterator
from decimal import Decimal

from engine.catalogue import N_
from workflows.breakdown.drafts import Draft, DraftTable
from workflows.breakdown.grid import Grid, GridRow
from workflows.breakdown.header import squeeze
from workflows.breakdown.raw_tables import RawCell, RawRow
from workflows.breakdown.rules import points_in
from workflows.breakdown.shapes import Place, ReadWarning
from workflows.breakdown.single_lines import group_name_of, group_points, total_of


def declared_total(grid: Grid, title: str) -> Decimal | None:
    """Give the points the whole table declares: in its title, else in its last row of totals that is not of a part."""
    named = points_in(title)
    if named is not None:
        return named
    sums = [value for row in grid.totals if not _of_part(row) and (value := declared_sum(row))]
    return sums[-1] if sums else None


def group_warnings(table: DraftTable) -> Iterator[ReadWarning]:
    """Give the groups whose rules do not add up to the points the group declares."""
    for row in table.grid.totals:
        text = next((cell.text for cell in row.cells if cell.text), "")
        declared = group_points(text)
        if declared is None:
            continue
        name = group_name_of(text)
        found = _found(draft for draft in table.drafts if table.grid.rows[draft.row].group == name)
        if found and found != declared:
            message = N_("“{group}” promises {declared} points, its rules add up to {found}. Check the table.")
            params = {"group": name, "declared": f"{declared:f}", "found": f"{found:f}"}
            yield ReadWarning("group_points_mismatch", message, params, Place(N_("table {table}"), {"table": table.position}))


def _found(drafts: Iterator[Draft]) -> Decimal:
    return sum((draft.rule.points or Decimal(0) for draft in drafts), Decimal(0))


def declared_sum(row: GridRow) -> Decimal | None:
    """Give the figure of a row of totals (小计、合计); None for any other row."""
    return total_of(RawRow(tuple(RawCell(cell.text) for cell in row.cells), row.line))


def _of_part(row: GridRow) -> bool:
    return any("小计" in squeeze(cell.text) or "本页" in squeeze(cell.text) for cell in row.cells)

"""What an exported table consists of, and the words of single cells: departments with their roles, points, deadlines.

A cell stands by itself or is merged with neighbours: cells next to or under each other that share a `key` are one.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workflows.breakdown.grid import GridRow
from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column
from workflows.breakdown.shapes import NamedDepartment
from workflows.breakdown.unit_names import read_units

_ROLE_OF = {Column.LEAD: "lead", Column.DEPARTMENT: "responsible", Column.ASSIST: "assist"}
_LABELS = {"lead": "牵头单位：", "responsible": "责任单位：", "assist": "配合单位："}


@dataclass(frozen=True)
class LaidCell:
    """One cell: its whole text, also where it goes on from a neighbour with the same key."""

    text: str
    key: Hashable


LaidRow = tuple[LaidCell, ...]


@dataclass(frozen=True)
class LaidTable:
    """One table: the lines over it, what its columns mean, its head, and its rows."""

    lines: tuple[str, ...]
    meanings: tuple[Column, ...]
    head: tuple[LaidRow, ...]
    rows: tuple[LaidRow, ...]


@dataclass(frozen=True)
class LaidDocument:
    """A whole document. `after`: text outside of its tables that stands under them."""

    title: str
    tables: tuple[LaidTable, ...]
    after: tuple[str, ...]


def department_cells(departments: Sequence[NamedDepartment], meanings: Sequence[Column]) -> dict[Column, str]:
    """Give the texts of the department columns a table has: each role in its own column, the others with a label."""
    present = [column for column in DEPARTMENT_COLUMNS if column in meanings]
    texts: dict[Column, str] = {}
    for column in present:
        own = [one for one in departments if _column_for(one.role, present) is column]
        texts[column] = _department_text(own, _ROLE_OF[column])
    return texts


def _column_for(role: str, present: Sequence[Column]) -> Column:
    own = next((column for column in present if _ROLE_OF[column] == role), None)
    return own or (Column.DEPARTMENT if Column.DEPARTMENT in present else present[0])


def _department_text(departments: Sequence[NamedDepartment], usual: str) -> str:
    """List names as offices do; where a list would read as something else, one on each line."""
    runs: list[tuple[str, list[str]]] = []
    for one in departments:
        if runs and runs[-1][0] == one.role:
            runs[-1][1].append(one.name)
        else:
            runs.append((one.role, [one.name]))
    listed = "\n".join(("" if role == usual else _LABELS[role]) + "、".join(names) for role, names in runs)
    if _names(listed, usual) == [(one.name, one.role) for one in departments]:
        return listed
    return "\n".join(("" if one.role == usual else _LABELS[one.role]) + one.name for one in departments)


def _names(text: str, role: str) -> list[tuple[str, str]]:
    return [(one.name, one.role) for one in read_units(text, role).departments]


def points_text(points: Decimal | None) -> str:
    """Give points as a table shows them: 3, 0.5."""
    if points is None:
        return ""
    return f"{points.normalize():f}"


def as_they_stand(row: GridRow, name: str, width: int) -> LaidRow:
    """Lay a row of the file out as it is: a head, a total, a group; columns that were added join its last cell."""
    cells: list[LaidCell] = []
    for place, cell in enumerate(row.cells):
        before = cells[-1] if cell.left and cells else None
        cells.append(before or LaidCell(cell.text, (name, row.line, place)))
    while len(cells) < width:
        cells.append(LaidCell("", (name, row.line, len(cells))))
    return tuple(cells)


def full_width(text: str, key: Hashable, width: int) -> LaidRow:
    """Lay a line out over the whole width of a table."""
    return (LaidCell(text, key),) * width

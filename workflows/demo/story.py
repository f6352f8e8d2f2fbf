"""The story of the demonstration: what became of every case of the table in the last eight weeks, act by act."""

from collections.abc import Iterator
from datetime import datetime
from random import Random

from workflows.breakdown.document import BreakdownDocument, BreakdownRow
from workflows.demo import city
from workflows.demo.acts import Act
from workflows.demo.plot import Fate, Plot, acts_of
from workflows.demo.workdays import WorkDays
from workflows.lifecycle.words import ASSIST

#: One letter of `Fate` for every rule, table by table.
FATES = ("AANPPMBVPARLVHPMHE", "BATHVAVLPATHPVBVLHEMAVLAHPALPT", "PHVLNHVENNNNNN")
#: When the office assigned each table, in working days before now; one case after the other.
_ASSIGNED = (38.8, 37.5, 24.6)
_PAUSE = 0.004


def story_of(document: BreakdownDocument, now: datetime) -> list[Act]:
    """Tell what everybody did, the earliest first. The same table and moment give the same story."""
    return sorted((act for plot, fate in _plots(document, now) for act in acts_of(plot, fate)), key=lambda act: act.at)


def _plots(document: BreakdownDocument, now: datetime) -> Iterator[tuple[Plot, Fate]]:
    days = WorkDays(now)
    case = 0
    for table, fates, assigned in zip(document.tables, FATES, _ASSIGNED, strict=True):
        for row, fate in zip(table.rows, fates, strict=True):
            dice = Random(f"云江市 {case}")  # noqa: S311 - dice for a story, not for secrets
            yield _plot(case, row, assigned - case * _PAUSE, days, dice), Fate(fate)
            case += 1


def _plot(case: int, row: BreakdownRow, assigned: float, days: WorkDays, dice: Random) -> Plot:
    departments: dict[str, str] = {}
    for named in row.departments:
        for name in city.GROUPS[named.canonical] if named.group else (named.canonical,):
            departments.setdefault(name, named.role)
    assists = frozenset(name for name, role in departments.items() if role == ASSIST)
    return Plot(case, row, tuple(departments), assists, assigned, days, dice)

"""The plot of one case of the demonstration: how far it has come, told as acts in working days before now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random

from workflows.breakdown.document import BreakdownRow
from workflows.demo import phrases
from workflows.demo.acts import Act, Archived, Assigned, Claimed, Decided, HandedIn
from workflows.demo.gathering import Desk, gathered, mended
from workflows.demo.workdays import WorkDays
from workflows.lifecycle.words import Outcome, Step


class Fate(StrEnum):
    """What has become of a case; the letters are those of `story.FATES`."""

    UNASSIGNED = "N"
    UNTOUCHED = "E"
    HALF = "H"
    LATE = "L"
    MIXED = "M"
    SENT_BACK = "R"
    TWICE_RETURNED = "T"
    IN_REVIEW = "V"
    AWAITING_APPROVAL = "P"
    ARCHIVED = "A"
    REPAIRED = "B"


@dataclass(frozen=True)
class Plot:
    """A case: its place in the table, its rule and departments, when it was assigned, and its own dice."""

    case: int
    row: BreakdownRow
    departments: tuple[str, ...]
    assists: frozenset[str]
    assigned: float
    days: WorkDays
    dice: Random

    @property
    def leads_last(self) -> tuple[str, ...]:
        """Give the departments as they hand in: one that leads waits for those that assist."""
        return tuple(sorted(self.departments, key=lambda name: name not in self.assists))

    def after_assistants(self, department: str, handed_in: float, before: Sequence[float]) -> float:
        """Give when a department hands in: as drawn, or once the others have where they assist it. In days before now."""
        waits = self.assists and department not in self.assists
        return min([handed_in, *(one - _HOURS for one in before)]) if waits else handed_in

    def desk(self, department: str) -> Desk:
        """Give one department's part."""
        return Desk(self.case, self.row, department, department in self.assists, self.days, self.dice)


#: Part of a working day between one deed and the next that waited for it.
_HOURS = 0.15

#: How many calendar days from now a case is due, at the earliest and at the latest.
_DUE = {
    Fate.UNTOUCHED: (6, 20),
    Fate.HALF: (1, 16),
    Fate.LATE: (-9, -1),
    Fate.MIXED: (3, 14),
    Fate.SENT_BACK: (4, 9),
    Fate.TWICE_RETURNED: (1, 6),
    Fate.IN_REVIEW: (-1, 10),
    Fate.AWAITING_APPROVAL: (-2, 12),
}


def acts_of(plot: Plot, fate: Fate) -> Iterator[Act]:
    """Tell a case from its assignment to where it stands now; the acts come in no order."""
    if fate is Fate.UNASSIGNED:
        return
    end = plot.dice.uniform(10, 31) if fate in {Fate.ARCHIVED, Fate.REPAIRED} else 0.0
    yield Assigned(plot.days.before(plot.assigned), plot.case, _due(plot, fate, end))
    yield from _TELLERS[fate](plot, end)


def _due(plot: Plot, fate: Fate, end: float) -> datetime:
    if fate in _DUE:
        return plot.days.midnight(plot.dice.randint(*_DUE[fate]))
    closed = (plot.days.before(end) - plot.days.now).days
    return plot.days.midnight(closed + plot.dice.randint(1, 8))


def _untouched(_plot: Plot, _end: float) -> Iterator[Act]:
    return iter(())


def _half(plot: Plot, _end: float) -> Iterator[Act]:
    for department in plot.departments:
        begun = plot.dice.uniform(3, 8)
        yield Claimed(plot.days.before(begun + 0.05), plot.case, department)
        yield from gathered(plot.desk(department), (begun, plot.dice.uniform(0.2, 1.5)), plot.dice.uniform(0.3, 0.75))


def _late(plot: Plot, _end: float) -> Iterator[Act]:
    first, *others = plot.departments
    yield from gathered(plot.desk(first), (plot.dice.uniform(9, 12), plot.dice.uniform(4, 7)), plot.dice.uniform(0, 0.5))
    for department in others:
        yield from _to_review(plot, department, plot.dice.uniform(6, 8))


def _mixed(plot: Plot, _end: float) -> Iterator[Act]:
    """One department is done, one waits for its reviewer, one has begun, one has not."""
    first, *others = plot.leads_last
    reviewed = plot.dice.uniform(2, 5)
    yield from _to_review(plot, first, reviewed + 1)
    yield _review(plot, first, reviewed)
    if len(others) > 1:
        yield from _to_review(plot, others.pop(0), plot.dice.uniform(0.3, 2))
    yield from gathered(plot.desk(others[0]), (plot.dice.uniform(2, 4), 0.4), 0.5)


def _sent_back(plot: Plot, _end: float) -> Iterator[Act]:
    """The office sent the second department's part back; the first keeps its approval."""
    for number, department in enumerate(plot.departments):
        yield from _to_review(plot, department, plot.dice.uniform(6.2, 6.8) + number)
        yield _review(plot, department, plot.dice.uniform(4.6, 5.4) + number)
    last = plot.departments[-1]
    yield _returned(plot, last, plot.dice.uniform(2.1, 2.8), Step.OFFICE_APPROVAL)


def _twice_returned(plot: Plot, _end: float) -> Iterator[Act]:
    """Returned by the reviewer, repaired, returned again: by the office where the dice say so."""
    (department,) = plot.departments
    yield from _to_review(plot, department, plot.dice.uniform(13.5, 14.5))
    yield _returned(plot, department, plot.dice.uniform(11.8, 12.8), Step.DEPARTMENT_REVIEW)
    yield from mended(plot.desk(department), (plot.dice.uniform(10.4, 11.4), plot.dice.uniform(9.4, 9.9)), 2)
    yield _handed_in(plot, department, plot.dice.uniform(8.6, 9.2), 2)
    if plot.case % 2:
        yield _returned(plot, department, plot.dice.uniform(1, 4), Step.DEPARTMENT_REVIEW)
    else:
        yield _review(plot, department, plot.dice.uniform(6.8, 7.9))
        yield _returned(plot, department, plot.dice.uniform(1, 4), Step.OFFICE_APPROVAL)


def _in_review(plot: Plot, _end: float) -> Iterator[Act]:
    *before, last = plot.leads_last
    for department in before:
        yield from _to_review(plot, department, plot.dice.uniform(3.7, 4.4))
        yield _review(plot, department, plot.dice.uniform(2.5, 3.5))
    yield from _to_review(plot, last, plot.dice.uniform(0.1, 2.4))


def _awaiting_approval(plot: Plot, _end: float) -> Iterator[Act]:
    yield from _reviewed(plot, (0.15, 3.5), (0.5, 2))


def _archived(plot: Plot, end: float) -> Iterator[Act]:
    yield from _reviewed(plot, (end + 0.6, end + 1.6), (0.5, 1.5))
    yield from _approved(plot, end)


def _repaired(plot: Plot, end: float) -> Iterator[Act]:
    """Returned once by the reviewer, repaired, approved."""
    (department,) = plot.departments
    yield from _to_review(plot, department, end + plot.dice.uniform(4.4, 5.2))
    yield _returned(plot, department, end + plot.dice.uniform(3.3, 4), Step.DEPARTMENT_REVIEW)
    yield from mended(plot.desk(department), (end + plot.dice.uniform(2.8, 3.1), end + 2.2), 2)
    yield _handed_in(plot, department, end + plot.dice.uniform(1.7, 2.1), 2)
    yield _review(plot, department, end + plot.dice.uniform(0.5, 1.3))
    yield from _approved(plot, end)


_TELLERS = {
    Fate.UNTOUCHED: _untouched,
    Fate.HALF: _half,
    Fate.LATE: _late,
    Fate.MIXED: _mixed,
    Fate.SENT_BACK: _sent_back,
    Fate.TWICE_RETURNED: _twice_returned,
    Fate.IN_REVIEW: _in_review,
    Fate.AWAITING_APPROVAL: _awaiting_approval,
    Fate.ARCHIVED: _archived,
    Fate.REPAIRED: _repaired,
}


def _to_review(plot: Plot, department: str, handed_in: float) -> Sequence[Act]:
    """Gather everything in the days before, then hand it in."""
    begun = min(handed_in + plot.dice.uniform(1, 2.5), plot.assigned - 0.2)
    return [
        *gathered(plot.desk(department), (begun, handed_in + 0.1), 1.0),
        _handed_in(plot, department, handed_in, 1),
    ]


def _reviewed(plot: Plot, between: tuple[float, float], lag: tuple[float, float]) -> Iterator[Act]:
    """Every department hands in and its reviewer agrees, some day of `between`, `lag` after it was handed in."""
    before: list[float] = []
    for department in plot.leads_last:
        drawn = plot.dice.uniform(*between)
        handed_in = plot.after_assistants(department, drawn + plot.dice.uniform(*lag), before)
        yield from _to_review(plot, department, handed_in)
        yield _review(plot, department, min(drawn, handed_in - _HOURS))
        before.append(handed_in)


def _about(plot: Plot, day: float) -> datetime:
    """Give a moment near `day`: nobody works by the stroke of the clock."""
    return plot.days.before(day + plot.dice.uniform(-0.03, 0.03))


def _handed_in(plot: Plot, department: str, day: float, number: int) -> Act:
    return HandedIn(_about(plot, day), plot.case, department, phrases.statement(plot.dice, number))


def _review(plot: Plot, department: str, day: float) -> Act:
    remark = phrases.reviewed(plot.dice)
    return Decided(_about(plot, day), plot.case, Step.DEPARTMENT_REVIEW, Outcome.APPROVE, remark, department)


def _returned(plot: Plot, department: str, day: float, step: Step) -> Act:
    faulty = plot.row.requirements[plot.desk(department).faulty]
    remark = phrases.reason(plot.dice, faulty.kind, office=step is Step.OFFICE_APPROVAL)
    missing = (faulty.source_phrase,)
    return Decided(_about(plot, day), plot.case, step, Outcome.RETURN, remark, department, missing)


def _approved(plot: Plot, end: float) -> Iterator[Act]:
    remark = phrases.approved(plot.dice)
    yield Decided(plot.days.before(end), plot.case, Step.OFFICE_APPROVAL, Outcome.APPROVE, remark)
    yield Archived(plot.days.before(end - 0.002), plot.case)

"""Which lines make up which cell, where a row is known and its cells are not: only an answer that is the only one counts.

Lines keep their order, so each column takes the next few. What a column can hold is known for departments, points and
deadlines; an indicator is short; a rule is none of these.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.breakdown.deadlines import is_deadline
from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column
from workflows.breakdown.unit_names import is_unit

#: More lines than the row of any real table; a longer stretch holds no row that is sure.
MOST_LINES = 40

_POINTS = re.compile(r"\d{1,3}(?:\.\d{1,2})?分?")
_SENTENCE = re.compile(r"[。；;！？]")
_PARTS = re.compile(r"[、，,；;/／\s]+")
_LONGEST_INDICATOR = 20
_LONGEST_PERSON = 12
#: Columns that may be left empty in a row, or be merged with the row above.
_MAY_BE_EMPTY = frozenset(
    {Column.INDICATOR, Column.ASSIST, Column.DEADLINE, Column.ADVICE, Column.PERSON, Column.POINTS}
)


@dataclass(frozen=True)
class _Way:
    """The best way to fill the columns up to some line: how many stay empty, how many such ways, the last cut."""

    empty: int
    count: int
    cuts: tuple[int, ...]


def fitted(lines: Sequence[str], columns: Sequence[Column]) -> list[str] | None:
    """Give one text per column, "" for an empty one; None where there is no answer, or more than one."""
    if not lines or len(lines) > MOST_LINES:
        return None
    if len(lines) == len(columns) and _fits_evenly(lines, columns):
        return list(lines)
    ways: dict[int, _Way] = {0: _Way(0, 1, (0,))}
    for column in columns:
        ways = _after_column(ways, lines, column)
    way = ways.get(len(lines))
    if way is None or way.count != 1:
        return None
    return ["\n".join(lines[start:stop]) for start, stop in itertools.pairwise(way.cuts)]


def names_units(text: str) -> bool:
    """Say whether a line lists departments and nothing else."""
    names = [name for name in _PARTS.split(text) if name]
    return bool(names) and all(is_unit(name) for name in names)


def _after_column(ways: dict[int, _Way], lines: Sequence[str], column: Column) -> dict[int, _Way]:
    """Give the ways after one more column, by the lines used up."""
    result: dict[int, _Way] = {}
    for used, way in ways.items():
        if column in _MAY_BE_EMPTY or column is Column.UNKNOWN:
            _offer(result, used, _Way(way.empty + 1, way.count, (*way.cuts, used)))
        stop = used
        while stop < len(lines) and _may_hold(column, lines[stop]):
            stop += 1
            _offer(result, stop, _Way(way.empty, way.count, (*way.cuts, stop)))
    return result


def _offer(ways: dict[int, _Way], used: int, way: _Way) -> None:
    known = ways.get(used)
    if known is None or way.empty < known.empty:
        ways[used] = way
    elif way.empty == known.empty:
        ways[used] = _Way(way.empty, known.count + way.count, known.cuts)


def _fits_evenly(lines: Sequence[str], columns: Sequence[Column]) -> bool:
    """Say whether one line per column is right: departments where they belong, or nowhere else."""
    owners = [names_units(line) for line, column in zip(lines, columns, strict=True) if column in DEPARTMENT_COLUMNS]
    others = [
        names_units(line)
        for line, column in zip(lines, columns, strict=True)
        if column not in {*DEPARTMENT_COLUMNS, Column.INDICATOR, Column.ADVICE, Column.RULE}
    ]
    figures = all(
        _may_hold(column, line) for line, column in zip(lines, columns, strict=True) if column is Column.POINTS
    )
    return figures and not any(others) and (all(owners) or not any(map(names_units, lines)))


def _may_hold(column: Column, line: str) -> bool:
    if column in DEPARTMENT_COLUMNS:
        return names_units(line)
    if column is Column.POINTS:
        return _POINTS.fullmatch(line) is not None
    if column is Column.DEADLINE:
        return is_deadline(line)
    if column is Column.PERSON:
        return len(line) <= _LONGEST_PERSON and not names_units(line)
    if names_units(line) or _POINTS.fullmatch(line):
        return False
    return column is not Column.INDICATOR or (len(line) <= _LONGEST_INDICATOR and not _SENTENCE.search(line))

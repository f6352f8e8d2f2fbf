"""The periods of a recurring duty (每月、每季度、每半年…): pure dates, nothing of cases or evidence.

Months, quarters and halves are those of the calendar, weeks those of ISO 8601 (Monday first), terms those of Chinese
schools: spring from February, autumn from September.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from engine.catalogue import DEFAULT_LANGUAGE, N_, translate
from workflows.breakdown.numerals import plain_number

_YEAR = 12
_QUARTER = 3
_HALF = 6
_SPRING, _AUTUMN = 2, 9
_DAY = timedelta(days=1)
_EVERY_DAY = re.compile(r"每(?:一)?[天日]")
_EVERY_WEEK = re.compile(r"每(?:个)?(?P<n>[\d一二两三四]{0,2})(?:个)?(?:周|星期)")
_EVERY_TERM = re.compile(r"每(?:个|一)?学期")
_EVERY_MONTHS = re.compile(r"每(?:间隔|隔)?(?:个)?(?P<n>\d{1,2}|[一二两三四五六七八九十]{0,3})(?:个)?月")
_EVERY_SECOND_MONTH = re.compile(r"每(?:个|一)?双月")
_FIXED = (
    (re.compile(r"每(?:个|一)?季度?|[一二三四]个季度"), _QUARTER),
    (re.compile(r"每(?:个|一)?半年|上下半年|上半年、下半年"), _HALF),
    (re.compile(r"每(?:个|一)?年度?|全年|[一1]年|年内|年度"), _YEAR),
)
_HALVES = (N_("first half of {year}"), N_("second half of {year}"))


@dataclass(frozen=True)
class Period:
    """One period, both days included: "2026-03", "2026-Q1", "2026-H1", "2026-W07", "2026", "2026-T1", "2026-03/04"."""

    key: str
    msgid: str
    params: Mapping[str, int]
    starts: date
    ends: date

    def name(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Give what people call it, in "zh" or "en": 2026年3月."""
        return translate(language, self.msgid, **self.params)


def periods(per: str | None, starts: date, ends: date) -> tuple[Period, ...]:
    """Give the periods of a cadence (每月, 每2个月, 全年, …) from `starts` to `ends`; none where it is no cadence.

    At the edges a period counts when at least half of its days lie inside, and is cut to what lies inside; where
    that leaves none, the one with most days inside counts.
    """
    walk = None if per is None or starts > ends else _walk(re.sub(r"\s+", "", per))
    if walk is None:
        return ()
    found = [(one, _inside(one, starts, ends)) for one in walk(starts, ends)]
    kept = [cut for one, cut in found if 2 * _days(cut) >= _days(one)]
    return tuple(kept) or (max((cut for _, cut in found), key=_days),)


def is_cadence(per: str | None) -> bool:
    """Say whether a text says how often something falls due."""
    return per is not None and _walk(re.sub(r"\s+", "", per)) is not None


_Walk = Callable[[date, date], Iterator[Period]]


def _walk(per: str) -> _Walk | None:
    if _EVERY_DAY.match(per):
        return _by_days
    week = _EVERY_WEEK.match(per)
    if week:
        weeks = plain_number(week["n"])
        return partial(_by_weeks, weeks) if weeks else None
    if _EVERY_TERM.match(per):
        return _by_terms
    if _EVERY_SECOND_MONTH.match(per):
        return partial(_by_months, 2)
    months = next((count for pattern, count in _FIXED if pattern.match(per)), None)
    if months is None:
        every = _EVERY_MONTHS.match(per)
        months = plain_number(every["n"]) if every else None
    return partial(_by_months, months) if months else None


def _inside(period: Period, starts: date, ends: date) -> Period:
    return replace(period, starts=max(period.starts, starts), ends=min(period.ends, ends))


def _days(period: Period) -> int:
    return (period.ends - period.starts).days + 1


def _by_days(starts: date, ends: date) -> Iterator[Period]:
    day = starts
    while day <= ends:
        params = {"year": day.year, "month": day.month, "day": day.day}
        yield Period(day.isoformat(), N_("{year}-{month}-{day}"), params, day, day)
        day += _DAY


def _by_weeks(count: int, starts: date, ends: date) -> Iterator[Period]:
    monday = starts - timedelta(days=starts.weekday())
    while monday <= ends:
        last = monday + timedelta(weeks=count) - _DAY
        year, week, _ = monday.isocalendar()
        until = last.isocalendar().week
        if count == 1:
            name, key = N_("week {week} of {year}"), f"{year}-W{week:02d}"
        else:
            name, key = N_("weeks {week} to {until} of {year}"), f"{year}-W{week:02d}/{until:02d}"
        yield Period(key, name, {"year": year, "week": week, "until": until}, monday, last)
        monday = last + _DAY


def _by_terms(starts: date, ends: date) -> Iterator[Period]:
    for year in range(starts.year - 1, ends.year + 1):
        spring = date(year, _SPRING, 1)
        autumn = date(year, _AUTUMN, 1)
        after = date(year + 1, _SPRING, 1)
        for term in (
            Period(f"{year}-T1", N_("spring term {year}"), {"year": year}, spring, autumn - _DAY),
            Period(f"{year}-T2", N_("autumn term {year}"), {"year": year}, autumn, after - _DAY),
        ):
            if term.starts <= ends and term.ends >= starts:
                yield term


def _by_months(count: int, starts: date, ends: date) -> Iterator[Period]:
    """Walk in steps of `count` months, from January where they fit a year, else from the first month."""
    first = starts.year * _YEAR + starts.month - 1
    if _YEAR % count == 0:
        first -= first % count
    while _first_day(first) <= ends:
        yield _months(first, count)
        first += count


def _first_day(month: int) -> date:
    return date(month // _YEAR, month % _YEAR + 1, 1)


def _months(first: int, count: int) -> Period:
    year, month = divmod(first, _YEAR)
    last = (first + count - 1) % _YEAR + 1
    params = {"year": year, "month": month + 1, "until": last, "number": month // count + 1}
    names = {
        1: (N_("{month}/{year}"), f"{year}-{month + 1:02d}"),
        _QUARTER: (N_("quarter {number} of {year}"), f"{year}-Q{params['number']}"),
        _HALF: (_HALVES[month // _HALF], f"{year}-H{params['number']}"),
        _YEAR: (N_("the year {year}"), f"{year}"),
    }
    several = (N_("months {month} to {until} of {year}"), f"{year}-{month + 1:02d}/{last:02d}")
    name, key = names.get(count, several)
    return Period(key, name, params, _first_day(first), _first_day(first + count) - _DAY)

"""Working days in China: public holidays and make-up days (调休) as the State Council announces them, year by year.

A year is announced in the autumn before it. Until then nobody knows its make-up days, so a date in it is
refused, never guessed. The announced years come from the package `chinesecalendar` (MIT); an office adds its
own days off, its own working days and whole years with `Calendar`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

import chinese_calendar

from engine.catalogue import N_
from engine.errors import Invalid

#: Asia/Shanghai without the database of zones, which a small machine may lack: no summer time since 1991.
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
_DAY = timedelta(days=1)
_SATURDAY = 5
_MOST_DAYS = 5_000


@dataclass(frozen=True)
class Calendar:
    """The days of one office, on top of the announced ones.

    `extra_holidays` and `extra_workdays` outrank everything else. `years` are years the office vouches for
    because they are in no package yet: there, Monday to Friday are working days apart from the extra days.
    Raises ValueError when a day is both.
    """

    extra_holidays: frozenset[date] = field(default_factory=frozenset)
    extra_workdays: frozenset[date] = field(default_factory=frozenset)
    years: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        """Refuse a calendar that contradicts itself."""
        both = self.extra_holidays & self.extra_workdays
        if both:
            message = f"both a holiday and a working day: {min(both)}"
            raise ValueError(message)


ANNOUNCED = Calendar()


def is_working_day(day: date, calendar: Calendar = ANNOUNCED) -> bool:
    """Say whether people work on `day` (a moment counts by its day in Beijing).

    Raises Invalid for a year whose holidays are not known yet, ValueError for a moment without a zone.
    """
    day = _day(day)
    if day in calendar.extra_holidays:
        return False
    if day in calendar.extra_workdays:
        return True
    if day.year in calendar.years:
        return day.weekday() < _SATURDAY
    return _announced(day)


def add_working_days(start: datetime, n: int, calendar: Calendar = ANNOUNCED) -> datetime:
    """Give the moment `n` working days after `start`, at the same time of day in Beijing.

    The day of `start` does not count, whether people work on it or not: one working day after a Friday and
    after the Saturday behind it is Monday. With `n` = 0 it is `start`. The answer is in the zone Asia/Shanghai.
    Raises Invalid for a year whose holidays are not known yet and for `n` < 0 or > 5000, ValueError for a
    `start` without a zone.
    """
    day = _day(start)
    if not 0 <= n <= _MOST_DAYS:
        raise Invalid(N_("Working days are counted from 0 to {most}, not {n}."), most=_MOST_DAYS, n=n)
    for _ in range(n):
        day = _next_working_day(day, calendar)
    return datetime.combine(day, start.astimezone(BEIJING).timetz())


def working_days_between(first: date, last: date, calendar: Calendar = ANNOUNCED) -> int:
    """Count the working days after `first`, up to and including `last`; negative when `last` is the earlier one.

    So `add_working_days(start, n)` and `start` are n working days apart. Moments count by their day in Beijing.
    Raises Invalid for a year whose holidays are not known yet, ValueError for a moment without a zone.
    """
    one, other = _day(first), _day(last)
    earlier, later = sorted((one, other))
    count = sum(is_working_day(day, calendar) for day in _days(earlier + _DAY, later))
    return count if one <= other else -count


def _next_working_day(day: date, calendar: Calendar) -> date:
    day += _DAY
    while not is_working_day(day, calendar):
        day += _DAY
    return day


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def _day(value: date) -> date:
    if not isinstance(value, datetime):
        return value
    if value.utcoffset() is None:
        message = "a moment without a time zone is on no certain day"
        raise ValueError(message)
    return value.astimezone(BEIJING).date()


@lru_cache(maxsize=10_000)
def _announced(day: date) -> bool:
    """Ask the package; the only place that knows it."""
    try:
        working: bool = chinese_calendar.is_workday(day)
    except NotImplementedError as error:  # how it says that it has no data for the year
        raise Invalid(
            N_("The holidays of {year} are not known yet. Choose a day of a year already announced, or update the calendar."),
            year=day.year,
        ) from error
    return working

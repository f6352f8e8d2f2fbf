"""Working time of the demonstration: moments counted back from now in working days, so that trails look lived."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from workflows.demo.pictures import BEIJING

_OPENS, _CLOSES = time(8, 40), time(17, 40)
_HOURS = 9
_SATURDAY = 5
#: Holidays that fall on the same days every year: New Year, Labour Day, National Day.
_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (5, 3), *((10, day) for day in range(1, 8))})
#: How far back the story goes, in working days: eight weeks.
LENGTH = 40


@dataclass(frozen=True)
class WorkDays:
    """Mondays to Fridays in Beijing without the fixed holidays, seen from `now`."""

    now: datetime

    def before(self, days: float) -> datetime:
        """Give the moment `days` working days before the last working moment, in UTC."""
        end = self._last_moment()
        day = end.date()
        hours = (end - datetime.combine(day, _OPENS, BEIJING)) / timedelta(hours=1)
        left = hours - days * _HOURS
        while left < 0:
            day, left = _previous(day), left + _HOURS
        return (datetime.combine(day, _OPENS, BEIJING) + timedelta(hours=left)).astimezone(UTC)

    def midnight(self, days: int) -> datetime:
        """Give the end of the day `days` calendar days from now, in UTC; negative ones lie in the past."""
        day = self.now.astimezone(BEIJING).date() + timedelta(days=days)
        return datetime.combine(day, time(23, 59, 59), BEIJING).astimezone(UTC)

    def _last_moment(self) -> datetime:
        local = self.now.astimezone(BEIJING)
        day = local.date()
        if _is_idle(day) or local.timetz() < _OPENS.replace(tzinfo=BEIJING):
            return datetime.combine(_previous(day), _CLOSES, BEIJING)
        return min(local, datetime.combine(day, _CLOSES, BEIJING))


def beginning(now: datetime) -> datetime:
    """Give the moment the city is founded: the authority's certificates have to be this old."""
    return WorkDays(now).before(LENGTH)


def _previous(day: date) -> date:
    day -= timedelta(days=1)
    while _is_idle(day):
        day -= timedelta(days=1)
    return day


def _is_idle(day: date) -> bool:
    return day.weekday() >= _SATURDAY or (day.month, day.day) in _HOLIDAYS

"""Times as people read them: 北京时间 (UTC+8), near due dates in words."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from engine.catalogue import N_

#: One zone everywhere; China has kept no summer time since 1991.
BEIJING = timezone(timedelta(hours=8))
_SOON_DAYS = 2
_NEAR_DAYS = 30
_YEARS = range(1900, 2200)


@dataclass(frozen=True)
class Due:
    """A due date in words: `sentence` is a msgid filled with `params`; `level` is late, soon or calm."""

    level: str
    sentence: str
    params: dict[str, object]
    at: datetime


def local(moment: datetime) -> datetime:
    """Give a moment in Beijing time."""
    return moment.astimezone(BEIJING)


def stamp(moment: datetime | None) -> str:
    """Write a moment as `2026-03-12 09:41`, or a dash."""
    return local(moment).strftime("%Y-%m-%d %H:%M") if moment is not None else "—"


def day(moment: datetime | date | None) -> str:
    """Write a day as `2026-03-12`, or a dash."""
    if moment is None:
        return "—"
    return (local(moment) if isinstance(moment, datetime) else moment).strftime("%Y-%m-%d")


def due(at: datetime | None, now: datetime) -> Due | None:
    """Say how much time is left until `at`, in whole days of Beijing time."""
    if at is None:
        return None
    days = (local(at).date() - local(now).date()).days
    if at < now:
        late = max(1, -days)
        return Due("late", N_("{n} days overdue"), {"n": late}, at)
    if days == 0:
        return Due("soon", N_("Due today"), {}, at)
    level = "soon" if days <= _SOON_DAYS else "calm"
    if days <= _NEAR_DAYS:
        return Due(level, N_("{n} days left"), {"n": days}, at)
    return Due(level, N_("Due {day}"), {"day": day(at)}, at)


def end_of_day(value: date) -> datetime:
    """Give the last second of a day in Beijing, in UTC: a due date lasts until midnight."""
    return datetime.combine(value, time(23, 59, 59), BEIJING).astimezone(UTC)


def start_of_day(value: date) -> datetime:
    """Give the first moment of a day in Beijing, in UTC."""
    return datetime.combine(value, time.min, BEIJING).astimezone(UTC)


def parsed_day(text: str | None) -> date | None:
    """Read `2026-03-12` as a day of an office's life; None for anything else."""
    try:
        found = date.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def parsed_moment(text: str | None) -> datetime | None:
    """Read a moment as records write it (ISO 8601 with its zone); None for anything else."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def today(now: datetime) -> date:
    """Give the day it is in Beijing."""
    return local(now).date()

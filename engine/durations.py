"""Durations of ISO 8601: `PT1H`, `P3D`, `P1Y2M10DT2H30M`, `P2W`."""

import re
from calendar import monthrange
from datetime import datetime, timedelta

from engine.catalogue import N_
from engine.errors import Invalid

_NUMBER = r"\d{1,9}"
_FORM = re.compile(
    rf"P(?!$)(?:(?P<years>{_NUMBER})Y)?(?:(?P<months>{_NUMBER})M)?(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?!$)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?(?:(?P<seconds>{_NUMBER}(?:[.,]\d{{1,6}})?)S)?)?",
    re.ASCII,
)


def after(moment: datetime, duration: str) -> datetime:
    """Give `moment` plus a duration; months and years by the calendar, on the last day where the day is missing.

    Raises Invalid when the text is no duration or the result lies outside the calendar.
    """
    found = _FORM.fullmatch(duration.strip())
    if found is None:
        raise Invalid(N_("“{text}” is not a duration. Write it as PT1H, P3D or P1M."), text=duration)
    parts = {unit: float(number.replace(",", ".")) for unit, number in found.groupdict(default="0").items()}
    months = int(parts.pop("years") * 12 + parts.pop("months"))
    try:
        return _months_later(moment, months) + timedelta(**parts)
    except (OverflowError, ValueError) as error:
        raise Invalid(N_("“{text}” leads out of the calendar. Choose a shorter duration."), text=duration) from error


def _months_later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)

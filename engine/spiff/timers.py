"""When a timer is due: ISO 8601 dates, durations and cycles, worked out against the clock that is handed in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from engine.catalogue import N_
from engine.errors import Problem

#: Where a moment without a zone is meant.
ZONE = ZoneInfo("Asia/Shanghai")
_DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}")


class MomentError(Problem, ValueError):
    """A text that is no moment, duration or repetition."""


@dataclass(frozen=True)
class Cycle:
    """A repeating timer: when it is due first, how often it still fires (None: without end), the length of a period."""

    first: float
    left: int | None
    period: float


def due(text: str, form: str, now: float) -> float:
    """Give when a date or duration is due, in seconds since the epoch. Raises MomentError for a text that is neither."""
    text = text.strip()
    if form == "duration" or text.upper().startswith("P"):
        return now + _length(text, now)
    return _moment(text)


def cycle(text: str, now: float) -> Cycle:
    """Read `R[n]/[start/]duration[/end]`; without `R`, a duration repeats without end. Raises MomentError."""
    parts = [part for part in text.strip().split("/") if part]
    left: int | None = None
    if parts and re.fullmatch(r"[Rr]-?\d*", parts[0]):
        number = parts.pop(0)[1:]
        left = int(number) if number and int(number) >= 0 else None
    match [part.upper().startswith("P") for part in parts]:
        case [True]:
            period = _length(parts[0], now)
            first = now + period
        case [False, True]:
            first = _moment(parts[0])
            period = _length(parts[1], first)
        case [True, False]:
            end = _moment(parts[1])
            period = _length(parts[0], now)
            first = now + period
            count = max(0, int((end - now) // period)) if period > 0 else 0
            left = count if left is None else min(left, count)
        case _:
            raise MomentError(N_("{text} is no repetition such as R3/PT1H"), text=repr(text))
    if period < 1:
        raise MomentError(N_("{text} repeats more than once a second"), text=repr(text))
    return Cycle(first, left, period)


def advanced(data: Mapping[str, Any], fired_at: float, now: float) -> tuple[float, int | None] | None:
    """Give the next moment of a cycle and how often it still fires, or None when it is over.

    Periods missed while nothing ran are not made up for one by one: the cycle fires once and goes on in step. The
    next moment follows from the last one, never from the clock, so a clock set back fires nothing twice.
    """
    left, period = data["left"], data["period"]
    missed = max(0, int((now - fired_at) // period))
    used = 1 + missed
    remaining = None if left is None else left - used
    if remaining is not None and remaining <= 0:
        return None
    return fired_at + used * period, remaining


def _length(text: str, start: float) -> float:
    if not re.fullmatch(r"[Pp](?=[\dTt])[\dA-Za-z.,]*", text):
        raise MomentError(N_("{text} is no duration such as PT1H or P3D"), text=repr(text))
    try:
        parsed = TimerEventDefinition.parse_iso_duration(text)
        return float(TimerEventDefinition.get_timedelta_from_start(parsed, _aware(start)).total_seconds())
    except Exception as error:  # the library raises a bare Exception for a text it cannot read
        raise MomentError(N_("{text} is no duration such as PT1H or P3D"), text=repr(text)) from error


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise MomentError(N_("{text} is no date and time such as 2026-03-01T09:00:00+08:00"), text=repr(text)) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZONE)
    return moment.timestamp()


def _aware(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)

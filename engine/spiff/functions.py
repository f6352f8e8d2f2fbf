"""The functions a diagram may call besides those of the language: moments counted from now."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.expressions import ExpressionError
from engine.working_days import add_working_days

_MOST_DAYS = 3_660


def functions_at(now: datetime) -> Mapping[str, Callable[..., Any]]:
    """Give `working_days(n)` and `days(n)`: the moment n (working) days from now, as ISO 8601 text."""

    def working_days(count: object) -> str:
        return add_working_days(now, _days(count)).isoformat()

    def days(count: object) -> str:
        return (now + timedelta(days=_days(count))).isoformat()

    return {"working_days": working_days, "days": days}


def _days(count: object) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= _MOST_DAYS:
        message = f"{count!r} is no number of days"
        raise ExpressionError(message)
    return count

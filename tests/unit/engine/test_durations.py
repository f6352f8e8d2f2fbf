"""Durations of ISO 8601. Expected moments are worked out by hand from the calendar."""

from datetime import UTC, datetime

import pytest

from engine.durations import after
from engine.errors import Invalid

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def moment(text: str) -> datetime:
    """Read a moment in UTC."""
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("PT1H", "2026-01-31T13:00:00"),
        ("PT1H1M", "2026-01-31T13:01:00"),
        ("PT0S", "2026-01-31T12:00:00"),
        ("PT1.5S", "2026-01-31T12:00:01.500000"),
        ("PT1,5S", "2026-01-31T12:00:01.500000"),
        ("P1D", "2026-02-01T12:00:00"),
        ("P2W", "2026-02-14T12:00:00"),
        ("P1M", "2026-02-28T12:00:00"),
        ("P1M1D", "2026-03-01T12:00:00"),
        ("P2Y1M", "2028-02-29T12:00:00"),
        ("P1Y2M3DT4H5M6S", "2027-04-03T16:05:06"),
        (" PT36H ", "2026-02-02T00:00:00"),
    ],
)
def test_it_works(duration: str, expected: str) -> None:
    assert after(NOON, duration) == moment(expected)


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "PT1", "P1H", "PT1D", "-PT1H", "P-1D", "PT1H ago", "P1DT", "ＰＴ１Ｈ", "PT1.5H", "R/PT1H"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="not a duration"):
        after(NOON, text)


@pytest.mark.parametrize("text", ["P9999Y", "P999999999D", "PT999999999H", "P999999999Y999999999M"])
def test_what_leads_out_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="out of the calendar"):
        after(NOON, text)

"""Working days as the State Council announced them: 国办发明电〔2024〕12号 for 2025, 〔2025〕7号 for 2026."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.working_days import Calendar, add_working_days, is_working_day, working_days_between


def span(first: str, last: str) -> set[date]:
    """Give every day from `first` to `last`."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return {start + timedelta(days=n) for n in range((end - start).days + 1)}


#: Days off, and days that are worked although they are Saturdays or Sundays: the whole text of both notices.
OFF = {
    2025: span("2025-01-01", "2025-01-01") | span("2025-01-28", "2025-02-04") | span("2025-04-04", "2025-04-06")
    | span("2025-05-01", "2025-05-05") | span("2025-05-31", "2025-06-02") | span("2025-10-01", "2025-10-08"),
    2026: span("2026-01-01", "2026-01-03") | span("2026-02-15", "2026-02-23") | span("2026-04-04", "2026-04-06")
    | span("2026-05-01", "2026-05-05") | span("2026-06-19", "2026-06-21") | span("2026-09-25", "2026-09-27")
    | span("2026-10-01", "2026-10-07"),
}  # fmt: skip
MADE_UP = {
    2025: {date(2025, 1, 26), date(2025, 2, 8), date(2025, 4, 27), date(2025, 9, 28), date(2025, 10, 11)},
    2026: {date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)},
}
EIGHT = timezone(timedelta(hours=8))


@pytest.mark.parametrize("year", [2025, 2026])
def test_every_day_is_as_the_notice_says(year: int) -> None:
    announced = {
        day for day in span(f"{year}-01-01", f"{year}-12-31")
        if day in MADE_UP[year] or (day.weekday() < 5 and day not in OFF[year])
    }  # fmt: skip
    assert {day for day in span(f"{year}-01-01", f"{year}-12-31") if is_working_day(day)} == announced


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2026-03-12 09:30", 0, "2026-03-12 09:30"),
        ("2026-03-14 09:30", 0, "2026-03-14 09:30"),
        ("2026-03-12 09:30", 1, "2026-03-13 09:30"),
        ("2026-03-13 17:00", 1, "2026-03-16 17:00"),
        ("2026-03-14 08:00", 1, "2026-03-16 08:00"),
        ("2026-02-13 10:00", 1, "2026-02-14 10:00"),
        ("2026-02-13 10:00", 2, "2026-02-24 10:00"),
        ("2026-09-30 23:59", 3, "2026-10-10 23:59"),
        ("2025-01-24 12:00", 2, "2025-01-27 12:00"),
        ("2025-01-24 12:00", 3, "2025-02-05 12:00"),
        ("2025-09-30 00:00", 1, "2025-10-09 00:00"),
        ("2025-12-31 12:00", 1, "2026-01-04 12:00"),
    ],
)
def test_a_deadline_in_working_days(start: str, n: int, end: str) -> None:
    found = add_working_days(datetime.fromisoformat(start).replace(tzinfo=EIGHT), n)
    assert found.isoformat(sep=" ", timespec="minutes") == f"{end}+08:00"


def test_the_day_is_the_day_in_beijing() -> None:
    # Friday 20:00 in London's winter is Saturday 04:00 in Beijing.
    assert add_working_days(datetime(2026, 3, 13, 20, tzinfo=UTC), 1) == datetime(2026, 3, 16, 4, tzinfo=EIGHT)
    assert is_working_day(datetime(2026, 3, 13, 20, tzinfo=UTC)) is False
    assert working_days_between(datetime(2026, 3, 13, 20, tzinfo=UTC), date(2026, 3, 16)) == 1


@pytest.mark.parametrize(
    ("first", "last", "n"),
    [
        ("2026-03-12", "2026-03-12", 0), ("2026-03-13", "2026-03-16", 1), ("2026-03-16", "2026-03-13", -1),
        ("2026-02-13", "2026-02-24", 2), ("2024-12-31", "2025-12-31", 248), ("2025-12-31", "2026-12-31", 248),
    ],
)  # fmt: skip
def test_the_working_days_between_two_days(first: str, last: str, n: int) -> None:
    assert working_days_between(date.fromisoformat(first), date.fromisoformat(last)) == n


@given(
    st.datetimes(datetime(2004, 1, 1), datetime(2023, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy adds the zone
    st.integers(0, 300),
)
def test_adding_and_counting_agree(start: datetime, n: int) -> None:
    end = add_working_days(start, n)
    assert working_days_between(start, end) == n
    assert n == 0 or is_working_day(end)
    assert end.time() == start.astimezone(EIGHT).time()


@pytest.mark.parametrize("day", ["2003-12-31", "2099-01-01"])
def test_an_unknown_year_is_no_guess(day: str) -> None:
    with pytest.raises(Invalid, match=rf"The holidays of {day[:4]} are not known yet\."):
        is_working_day(date.fromisoformat(day))


def test_a_deadline_that_would_reach_an_unknown_year_is_refused() -> None:
    start = datetime(2098, 12, 31, 9, tzinfo=EIGHT)
    with pytest.raises(Invalid, match="The holidays of 2099 are not known yet"):
        add_working_days(start, 1, Calendar(years=frozenset({2098})))


def test_an_office_has_days_of_its_own() -> None:
    office = Calendar(
        extra_holidays=frozenset({date(2026, 3, 16)}), extra_workdays=frozenset({date(2026, 3, 14), date(2026, 10, 1)})
    )
    assert [is_working_day(date(2026, 3, day), office) for day in (13, 14, 15, 16, 17)] == [True, True, False, False, True]
    assert is_working_day(date(2026, 10, 1), office) is True
    assert add_working_days(datetime(2026, 3, 13, 9, tzinfo=EIGHT), 2, office) == datetime(2026, 3, 17, 9, tzinfo=EIGHT)
    assert working_days_between(date(2026, 3, 13), date(2026, 3, 17), office) == 2


def test_an_office_may_vouch_for_a_year() -> None:
    office = Calendar(frozenset({date(2098, 1, 1)}), frozenset({date(2098, 1, 4)}), frozenset({2098}))
    # 1 January 2098 is a Wednesday.
    days = [is_working_day(date(2098, 1, day), office) for day in range(1, 7)]
    assert days == [False, True, True, True, False, True]


def test_a_day_cannot_be_both() -> None:
    day = frozenset({date(2026, 3, 16)})
    with pytest.raises(ValueError, match="2026-03-16"):
        Calendar(day, day)


@pytest.mark.parametrize("n", [-1, 5_001])
def test_a_number_of_days_out_of_reach_is_refused(n: int) -> None:
    with pytest.raises(Invalid, match="from 0 to 5000"):
        add_working_days(datetime(2026, 3, 12, tzinfo=UTC), n)


def test_a_moment_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no certain day"):
        add_working_days(datetime(2026, 3, 12), 1)  # noqa: DTZ001 - the mistake in question
    with pytest.raises(ValueError, match="no certain day"):
        working_days_between(datetime(2026, 3, 12), date(2026, 3, 13))  # noqa: DTZ001 - as above

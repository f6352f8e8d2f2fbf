"""Periods of recurring duties, counted on a calendar by hand."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.breakdown.periods import is_cadence, periods

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("per", "keys"),
    [
        ("每季度", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        ("每 季", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        ("每半年", ["2026-H1", "2026-H2"]),
        ("上下半年", ["2026-H1", "2026-H2"]),
        ("每2个月", ["2026-01/02", "2026-03/04", "2026-05/06", "2026-07/08", "2026-09/10", "2026-11/12"]),
        ("每四个月", ["2026-01/04", "2026-05/08", "2026-09/12"]),
        ("每三个月", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        ("全年", ["2026"]),
        ("每年度", ["2026"]),
        ("一年", ["2026"]),
        # The spring term is that of February to August; January belongs to the autumn term of the year before.
        ("每学期", ["2026-T1", "2026-T2"]),
        ("每届", []),
        ("每个讲堂", []),
        ("每0周", []),
        ("每0个月", []),
        (None, []),
    ],
    ids=str,
)
def test_periods_of_a_calendar_year(per: str | None, keys: list[str]) -> None:
    assert [one.key for one in periods(per, *YEAR)] == keys
    assert is_cadence(per) is bool(keys)


def test_months_and_weeks() -> None:
    months = periods("每月", *YEAR)
    assert [one.key for one in months] == [f"2026-{month:02d}" for month in range(1, 13)]
    assert (months[1].starts, months[1].ends) == (date(2026, 2, 1), date(2026, 2, 28))
    weeks = periods("每周", *YEAR)
    # 2026 begins on a Thursday: its first week has four days inside, its 53rd ends with four days of December.
    assert (len(weeks), weeks[0].key, weeks[-1].key) == (53, "2026-W01", "2026-W53")
    assert weeks[0].starts == date(2026, 1, 1)
    assert weeks[1].starts == date(2026, 1, 5)
    fortnights = periods("每两周", date(2026, 3, 2), date(2026, 3, 29))
    assert [one.key for one in fortnights] == ["2026-W10/11", "2026-W12/13"]
    assert len(periods("每天", date(2026, 2, 1), date(2026, 2, 28))) == 28


def test_names_in_both_languages() -> None:
    names = {per: periods(per, *YEAR)[0] for per in ("每月", "每季度", "每半年", "全年", "每周", "每学期", "每2个月")}
    assert {per: one.name("zh") for per, one in names.items()} == {
        "每月": "2026年1月",
        "每季度": "2026年第1季度",
        "每半年": "2026年上半年",
        "全年": "2026年全年",
        "每周": "2026年第1周",
        "每学期": "2026年春季学期",
        "每2个月": "2026年1至2月",
    }
    assert names["每月"].name("en") == "1/2026"


def test_the_edges_of_a_campaign() -> None:
    # From 10 March: March has 22 of its 31 days inside and counts; up to 10 June: June has 10 of 30 and does not.
    kept = periods("每月", date(2026, 3, 10), date(2026, 6, 10))
    assert [(one.key, one.starts, one.ends) for one in kept] == [
        ("2026-03", date(2026, 3, 10), date(2026, 3, 31)),
        ("2026-04", date(2026, 4, 1), date(2026, 4, 30)),
        ("2026-05", date(2026, 5, 1), date(2026, 5, 31)),
    ]
    # Ten days of a campaign are still its one year.
    (only,) = periods("每年", date(2026, 3, 1), date(2026, 3, 10))
    assert (only.key, only.starts, only.ends) == ("2026", date(2026, 3, 1), date(2026, 3, 10))
    assert periods("每月", date(2026, 3, 2), date(2026, 3, 1)) == ()
    # Over the turn of the year, in steps that do not fit one: five months from November.
    assert [one.key for one in periods("每5个月", date(2025, 11, 1), date(2026, 8, 31))] == ["2025-11/03", "2026-04/08"]


DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))
CADENCES = st.sampled_from(["每月", "每周", "每两周", "每季度", "每半年", "全年", "每学期", "每2个月", "每5个月", "每日"])


@given(per=CADENCES, starts=DAYS, days=st.integers(0, 800))
def test_periods_follow_one_another_inside_the_campaign(per: str, starts: date, days: int) -> None:
    ends = starts + timedelta(days=days)
    found = periods(per, starts, ends)
    assert found
    assert len({one.key for one in found}) == len(found)
    assert all(starts <= one.starts <= one.ends <= ends for one in found)
    assert all(one.ends + timedelta(days=1) == after.starts for one, after in pairwise(found))

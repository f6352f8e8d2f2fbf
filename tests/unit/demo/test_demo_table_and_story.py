"""The task table of the demonstration is read row by row, and its story is the same every time it is told."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from workflows.breakdown.document import BreakdownDocument, read_bytes
from workflows.demo import city
from workflows.demo.acts import Act, Added, Assigned
from workflows.demo.story import story_of
from workflows.demo.workdays import WorkDays, beginning
from workflows.people import MIN_PASSWORD

BEIJING = timezone(timedelta(hours=8))
WEDNESDAY = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def document() -> BreakdownDocument:
    return read_bytes(city.TABLE_FILE, city.table_bytes())


def test_every_table_is_read_whole(document: BreakdownDocument) -> None:
    assert document.title == "云江市创建全国文明城市工作任务分解表"
    assert [(one.kind, len(one.rows), one.points_total) for one in document.tables] == [
        ("common", 18, 25),
        ("individual", 30, 50),
        ("online_filing", 14, 25),
    ]
    for table in document.tables:
        assert sum((row.points or Decimal(0) for row in table.rows), Decimal(0)) == table.points_total


def test_nothing_in_the_table_is_doubtful(document: BreakdownDocument) -> None:
    assert document.warnings == ()
    assert [table.warnings for table in document.tables] == [(), (), ()]
    assert [row.text for table in document.tables for row in table.rows if row.warnings] == []


def test_the_table_asks_for_evidence_of_many_kinds(document: BreakdownDocument) -> None:
    kinds = Counter(one.kind for table in document.tables for row in table.rows for one in row.requirements)
    assert kinds == {
        "photo_min": 46,
        "caption_fields": 37,
        "report_chars": 23,
        "table": 18,
        "percent_min": 12,
        "document": 5,
        "plan": 8,
        "scan": 4,
        "frequency": 5,
        "count_min": 4,
        "summary": 2,
        "screenshot": 1,
    }


def test_the_table_names_our_departments_and_groups_only(document: BreakdownDocument) -> None:
    named = [one for table in document.tables for row in table.rows for one in row.departments]
    assert {one.canonical for one in named if not one.group} == set(city.DEPARTMENTS)
    assert {one.canonical for one in named if one.group} == set(city.GROUPS)
    assert {one.role for one in named} == {"lead", "responsible", "assist"}


def test_a_row_of_each_table_is_read_as_written(document: BreakdownDocument) -> None:
    common, individual, online = (table.rows[1] for table in document.tables)
    assert (common.indicator, common.item_no, common.points) == ("组织领导", "2", 2)
    assert [one.source_phrase for one in common.requirements] == ["实施方案", "红头页、盖章页扫描件"]
    assert [(one.name, one.role) for one in individual.departments] == [("市城管局", "lead"), ("市市场监管局", "assist")]
    assert (individual.points, individual.deadline) == (2, "年底前")
    assert (online.item_no, online.indicator, online.points) == ("2", "诚信建设", 2)


def test_the_passwords_are_allowed() -> None:
    assert all(len(one.password) >= MIN_PASSWORD for one in city.PEOPLE)
    assert len({one.login for one in city.PEOPLE}) == len({one.name for one in city.PEOPLE}) == 21


def test_the_story_is_the_same_every_time(document: BreakdownDocument) -> None:
    assert story_of(document, WEDNESDAY) == story_of(document, WEDNESDAY)


@pytest.mark.parametrize(
    "now",
    [
        WEDNESDAY,
        datetime(2026, 11, 22, 4, 0, tzinfo=UTC),  # a Sunday
        datetime(2027, 1, 2, 16, 30, tzinfo=UTC),  # a holiday, after midnight in Beijing
        datetime(2026, 3, 2, 0, 45, tzinfo=UTC),  # a Monday, five minutes after the doors open
    ],
)
def test_the_story_ends_before_now_whatever_day_it_is(document: BreakdownDocument, now: datetime) -> None:
    story = story_of(document, now)
    assert story == sorted(story, key=lambda act: act.at)
    assert beginning(now) < story[0].at
    assert story[-1].at <= now
    assert all(act.at < act.due_at for act in story if isinstance(act, Assigned))
    assert all(act.order.at < act.at for act in story if isinstance(act, Added))
    assert {_hours(act) for act in story} == {True}


def test_working_days_are_counted_over_weekends_and_holidays() -> None:
    days = WorkDays(datetime(2026, 10, 9, 2, 40, tzinfo=UTC))  # Friday 10:40 after the National Day week
    assert days.before(0) == datetime(2026, 10, 9, 2, 40, tzinfo=UTC)
    assert days.before(1) == datetime(2026, 10, 8, 2, 40, tzinfo=UTC)
    assert days.before(2) == datetime(2026, 9, 30, 2, 40, tzinfo=UTC)
    assert days.before(5) == datetime(2026, 9, 25, 2, 40, tzinfo=UTC)


def test_due_dates_end_at_midnight_in_beijing() -> None:
    assert WorkDays(WEDNESDAY).midnight(3) == datetime(2026, 11, 28, 15, 59, 59, tzinfo=UTC)


def _hours(act: Act) -> bool:
    local = act.at.astimezone(BEIJING)
    return local.weekday() < 5 and "08:40" <= f"{local:%H:%M}" <= "17:40"

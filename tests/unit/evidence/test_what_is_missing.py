"""What is still missing: every kind of requirement, met and not met, as the departments read it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from workflows.evidence.completeness import blocking, check
from workflows.evidence.demands import CheckState, Demand, Excuse, Figure, Gathered, Item, Link, RequirementCheck, Seen
from workflows.evidence.policy import Frame, Setting, Severity
from workflows.evidence.report_reading import read_report

ONE = UUID(int=1)
FRAME = Frame(date(2026, 7, 1), date(2026, 1, 1), date(2026, 12, 31))
OK, MISSING, WARN, WAIVED = CheckState.OK, CheckState.MISSING, CheckState.WARN, CheckState.WAIVED


def demand(kind: str, value: str | None = None, bound: str | None = None, **more: object) -> Demand:
    """Describe a requirement."""
    fields = more.get("fields", ())
    assert isinstance(fields, tuple)
    return Demand(ONE, kind, None if value is None else Decimal(value), str(more.get("unit", "")), bound, None, fields)


def photo(number: int, caption: Mapping[str, str] | None = None, *, filed: bool = True) -> Item:
    """Describe a photo."""
    return Item(ONE if filed else None, f"{number:064x}", "photo", caption or {}, None)


def paper(number: int = 1, chars: int | None = None, *, filed: bool = True) -> Item:
    """Describe a document."""
    return Item(ONE if filed else None, f"{number:064x}", "document", {}, chars)


def judged(wanted: Demand, *items: Item, stated: str | None = None, reason: str | None = None) -> RequirementCheck:
    """Check one requirement."""
    answers = {} if stated is None else {ONE: Figure(Decimal(stated), Decimal(stated), Decimal(100))}
    (result,) = check([wanted], Gathered(items, answers, {} if reason is None else {ONE: Excuse(reason)}), FRAME)
    return result


PLACE = {"地点": "和平路"}


@pytest.mark.parametrize(
    ("wanted", "items", "state", "sentence"),
    [
        (demand("photo_min", "2", "min"), [], MISSING, "2 more photos are needed."),
        (demand("photo_min", "2", "min"), [photo(1)], MISSING, "1 more photos are needed."),
        (demand("photo_min", "2", "min"), [photo(1), photo(1)], MISSING, "1 more photos are needed."),
        (demand("photo_min", "2", "min"), [photo(1), photo(2, filed=False)], MISSING, "1 more photos are needed."),
        (demand("photo_min", "2", "min"), [photo(1), paper(2)], MISSING, "1 more photos are needed."),
        (demand("photo_min", "2", "min"), [photo(1), photo(2)], OK, "Complete."),
        (demand("photo_min"), [], WARN, "1 more photos are needed."),
        (demand("photo_min", "1", fields=("地点",)), [photo(1)], MISSING, "Photo 1 has no “地点” yet."),
        (demand("photo_min", "1", fields=("地点",)), [photo(1, {"地点": " "})], MISSING, "Photo 1 has no “地点” yet."),
        (demand("photo_min", "1", fields=("地点",)), [photo(1, PLACE)], OK, "Complete."),
        (demand("caption_fields", fields=("地点",)), [photo(1, PLACE), photo(2, filed=False)], MISSING, "Photo 2 has no “地点” yet."),
        (demand("caption_fields", fields=("地点",)), [], OK, "Complete."),
        (demand("report_chars", "500", "about"), [], MISSING, "The report is missing."),
        (demand("report_chars", "500", "about"), [photo(1)], MISSING, "The report is missing."),
        (demand("report_chars", "500", "about"), [paper(chars=400)], OK, "Complete."),
        (demand("report_chars", "500", "about"), [paper(chars=600)], OK, "Complete."),
        (demand("report_chars", "500", "about"), [paper(chars=399)], WARN, "The report has 399 characters; about 500 are asked for."),
        (demand("report_chars", "500", "about"), [paper(chars=601)], WARN, "The report has 601 characters; about 500 are asked for."),
        (demand("report_chars", "500", "max"), [paper(chars=501)], MISSING, "The report has 501 characters; 500 are the limit."),
        (demand("report_chars", "500", "max"), [paper(chars=500)], OK, "Complete."),
        (demand("report_chars", "500", "min"), [paper(chars=499)], MISSING, "The report has 499 characters; at least 500 are asked for."),
        (demand("report_chars", "500", "min"), [paper(chars=499), paper(2, 500)], OK, "Complete."),
        (demand("report_chars", "500", "min"), [paper()], WARN, "Its characters cannot be counted: it is a scan, or of an old kind."),
        (demand("report_chars"), [paper(chars=3)], OK, "Complete."),
        (demand("scan"), [], MISSING, "1 more files are needed."),
        (demand("scan", "2"), [paper(1), paper(1)], MISSING, "1 more files are needed."),
        (demand("document"), [paper()], OK, "Complete."),
        (demand("other"), [], MISSING, "Nothing has been handed in yet."),
        (demand("other"), [paper(filed=False)], OK, "Complete."),
        (demand("video"), [], WARN, "Nothing is filed here yet; add it if there is any."),
        (demand("url"), [paper()], OK, "Complete."),
    ],
)
def test_files_are_judged_as_their_requirement_asks(wanted: Demand, items: list[Item], state: CheckState, sentence: str) -> None:
    result = judged(wanted, *items)
    assert (result.state, result.sentence.format(**result.params)) == (state, sentence)


@pytest.mark.parametrize(
    ("wanted", "stated", "state", "sentence"),
    [
        (demand("percent_min", "95", "min"), None, MISSING, "State the figure reached."),
        (demand("percent_min", "95", "min"), "94.9", MISSING, "94.9 is stated; 95 is asked for."),
        (demand("percent_min", "95", "min"), "95", WARN, "The file the two numbers come from is missing."),
        (demand("count_min", "4", "min"), None, WARN, "State the figure reached."),
        (demand("count_min", "4", "min"), "3", WARN, "3 is stated; 4 is asked for."),
        (demand("count_min", "4", "max"), "5", WARN, "5 is stated; 4 is asked for."),
        (demand("count_min", "4", "max"), "3", OK, "Complete."),
        (demand("area_min"), "100", OK, "Complete."),
    ],
)
def test_figures_are_judged_by_what_is_stated(wanted: Demand, stated: str | None, state: CheckState, sentence: str) -> None:
    result = judged(wanted, stated=stated)
    assert (result.state, result.sentence.format(**result.params)) == (state, sentence)


def test_an_excuse_takes_the_place_of_what_is_missing_and_of_nothing_else() -> None:
    excused = judged(demand("scan"), reason="无此类文件")
    assert (excused.state, excused.sentence.format(**excused.params)) == (WAIVED, "Excused: 无此类文件")
    assert judged(demand("document"), paper(), reason="无此类文件").state is OK
    assert judged(demand("video"), reason="无").state is WARN


def test_only_what_is_missing_keeps_a_round_back() -> None:
    results = [judged(demand("scan")), judged(demand("video")), judged(demand("document"), paper()), judged(demand("scan"), reason="无")]
    assert [one.state for one in results] == [MISSING, WARN, OK, WAIVED]
    assert blocking(results) == results[:1]


@pytest.mark.parametrize(
    ("wanted", "items", "stated", "needed", "have"),
    [
        (demand("photo_min", "5.0", "min", unit="张"), [photo(1), photo(1), photo(2)], None, "≥5张", "2"),
        (demand("report_chars", "500", "about", unit="字"), [paper(chars=480)], None, "≈500字", "480"),
        (demand("report_chars", "500", "max", unit="字"), [paper()], None, "≤500字", "1"),
        (demand("percent_min", "95", "min", unit="%"), [], "97.50", "≥95%", "97.5"),
        (demand("count_min", "4", "exact", unit="次"), [], None, "4次", "—"),
        (demand("scan"), [], None, "≥1", "0"),
        (demand("caption_fields", fields=("时间", "地点")), [photo(1, filed=False)], None, "时间、地点", "1"),
        (demand("other"), [paper(filed=False)], None, "≥1", "1"),
    ],
)
def test_needed_and_have_stand_side_by_side(
    wanted: Demand, items: list[Item], stated: str | None, needed: str, have: str
) -> None:
    result = judged(wanted, *items, stated=stated)
    assert (result.needed, result.have) == (needed, have)


PAGES = ("红头页", "盖章页")
WHOLE = {"has_particulars": True, "long_side": 3508}


@pytest.mark.parametrize(
    ("items", "state", "sentence"),
    [
        ([], MISSING, "The 红头页 is missing."),
        ([replace(paper(1), page_role="红头页", **WHOLE)], MISSING, "The 盖章页 is missing."),
        ([replace(paper(1), **WHOLE), replace(paper(2), **WHOLE)], MISSING, "The 红头页 is missing."),
        ([replace(paper(n), page_role=page, **WHOLE) for n, page in enumerate(PAGES)], OK, "Complete."),
        ([replace(paper(n), page_role=page, long_side=3508) for n, page in enumerate(PAGES)], WARN, "Document number, issuer and date are not typed yet."),
        (
            [replace(paper(n), page_role=page, name="a.jpg", has_particulars=True, long_side=1600) for n, page in enumerate(PAGES)],
            WARN,
            "a.jpg is only 1600 pixels long; scan the page at 200 dpi or more.",
        ),
    ],
)
def test_each_page_of_an_official_paper_is_asked_for(items: list[Item], state: CheckState, sentence: str) -> None:
    result = judged(demand("scan", fields=PAGES), *items)
    assert (result.state, result.sentence.format(**result.params)) == (state, sentence)


def test_photos_are_counted_for_each_place_the_office_lists() -> None:
    wanted = replace(demand("photo_min", "2", "min"), per="每个讲堂", subjects=("甲讲堂", "乙讲堂"))
    shots = [replace(photo(number), subject=subject) for number, subject in enumerate(["甲讲堂", "甲讲堂", "乙讲堂"])]
    result = judged(wanted, *shots)
    assert (result.state, result.sentence.format(**result.params), result.lacking) == (MISSING, "乙讲堂: 1 more photos are needed.", 1)
    assert judged(wanted, *shots, replace(photo(9), subject="乙讲堂")).state is OK
    stray = judged(wanted, *shots, replace(photo(9), subject="乙讲堂"), photo(10))
    assert (stray.state, stray.sentence.format(**stray.params)) == (WARN, "Photo 5 does not say which one it shows: 甲讲堂、乙讲堂.")


@pytest.mark.parametrize(
    ("day", "taken", "state", "sentence"),
    [
        (date(2026, 1, 1), None, OK, "Complete."),
        (date(2025, 12, 31), None, MISSING, "p.jpg: 2025-12-31 is outside the campaign (2026-01-01 to 2026-12-31)."),
        (date(2026, 7, 2), None, MISSING, "p.jpg: 2026-07-02 is still to come. Correct the day."),
        (None, date(2025, 3, 1), WARN, "p.jpg was taken on 2025-03-01 by its camera, outside the campaign (2026-01-01 to 2026-12-31)."),
        (date(2026, 3, 1), date(2025, 3, 1), OK, "Complete."),
    ],
)
def test_the_day_of_the_event_lies_in_the_campaign(day: date | None, taken: date | None, state: CheckState, sentence: str) -> None:
    result = judged(demand("photo_min", "1", "min"), replace(photo(1), name="p.jpg", event_date=day, taken_on=taken))
    assert (result.state, result.sentence.format(**result.params)) == (state, sentence)


def test_only_the_office_excuses_from_what_a_department_may_not_excuse_itself_from() -> None:
    old = replace(photo(1), event_date=date(2024, 1, 1))
    wanted = demand("photo_min", "1", "min")
    for excuse, state in ((Excuse("往年材料"), MISSING), (Excuse("同意沿用", UUID(int=7), by_office=True), WAIVED)):
        (result,) = check([wanted], Gathered([old], {}, {ONE: excuse}), FRAME)
        assert result.state is state
    assert result.waived_by == UUID(int=7)


def test_a_file_handed_in_before_is_named_with_its_place() -> None:
    seen = Seen(same_bytes=True, distance=0, where="CJ-2025-0012 甲科")
    result = judged(demand("photo_min", "1", "min"), replace(photo(1), name="p.jpg", seen=(seen,)))
    assert (result.state, result.findings[0].code, result.findings[0].params["where"]) == (MISSING, "same_file", "CJ-2025-0012 甲科")
    alike = judged(demand("photo_min", "1", "min"), replace(photo(1), seen=(replace(seen, same_bytes=False, distance=3),)))
    assert (alike.state, alike.findings[0].code) == (WARN, "alike")


@pytest.mark.parametrize(
    ("severity", "state", "sentence"),
    [
        (Severity.BLOCK, MISSING, "The report has 300 characters; about 500 are asked for."),
        (Severity.WARN, WARN, "The report has 300 characters; about 500 are asked for."),
        (Severity.WAIVE, WAIVED, "Not asked for in this campaign: 先行试点"),
    ],
)
def test_a_campaign_says_how_strict_it_is(severity: Severity, state: CheckState, sentence: str) -> None:
    frame = replace(FRAME, settings={"report_length": Setting(severity, "先行试点")})
    (result,) = check([demand("report_chars", "500", "about")], Gathered([paper(chars=300)]), frame)
    assert (result.state, result.sentence.format(**result.params)) == (state, sentence)


def test_a_recurring_duty_is_counted_month_by_month() -> None:
    wanted = replace(demand("frequency", "1", "min"), per="每季度")
    frame = replace(FRAME, today=date(2026, 8, 15))
    papers = [replace(paper(number), event_date=day) for number, day in enumerate([date(2026, 2, 3), date(2026, 8, 1)])]
    (result,) = check([wanted], Gathered(papers), frame)
    assert [(one.key, one.have, one.state) for one in result.periods] == [
        ("2026-Q1", 1, "met"), ("2026-Q2", 0, "short"), ("2026-Q3", 1, "met"), ("2026-Q4", 0, "open"),
    ]  # fmt: skip
    assert (result.state, result.sentence.format(**result.params)) == (WARN, "1 periods have too little dated evidence, first 2026-Q2.")


@pytest.mark.parametrize(
    ("figure", "files", "sentence"),
    [
        (Figure(Decimal("96.5")), 1, "Say which two numbers the rate comes from."),
        (Figure(Decimal("96.5"), Decimal(193), Decimal(200)), 0, "The file the two numbers come from is missing."),
        (Figure(Decimal(98), Decimal(193), Decimal(200)), 1, "193 of 200 is not 98 %."),
        (Figure(Decimal("96.5"), Decimal(193), Decimal(200)), 1, "Complete."),
        (Figure(Decimal(95), Decimal(190), Decimal(200)), 1, "95 is stated; more than 95 is asked for."),
    ],
)
def test_a_rate_stands_on_two_numbers_and_a_file(figure: Figure, files: int, sentence: str) -> None:
    wanted = replace(demand("percent_min", "95", "min"), strict=True)
    (result,) = check([wanted], Gathered([paper(number) for number in range(files)], {ONE: figure}), FRAME)
    assert result.sentence.format(**result.params) == sentence


@pytest.mark.parametrize(
    ("links", "shots", "sentence"),
    [
        ([Link(ONE, "https://news.example.cn/1", "我市开展志愿服务")], 1, "Complete."),
        ([Link(ONE, "https://news.example.cn/1", "我市开展志愿服务")], 0, "A screenshot of the page belongs to the link: pages change."),
        ([Link(ONE, "https://news.example.cn/1", " ")], 1, "The link https://news.example.cn/1 has no title."),
        ([Link(ONE, "news", "标题")], 1, "“news” is no address that can be opened."),
    ],
)
def test_a_link_has_a_title_and_a_screenshot(links: list[Link], shots: int, sentence: str) -> None:
    (result,) = check([demand("url")], Gathered([photo(number) for number in range(shots)], links=links), FRAME)
    assert result.sentence.format(**result.params) == sentence


@pytest.mark.parametrize(
    ("text", "parts", "unsourced", "summary"),
    [
        ("关于志愿服务的情况说明\n建立志愿服务制度，组织活动。据台账统计，全年开展活动32场次，市民满意度提升。", (), 0, False),
        ("情况说明\n街面整洁。", ("制度措施", "工作开展", "数据", "成效"), 0, False),
        ("情况说明\n制定方案，组织培训，成效明显。参加人数达350人次。", (), 1, False),
        ("2026年工作总结\n制定方案，组织培训3次，据统计成效明显。", (), 0, True),
        ("情况说明\n一年来，制定方案，组织培训3次，据统计成效明显。下一步打算继续推进。", (), 0, True),
    ],
)
def test_a_report_is_skimmed_as_a_reviewer_would(text: str, parts: tuple[str, ...], unsourced: int, *, summary: bool) -> None:
    reading = read_report(text)
    assert (reading.parts_missing, len(reading.unsourced), bool(reading.like_a_summary)) == (parts, unsourced, summary)


def test_a_caption_that_is_missing_is_told_once() -> None:
    photos, captions = replace(demand("photo_min", "1", fields=("地点",)), id=UUID(int=2)), demand("caption_fields", fields=("地点",))
    shot = replace(photo(1), requirement_id=UUID(int=2))
    assert [one.state for one in check([photos, captions], Gathered([shot]), FRAME)] == [MISSING, OK]
    loose = replace(photo(2), requirement_id=None)
    assert [one.state for one in check([photos, captions], Gathered([shot, loose]), FRAME)] == [MISSING, MISSING]

"""What is still missing: every kind of requirement, met and not met, as the departments read it."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

import pytest

from workflows.evidence.completeness import CheckState, Demand, Gathered, Item, RequirementCheck, blocking, check

ONE = UUID(int=1)
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
    answers = {} if stated is None else {ONE: Decimal(stated)}
    (result,) = check([wanted], Gathered(items, answers, {} if reason is None else {ONE: reason}))
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
        (demand("report_chars", "500", "min"), [paper()], OK, "Complete."),
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
        (demand("percent_min", "95", "min"), "95", OK, "Complete."),
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
    assert judged(demand("scan"), paper(), reason="无此类文件").state is OK
    assert judged(demand("video"), reason="无").state is WARN


def test_only_what_is_missing_keeps_a_round_back() -> None:
    results = [judged(demand("scan")), judged(demand("video")), judged(demand("scan"), paper()), judged(demand("scan"), reason="无")]
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

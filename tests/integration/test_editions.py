"""Editions of a task table: compared, paired by people, and carried over only where somebody chose to."""

import json
from decimal import Decimal
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from cast import STREETS, VOLUNTEERS, Cast
from openpyxl import load_workbook
from sqlalchemy import select
from two_editions import NEXT_STREETS, NEXT_VOLUNTEERS, TwoEditions, compared

from engine import audit
from engine.errors import Conflict, Invalid, NotFound
from models.breakdown import Requirement, RuleDepartment
from models.evidence import Contribution, Waiver
from workflows.breakdown import carrying_over, editions
from workflows.breakdown.carrying_over import AllCarried, Carried, Choice
from workflows.breakdown.edition_workbook import workbook
from workflows.breakdown.requirements import add_requirement, change_requirement
from workflows.breakdown.wording import Wording, wording_of
from workflows.lifecycle.excusing import excuse

BOTH = Choice(departments=True, requirements=True, reason="沿用上年")
SAME_STREETS, OLD_VOLUNTEERS, NEW_VOLUNTEERS = "街面整洁，无乱贴乱画。", "组织志愿服务活动。", "2、组织志愿服务活动。"
SAME_DUTY, POSTER_TEXT, PLATFORM_TEXT = "各科室落实值班制度。", "公益广告上墙，设置合理。", "设立市民建议征集平台，建议七日内答复。"


@pytest.fixture
def two(cast: Cast) -> TwoEditions:
    """Give both editions, just compared."""
    return compared(cast)


def events(two: TwoEditions) -> list[str]:
    """Give the actions on the chain of the newer campaign, after its import."""
    with two.cast.reading() as session:
        chain = editions.chain_of(editions.get_edition(session, two.edition))
        found = [one.action for one in audit.trail(session, chain)]
    return found[found.index("task_breakdown.imported") + 1 :]


def carry(two: TwoEditions, part: str, choice: Choice = BOTH) -> Carried:
    with two.cast.work("zhao") as unit:
        return carrying_over.carry_over(unit, two.edition, two.pair(part).id, choice)


def departments(two: TwoEditions, part: str) -> list[tuple[str, str, UUID | None]]:
    query = select(RuleDepartment).where(RuleDepartment.rule_id == two.rule(part, newer=True)).order_by(RuleDepartment.position)
    with two.cast.reading() as session:
        return [(one.name, one.role, one.department_id) for one in session.scalars(query)]


def test_what_became_of_every_rule_is_told(two: TwoEditions) -> None:
    assert two.lines() == [
        ("changed", SAME_STREETS, SAME_STREETS, ["advice", "requirements"], "proposed"),
        ("changed", OLD_VOLUNTEERS, NEW_VOLUNTEERS, ["number", "departments"], "proposed"),
        ("same", SAME_DUTY, SAME_DUTY, [], "proposed"),
        ("added", None, PLATFORM_TEXT, [], None),
        ("removed", POSTER_TEXT, None, [], None),
    ]
    assert events(two) == ["edition.compared"]


def test_two_tables_are_compared_once_and_in_one_direction(two: TwoEditions) -> None:
    with two.cast.work("zhou") as unit:
        assert editions.open_edition(unit, two.older, two.newer).id == two.edition
    with pytest.raises(Conflict, match="other way round"), two.cast.work("zhao") as unit:
        editions.open_edition(unit, two.newer, two.older)
    with pytest.raises(Invalid, match="not compared with itself"), two.cast.work("zhao") as unit:
        editions.open_edition(unit, two.newer, two.newer)
    with pytest.raises(NotFound, match="no such task table"), two.cast.work("zhao") as unit:
        editions.open_edition(unit, two.older, uuid4())
    assert events(two) == ["edition.compared"]


def test_pairs_are_confirmed_parted_made_by_hand_and_undone(two: TwoEditions) -> None:
    assert two.confirm_sure() == 3
    assert two.confirm_sure() == 0
    with two.cast.work("zhao") as unit:
        editions.part(unit, two.edition, two.pair("值班").id)
    fates = {(status, old, new) for status, old, new, _, _ in two.lines()}
    assert {("removed", SAME_DUTY, None), ("added", None, SAME_DUTY)} <= fates
    with two.cast.work("zhou") as unit:
        made = editions.pair_by_hand(unit, two.edition, two.rule("公益广告"), two.rule("平台", newer=True))
        assert (made.state, made.settled_by) == ("confirmed", two.cast.actor("zhou").id)
    assert ("changed", POSTER_TEXT, PLATFORM_TEXT, ["text", "indicator", "advice", "requirements"], "confirmed") in two.lines()
    with two.cast.work("zhou") as unit:
        editions.pair_by_hand(unit, two.edition, two.rule("值班"), two.rule("值班", newer=True))
    assert ("same", SAME_DUTY, SAME_DUTY, [], "confirmed") in two.lines()
    with two.cast.work("zhao") as unit:
        editions.part(unit, two.edition, two.pair("平台").id)
    assert ("added", None, PLATFORM_TEXT, [], None) in two.lines()
    assert events(two)[1:] == ["rule_pairs.confirmed", "rule_pair.parted", "rule_pair.made", "rule_pair.made", "rule_pair.parted"]
    assert two.cast.verdict().intact


def test_a_rule_paired_by_hand_leaves_the_one_it_was_paired_with(two: TwoEditions) -> None:
    with two.cast.work("zhao") as unit:
        editions.pair_by_hand(unit, two.edition, two.rule("值班"), two.rule("志愿", newer=True))
    fates = {(status, old, new) for status, old, new, _, _ in two.lines()}
    assert {("changed", SAME_DUTY, NEW_VOLUNTEERS), ("removed", OLD_VOLUNTEERS, None), ("added", None, SAME_DUTY)} <= fates


def test_rules_and_pairs_of_nowhere_are_not_found(two: TwoEditions) -> None:
    with pytest.raises(NotFound, match="no such rule"), two.cast.work("zhao") as unit:
        editions.pair_by_hand(unit, two.edition, two.rule("平台", newer=True), two.rule("值班", newer=True))
    with pytest.raises(NotFound, match="no such pair"), two.cast.work("zhao") as unit:
        editions.confirm(unit, two.edition, [uuid4()])
    with pytest.raises(NotFound, match="no such comparison"), two.cast.work("zhao") as unit:
        editions.part(unit, uuid4(), two.pair("值班").id)


def test_departments_are_carried_over_to_a_rule_that_names_none(two: TwoEditions) -> None:
    two.confirm_sure()
    only = Choice(departments=True, requirements=False, reason="沿用")
    assert carry(two, "志愿", only) == Carried(2, 0)
    assert departments(two, "志愿") == [("甲科", "lead", two.cast.department("甲科")), ("丙科", "assist", two.cast.department("丙科"))]
    assert carry(two, "志愿", only) == Carried(0, 0), "a second time adds nothing"
    with pytest.raises(Conflict, match="they stay one"), two.cast.work("zhao") as unit:
        editions.part(unit, two.edition, two.pair("志愿").id)
    assert events(two)[-1] == "rule_pair.carried_over"


def test_requirements_people_added_and_notes_are_carried_over_but_no_figure_and_no_excuse(two: TwoEditions) -> None:
    cast = two.cast
    photos = cast.requirements(STREETS)[0]
    with cast.work("zhao") as unit:
        add_requirement(unit, two.rule("街面"), Wording("report_chars", Decimal(300), unit="字", bound="about", note="写明整治前后"))
        stored = unit.session.get_one(Requirement, photos.id)
        change_requirement(unit, photos.id, Wording(**{**vars(wording_of(stored)), "note": "拍到门牌"}), "方便核对")
    cast.assign(STREETS, ["甲科"])
    with cast.work("zhao") as unit:
        part = unit.session.scalars(select(Contribution.id)).one()
        excuse(unit, part, photos.id, "道路封闭施工")
    two.confirm_sure()
    assert carry(two, "街面") == Carried(0, 2)
    asked = cast.requirements(NEXT_STREETS)
    assert [(one.kind, one.value, one.note, one.origin) for one in asked] == [
        ("photo_min", 3, "拍到门牌", "table"),
        ("caption_fields", None, "", "table"),
        ("report_chars", 300, "写明整治前后", "person"),
    ]
    assert carry(two, "街面") == Carried(0, 0)
    with cast.reading() as session:
        assert len(session.scalars(select(Waiver)).all()) == 1, "an excuse is for one year"
        said = [(one.action, json.loads(one.body)["details"].get("reason")) for one in audit.trail(session, f"case:{NEXT_STREETS}")]
    assert ("requirement.changed", "沿用上年") in said
    assert cast.verdict().intact


def test_where_there_is_nothing_to_carry_over_nothing_is_recorded_and_the_pair_may_be_parted(two: TwoEditions) -> None:
    two.confirm_sure()
    before = events(two)
    assert carry(two, "值班") == Carried(0, 0)
    assert events(two) == before
    with two.cast.work("zhao") as unit:
        editions.part(unit, two.edition, two.pair("值班").id)


def test_carrying_over_is_refused_with_its_reason(two: TwoEditions) -> None:
    with pytest.raises(Conflict, match="Confirm first"):
        carry(two, "志愿")
    two.confirm_sure()
    with pytest.raises(Invalid, match="Choose what to carry over"):
        carry(two, "志愿", Choice(departments=False, requirements=False, reason=""))
    two.cast.assign(NEXT_VOLUNTEERS, ["丙科"])
    with pytest.raises(Conflict, match=f"{NEXT_VOLUNTEERS}|assigned already"):
        carry(two, "志愿")
    assert departments(two, "志愿") == []


def test_all_confirmed_pairs_are_carried_over_but_those_assigned_already(two: TwoEditions) -> None:
    with two.cast.work("zhao") as unit:
        add_requirement(unit, two.rule("街面"), Wording("report_chars", Decimal(300), unit="字", bound="about"))
        add_requirement(unit, two.rule("值班"), Wording("report_chars", Decimal(200), unit="字", bound="about"))
    two.confirm_sure()
    two.cast.fill_group(["甲科"])
    two.cast.assign("CJ-2027-0003", ["甲科"])
    with two.cast.work("zhao") as unit:
        done = carrying_over.carry_over_all(unit, two.edition, BOTH)
    assert done == AllCarried(pairs=2, left_out=1, departments=2, requirements=1)
    assert [two.pair(part).requirements_carried for part in ("街面", "志愿", "值班")] == [True, False, False]
    assert events(two)[-2:] == ["rule_pair.carried_over"] * 2
    with two.cast.work("zhao") as unit:
        assert carrying_over.carry_over_all(unit, two.edition, BOTH) == AllCarried(0, 1, 0, 0)
    with pytest.raises(Invalid, match="Choose what to carry over"), two.cast.work("zhao") as unit:
        carrying_over.carry_over_all(unit, two.edition, Choice(departments=False, requirements=False, reason=""))


def test_the_workbook_says_the_same_as_the_comparison(two: TwoEditions) -> None:
    with two.cast.reading() as session:
        data = workbook(session, editions.get_edition(session, two.edition), "zh")
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    rows = [tuple(cell or "" for cell in row) for row in sheet.iter_rows(values_only=True)]
    assert (rows[0][3], rows[0][10]) == ("2026年创建文明城市·共性任务分解表（10分）", "2027年创建文明城市·共性任务分解表（10分）")
    assert [row[:3] for row in rows[2:]] == [
        ("有改动", "工作要求、资料要求", "待确认"),
        ("有改动", "序号、部门", "待确认"),
        ("相同", "", "待确认"),
        ("新增", "", ""),
        ("已删除", "", ""),
    ]
    assert (rows[2][9], rows[2][16]) == ("至少2张照片，注明时间、地点。", "至少3张照片，注明时间、地点。")
    assert (rows[3][4], rows[3][7], rows[3][11], rows[3][14]) == ("", "甲科、丙科", "2", "")
    assert VOLUNTEERS not in str(rows)

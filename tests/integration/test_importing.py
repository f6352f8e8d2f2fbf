"""Importing a task table: the cases it opens, the names it meets, and that twice is once."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from cast import CAMPAIGN, DUTY, POSTERS, STREETS, TABLE, VOLUNTEERS, Cast
from sqlalchemy import select, text

from engine import audit
from engine.errors import Invalid, NotFound
from engine.unit_of_work import SYSTEM, Sessions, reading, work
from models.breakdown import Campaign, Requirement, Rule, RuleDepartment, TaskBreakdown
from models.evidence import Assignment
from models.people import DepartmentGroup
from workflows.breakdown.document import read_bytes
from workflows.breakdown.importing import ImportResult, campaign_named, case_title, import_document, imported_as
from workflows.breakdown.new_names import likest, new_names
from workflows.departments import add_alias, find_department, members_on

OTHER = """个性任务分解表
\t考核细则
\t责任科室
\t佐证材料

\t①河道整洁，无漂浮物；岸线有人管护。
\t水务科
\t照片3张

\t路灯完好
\t甲科、水务科
\t照片2张
"""


def bring_in(cast: Cast, table: str, name: str = "其他.txt", campaign: str = CAMPAIGN) -> ImportResult:
    """Import a table as the office does."""
    data = table.encode()
    with cast.work("zhao") as unit:
        return import_document(unit, campaign_named(unit, campaign), name, data, read_bytes(name, data))


def test_every_rule_is_a_case_waiting_to_be_assigned(cast: Cast) -> None:
    with cast.reading() as session:
        cases = session.scalars(select(Assignment).order_by(Assignment.no)).all()
        rules = {one.id: one for one in session.scalars(select(Rule))}
        assert [(one.no, one.title, one.state) for one in cases] == [
            (STREETS, "街面整洁，无乱贴乱画", "not_assigned"),
            (POSTERS, "公益广告上墙，设置合理", "not_assigned"),
            (VOLUNTEERS, "组织志愿服务活动", "not_assigned"),
            (DUTY, "各科室落实值班制度", "not_assigned"),
        ]
        assert [rules[one.rule_id].points for one in cases] == [2, 3, 4, 1]
    assert [(one.element, one.queue) for one in cast.items(STREETS)] == [("assign", "creation_office")]


def test_what_the_table_demands_is_kept_with_the_phrase_it_came_from(cast: Cast) -> None:
    assert [(one.kind, one.value, one.bound, one.fields, one.source_phrase) for one in cast.requirements(STREETS)] == [
        ("photo_min", Decimal(2), "min", ["时间", "地点"], "至少2张照片"),
        ("caption_fields", None, None, ["时间", "地点"], "注明时间、地点"),
    ]


def test_what_the_house_does_not_know_of_a_table_is_told_before_it_is_saved(cast: Cast) -> None:
    with cast.reading() as session:
        found = new_names(session, read_bytes("其他.txt", OTHER.encode()))
        assert (found.departments, found.groups) == (("水务科",), ())
        found = new_names(session, read_bytes("任务分解表.txt", TABLE.encode()))
        assert (found.departments, found.groups) == ((), ("各科室",))
    cast.fill_group(["甲科"])
    with cast.reading() as session:
        assert new_names(session, read_bytes("任务分解表.txt", TABLE.encode())).groups == ()


def test_a_file_is_known_in_the_campaign_it_was_imported_into_and_in_no_other(cast: Cast) -> None:
    digest = hashlib.sha256(TABLE.encode()).hexdigest()
    with cast.reading() as session:
        (breakdown,) = session.scalars(select(TaskBreakdown.id))
        assert imported_as(session, f" {CAMPAIGN} ", digest) == breakdown
        assert imported_as(session, "2027年", digest) is None
        assert imported_as(session, CAMPAIGN, "0" * 64) is None


@pytest.mark.parametrize(
    ("name", "others", "expected"),
    [
        ("市教育局", ["教育局", "财政局"], ["教育局"]),
        ("教育局", ["某某市教育局", "体育局"], ["某某市教育局"]),
        ("法援中心", ["公共法律服务中心（法援中心）", "公证处"], ["公共法律服务中心（法援中心）"]),
        ("市政工程处", ["城市管理局", "市政处"], ["市政处"]),
        ("水务科", ["甲科", "乙科", "财务科"], []),
    ],
    ids=["city before", "city missing", "in brackets", "shorter", "nothing alike"],
)
def test_departments_that_may_be_the_same_are_told(name: str, others: list[str], expected: list[str]) -> None:
    assert likest(name, others) == expected


def test_the_same_file_twice_changes_nothing(cast: Cast) -> None:
    first = bring_in(cast, OTHER)
    assert (first.created, first.already) == (2, False)
    with cast.reading() as session:
        before = session.scalar(text("SELECT count(*) FROM audit_event"))
    again = bring_in(cast, OTHER, "umbenannt.txt")
    assert again == ImportResult(first.breakdown_id, 0, already=True)
    with cast.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_event")) == before
    assert cast.verdict().intact


def test_another_campaign_takes_the_same_file_and_numbers_by_its_year(cast: Cast) -> None:
    assert bring_in(cast, OTHER, campaign="2027年复检").created == 2
    assert cast.case("CJ-2027-0001").title == "河道整洁，无漂浮物"
    with cast.reading() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.name == "2027年复检")).one()
    assert (campaign.year, campaign.starts_on.isoformat(), campaign.ends_on.isoformat()) == (2027, "2027-01-01", "2027-12-31")


def test_a_campaign_without_a_year_in_its_name_is_of_this_year(cast: Cast) -> None:
    with cast.work("zhao") as unit:
        assert campaign_named(unit, " 迎检 ").year == unit.now.year
        assert campaign_named(unit, "迎检").name == "迎检"
    with pytest.raises(Invalid, match="campaign needs a name"), cast.work("zhao") as unit:
        campaign_named(unit, "  ")


def test_departments_nobody_knew_are_added_and_known_ones_found(cast: Cast) -> None:
    with cast.work("chu") as unit:
        add_alias(unit, cast.department("乙科"), "水务科")
    bring_in(cast, OTHER)
    with cast.reading() as session:
        assert len(session.scalars(text("SELECT id FROM department")).all()) == 3
        named = session.scalars(select(RuleDepartment).where(RuleDepartment.name == "水务科")).all()
        assert {one.department_id for one in named} == {cast.department("乙科")}


def test_a_longer_name_of_a_department_is_remembered_as_an_alias(cast: Cast) -> None:
    table = "共性任务分解表\n\t考核细则\n\t责任科室\n\t佐证材料\n\n\t法律援助\n\t公共法律服务中心（法援中心）\n\t照片1张\n\n\t法律咨询\n\t法援中心\n\t照片1张\n"
    bring_in(cast, table)
    with cast.reading() as session:
        short, long = find_department(session, "法援中心"), find_department(session, "公共法律服务中心（法援中心）")
        assert short is not None
        assert short is long
        actions = [one.action for one in audit.trail(session, "departments")]
    assert actions[-2:] == ["department.added", "department.alias_added"]


def test_a_group_stays_a_group_until_the_work_is_assigned(cast: Cast) -> None:
    with cast.reading() as session:
        named = session.scalars(select(RuleDepartment).where(RuleDepartment.is_group)).one()
        assert (named.name, named.canonical, named.department_id) == ("各科（室）", "各科室", None)
        assert members_on(session, session.scalars(select(DepartmentGroup)).one(), date(2026, 3, 1)) == []
        assert find_department(session, "各科室") is None


def test_without_the_diagram_nothing_is_imported(sessions: Sessions) -> None:
    data = OTHER.encode()
    with pytest.raises(NotFound, match="No process evidence_lifecycle"), work(sessions, SYSTEM) as unit:
        import_document(unit, campaign_named(unit, CAMPAIGN), "a.txt", data, read_bytes("a.txt", data))
    with reading(sessions) as session:
        assert session.scalars(select(Requirement)).all() == []
        assert session.scalar(text("SELECT count(*) FROM audit_event")) == 0


@pytest.mark.parametrize(
    ("words", "indicator", "title"),
    [
        ("1. 街面整洁。有人管。", "", "街面整洁"),
        ("（2）街面整洁；有人管", "", "街面整洁"),
        ("③ 街面整洁", "", "街面整洁"),
        ("", "环境", "环境"),
        ("。", "环境", "环境"),
        ("2025年建成", "", "2025年建成"),
        ("长" * 61, "", "长" * 59 + "…"),
        ("长" * 60, "", "长" * 60),
    ],
)
def test_a_case_is_titled_by_the_first_sentence_of_its_rule(words: str, indicator: str, title: str) -> None:
    assert case_title(words, indicator) == title


def test_a_part_of_the_advice_is_asked_of_the_department_it_names(cast: Cast) -> None:
    table = OTHER.replace("照片2张\n", "1.甲科：照片2张\n2.水务科、甲科：总结\n3.说明报告500字\n")
    result = bring_in(cast, table)
    with cast.reading() as session:
        rule = session.scalars(select(Rule).join(Rule.table).where(Rule.text == "路灯完好")).one()
        asked = [(one.kind, one.department.name if one.department else None) for one in rule.requirements]
    assert result.created == 2
    assert asked == [("photo_min", "甲科"), ("summary", "水务科"), ("summary", "甲科"), ("report_chars", None)]

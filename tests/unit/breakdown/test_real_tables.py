"""The two task tables of two bureaux, as they wrote them; expected values were taken from them by hand."""

from decimal import Decimal
from pathlib import Path

import pytest

from workflows.breakdown.document import BreakdownDocument, BreakdownRow, ReadTable, as_json, read

SEEDS = Path(__file__).parents[3] / ".." / "shared" / "seeds"
CIVIL_AFFAIRS = SEEDS / "000_db0a5db4f84b58be.txt"
JUSTICE = SEEDS / "001_2d03eeb0fe6243fb.txt"

pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(), reason=f"the real task tables are not at {SEEDS}; the reader was not tested on them"
)


@pytest.fixture(scope="module")
def civil_affairs() -> BreakdownDocument:
    """Give the one table of the civil-affairs bureau (民政局)."""
    return read(CIVIL_AFFAIRS)


@pytest.fixture(scope="module")
def justice() -> BreakdownDocument:
    """Give the five tables of the justice bureau (司法局)."""
    return read(JUSTICE)


def row(table: ReadTable, words: str) -> BreakdownRow:
    """Find the one rule that contains `words`."""
    found = [one for one in table.rows if words in one.text or words in one.indicator]
    assert len(found) == 1, words
    return found[0]


def figures(one: BreakdownRow) -> list[tuple[str, str | None, str | None, str | None, str]]:
    """Give the demands that carry a figure: kind, value, bound, per, phrase."""
    return [
        (
            demand.kind,
            None if demand.value is None else f"{demand.value.normalize():f}",
            demand.bound,
            demand.per,
            demand.source_phrase,
        )
        for demand in one.requirements
        if demand.value is not None
    ]


def names(one: BreakdownRow) -> list[tuple[str, str]]:
    """Give the canonical departments with their roles."""
    return [(department.canonical, department.role) for department in one.departments]


def test_civil_affairs_has_one_common_table_of_nineteen_rules(civil_affairs: BreakdownDocument) -> None:
    (table,) = civil_affairs.tables
    assert civil_affairs.title == "市民政局创建省级文明城市共性任务分解表"
    assert (table.kind, table.points_total, len(table.rows)) == ("common", None, 19)
    assert table.columns == ("序号", "指标名称", "主要任务", "收集整理并上传的创文档案资料", "责任科室")
    numbers = [one.item_no for one in table.rows]
    assert numbers == [*"11", "2", *"333", "4", "5", *"66666", "7", "8", "9", "10", "10", "11"]


def test_merged_cells_of_civil_affairs_are_inherited(civil_affairs: BreakdownDocument) -> None:
    table = civil_affairs.tables[0]
    tree = row(table, "植树")
    assert (tree.indicator, tree.item_no, tree.advice_inherited) == ("公益事业", "6", True)
    assert tree.advice.startswith("开展社会公益事业相关文件")
    assert names(tree) == [("市局办公室", "responsible")]
    assert figures(tree) == [("count_min", "100", "min", "千人口", "千人口献血人次大于100")]
    assert row(table, "见义勇为者").advice == tree.advice
    assert not row(table, "慈善捐助").advice_inherited


def test_indicators_split_doubled_or_spaced_out_are_whole(civil_affairs: BreakdownDocument) -> None:
    indicators = {one.item_no: one.indicator for one in civil_affairs.tables[0].rows}
    assert indicators["3"] == "创建氛围"
    assert indicators["4"] == "文明素质教育"
    assert indicators["7"] == "软环境建设"
    assert indicators["11"] == "精神文明建设活动"


def test_groups_of_civil_affairs_stay_groups(civil_affairs: BreakdownDocument) -> None:
    kindness = row(civil_affairs.tables[0], "友善对待")
    assert [(one.name, one.group) for one in kindness.departments] == [
        ("局属各单位", True),
        ("市局办公室", False),
        ("机关各科室", True),
    ]


def test_every_figure_of_civil_affairs_is_found(civil_affairs: BreakdownDocument) -> None:
    found = [(kind, value) for one in civil_affairs.tables[0].rows for kind, value, *_ in figures(one)]
    assert found == [
        ("frequency", "1"),
        ("percent_min", "100"),
        ("percent_min", "100"),
        ("count_min", "100"),
        ("percent_min", "30"),
        ("percent_min", "90"),
        ("percent_min", "90"),
    ]


def test_every_rule_of_civil_affairs_asks_for_something(civil_affairs: BreakdownDocument) -> None:
    for one in civil_affairs.tables[0].rows:
        assert any(demand.scope == "cell" for demand in one.requirements), one.text
    assert civil_affairs.warnings == ()


def test_justice_has_five_tables(justice: BreakdownDocument) -> None:
    assert justice.title == "益阳市司法局创建全国文明城市工作任务分解表"
    assert [(table.kind, len(table.rows), table.points_total) for table in justice.tables] == [
        ("common", 22, Decimal(30)),
        ("individual", 8, Decimal(70)),
        ("online_filing", 15, None),
        ("site_check", 3, None),
        ("publicity", 2, None),
    ]
    assert [table.title for table in justice.tables][3:] == [
        "四、明查暗访任务责任分解表",
        "五、公益广告宣传任务责任分解表",
    ]


def test_points_of_justice_add_up_to_what_the_titles_say(justice: BreakdownDocument) -> None:
    for table, total in zip(justice.tables, (30, 70), strict=False):
        assert sum(one.points or 0 for one in table.rows) == total
        assert table.warnings == ()


def test_three_scored_rules_share_one_cell(justice: BreakdownDocument) -> None:
    learning = [one for one in justice.tables[0].rows if one.indicator == "学习教育"]
    assert [(one.item_no, one.points, one.advice_inherited) for one in learning] == [
        ("1", 1, False),
        ("2", 1, True),
        ("3", 1, True),
        ("4", 1, True),
    ]
    shared = [("司考教培科", "responsible"), ("政策法规科", "responsible"), ("行财科", "responsible")]
    assert [names(one) for one in learning[1:]] == [shared] * 3
    assert learning[1].advice == learning[3].advice
    assert figures(learning[3])[0] == ("frequency", "1", "min", "每2个月", "每2个月组织开展一次")


def test_lead_and_assisting_departments(justice: BreakdownDocument) -> None:
    campaign = row(justice.tables[0], "1、积极开展")
    assert names(campaign) == [
        ("政治部", "lead"),
        ("银鑫公证处", "assist"),
        ("公共法律服务中心", "assist"),
        ("各科室", "assist"),
    ]
    assert [warning.code for warning in campaign.warnings] == ["short_name"]


def test_names_of_the_legal_aid_centre_are_one_department(justice: BreakdownDocument) -> None:
    split_over_lines = row(justice.tables[0], "4、认真落实")
    assert [one.name for one in split_over_lines.departments] == [
        "政治部",
        "各科（室）",
        "银鑫公证处",
        "公共法律服务中心（法援中心）",
    ]
    for one in (
        split_over_lines,
        row(justice.tables[1], "2）开展关爱"),
        row(justice.tables[2], "文明委成员单位"),
    ):
        assert [name for name, _ in names(one)].count("公共法律服务中心") == 1
    assert names(row(justice.tables[2], "文明委成员单位")) == [
        ("公共法律服务中心", "responsible"),
        ("银鑫公证处", "responsible"),
    ]


def test_headings_in_rule_cells_are_the_indicators(justice: BreakdownDocument) -> None:
    individual = justice.tables[1]
    assert [(one.indicator, one.item_no, one.points) for one in individual.rows] == [
        ("Ⅲ-5学习教育和主题实践系统长期化", "4", 8),
        ("Ⅲ-17志愿者服务活动", "2", 8),
        ("Ⅲ-29全民普法教育", "1", 9),
        ("Ⅲ-29全民普法教育", "2", 9),
        ("Ⅲ-29全民普法教育", "3", 9),
        ("Ⅲ-30维护公民合法权益", "1", 9),
        ("未成年人思想道德建设：5、营造良好社会文化环境", "5", 9),
        ("Ⅲ-69治安管理", "1", 9),
    ]
    assert individual.rows[6].text.startswith("5）关心关爱")
    assert len(row(individual, "2）开展关爱").departments) == 11


def test_headings_stand_beside_the_indicator_column(justice: BreakdownDocument) -> None:
    filing = justice.tables[2]
    assert [one.indicator.split(" / ")[0] for one in filing.rows][::3] == [
        "Ⅰ-1理想信念教育",
        "Ⅰ-1理想信念教育",
        "Ⅰ-2社会主义核心价值观建设",
        "Ⅰ-5公平正义的法制环境",
        "Ⅰ-5公平正义的法制环境",
    ]
    assert row(filing, "2、大力宣传").indicator.endswith("Ⅲ-5-1学习教育和主题实践系统化、长期化")


def test_figures_of_the_common_table(justice: BreakdownDocument) -> None:
    common = justice.tables[0]
    reports = row(common, "3、及时报送")
    assert [figure[:4] for figure in figures(reports)] == [
        ("frequency", "1", "min", "每月"),
        ("count_min", "4", "min", "全年"),
    ]
    assert all(figure[4] in reports.text for figure in figures(reports))
    assert figures(row(common, "2、将创建工作列入")) == [
        ("frequency", "1", "min", "每季度", "每季度召开一次")
    ]
    assert [figure[:2] for figure in figures(row(common, "3、组织开展创建"))] == [("percent_min", "100")] * 2
    assert [figure[:3] for figure in figures(row(common, "1、建立健全单位党委"))] == [
        ("frequency", "1", "min"),
        ("photo_min", "5", "min"),
    ]
    assert figures(row(common, "2、结合单位"))[0][:4] == ("count_min", "1", "min", "全年")
    assert figures(row(common, "不少于6次"))[0][:2] == ("count_min", "6")
    assert figures(row(common, "不少于2次"))[0][:2] == ("count_min", "2")
    assert figures(row(common, "60%以上"))[0][:2] == ("percent_min", "60")
    photos = [one for one in common.rows if ("photo_min", "5", "min", None, "至少5张照片") in figures(one)]
    assert len(photos) == 14


def test_figures_of_the_online_filing_table(justice: BreakdownDocument) -> None:
    filing = justice.tables[2]
    assert figures(row(filing, "1）依托")) == [
        ("report_chars", "500", "about", None, "说明报告500字左右"),
        ("count_min", "10", "min", None, "10个道德讲堂或文化讲堂"),
        ("photo_min", "2", "min", "每个讲堂", "2张图片"),
    ]
    assert [figure[:4] for figure in figures(row(filing, "我们的节日"))] == [
        ("count_min", "3", "min", None),
        ("report_chars", "600", "about", None),
        ("photo_min", "10", "min", "每个节日"),
    ]
    assert figures(row(filing, "2、大力宣传"))[1][:4] == ("photo_min", "3", "min", "每种方式")
    assert [figure[:2] for figure in figures(row(filing, "谁执法谁普法"))] == [
        ("report_chars", "500"),
        ("photo_min", "3"),
        ("photo_min", "3"),
    ]
    assert [figure[:4] for figure in figures(row(filing, "3）开展群众性"))] == [
        ("percent_min", "80", "min", None),
        ("report_chars", "500", "about", None),
        ("photo_min", "3", "min", "每类"),
        ("report_chars", "500", "about", None),
        ("photo_min", "5", "min", None),
    ]
    assert figures(row(filing, "健全公共法律"))[0][:2] == ("report_chars", "300")
    assert figures(row(filing, "设计开展网络"))[0][:2] == ("report_chars", "200")
    assert [figure[:4] for figure in figures(row(filing, "文明委成员单位"))] == [
        ("report_chars", "300", "about", "每个单位"),
        ("photo_min", "3", "min", "每个单位"),
    ]


def test_caption_fields_differ_by_requirement(justice: BreakdownDocument) -> None:
    captions = [
        "".join(demand.fields)
        for one in justice.tables[2].rows
        for demand in one.requirements
        if demand.kind == "caption_fields"
    ]
    assert captions == [
        "时间地点主题",
        "时间主办单位学习主题",
        "时间主办单位活动主题",
        "讲堂名称主办单位活动时间活动主题",
        "时间主办单位活动主题",
        "时间参加人员活动主题",
    ]


def test_papers_of_the_online_filing_table(justice: BreakdownDocument) -> None:
    filing = justice.tables[2]
    first = [(demand.kind, demand.fields, demand.source_phrase) for demand in filing.rows[0].requirements]
    assert first == [
        ("document", (), "学习指导的规范文件"),
        ("document", (), "电子文档"),
        ("scan", ("红头页", "盖章页"), "红头页、盖章页扫描图"),
    ]
    kinds = {demand.kind for demand in row(filing, "谁执法谁普法").requirements}
    assert "table" in kinds
    assert "url" in {demand.kind for demand in row(filing, "设计开展网络").requirements}


def test_figures_of_the_publicity_table(justice: BreakdownDocument) -> None:
    yard, homes = justice.tables[4].rows
    assert yard.text == "单位庭院（含二级机构）"
    assert [figure[:3] for figure in figures(yard)] == [
        ("percent_min", "60", "min"),
        ("area_min", "2.4", "min"),
        ("area_min", "2.4", "min"),
        ("count_min", "6", "min"),
        ("size_min", "0.48", "min"),
    ]
    assert [figure[:2] for figure in figures(homes)] == [
        ("percent_min", "60"),
        ("count_min", "1"),
        ("count_min", "2"),
        ("area_min", "2.4"),
        ("count_min", "1"),
        ("size_min", "0.48"),
        ("count_min", "1"),
        ("size_min", "0.48"),
    ]
    assert figures(homes)[1][3:] == ("每10m", "每10m可见一处")
    assert figures(homes)[3][3] == "每块"
    assert figures(homes)[5][4] == "面积不小于0.6m*0.8m"


def test_site_check_rules_ask_for_nothing_in_particular_and_say_so(justice: BreakdownDocument) -> None:
    for one in justice.tables[3].rows:
        assert [(demand.kind, demand.source_phrase) for demand in one.requirements] == [("other", "")]
        assert [warning.code for warning in one.warnings] == ["no_requirement"]
        assert one.advice


@pytest.mark.parametrize("path", [CIVIL_AFFAIRS, JUSTICE])
def test_every_phrase_stands_in_the_text_exactly_so(path: Path) -> None:
    for table in read(path).tables:
        for one in table.rows:
            for demand in one.requirements:
                assert demand.source_phrase in {"rule": one.text, "cell": one.advice}[demand.scope]


def test_json_keeps_the_contract(justice: BreakdownDocument) -> None:
    given = as_json(justice, "en")
    assert set(given) == {"title", "tables", "warnings"}
    assert set(given["tables"][0]) == {"title", "kind", "points_total", "columns", "rows", "notes"}
    first = given["tables"][0]["rows"][0]
    assert set(first) == {
        "indicator",
        "item_no",
        "text",
        "points",
        "departments",
        "advice",
        "advice_inherited",
        "deadline",
        "requirements",
        "warnings",
        "source",
        "due",
        "bonus",
        "others",
    }
    assert (first["points"], first["departments"][0]) == (
        2,
        {"name": "政治部", "canonical": "政治部", "role": "responsible", "group": False},
    )
    assert first["warnings"][0]["where"] == "table 1, rule 1 (line 9)"
    assert as_json(justice, "zh")["tables"][0]["rows"][0]["warnings"][0]["where"] == "表 1 第 1 条（第 9 行）"

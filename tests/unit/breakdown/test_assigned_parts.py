"""Advice that parts what it asks for among departments; who is asked for what was read off the words by hand."""

import pytest

from tests.unit.breakdown.demands_written import written
from workflows.breakdown.assigned_parts import read_advice
from workflows.breakdown.document import as_json, read_bytes
from workflows.breakdown.unit_names import canonical_names, read_units, with_canonical

BUREAUX = "市教育局、市民政局、市残联"


def asked(advice: str, departments: str) -> list[str]:
    """Read an advice beside a cell of departments; each demand behind those it is asked of, `all` for every one."""
    units = read_units(departments)
    named = with_canonical(units, canonical_names(one.name for one in units.departments))
    return [f"{'、'.join(one.departments) or 'all'}: {written(one)}" for one in read_advice(advice, named)]


@pytest.mark.parametrize(
    ("advice", "departments", "expected"),
    [
        pytest.param(
            "1.市教育局：提供方案、照片5张；\n2.市民政局：提供台账1套。", BUREAUX,
            ["市教育局: plan «方案»", "市教育局: photo_min 5张 min «照片5张»", "市民政局: table 1套 min «台账1套»"],
            id="numbered-lines",
        ),
        pytest.param(
            "1.市教育局：照片5张。2.市民政局、市残联：提供台账1套。3.说明报告500字。", BUREAUX,
            [
                "市教育局: photo_min 5张 min «照片5张»", "市民政局、市残联: table 1套 min «台账1套»",
                "all: report_chars 500字 about «说明报告500字»",
            ],
            id="one-paragraph-with-a-part-for-all",
        ),
        pytest.param(
            "市教育局：活动照片不少于3张\n市民政局：花名册\n各类活动要有总结", BUREAUX,
            ["市教育局: photo_min 3张 min «活动照片不少于3张»", "市民政局: table «花名册»", "all: summary «总结»"],
            id="labels-without-numbers",
        ),
        pytest.param(
            "材料如下：说明报告300字\n（1）教育局负责提供学校名单\n（2）民政局提供照片2张/场", BUREAUX,
            ["all: report_chars 300字 about «说明报告300字»", "市教育局: table «学校名单»", "市民政局: photo_min 2张 min 每场 «照片2张/场»"],
            id="short-names-behind-numbers",
        ),
        pytest.param(
            "1、由人事科、机关党委负责关爱空巢老人。照片2张；2、法援科、法援中心（公共法律服务中心）负责进社区（500字的说明报告）。",
            "人事科\n机关党委\n法援科\n法援中心\n（公共法律服务中心）",
            [
                "人事科、机关党委: photo_min 2张 min «照片2张»",
                "法援科、法援中心（公共法律服务中心）: report_chars 500字 about «500字的说明报告»",
            ],
            id="duties-with-a-second-name-in-brackets",
        ),
        pytest.param("1.方案\n2.照片5张", BUREAUX, ["all: plan «方案»", "all: photo_min 5张 min «照片5张»"], id="nobody-named"),
        pytest.param("1.市水利局：照片5张", BUREAUX, ["all: photo_min 5张 min «照片5张»"], id="a-department-of-no-row"),
        pytest.param("1.市教育局、市水利局：照片5张", BUREAUX, ["all: photo_min 5张 min «照片5张»"], id="one-of-two-unknown"),
        pytest.param("由市教育局汇总：照片5张", BUREAUX, ["all: photo_min 5张 min «照片5张»"], id="a-sentence-not-a-part"),
        pytest.param(
            "1.市教育局：\n①照片5张\n②总结\n2.市残联：名单", BUREAUX,
            ["市教育局: photo_min 5张 min «照片5张»", "市教育局: summary «总结»", "市残联: table «名单»"],
            id="parts-of-a-part",
        ),
        pytest.param(
            "1.市教育局：照片5张。2.市民政局：照片5张。", BUREAUX,
            ["市教育局: photo_min 5张 min «照片5张»", "市民政局: photo_min 5张 min «照片5张»"],
            id="the-same-asked-of-two",
        ),
    ],
)  # fmt: skip
def test_a_part_is_asked_of_the_departments_it_begins_with(advice: str, departments: str, expected: list[str]) -> None:
    assert asked(advice, departments) == expected


def test_the_public_form_says_of_whom_a_demand_is_asked() -> None:
    text = "| 任务 | 责任单位 | 材料要求 |\n|---|---|---|\n| 关爱老人 | 市教育局、市民政局 | 1.市教育局：照片5张<br>2.市民政局：名册 |\n"
    (table,) = as_json(read_bytes("表.md", text.encode()))["tables"]
    assert [(one["kind"], one["scope"], one["departments"]) for one in table["rows"][0]["requirements"]] == [
        ("photo_min", "cell", ["市教育局"]),
        ("table", "cell", ["市民政局"]),
    ]

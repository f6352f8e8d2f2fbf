"""Phrases as other offices write them, and what each must become; made by hand from what the words say."""

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.breakdown.demands_written import written
from workflows.breakdown.counts import COUNTED, DOCUMENTS, PIECES, RECURRING, SCHEDULED
from workflows.breakdown.demands import read_demands
from workflows.breakdown.figures import FILES
from workflows.breakdown.measures import MEASURES as MEASURE_FIGURES

PHOTOS = [
    ("照片不得少于5张", ["photo_min 5张 min «照片不得少于5张»"]),
    ("照片≥3张", ["photo_min 3张 min «照片≥3张»"]),
    ("活动照片3张以上", ["photo_min 3张 min «活动照片3张以上»"]),
    ("提供10余张照片", ["photo_min 10张 min «10余张照片»"]),
    ("不超过10张图片", ["photo_min 10张 max «不超过10张图片»"]),
    ("照片5张左右", ["photo_min 5张 about «照片5张左右»"]),
    ("现场图片3-5张", ["photo_min 3-5张 min «现场图片3-5张»"]),
    ("照片３至５张", ["photo_min 3-5张 min «照片３至５张»"]),
    ("照片2～3张", ["photo_min 2-3张 min «照片2～3张»"]),
    ("不少于二十张照片", ["photo_min 20张 min «不少于二十张照片»"]),
    ("室内、室外照片各2张", ["photo_min 2张 min 室内、室外 «室内、室外照片各2张»"]),
    ("每处整改前后对比照片各1张", ["photo_min 2张 min 每处 «整改前后对比照片各1张»"]),
    ("整改前、整改后照片各1张", ["photo_min 2张 min «整改前、整改后照片各1张»"]),
    ("活动图片若干", ["photo_min «图片若干»"]),
    ("照片3张/类", ["photo_min 3张 min 每类 «照片3张/类»"]),
    ("页面截图3张", ["screenshot 3张 min «截图3张»"]),
    ("提供全年活动照片，每月至少2张", ["photo_min 2张 min ~每月 «至少2张»"]),
    (
        "照片（不少于5张，注明时间、地点、事由等）",
        [
            "photo_min 5张 min [时间、地点、事由] «照片（不少于5张»",
            "caption_fields [时间、地点、事由] «注明时间、地点、事由等»",
        ],
    ),
    (
        "照片5张。每张注明时间、地点、主题。",
        [
            "photo_min 5张 min [时间、地点、主题] «照片5张»",
            "caption_fields [时间、地点、主题] «每张注明时间、地点、主题»",
        ],
    ),
    (
        "附照片2张并配文字说明（时间、地点、人物、事由）",
        [
            "photo_min 2张 min [时间、地点、人物、事由] «照片2张»",
            "caption_fields [时间、地点、人物、事由] «配文字说明（时间、地点、人物、事由）»",
        ],
    ),
    (
        "照片3张，每张照片须标注时间地点人物",
        [
            "photo_min 3张 min [时间、地点、人物] «照片3张»",
            "caption_fields [时间、地点、人物] «每张照片须标注时间地点人物»",
        ],
    ),
]
REPORTS = [
    ("说明报告（500字以内）", ["report_chars 500字 max «说明报告（500字以内）»"]),
    ("说明报告（字数控制在800字左右）", ["report_chars 800字 about «说明报告（字数控制在800字左右）»"]),
    ("说明报告不超过1500字", ["report_chars 1500字 max «说明报告不超过1500字»"]),
    ("情况说明（800—1000字）", ["report_chars 800-1000字 min «情况说明（800—1000字）»"]),
    ("不少于500字的心得体会", ["report_chars 500字 min «不少于500字的心得体会»"]),
    ("提供1千字左右的工作总结", ["report_chars 1000字 about «1千字左右的工作总结»"]),
    ("自查报告2份", ["document 2份 min «自查报告2份»"]),
    ("24字社会主义核心价值观", []),
]
FILMS = [
    ("视频不超过3分钟", ["video 3分钟 max «视频不超过3分钟»"]),
    ("提供3分钟以内视频1个", ["video 3分钟 max «3分钟以内»", "video 1个 min «视频1个»"]),
    ("制作宣传视频1部（时长3-5分钟）", ["video 1部 min «视频1部»", "video 3-5分钟 min «时长3-5分钟»"]),
    ("视频监控设备运行良好，召开视频会议", []),
]
PAPERS = [
    ("工作方案1份、总结2篇", ["plan 1份 min «工作方案1份»", "summary 2篇 min «总结2篇»"]),
    ("编印简报3期", ["document 3期 min «简报3期»"]),
    ("创建工作台账1套，会议纪要4份", ["table 1套 min «创建工作台账1套»", "document 4份 min «会议纪要4份»"]),
    ("红头文件扫描件", ["scan [红头页、盖章页] «红头文件扫描件»"]),
    ("规范性文件（红头页、盖章页扫描件）", ["document «规范性文件»", "scan [红头页、盖章页] «红头页、盖章页扫描件»"]),
    ("营业执照复印件", ["scan «营业执照复印件»"]),
    ("志愿者花名册、登记表、统计表", ["table «志愿者花名册»", "table «登记表»", "table «统计表»"]),
    (
        "佐证材料：文件、方案、总结、图片、台账、名单、签到表、会议记录、截图、链接、视频",
        [
            "document «文件»", "plan «方案»", "summary «总结»", "photo_min «图片»", "table «台账»", "table «名单»", "table «签到表»",
            "document «会议记录»", "screenshot «截图»", "url «链接»", "video «视频»",
        ],
    ),
    (
        "方案、计划、总结、报告、制度、通知、简报、信息",
        [
            "plan «方案»", "plan «计划»", "summary «总结»", "report_chars «报告»", "document «制度»", "document «通知»", "document «简报»",
            "document «信息»",
        ],
    ),
    (
        "每次活动要有方案、签到表、照片（不少于3张）、小结",
        [
            "plan 每次活动 «方案»", "table 每次活动 «签到表»", "photo_min 3张 min 每次活动 «照片（不少于3张）»", "summary 每次活动 «小结»",
        ],
    ),
    (
        "提供：1.工作方案；2.活动照片至少5张（每张注明时间、地点、人物）；3.500字说明报告",
        [
            "plan «工作方案»",
            "photo_min 5张 min [时间、地点、人物] «活动照片至少5张»",
            "caption_fields [时间、地点、人物] «每张注明时间、地点、人物»",
            "report_chars 500字 about «500字说明报告»",
        ],
    ),
]  # fmt: skip
TIMES = [
    ("每季度至少1次", ["frequency 1次 min 每季度 ~每季度 «每季度至少1次»"]),
    ("每半年召开一次专题会议", ["frequency 1次 min 每半年 ~每半年 «每半年召开一次»"]),
    ("每两个月开展一次环境整治", ["frequency 1次 min 每两个月 ~每两个月 «每两个月开展一次»"]),
    ("一年不少于4次", ["count_min 4次 min 一年 ~全年 «一年不少于4次»"]),
    ("上下半年各1次", ["frequency 1次 min 每半年 ~每半年 «上下半年各1次»"]),
    ("至少每月1次开展巡查", ["frequency 1次 min 每月 ~每月 «至少每月1次»"]),
    ("巡查1次/月", ["frequency 1次 min 每月 ~每月 «1次/月»"]),
    ("按季度报送工作进展", ["frequency 1次 min 每季度 ~每季度 «按季度报送»"]),
    ("每天清扫2次", ["frequency 2次 min 每天 ~每天 «每天清扫2次»"]),
    ("主次干道每日清扫、全天保洁", []),
    ("每月5日前报送信息2条", ["frequency 2条 min 每月 ~每月 @每月5日前 «每月5日前报送信息2条»"]),
    (
        "每季度末报送工作总结1份、照片5张",
        ["summary 1份 min ~每季度 @每季度末 «工作总结1份»", "photo_min 5张 min ~每季度 @每季度末 «照片5张»"],
    ),
    (
        "12月10日前，报送年度总结1份和活动照片10张",
        ["summary 1份 min @12月10日前 «年度总结1份»", "photo_min 10张 min @12月10日前 «活动照片10张»"],
    ),
    (
        "信息全年不少于12条，其中省级以上媒体2条",
        ["count_min 12条 min 全年 ~全年 «全年不少于12条»", "count_min 2条 min «2条»"],
    ),
]
COUNTS = [
    ("开展志愿服务活动4场次", ["count_min 4场次 min «4场次»"]),
    ("培训不少于一千二百人次", ["count_min 1200人次 min «不少于一千二百人次»"]),
    ("每个社区建立1支志愿服务队", ["count_min 1支 min 每个社区 «1支志愿服务队»"]),
    ("每千人口献血人次大于100", ["count_min 100人次 min 每千人口 «每千人口献血人次大于100»"]),
    ("每万人拥有健身器材5个", ["count_min 5个 min 每万人 «每万人拥有健身器材5个»"]),
    ("按1:200的比例配备保洁员", ["count_min 1 min 每200 «按1:200的比例配备»"]),
    ("每隔50米设置一个垃圾桶", ["count_min 1个 min 每50米 «每隔50米设置一个»"]),
    ("每隔50米设置垃圾桶", ["count_min 1处 min 每50米 «每隔50米设置垃圾桶»"]),
    ("每条主次干道公益广告不少于10幅", ["count_min 10幅 min 每条主次干道 «不少于10幅»"]),
    ("投入经费不少于10万元", ["count_min 10万元 min «不少于10万元»"]),
    ("发放宣传资料1000份", ["count_min 1000份 min «宣传资料1000份»"]),
]
MEASURES = [
    ("实现社区志愿服务站点全覆盖", ["percent_min 100% min «实现社区志愿服务站点全覆盖»"]),
    ("覆盖率达到100%", ["percent_min 100% min «覆盖率达到100%»"]),
    ("市民满意度达到９０％以上", ["percent_min 90% min «市民满意度达到９０％以上»"]),
    ("投诉率低于5%", ["percent_min 5% max «投诉率低于5%»"]),
    ("志愿者人数同比增长10%", ["percent_min 10% min «增长10%»"]),
    ("群众满意度提高3个百分点", ["percent_min 3百分点 min «群众满意度提高3个百分点»"]),
    ("注册志愿者人数占常住人口比例≥15%", ["percent_min 15% min «注册志愿者人数占常住人口比例≥15%»"]),
    ("满意率达到九成以上", ["percent_min 90% min «满意率达到九成以上»"]),
    ("三分之二以上的窗口单位建成文明单位", ["percent_min 66.667% min «三分之二以上»"]),
    ("人均公园绿地面积不少于0.5㎡", ["area_min 0.5㎡ min 每人 «人均公园绿地面积不少于0.5㎡»"]),
    (
        "每千人拥有公共文化设施面积不少于200平方米",
        ["area_min 200㎡ min 每千人 «每千人拥有公共文化设施面积不少于200平方米»"],
    ),
    ("公益广告牌面积不小于2.4㎡/块", ["area_min 2.4㎡ min 每块 «公益广告牌面积不小于2.4㎡/块»"]),
    ("尺寸不小于60cm×80cm", ["size_min 0.48㎡ min «尺寸不小于60cm×80cm»"]),
    ("面积不小于0.6m*0.8m", ["size_min 0.48㎡ min «面积不小于0.6m*0.8m»"]),
    # A4: 210 mm by 297 mm (ISO 216).
    ("规格不小于A4纸", ["size_min 0.06237㎡ min «规格不小于A4纸»"]),
]
DEDUCTIONS = [
    ("提供活动照片5张，每少1张扣0.5分", ["photo_min 5张 min «活动照片5张»"]),
    ("满意度达90%以上得5分；80%以上得3分；低于80%不得分", ["percent_min 90% min «满意度达90%以上»"]),
    ("知晓率80%-90%得2分，90%以上得3分", ["percent_min 90% min «90%以上»"]),
]
NOTHING = [
    "每少1张扣0.5分",
    "照片不足5张的，扣1分",
    "未提供照片、总结的，不得分",
    "无照片或照片未注明时间的扣1分",
    "缺1份资料扣1分",
    "有1处不达标扣2分，扣完为止",
    "现场查看，发现1处卫生死角扣0.5分",
    "每延迟1天扣0.2分",
    "2026年印发《关于深入开展文明创建的通知》（市文明办〔2026〕5号）",
    "根据市文明办〔2026〕5号文件精神，认真落实各项任务",
    "2025年6月30日前完成",
    "第2季度完成整改，召开第十次专题会议",
    "联系电话：0737-4221234，手机13812345678",
    "热线电话12345有人接听",
    "常住人口50万以上的城市",
    "本市常住人口120万人",
    "三个一批、五个一工程，“四个意识”",
    "一把手亲自抓，一级抓一级，落实一岗双责，建立一个长效机制",
    "8:30-17:30开放，3分钟内到场",
    "60岁以上老年人免费乘车",
    "12月底前完成1.2.3项任务，Ⅲ-29 全民普法",
    "按照《创建工作方案》要求落实，对照台账逐项整改",
    "不得使用往年照片，严禁使用往年图片",
    "照片须清晰、不得有水印，材料要求真实、规范",
    "资料员及时归档，资料盒统一标识",
    "总结推广先进经验，制度上墙，落实计划生育政策",
    "统计局、规划局配合",
    "不得少于规定人数",
    "扣好人生第一粒扣子",
]
PATTERNS = [one.pattern for one in (*FILES, *MEASURE_FIGURES, *PIECES, *SCHEDULED, *DOCUMENTS, *COUNTED, *RECURRING)]
EVERY = [*PHOTOS, *REPORTS, *FILMS, *PAPERS, *TIMES, *COUNTS, *MEASURES, *DEDUCTIONS]


@pytest.mark.parametrize(("text", "expected"), EVERY, ids=[text for text, _ in EVERY])
def test_what_a_phrase_asks_for(text: str, expected: list[str]) -> None:
    assert [written(one) for one in read_demands(text, "cell")] == expected


@pytest.mark.parametrize("text", NOTHING)
@pytest.mark.parametrize("scope", ["rule", "cell"])
def test_what_asks_for_nothing(text: str, scope: str) -> None:
    assert [written(one) for one in read_demands(text, scope)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("制定具体学习计划及实施方案", ["plan «具体学习计划»", "plan «实施方案»"]),
        ("主要指标纳入城市发展规划、年度工作目标", []),
        ("贯彻落实《实施方案》，制定年度工作计划", ["plan «年度工作计划»"]),
        ("印发《创建工作方案》", ["plan «创建工作方案»"]),
        ("建立志愿服务台账，完善学习制度、考核办法", ["table «志愿服务台账»"]),
    ],
    ids=str,
)
def test_a_rule_asks_for_papers_that_are_to_be_made(text: str, expected: list[str]) -> None:
    assert [written(one) for one in read_demands(text, "rule")] == expected


FRAGMENTS = st.lists(
    st.sampled_from(
        [text for text, _ in EVERY]
        + NOTHING
        + [
            "，",
            "。",
            "；",
            "\n",
            "、",
            "（",
            "）",
            "1.",
            "①",
            "“",
            "《",
            "每",
            "各",
            "照片",
            "5张",
            "不少于",
            "%",
            "分",
            " ",
            "\0",
            "\1",
            "３",
            "𠮷",
        ]
    ),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(parts=FRAGMENTS, scope=st.sampled_from(["rule", "cell"]))
def test_every_phrase_stands_in_the_text(parts: list[str], scope: str) -> None:
    text = "".join(parts)
    for one in read_demands(text, scope):
        assert one.source_phrase
        assert one.source_phrase in text
        assert one.scope == scope
        assert one.upper is None or (one.value is not None and one.upper > one.value)


@settings(max_examples=100, deadline=None)
@given(asked=st.integers(2, 9), short=st.integers(11, 99), fine=st.integers(1, 9))
def test_no_figure_comes_from_a_deduction(asked: int, short: int, fine: int) -> None:
    text = (
        f"提供照片{asked}张、总结1份，照片少于{short}张的，每少{short}张扣{fine}分；未开展{short}次活动的扣{fine}分。"
    )
    assert {int(one.value or 0) for one in read_demands(text, "cell")} == {asked, 1}


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "一",
        "每",
        "1%",
        "照片",
        "每月照片5张、",
        "（",
        "不少于",
        "1*",
        "“",
        "《落实",
        "每张注明时间、",
        "率",
        "1-",
        "每隔1米",
        "1%得2分，",
        "\0",
    ],
    ids=repr,
)
def test_a_hostile_text_is_read_in_steps_that_grow_with_it(unit: str) -> None:
    """Twice the text may take about twice the work, counted in calls of the interpreter, never its square."""
    short, long = (counted(unit, size) for size in (2_000, 4_000))
    assert long <= 3 * short + 1_000


@pytest.mark.parametrize("pattern", PATTERNS, ids=[str(number) for number in range(len(PATTERNS))])
def test_every_repetition_of_a_pattern_has_an_end(pattern: re.Pattern[str]) -> None:
    bare = re.sub(r"\[[^\]]*\]", "C", re.sub(r"\\.", "E", pattern.pattern))
    assert re.findall(r"[*+]|\{\d*,\}", bare) == []


def counted(unit: str, size: int) -> int:
    """Count the function calls that reading a text of one repeated unit takes."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    text = (unit * size)[:size]
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        read_demands(text, "cell")
    finally:
        sys.setprofile(before)
    return calls

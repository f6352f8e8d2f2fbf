"""Every figure and every paper the two real tables ask for, in their order, made by reading them.

One line for each rule or advice that asks for something; an advice that several rules share stands once. Beside them,
every number of the tables that asks for nothing: it must be one of the sorts named here.
"""

import re
from pathlib import Path

import pytest

from tests.unit.breakdown.demands_written import written
from workflows.breakdown.document import BreakdownRow, read

SEEDS = Path(__file__).parents[3] / ".." / "shared" / "seeds"
CIVIL_AFFAIRS = SEEDS / "000_db0a5db4f84b58be.txt"
JUSTICE = SEEDS / "001_2d03eeb0fe6243fb.txt"

pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(), reason=f"the real task tables are not at {SEEDS}; the grammar was not tested on them"
)

#: 各类活动要有方案（计划），至少5张照片和总结
USUAL = "plan «方案（计划）» | photo_min 5张 min «至少5张照片» | summary «总结»"

CIVIL_AFFAIRS_DEMANDS = [
    "scan [红头页、盖章页] «红头文件» | document «创文工作会议记录» | document «创文大事记» | document «创文工作检查记录» | document «创文工作制度» | document «办法»",
    "plan «创建季度工作计划»",
    "plan «创建工作详实的实施方案» | plan «阶段性工作安排»",
    "plan «创文工作规划» | plan «实施方案» | plan «工作方案» | plan «创文工作年度计划» | plan «工作安排» | table «工作进度表» | summary «创文工作年度总结»",
    "document «上级的文件资料» | plan «年度宣传计划» | document «宣传栏每一期的底稿» | photo_min 每一期 «照片» | document «新闻媒体宣传资料剪报» | document «创建工作简报» | screenshot «宣传工作的截图» | screenshot «网站宣传页面截图»",
    "frequency 1次 min 每季度 ~每季度 «每季度更换»",
    "percent_min 100% min «确保单位干部职工对创建工作的知晓率达100%» | percent_min 100% min «支持率达100%»",
    "plan «具体学习计划» | plan «实施方案» | plan «道德建设规划» | plan «工作计划»",
    "plan «中国梦等内容的学习计划» | plan «方案» | document «记录» | document «学习心得» | document «相关主题实践活动资料» | document «中心组学习制度» | document «学习心得等相关资料» | document «道德讲堂相关资料» | document «议程» | document «主持词» | document «事迹材料» | document «诵读经典资料» | document «感悟卡片（记录）» | photo_min «现场照片» | video «视频» | document «相关报道»",
    "document «相关的文字» | photo_min «图文» | video «视频资料» | document «稳定的事件相关证明»",
    "document «社会公益事业相关文件» | photo_min «现场照片» | document «相关报道» | video «视频影像» | document «相关文字材料» | photo_min «现场照片» | document «相关报道» | video «视频» | table «志愿者花名册» | table «志愿者注册表» | table «登记回执» | document «志愿服务活动记录» | document «相关报道» | video «视频影像»",
    "count_min 100人次 min 千人口 «千人口献血人次大于100»",
    "percent_min 30% min «注册志愿者人数占单位人数的30%以上»",
    "percent_min 90% min «群众对机关行政效能满意度高于90%» | percent_min 90% min «对反腐倡廉工作的满意度高于90%»",
    "document «相关的文字» | photo_min «图文» | video «视频资料» | document «诚信系统建设的相关文字» | photo_min «图文» | video «视频资料»",
    "document «相关文字» | photo_min «图文» | video «视频资料»",
    "plan «社会公德教育的相关活动安排» | document «活动记录» | photo_min «图片» | video «视频资料» | document «怀抱婴儿者让座的相关文字» | photo_min «图片» | video «视频资料»",
    "document «督促检查创文工作的相关文字» | photo_min «图片» | video «视频资料» | document «记录反映整改工作的相关资料» | photo_min «图片» | document «相关文件»",
    "document «文明单位创建的相关资料» | document «相关文字» | photo_min «图文» | video «视频资料»",
]

JUSTICE_DEMANDS = [
    "frequency 1次 min 每季度 ~每季度 «每季度召开一次»",
    "frequency 1条 min 每月 ~每月 «每月至少向市创文办及益阳文明网报送工作信息1条» | count_min 4条 min 全年 ~全年 «全年至少有4条以上»",
    "document «有关部委荣誉称号的资料»",
    "document «相关资料»",
    "document «创建工作资料»",
    "photo_min 5张 min «至少5张照片»",
    "photo_min 5张 min «至少5张照片»",
    "percent_min 100% min «单位干部职工对创建工作相关知识内容知晓率为100%» | percent_min 100% min «对社会主义核心价值观内容知晓率为100%»",
    "frequency 1次 min 每季度 ~每季度 «每季度集中开展学习不少于1次»",
    USUAL,
    "frequency 1次 min 每2个月 ~每2个月 «每2个月组织开展一次»",
    USUAL,
    "count_min 1-2次 min 全年 ~全年 «全年组织开展1-2次»",
    USUAL,
    "document «制度» | plan «方案（计划）» | photo_min 5张 min «至少5张照片» | summary «总结»",
    USUAL,
    "plan «方案（计划）» | summary «总结»",
    "percent_min 60% min «单位注册志愿者人数占单位人数的60%以上»",
    "count_min 6次 min 全年 ~全年 «全年集中组织开展志愿服务活动不少于6次»",
    "document «志愿活动资料» | plan «方案（计划）» | photo_min 5张 min «至少5张照片» | summary «总结»",
    USUAL,
    "count_min 2次 min 全年 ~全年 «全年组织单位干职工的未成年子女开展健康向上的文体活动不少于2次»",
    USUAL,
    USUAL,
    USUAL,
    "plan «方案（计划）» | photo_min 5张 min «至少5张照片» | summary «总结» | report_chars 500字 about «500字的说明报告» | photo_min 5张 min «5张图片»",
    "percent_min 80% min «全民法治宣传教育的普及率≥80%»",
    USUAL,
    "document «学习指导的规范文件» | document «电子文档» | scan [红头页、盖章页] «红头页、盖章页扫描图»",
    "report_chars 500字 about «说明报告500字» | photo_min [时间、地点、主题] «现场照片» | caption_fields [时间、地点、主题] «每张注明时间、地点、主题»",
    "report_chars 500字 about «说明报告500字» | photo_min 5张 min [时间、主办单位、学习主题] «不少于5张活动照片或样报图片或视频截图» | caption_fields [时间、主办单位、学习主题] «每张图片注明时间、主办单位、学习主题»",
    "report_chars 500字 about «说明报告500左右» | photo_min 3张 min 每种方式 [时间、主办单位、活动主题] «3张活动照片或样报图片或视频截图» | caption_fields [时间、主办单位、活动主题] «每张图片需注明时间、主办单位、活动主题»",
    "report_chars 500字 about «说明报告500字左右» | count_min 10个 min «10个道德讲堂或文化讲堂» | photo_min 2张 min 每个讲堂 [讲堂名称、主办单位、活动时间、活动主题] «2张图片» | caption_fields [讲堂名称、主办单位、活动时间、活动主题] «每张图片注明讲堂名称、主办单位、活动时间、活动主题»",
    "report_chars «说明报告» | photo_min «实景图片»",
    "count_min 3个 min «至少3个传统节日» | report_chars 600字 about «说明报告600字左右» | photo_min 10张 min 每个节日 [时间、主办单位、活动主题] «现场照片10张» | caption_fields [时间、主办单位、活动主题] «每张照片需注明时间、主办单位、活动主题»",
    "photo_min 2张 min «不少于2张作品的图片»",
    "document «落实全国七五普法规划的规范文件» | document «规范文件»",
    "report_chars 500字 about «说明报告500字» | photo_min 3张 min «实景图片3张» | table «统计表格» | photo_min 3张 min [时间、参加人员、活动主题] «3张样报图片或视频截图或现场照片» | caption_fields [时间、参加人员、活动主题] «每张图片注明时间、参加人员、活动主题»",
    "percent_min 80% min «全民法治宣传教育的普及率≥80%»",
    "report_chars 500字 about «说明报告500字» | photo_min 3张 min 每类 «实景图片3张» | plan «活动方案» | report_chars 500字 about «说明报告500字» | photo_min 5张 min «实景图片5张»",
    "document «公共法律服务体系的规范文件» | report_chars 300字 about «说明报告300左右»",
    "url «所在网址» | report_chars 200字 about «说明报告200字左右»",
    "report_chars 300字 about 每个单位 «300字左右» | photo_min 3张 min 每个单位 «实景图片3张»",
    "percent_min 60% min «不少于围墙面积的60%» | area_min 2.4㎡ min «面积不小于2.4㎡» | plan «计划» | document «讲义» | document «讲课记录» | document «听课笔记» | area_min 2.4㎡ min «面积不小于2.4㎡» | count_min 6处 min «不少于6处文明餐桌宣传提示牌» | size_min 0.48㎡ min «面积不小于0.6m*0.8m»",
    "percent_min 60% min «有不少于围墙面积60%» | count_min 1处 min 每10m «每10m可见一处» | count_min 2块 min «不少于两块公益广告宣传栏» | area_min 2.4㎡ min 每块 «面积不小于2.4㎡/块» | count_min 1块 min 每楼栋入口处 «一块» | size_min 0.48㎡ min «面积不小于0.6m*0.8m» | count_min 1处 min «一处以上» | size_min 0.48㎡ min «面积不小于0.6m*0.8m»",
]

#: Numbers that ask for nothing: points, list numbers, codes of indicators, years, a telephone number.
ASKS_NOTHING = re.compile(r"（\d+分）|(?m:^)\d{1,2}\s*[、）]|(?<=；)\s*\d）|[ⅠⅡⅢ]-\d+(?:-\d+)?|20\d\d年|12348")


def rows(path: Path) -> list[BreakdownRow]:
    """Give all rows of a document."""
    return [row for table in read(path).tables for row in table.rows]


@pytest.mark.parametrize(
    ("path", "expected"),
    [(CIVIL_AFFAIRS, CIVIL_AFFAIRS_DEMANDS), (JUSTICE, JUSTICE_DEMANDS)],
    ids=["civil affairs", "justice"],
)
def test_every_demand_of_a_real_table_is_found(path: Path, expected: list[str]) -> None:
    found = [
        " | ".join(written(one) for one in row.requirements if one.scope == scope and one.source_phrase)
        for row in rows(path)
        for scope in ("rule", "cell")
        if scope == "rule" or not row.advice_inherited
    ]
    assert [one for one in found if one] == expected


@pytest.mark.parametrize("path", [CIVIL_AFFAIRS, JUSTICE], ids=["civil affairs", "justice"])
def test_every_number_of_a_real_table_asks_for_something_or_is_of_a_sort_that_does_not(path: Path) -> None:
    for row in rows(path):
        for scope, text in (("rule", row.text), ("cell", row.advice)):
            left = text
            for one in row.requirements:
                if one.scope == scope:
                    left = left.replace(one.source_phrase, "")
            assert re.findall(r"\d+", ASKS_NOTHING.sub("", left)) == [], left

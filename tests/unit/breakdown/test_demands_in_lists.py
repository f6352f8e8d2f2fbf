"""More phrases of other offices and what each must become, read off the words by hand: lists, shares, films, deadlines."""

import pytest

from tests.unit.breakdown.demands_written import written
from workflows.breakdown.demands import read_demands

ADVICE = [
    ("照片不少于5张，JPG格式，每张不小于1M", ["photo_min 5张 min «照片不少于5张»"]),
    ("每个点位2张照片，附点位名称", ["photo_min 2张 min 每个点位 «2张照片»"]),
    ("提供2025年以来相关文件", ["document «相关文件»"]),
    ("会议记录（3次以上）", ["document 3次 min «会议记录（3次以上）»"]),
    ("志愿服务覆盖率达到95%以上", ["percent_min 95% min «志愿服务覆盖率达到95%以上»"]),
    ("每半年一次，全年不少于2次", ["frequency 1次 min 每半年 ~每半年 «每半年一次»", "count_min 2次 min 全年 ~全年 «全年不少于2次»"]),
    ("年度不少于4期", ["count_min 4期 min 年度 ~全年 «年度不少于4期»"]),
    ("工作方案、工作总结各1份", ["plan 1份 min «工作方案»", "summary 1份 min «工作总结»"]),
    ("签到表、照片、简报各10份", ["table 10份 min «签到表»", "photo_min 10张 min «照片»", "document 10份 min «简报»"]),
    ("半年总结、全年总结各一份", ["summary 1份 min «半年总结»", "summary 1份 min «全年总结»"]),
    ("附签到表、照片（3张）", ["table «签到表»", "photo_min 3张 min «照片（3张）»"]),
    ("视频1个（3分钟以内）", ["video 1个 min «视频1个»", "video 3分钟 max «3分钟以内»"]),
    ("活动视频（时长1-3分钟）2个", ["video 1-3分钟 min «视频（时长1-3分钟）»", "video 2个 min «2个»"]),
    ("心得体会1000字以内", ["report_chars 1000字 max «心得体会1000字以内»"]),
    ("公示截图及链接", ["screenshot «公示截图»", "url «链接»"]),
    ("公示截图1张、公示链接1条", ["screenshot 1张 min «截图1张»", "url «公示链接1条»"]),
    ("每次活动照片不少于3张，注明活动时间、地点、参加人数", ["photo_min 3张 min 每次 [活动时间、地点、参加人数] «活动照片不少于3张»", "caption_fields [活动时间、地点、参加人数] «注明活动时间、地点、参加人数»"]),
    ("每月10日前报送工作信息1篇", ["frequency 1篇 min 每月 ~每月 @每月10日前 «每月10日前报送工作信息1篇»"]),
    ("每季度末25日前报送季度小结", ["summary ~每季度 @每季度末25日前 «季度小结»"]),
    ("2026年3月底前报送实施方案1份", ["plan 1份 min @2026年3月底前 «实施方案1份»"]),
    ("对比照片3组", ["photo_min 3组 min «照片3组»"]),
    ("开展志愿服务活动12次以上，参与人数500人次以上", ["count_min 12次 min «12次以上»", "count_min 500人次 min «500人次以上»"]),
    ("每名党员全年志愿服务时长不少于20小时", ["count_min 20小时 min 每名党员 ~全年 «不少于20小时»"]),
    ("注册志愿者人数占城区人口比例不低于13%", ["percent_min 13% min «注册志愿者人数占城区人口比例不低于13%»"]),
    ("宣传栏每季度更换1次", ["frequency 1次 min 每季度 ~每季度 «每季度更换1次»"]),
    ("公益广告占广告总量的30%以上", ["percent_min 30% min «占广告总量的30%以上»"]),
    (
        "道德讲堂每季度1期，每期照片3张、议程1份、讲稿1份",
        [
            "frequency 1期 min 每季度 ~每季度 «每季度1期»",
            "photo_min 3张 min 每期 «照片3张»",
            "document 1份 min 每期 «议程1份»",
            "document 1份 min 每期 «讲稿1份»",
        ],
    ),
    ("提供培训通知、课件、照片等资料", ["document «培训通知»", "document «课件»", "photo_min «照片»"]),
    ("问卷调查表200份", ["table 200份 min «问卷调查表200份»"]),
    ("专题会议2次（附会议纪要）", ["count_min 2次 min «2次»", "document «会议纪要»"]),
    ("报送典型案例2篇，每篇1500字左右", ["document 2篇 min «典型案例2篇»", "report_chars 1500字 about 每篇 «1500字左右»"]),
    ("七个传统节日每个节日活动图片2张", ["photo_min 2张 min 每个节日 «活动图片2张»"]),
    ("春节、清明、端午、中秋各1次", ["count_min 1次 min 春节、清明、端午、中秋 «1次»"]),
    ("全年更新宣传橱窗4期，每期图片不少于2张", ["count_min 4期 min 全年 ~全年 «全年更新宣传橱窗4期»", "photo_min 2张 min 每期 «图片不少于2张»"]),
    ("授课照片2张、教案1份", ["photo_min 2张 min «照片2张»", "document 1份 min «教案1份»"]),
    ("提供证书复印件（加盖公章）", ["scan «证书复印件»"]),
    ("会议签到表复印件", ["scan «会议签到表复印件»"]),
    ("路面破损率低于2%", ["percent_min 2% max «路面破损率低于2%»"]),
    ("出警时间不超过5分钟", ["count_min 5分钟 max «不超过5分钟»"]),
    ("文件（红头页+盖章页）", ["document «文件»", "scan [红头页、盖章页] «红头页+盖章页»"]),
    ("微信公众号推送不少于每周3条", ["frequency 3条 min 每周 ~每周 «不少于每周3条»"]),
    ("报告字数3000字以内，附照片5张以上", ["report_chars 3000字 max «报告字数3000字以内»", "photo_min 5张 min «照片5张以上»"]),
    ("每个单位至少推荐2名候选人", ["count_min 2名 min 每个单位 «2名候选人»"]),
    ("经费投入不低于50万元", ["count_min 50万元 min «不低于50万元»"]),
    ("每百户居民拥有综合服务设施面积不低于30平方米", ["area_min 30㎡ min 每百户居民 «每百户居民拥有综合服务设施面积不低于30平方米»"]),
    ("公共厕所每平方公里3座", ["count_min 3座 min 每平方公里 «每平方公里3座»"]),
    ("灯杆道旗每50米1对", ["count_min 1对 min 每50米 «每50米1对»"]),
    ("行道树缺株率≤3%", ["percent_min 3% max «行道树缺株率≤3%»"]),
    ("图片资料2张/次", ["photo_min 2张 min 每次 «图片资料2张/次»"]),
    ("提供相关文件、照片（5张以内）", ["document «相关文件»", "photo_min 5张 max «照片（5张以内）»"]),
    ("300字左右的文字说明，配2-3张图片", ["report_chars 300字 about «300字左右的文字»", "photo_min 2-3张 min «2-3张图片»"]),
    ("新闻报道截图不少于5条", ["screenshot 5条 min «新闻报道截图不少于5条»"]),
    ("公益广告照片每类2张", ["photo_min 2张 min 每类 «照片每类2张»"]),
    ("入户走访率达到100%，每户留存照片1张", ["percent_min 100% min «入户走访率达到100%»", "photo_min 1张 min 每户 «照片1张»"]),
    ("整改前后对比照片各2张，整改报告1份", ["photo_min 4张 min «整改前后对比照片各2张»", "document 1份 min «整改报告1份»"]),
    ("每双月召开一次例会", ["frequency 1次 min 每双月 ~每双月 «每双月召开一次»"]),
    ("主要路口志愿者每岗不少于2人", ["count_min 2人 min 每岗 «不少于2人»"]),
    ("年初有计划、年末有总结", ["plan «计划»", "summary «总结»"]),
    ("建立“一户一档”，建档率100%", ["percent_min 100% min «建档率100%»"]),
    ("开展巡查3轮次", ["count_min 3轮次 min «3轮次»"]),
    ("每年组织志愿服务活动4次，每次照片2张、活动记录1份", ["frequency 4次 min 每年 ~每年 «每年组织志愿服务活动4次»", "photo_min 2张 min 每次 «照片2张»", "document 1份 min 每次 «活动记录1份»"]),
]
RULES = [
    ("每年召开专题会议不少于2次，研究创建工作", ["frequency 2次 min 每年 ~每年 «每年召开专题会议不少于2次»"]),
    ("新建改造公厕20座，建成停车泊位3000个", ["count_min 20座 min «20座»", "count_min 3000个 min «3000个»"]),
    ("2026年底前完成50个老旧小区改造", ["count_min 50个 min @2026年底前 «50个老旧小区改造»"]),
    ("培育市级以上文明村镇比例达到60%", ["percent_min 60% min «培育市级以上文明村镇比例达到60%»"]),
    ("力争到2027年绿化覆盖率达到42%", ["percent_min 42% min «绿化覆盖率达到42%»"]),
    ("做到有方案、有制度、有台账、有总结", ["plan «方案»", "table «台账»", "summary «总结»"]),
]
NOTHING = [
    "图片大小300KB-2MB",
    "建立健全工作机制，有专人负责",
    "群众满意度90分以上",
    "无",
    "按要求提供",
    "以上材料一式三份",
    "材料如下",
    "健全“1+N”政策体系，落实“四个不摘”",
]


@pytest.mark.parametrize(("text", "expected"), ADVICE, ids=[text for text, _ in ADVICE])
def test_what_an_advice_asks_for(text: str, expected: list[str]) -> None:
    assert [written(one) for one in read_demands(text, "cell")] == expected


@pytest.mark.parametrize(("text", "expected"), RULES, ids=[text for text, _ in RULES])
def test_what_a_rule_asks_for(text: str, expected: list[str]) -> None:
    assert [written(one) for one in read_demands(text, "rule")] == expected


@pytest.mark.parametrize("text", NOTHING)
def test_what_asks_for_nothing(text: str) -> None:
    assert read_demands(text, "cell") == ()

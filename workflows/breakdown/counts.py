"""The figures of demands that are counted: events by the month or year, places, people, papers by the piece."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from workflows.breakdown.bounds import (
    AFTER,
    AT_LEAST,
    AT_MOST,
    BOUND,
    CADENCE,
    EACH,
    GAP,
    IN_CLAUSE,
    RANGE,
    WORDS,
    Figure,
    N,
    demand,
)
from workflows.breakdown.not_asked import BLANK
from workflows.breakdown.papers import DOCUMENT_WORDS, PAPER_WORDS, paper_kind
from workflows.breakdown.shapes import NamedRequirement

_EVENTS = r"(?:人次|场次|课时|学时|次(?!性)|条|期|篇|场|份|例|个(?!月)|项|部|则|批|轮|件|名|户|块|幅|人)"
_THINGS = (
    r"(?:人次|户次|场次|万元|亿元|课时|学时|小时|公里|千米|分钟|次(?!性)|条|期|篇|场|个(?!月|工作日|百分点)|处|块|份|件|支|名|项|面|人(?!均|口)|户|家|所|部|辆|台|盏|座"
    r"|对|例|套|本|册|幅|则|类|种|间|栋|张|元|天|米|亩|批|轮|组|万份|把)"
)
_TAIL = r"(?:[一-鿿]{2,10}?(?=期间|的|被|开展|[，,。；;、\n)]|$))?"
_HEADS = r"(?P<per>每十?[万千百](?:名|位|户)?[一-鿿]{0,6}?(?:人口|居民|学生|老年人|老人|户|人)|[千万]人口)(?!次)"
_PERIODS = r"(?:月|季度?|半年|年度?|周|学期)"
_YEAR = rf"(?:年度(?={AT_LEAST})|全年|年内|年度内|本年度|当年|一年内?|1年内?|每届|本届)"
_MAKING = (
    r"(?:组织开展|组织|开展|举办|召开|举行|报送|上报|提供|提交|撰写|刊发|刊登|发表|发布|推送|播放|播出|张贴|悬挂|制作|设置|设立|设有|建设|建成|建立|建有|组建|成立|配备|配有"
    r"|评选|推荐|培育|打造|命名|表彰|选树|征集|印制|发放|完成|创建|创作|编发|编印|走访|慰问|结对|帮扶|绘制|要有|设|招募|培训|新增|改造)"
)
_HELD = r"(?:场次|轮次|次(?!性)|场|期|轮)"
_EVENT = (
    r"(?:主题|专题|志愿服务|宣传|培训|文体|教育|实践|演出|检查|集中)?(?:活动|会议|例会|培训|讲座|宣讲|检查|巡查|演练|比赛|竞赛|党课|班会|督查|座谈会?|道德讲堂|大扫除|报告会|推进会|调度会|走访|慰问|调研)"
)
_UNCOUNTED = frozenset("个名例件面部家座台套")
_MADE_OF = r"(?:人次|场次|轮次|次(?!性)|场|期|篇|条|支|处|块|份|面|家|所|件|例|部|则|幅|辆|台|盏|座|套|本|册|户|名|个(?!月|方面|阶段|环节|层面|百分点))"
_PIECE = r"(?:份|篇|册|套|本|个(?!月)|期|条|则|例|页|件)"
_PIECES = rf"(?P<unit>{_PIECE})"
_VERB = r"(?P<verb>(?:及时|按时)?(?:报送|上报|提交|提供|编印|编发|撰写|制作|发放|印发|发布|刊发|播发|收集|制定|形成|张贴|悬挂|印制|建立|附)(?:相关)?)?"


def _figures(*specs: tuple[Callable[[re.Match[str]], NamedRequirement | None], str]) -> tuple[Figure, ...]:
    return tuple(Figure(re.compile(pattern), make) for make, pattern in specs)


def _frequency(match: re.Match[str]) -> NamedRequirement:
    found = demand(match, "frequency", match["unit"])
    per = re.sub(r"\s+", "", match["per"])
    per = per if per.startswith("每") else "每半年" if "半年" in per else f"每{per}"
    return replace(found, per=per, period=per)


def _every(match: re.Match[str]) -> NamedRequirement:
    """Read 每季度更换: once in each, where no number stands."""
    per = re.sub(r"\s+", "", match["per"])
    per = per if per.startswith("每") else f"每{per}"
    return NamedRequirement("frequency", Decimal(1), "次", "min", per, (), None, "", "", period=per)


def _made(match: re.Match[str]) -> NamedRequirement | None:
    """Read 开展活动4场; 建立一个机制 is a manner of speaking."""
    return None if match["n"] == "一" and match["unit"] in _UNCOUNTED else _count(match)


def _count(match: re.Match[str]) -> NamedRequirement:
    return demand(match, "count_min", match["unit"])


def _in_the_year(match: re.Match[str]) -> NamedRequirement:
    yearly = "届" not in match["per"]
    return replace(demand(match, "count_min", match["unit"]), period="全年" if yearly else None)


def _papers(match: re.Match[str]) -> NamedRequirement | None:
    kind = paper_kind(match["what"])
    if kind is None:
        return None
    # The figure of a report is its characters; several of them are so many papers.
    if match["verb"] and re.match(r"发|张|悬|印制|播", match["verb"]):
        kind = "count_min"  # 发放宣传资料1000份: what was done, not what is handed in
    if kind == "url":  # links are not counted: one says where it is published
        return NamedRequirement("url", None, None, None, None, (), None, "", "")
    return demand(match, "document" if kind in {"report_chars", "photo_min", "video"} else kind, match["unit"])


SCHEDULED = _figures(
    (
        _frequency,
        (
            rf"(?:{AT_LEAST})?(?P<per>{CADENCE})(?:(?!{CADENCE}){IN_CLAUSE}){{0,30}}?(?:[，,](?={AT_LEAST}))?"
            rf"(?P<before>{AT_LEAST}|{AT_MOST})?(?:有|要有)?{GAP}{N}{RANGE}(?P<unit>{_EVENTS}){AFTER}"
        ),
    ),
    (_frequency, rf"{BOUND}{N}{RANGE}(?P<unit>{_EVENTS})/(?P<per>{_PERIODS})"),
    (
        _frequency,
        rf"(?P<per>上、?和?下半年)(?:{WORDS}{{0,12}}?)(?:至少)?各{WORDS}{{0,8}}?{BOUND}{N}{RANGE}(?P<unit>{_EVENTS}){AFTER}",
    ),
    (
        _in_the_year,
        (
            rf"(?P<per>{_YEAR})(?!(?:工作|活动|学习|创建)?(?:总结|计划|报告|小结))(?:{IN_CLAUSE}){{0,24}}?(?:[，,](?={AT_LEAST}))?"
            rf"(?P<before>{AT_LEAST}|{AT_MOST})?(?:有|要有|达到?)?{GAP}{N}{RANGE}(?P<unit>{_EVENTS}){AFTER}"
        ),
    ),
)
COUNTED = _figures(
    (_count, rf"{_HEADS}{WORDS}{{0,10}}?(?P<unit>人次){BOUND}{N}{RANGE}{AFTER}"),
    (_count, rf"(?P<per>每(?:平方公里|平方千米|公里|千米|百户))(?:应|需|要)?(?:设置?|配置|建设)?{WORDS}{{0,4}}?{BOUND}{N}{RANGE}(?P<unit>{_THINGS}){AFTER}"),
    (_count, rf"{_HEADS}{WORDS}{{0,12}}?{BOUND}{N}{RANGE}(?P<unit>{_THINGS}){AFTER}"),
    (_count, rf"(?P<before>{AT_LEAST}|{AT_MOST})(?:有|要有)?{GAP}{N}{RANGE}(?P<unit>{_THINGS}){AFTER}{EACH}{_TAIL}"),
    (_count, rf"{N}{RANGE}(?P<unit>{_THINGS})(?P<after>(?:及)?以上)"),
    (_count, rf"其中{WORDS}{{0,14}}?(?P<core>{BOUND}{N}{RANGE}(?P<unit>{_THINGS}){AFTER})"),
    (_count, rf"(?P<per>[一-鿿]{{1,6}}(?:、[一-鿿]{{1,6}}){{1,9}}?)各(?P<core>{BOUND}{N}{RANGE}(?P<unit>{_HELD}){AFTER})"),
    (_count, rf"(?:{_EVENT})(?P<core>{BOUND}{N}{RANGE}(?P<unit>{_HELD}){AFTER}{EACH})"),
    (
        _made,
        rf"{_MAKING}{WORDS}{{0,14}}?(?P<core>{N}{RANGE}(?P<unit>{_MADE_OF}){AFTER}{EACH}(?:{WORDS}{{1,12}}?(?=开展|的|，|。|；|$))?)",
    ),
)
#: Plans, summaries, tables, scans by the piece: read before anything that recurs.
PIECES = _figures(
    (_papers, rf"{_VERB}(?P<core>(?P<what>{PAPER_WORDS})[(:]?{BOUND}{N}{RANGE}{_PIECES}{AFTER}{EACH})"),
    (_papers, rf"{_VERB}(?P<core>{BOUND}{N}{RANGE}{_PIECES}{AFTER}的?{WORDS}{{0,8}}?(?P<what>{PAPER_WORDS}))"),
)
#: News, notices, records by the piece: where they recur by the month, that counts.
DOCUMENTS = _figures(
    (_papers, rf"{_VERB}(?P<core>(?P<what>{DOCUMENT_WORDS})[(:]?{BOUND}{N}{RANGE}(?P<unit>{_PIECE}|次){AFTER}{EACH})"),
    (_papers, rf"{_VERB}(?P<core>{BOUND}{N}{RANGE}{_PIECES}{AFTER}的?{WORDS}{{0,8}}?(?P<what>{DOCUMENT_WORDS}))"),
)
RECURRING = _figures(
    (_every, rf"(?!每[个一]?[天日])(?P<per>{CADENCE})(?![都的]|\d)(?:至少|均|定期|{BLANK}{{1,12}}|[前底末初]){{0,4}}[一-鿿]{{2}}"),
    (_every, r"(?:按|逐)(?P<per>月|季度?|年|周)(?:[一-鿿]{0,4}?)(?:报送|上报|更新|通报|召开|报告|调度)"),
)

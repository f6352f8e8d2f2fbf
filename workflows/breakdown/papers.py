"""The words for evidence without figures: plans, summaries, tables, scans, films and other papers.

Each thing a sentence lists is one demand, so that none of them is forgotten; its phrase is the listed item where that
is short, else the word itself.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workflows.breakdown.shapes import NamedRequirement

_OF_EVENTS = r"(?:会议|活动|检查|讲课|学习|工作|巡查|走访|培训|整改|调度|宣讲|值班|谈话|服务|志愿服务|台账)?记录(?!反映|在案|好|下|仪)"
_KINDS: tuple[tuple[str, str], ...] = (
    ("scan", r"红头文件(?:首页)?(?:的?扫描[件图版]|复印件)?|红头(?:首)?页|盖章页|(?:原件)?扫描[件图版]|复印件|影印件"),
    (
        "table",
        (r"统计表格?|花名册|(?:注册|进度|登记|汇总|统计|明细|审批|签到|申报|申请|考核|评分|调查|检查|情况|报名|值班|数据|反馈|推荐|信息|安排|计划|分解)表"
        r"(?![示彰演扬态达率现明述])|一览表|表格|报表|回执|台账|清单|名单|名册|签到[簿册]"),
    ),
    (
        "plan",
        r"(?:实施|活动|工作|整治|行动)?方案(?:\(计划\))?|(?:应急)?预案|计划(?:\(方案\))?(?!生育|单列|[内外表])|规划(?=[，,、；;。)]|$|[和及](?:[一-鿿]{0,4}(?:计划|方案)))|(?:工作|活动|学习|培训|日程|课程)安排(?!表)",
    ),
    ("summary", r"总结(?!经验|推广|提炼|表彰|大会|会|好|出|教训|评比)(?:报告|材料)?|小结"),
    ("url", r"网址|(?:网页|网站|报道|公众号)?链接(?:地址)?|超链接"),
    ("screenshot", r"截图|截屏"),
    (
        "video",
        r"(?:短|微)?视频(?:影像)?(?:资料|材料)?(?!会议|监控|点播|网站|号|巡查|连线|截)|录像(?:资料)?|音像(?:资料)?|影像资料",
    ),
    (
        "report_chars",
        r"(?:情况)?说明报告|(?:文字|情况|自查|调研|分析|专题|评估|述职|工作|书面|自评|整改)报告|情况说明|说明材料|书面说明|情况汇报|(?:汇报|报告)材料",
    ),
    ("photo_min", r"(?:现场|实景|活动)?(?:照片|图片|相片|图文(?!并茂)|图像|影像)(?:资料|材料)?"),
    (
        "document",
        r"规范(?:性)?文件|(?:相关|上级的?)?文件(?![精夹柜袋盒]|要求)|电子文档|"
        + _OF_EVENTS
        + r"|(?:听课)?笔记|讲义|课件|教案|底稿|简报|剪报|报道|主持词|(?:会议|活动)?议程|讲稿|大事记|纪要|心得(?:体会)?|感悟卡片|证明|证书|奖状|奖牌"
        r"|制度(?!上墙|的|建设|化)|办法|协议书?|合同|责任书|承诺书|倡议书|讲话稿|发言稿|新闻稿|稿件|批复|样报|案例|凭证|票据|发票|宣传单|档案(?![员室馆盒柜袋局管])"
        r"|(?:(?:相关|有关)的?)?文字(?:材料|说明)?(?=、|资料|及)"
        r"|(?:相关|有关|佐证|证明|活动|档案|文字|书面|支撑|印证){0,4}(?:资料|材料)(?!员|[室柜盒袋]|如下|的?(?:收集|整理|汇总|梳理|归档|上报|报送|审核)|\s?:)",
    ),
    # Common words: papers only where they stand in a list of papers.
    ("listed", r"报告|通知|信息|通报|意见|公示|图纸|制度汇编"),
)
_WORD = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS))
#: Papers that are counted by the piece (方案1份), and those that may also be events that recur (每月报送信息2条).
PAPER_WORDS = rf"[一-鿿]{{0,4}}?(?:{'|'.join(words for kind, words in _KINDS if kind in {'table', 'plan', 'summary', 'scan', 'report_chars'})})"
DOCUMENT_WORDS = r"[一-鿿]{0,4}?(?:文件|记录|笔记|讲义|讲稿|教案|议程|主持词|发言稿|课件|底稿|简报|剪报|报道|大事记|纪要|心得(?:体会)?|证明|证书|制度|办法|协议书?|责任书|承诺书|倡议书|稿件|新闻稿|案例|资料|材料|信息|通报|通知|报告|说明|链接|截图|专报|专刊)"

_STOPS = "。；;\n"
_CLAUSE_STOPS = "，,。；;：:\n"
_BREAK = re.compile(r"[、，,；;。：:\n()\[\]\0\1和与或》/①-⑳]|(?<!以)及(?!时)")
_LEAD = re.compile(
    r"(?:以|并|对|各类|活动|做到|要?有(?![关效])|提供|收集|制定|制订|拟定|及时|报送|上报|提交|规范|整理|开展|时|形成|附|需|应|须|建立健全|建立|健全|完善|印发|出台|上传|查阅|查看|包括|包含|含|还要|不仅要|相应的?)+"
)
_REFERS = re.compile(
    r"(?:利用|通过|运用|发放|张贴|悬挂|贯彻|落实|按照|根据|依据|执行|传达|对照|参照|符合|纳入|列入|违反|学好|完成)[^的]*$"
)
#: 以上材料一式三份: what was asked for already.
_ABOVE = re.compile(r"(?:以上|上述|前述|所有|全部)(?:各项|各类)?$")
_REFUSED = re.compile(r"不得(?!少|低)|严禁|禁止|无需|不需|不再|不用")
_MANNER = re.compile(
    r"\s?(?:须|应|需|均|必须|不得|不能|像素|大小|格式|命名|统一|清晰|分辨率|尺寸|质量|下方|背面|右下|要(?!求|有)|要求[^，。；]{0,6}(?:清晰|真实|完整))"
)
_MADE = re.compile(
    r"制定|制订|拟定|编制|建立|建有|健全|报送|上报|提供|提交|形成|印发|出台|撰写|收集|整理|填报|填写|上传|留存|保存|附|(?<![没所具拥含])有(?![关效序力])"
)
#: A rule tells what to do: these words in it are what to have, no papers.
_NO_PAPER_IN_RULES = re.compile(r"制度|办法|意见|信息|通知|通报|档案|案例|合同|协议书?|公示|文字.*")
_LISTED_BEFORE = frozenset("、，,：:；;\0\1(\n和及")
_LISTED_AFTER = frozenset("、，,；;。)等\n及和")
_AND_SO_ON = re.compile(r"等(?:相关|有关|佐证|证明|活动|文字|书面|支撑|印证){0,4}(?:资料|材料)")
_MAX_PHRASE = 16
_PAGES = ("红头页", "盖章页")
_WHOLE_TEXT = 300


@dataclass(frozen=True)
class Paper:
    """A paper that was found: its demand without the phrase, and where the phrase stands."""

    demand: NamedRequirement
    start: int
    stop: int


@dataclass(frozen=True)
class _Named:
    """A word for a paper, with the list item it ends."""

    kind: str
    word: str
    item: int
    start: int
    stop: int


def paper_kind(words: str) -> str | None:
    """Give the kind of paper that words end with: "plan" for 活动方案; None for no paper."""
    found = [match for match in _WORD.finditer(words) if match.end() == len(words)]
    if not found:
        return "document" if re.search(rf"{DOCUMENT_WORDS}$", words) else None
    kind = str(found[-1].lastgroup)
    return "document" if kind == "listed" else kind


def papers_in(left: str, scope: str, figured: Mapping[str, list[int]]) -> Iterator[Paper]:
    """Give the papers named in a text whose figures are blanked.

    `figured`: where demands with figures stand, by kind, in order; photos, films and reports without a figure are only
    demands in sentences without one of their kind.
    """
    named = [one for match in _WORD.finditer(left) if (one := _named(match, left, scope, figured)) is not None]
    for group in _groups(_each_once(named, left), left):
        first, last = group[0], group[-1]
        yield Paper(_demand(group), first.start, last.stop)


def _named(match: re.Match[str], left: str, scope: str, figured: Mapping[str, list[int]]) -> _Named | None:
    kind, word = str(match.lastgroup), match.group()
    clause = _since(left, match.start(), _CLAUSE_STOPS)
    item = _item(match.start(), left)
    before = left[clause : match.start()]
    if kind == "listed":
        if not _in_a_list(match, left):
            return None
        kind = "report_chars" if word == "报告" else "document"
    in_item = left[item : match.start()]
    if _REFUSED.search(before) or _REFERS.search(in_item) or (kind == "document" and _ABOVE.search(in_item)):
        return None
    if kind in {"photo_min", "report_chars", "video", "document"} and _MANNER.match(left, match.end()):
        return None
    if scope == "rule" and (not _MADE.search(before) or _NO_PAPER_IN_RULES.fullmatch(word)):
        return None
    if kind in {"photo_min", "report_chars", "video", "screenshot"} and _has_figure(kind, match, left, figured):
        return None
    return _Named(kind, word, item, *_phrase(match, left, item))


def _has_figure(kind: str, match: re.Match[str], left: str, figured: Mapping[str, list[int]]) -> bool:
    begin = _since(left, match.start(), _STOPS)
    ends = [place for stop in _STOPS if (place := left.find(stop, match.end(), match.end() + _WHOLE_TEXT)) >= 0]
    end = min(ends, default=match.end() + _WHOLE_TEXT)
    starts = figured.get(kind, [])
    return bisect_left(starts, begin) < bisect_left(starts, end)


def _each_once(named: list[_Named], left: str) -> list[_Named]:
    """Drop what another word names already: in 照片等资料 the papers at large, in 证书复印件 the certificate."""
    kept: list[_Named] = []
    for one in named:
        last = kept[-1] if kept else None
        if last is not None and last.kind != "document" and _AND_SO_ON.fullmatch(left, last.stop, one.stop):
            continue
        if last is not None and one.kind == "scan" != last.kind and last.stop == one.stop - len(one.word):
            kept.pop()
        kept.append(one)
    return kept


def _groups(named: list[_Named], left: str) -> Iterator[list[_Named]]:
    """Join words of one kind in one list item (心得等资料), and the pages of one paper (红头页、盖章页)."""
    group: list[_Named] = []
    for one in named:
        last = group[-1] if group else None
        pages = (
            last is not None
            and one.kind == last.kind == "scan"
            and len(left[last.stop : one.start].strip("、和及与/(或 ")) == 0
        )
        same = (
            last is not None and one.kind == last.kind and (one.item == last.item or left[last.stop : one.start] == "(")
        )
        if last is not None and not (pages or same):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _demand(group: list[_Named]) -> NamedRequirement:
    kind = group[0].kind
    unit = {"photo_min": "张", "report_chars": "字"}.get(kind)
    fields: tuple[str, ...] = ()
    if kind == "scan":
        words = "".join(one.word for one in group)
        fields = _PAGES if "红头文件" in words else tuple(page for page in _PAGES if page[:2] in words)
    return NamedRequirement(kind, None, unit, None, None, fields, None, "", "")


def _in_a_list(match: re.Match[str], left: str) -> bool:
    before = left[_item(match.start(), left) - 1 : _item(match.start(), left)]
    after = left[match.end() : match.end() + 1]
    short = match.start() - _item(match.start(), left) <= _MAX_PHRASE // 2
    return (
        short
        and (not before or before in _LISTED_BEFORE)
        and (not after or after in _LISTED_AFTER)
        and not (not before and not after)
    )


def _item(start: int, left: str) -> int:
    """Give where the list item begins that holds `start`."""
    window = max(0, start - 2 * _MAX_PHRASE)
    breaks = [found.end() for found in _BREAK.finditer(left, window, start)]
    return breaks[-1] if breaks else window


def _phrase(match: re.Match[str], left: str, item: int) -> tuple[int, int]:
    """Give the listed item up to the word when it is short, else the word itself."""
    leads = [found.end() for found in _LEAD.finditer(left, item, match.start())]
    begin = leads[-1] if leads else item
    while begin < match.start() and left[begin] in " \t的《“":
        begin += 1
    whole = (
        begin <= match.start() and match.end() - begin <= _MAX_PHRASE and (begin > 0 or match.start() <= _MAX_PHRASE)
    )
    return (begin if whole else match.start()), match.end()


def _since(text: str, start: int, stops: str) -> int:
    window = max(0, start - _WHOLE_TEXT)
    return max(window, *(text.rfind(stop, window, start) + 1 for stop in stops))

"""The words for evidence without figures: plans, summaries, tables, scans, videos and other papers.

What one part of a sentence lists of one kind is one demand, so that a check list stays short and its
phrases stay whole.
"""

import re
from collections.abc import Iterator

from workflows.breakdown.shapes import NamedRequirement

_PART = re.compile(r"[^；;。\n]+")
_BREAK = re.compile(r"[、，,；;。：:\n（）()\0和与或》]|及(?!时)")
_LEAD_IN = re.compile(
    r"(?:以|的|并|对|各类|活动|做到|要?有(?!关)|提供|收集|制定|及时|报送|规范|整理|开展|时)+"
)
_MAX_PHRASE = 16
_MAX_GROUP = 60

_WORDS: tuple[tuple[str, str], ...] = (
    ("scan", r"红头(?:文件)?(?:首)?页|盖章页(?:扫描[图件])?|扫描[图件]"),
    ("table", r"统计表格?|花名册|(?:注册|进度|登记|汇总|统计|明细|审批)表|回执|台账|清单"),
    (
        "plan",
        r"(?:实施|活动|工作)?方案(?:（计划）|\(计划\))?|(?:工作|年度|学习|宣传|培训)+计划|计划(?=、|，|；|。|和|$)|规划(?=，|、|；|。|$)|工作安排|活动安排",
    ),
    ("summary", r"总结"),
    ("url", r"网址|网页链接|链接地址"),
    ("screenshot", r"截图|截屏"),
    ("video", r"视频(?:影像)?|录像|音像"),
    ("report_chars", r"(?:情况)?说明报告|文字报告|情况报告"),
    ("photo_min", r"(?:现场|实景|活动)?(?:照片|图片|相片|图文)"),
    (
        "document",
        (
            r"规范(?:性)?文件|红头文件|(?:相关|上级的?)?文件(?!精神)|电子文档|会议记录|活动记录|检查记录|讲课记录|听课笔记|笔记|讲义|记录(?!反映)"
            r"|底稿|简报|剪报|报道|主持词|议程|心得|感悟卡片|证明|制度(?!上墙|的)|办法|(?:相关|佐证|证明|活动|档案)*(?<!视频)资料(?!员|的(?:收集|整理|汇总|梳理|上报))|(?:相关的?)?文字(?:材料|说明)?(?=、|资料|及)|材料"
        ),
    ),
)
#: A rule tells what to do; only these words in it are papers to hand in. The advice is the list of evidence.
_IN_RULES = frozenset({"table", "plan", "summary", "url", "video"})
_RULE_DOCUMENTS = r"规范性?文件|(?:创建)?工作资料|的资料|信息(?=资料)|会议记录"
_PATTERNS = {kind: re.compile(words) for kind, words in _WORDS}


def paper_demands(
    text: str, left: str, scope: str, kinds: set[str]
) -> Iterator[tuple[int, NamedRequirement]]:
    """Give the papers named in `text`, with their places.

    `left` is the text with the figures blanked (same length); photos and reports without a figure are only
    demands where none of `kinds` gives one.
    """
    for kind, pattern in _PATTERNS.items():
        if kind in {"photo_min", "report_chars"} and kind in kinds:
            continue
        words = pattern
        if scope == "rule" and kind not in _IN_RULES:
            if kind != "document":
                continue
            words = re.compile(_RULE_DOCUMENTS)
        for part in _PART.finditer(left):
            yield from _in_part(kind, words, text, left, part.span())


def _in_part(
    kind: str, words: re.Pattern[str], text: str, left: str, span: tuple[int, int]
) -> Iterator[tuple[int, NamedRequirement]]:
    places = [_phrase(match, left) for match in words.finditer(left, *span)]
    if not places:
        return
    if kind == "scan":
        # Every page that is named has to be there: one demand each.
        for match in words.finditer(left, *span):
            yield match.start(), _paper(kind, match.group())
        return
    start, stop = places[0][0], places[-1][1]
    if stop - start > _MAX_GROUP or "\0" in left[start:stop]:
        start, stop = places[0]
    yield start, _paper(kind, text[start:stop])


def _phrase(match: re.Match[str], left: str) -> tuple[int, int]:
    """Give the listed item around a word when it is short, else the word itself."""
    window = max(0, match.start() - _MAX_PHRASE)
    breaks = [found.end() for found in _BREAK.finditer(left, window, match.start())]
    begin = breaks[-1] if breaks else window
    at_break = bool(breaks) or window == 0
    lead_in = _LEAD_IN.match(left, begin, match.start())
    begin = lead_in.end() if lead_in else begin
    whole = at_break and match.end() - begin <= _MAX_PHRASE
    return (begin if whole else match.start()), match.end()


def _paper(kind: str, phrase: str) -> NamedRequirement:
    unit = {"photo_min": "张", "report_chars": "字"}.get(kind)
    return NamedRequirement(kind, None, unit, None, None, (), None, phrase.strip(), "")

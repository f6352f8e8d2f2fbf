"""What a report says, as a reviewer would skim it: its parts, figures without a source, the tone of a summary.

Hints only. Material is sent back for these three faults more than for any other: no measures or results, figures
whose source nobody knows, and a summary of the year (总结) where an explanation (说明) was asked for.
"""

import re
from dataclasses import dataclass

#: Longer texts are skimmed up to here; a report of this kind has some hundreds of characters.
MAX_CHARS = 20_000
_SHOWN = 24
_PARTS = {
    "制度措施": re.compile("制度|机制|方案|规定|办法|措施|领导小组|责任制|安排|部署"),
    "工作开展": re.compile("开展|组织|推进|落实|实施|建设|举办|设置|整治|宣传|培训"),
    "数据": re.compile(r"\d|[一二三四五六七八九十百千两]+(?:个|次|场|人|名|处|户|家|项|份|条|期|支|块)"),
    "成效": re.compile("成效|效果|提升|提高|增强|改善|完成|达到|实现|覆盖|满意|好评|形成"),
}
_FIGURE = re.compile(
    r"\d+(?:\.\d+)?(?:%|％|个百分点|万?(?:余|多)?(?:人次|人|户|次|场|件|起|份|名|处|家|条|支|平方米|㎡|公里|万元|元))"
)
_SOURCE = re.compile(
    "据|来源|统计|根据|依据|截至|年报|报表|台账|名册|花名册|登记|附件|见附|数据|通报|核查|测评|调查|抽样|《[^》]{2,40}》|〔\\d{4}〕"
)
_SENTENCE = re.compile(r"[。；！？\n]+")
_SUMMARY = re.compile(
    "工作总结|一年来|回顾(?:过去|全年)|全年工作|下一步(?:工作)?(?:打算|计划|安排)?|下一年|明年(?:工作)?(?:打算|计划)|存在(?:的)?(?:问题|不足)|取得了?(?:一定|显著|较好)的?成绩"
)
_SUMMARY_TITLE = re.compile("总结$|总结[（(]")
#: One such phrase may stand in any report; two make the tone.
_TONE = 2


@dataclass(frozen=True)
class ReportReading:
    """What was found in the text of a report; phrases as they stand in it."""

    parts_missing: tuple[str, ...]
    unsourced: tuple[str, ...]
    like_a_summary: tuple[str, ...]


def read_report(text: str) -> ReportReading:
    """Skim the text of a report. Takes time in proportion to its length."""
    body = text[:MAX_CHARS]
    return ReportReading(
        tuple(name for name, words in _PARTS.items() if not words.search(body)),
        tuple(_unsourced(body)),
        tuple(_tone(body)),
    )


def _unsourced(body: str) -> list[str]:
    """Give the figures in sentences that name no source, nor does the sentence before or after."""
    sentences = [one.strip() for one in _SENTENCE.split(body) if one.strip()]
    sourced = [_SOURCE.search(one) is not None for one in sentences]
    found: list[str] = []
    for place, sentence in enumerate(sentences):
        figure = _FIGURE.search(sentence)
        if figure is not None and not any(sourced[max(0, place - 1) : place + 2]):
            start = max(0, figure.end() - _SHOWN)
            found.append(sentence[start : figure.end()])
    return found


def _tone(body: str) -> list[str]:
    title = next((line.strip() for line in body.splitlines() if line.strip()), "")
    if len(title) <= 2 * _SHOWN and _SUMMARY_TITLE.search(title):
        return [title[:_SHOWN]]
    phrases = list(dict.fromkeys(_SUMMARY.findall(body)))
    return phrases if len(phrases) >= _TONE else []

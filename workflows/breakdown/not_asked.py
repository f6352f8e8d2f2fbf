"""What in a text asks for no evidence: deductions, points, dates, document and telephone numbers, titles of laws.

Such passages are blanked before anything is read, so that no number of theirs becomes a demand. The text keeps its
length: a place in what is left is a place in the text.
"""

import re
from collections.abc import Iterator

from workflows.breakdown.numerals import blanked, narrow

#: Stands where a passage was taken out because it asks for nothing.
BLANK = "\0"

_ROMAN = "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ"
_ZH = "一二两三四五六七八九十百"
_DAY = rf"(?:\d{{1,2}}|[{_ZH}]{{1,3}})[日号]"
_PART = r"(?:份)?(?:底|初|末|上旬|中旬|下旬)?"
_MONTH = rf"(?:\d{{1,2}}|(?<![每第隔])[{_ZH}]{{1,3}})月{_PART}"
_SCORE = r"\d{1,4}(?:\.\d{1,2})?\s{0,2}分(?![钟之类别管工队局散片布期公])"
_NOTHING: tuple[str, ...] = (
    # Where it is written: numbers of documents, codes of indicators, ordinals.
    r"[〔\[(【]\s?(?:19|20)\d{2}\s?[〕\])】]\s{0,2}第?\s?\d{1,5}\s?号",
    rf"[{_ROMAN}]{{1,4}}\s?(?:[-—–]\s?\d{{1,3}}){{0,4}}",
    rf"第\s?(?:\d{{1,5}}|[{_ZH}]{{1,5}})\s?[一-鿿]?",
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){2,4}(?![\d.])",
    # When: years, days, hours, spans.
    r"(?<!\d)(?:19|20)\d{2}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?!\d)",
    r"(?<!\d)(?:19|20)\d{2}(?:\s?[-—~至]\s?(?:19|20)?\d{2})?\s?年(?:以来)?",
    rf"(?<![每隔\d]){_MONTH}(?:{_DAY})?(?:之前|以前|前)?",
    rf"(?<![\d{_ZH}]){_DAY}(?=[前起至之以止、，。,(;；]|$)",
    r"\d{1,3}\s?个?(?:工作日|小时|天|日)(?:之|以)?内",
    rf"近\s?(?:\d{{1,2}}|[{_ZH}]{{1,2}})\s?[年个]",
    r"(?:\d{1,2}|[二两三四五六七八九十]{1,2})\s?年(?:以来|以上|内)",
    r"\d{1,3}\s?周?岁(?:以上|以下)?",
    r"(?<!\d)\d{1,2}:\d{2}(?!\d)",
    # Whom to call, and how many people live there.
    r"(?:电话|热线|手机|传真|联系方式)[^\d\n，,。；;]{0,6}[\d-]{3,15}",
    r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)",
    r"(?<!\d)\d{5,8}(?=[一-鿿]{0,6}(?:热线|平台|电话))",
    r"(?<![百千万])人口(?:数|规模)?(?:约|达|为|有|共|在)?\s?\d{1,8}(?:\.\d{1,2})?\s?[万亿]?(?:人|以上|以下)?",
    r"(?<![\d.])\d{1,6}(?:\.\d{1,2})?\s?[万亿]\s?(?:人口|以上人口|人以上|人以下)",
    # What it is worth.
    rf"[(\[【][^()\[\]【】\n]{{0,8}}{_SCORE}[^()\[\]【】\n]{{0,2}}[)\]】]",
    rf"(?:得|加|计|记|奖|满分|分值|占|共|各|赋|扣){{0,2}}\s?{_SCORE}",
    r"(?:权重|占比权重)[^\d\n，,。；;]{0,4}\d{1,3}(?:\.\d)?\s?%|\d{1,3}\s?%的?权重",
    # Sayings with a number.
    r"[“\"][^”\"\n]{0,4}[\d一二两三四五六七八九十][^”\"\n]{0,6}[”\"]",
)
_NOTHING_AT_ALL = re.compile("|".join(f"(?:{one})" for one in _NOTHING))
_TITLE = re.compile(
    r"(?:落实|贯彻|按照|依照|根据|依据|执行|参照|对照|学习|宣传|参与|符合|违反|遵守)[^，,。；;\n《]{0,12}(?:《[^《》\n]{1,60}》[、和及与]?){1,6}"
)
_ANY_TITLE = re.compile(r"《[^《》\n]{1,60}》")
_MADE = re.compile(r"(?:制定|制订|印发|出台|提供|报送|提交|编制|拟定|撰写|签订)[^，,。；;\n《]{0,8}$")

_CLAUSE = re.compile(r"[^，,。；;\n()]{1,400}")
_DEDUCTION = re.compile(
    r"扣(?:除|减|完|至|光)?[^，,。；;\n]{0,6}?(?:\d|[一二三半]分|分)|不(?:予|得|计|给|记)(?:加|计|给|记)?分|不予|[得计记]0分|零分|一票否决|视为"
)
_CONDITION = re.compile(r"的\s*$|^\s*(?:每|若|如|凡|对于?|未|不|没有|无|缺|少|低于|超过|逾期|达不到)")
_FOR_EACH = re.compile(r"^\s*每[^，,。；;\n]{1,40}?[得加计记奖]\s?\d")
_LINE = re.compile(r"[^\n]+")
_TIER = re.compile(
    r"(?<![\d.])(?P<rate>\d{1,3}(?:\.\d)?)\s?%?(?:\s?[-—~–至到]{1,2}\s?\d{1,3}(?:\.\d)?\s?%)?(?<=%)[^，,。；;\n%]{0,12}[得计记]\s?(?:\d|满|一半)"
)
_LISTED = re.compile(r"(?:^|(?<=[\n；;。：:，,、(\s]))[(]?(\d{1,2})[.、)]\s{0,2}")
_MEASURE_LIKE = re.compile(r"\d{1,2}(?:\.\d{1,2})?\s?(?:米|m|㎡|平方|公里|元|万|倍|%)")


def what_asks(text: str, scope: str) -> str:
    """Give a text with narrow figures and everything blanked that asks for nothing; as long as the text.

    In a rule (`scope` "rule") the titles of papers are laws and plans of others, unless they are to be made.
    """
    plain = narrow(text)
    spans = (*_scored_clauses(plain), *_lower_tiers(plain), *_list_numbers(plain), *_titles(plain, scope))
    plain = blanked(plain, spans, BLANK)
    return _NOTHING_AT_ALL.sub(lambda match: BLANK * len(match.group()), plain)


def _scored_clauses(plain: str) -> Iterator[tuple[int, int]]:
    """Find what is said of faults and of points: from the condition to the deduction."""
    clauses = [match.span() for match in _CLAUSE.finditer(plain)]
    for number, (start, stop) in enumerate(clauses):
        words = plain[start:stop]
        if _DEDUCTION.search(words):
            yield from _with_conditions(plain, clauses, number)
        elif _FOR_EACH.search(words):
            yield start, stop


def _lower_tiers(plain: str) -> Iterator[tuple[int, int]]:
    """Find what is given for less than all of it: 80%-90%得2分 beside 90%以上得3分."""
    for line in _LINE.finditer(plain):
        tiers = list(_TIER.finditer(plain, *line.span()))
        best = max((float(one["rate"]) for one in tiers), default=0)
        yield from (one.span() for one in tiers if float(one["rate"]) < best)


def _with_conditions(plain: str, clauses: list[tuple[int, int]], number: int) -> Iterator[tuple[int, int]]:
    yield clauses[number]
    for place in range(number - 1, max(-1, number - 4), -1):
        start, stop = clauses[place]
        if plain[stop : clauses[place + 1][0]] not in {"，", ","} or not _CONDITION.search(plain[start:stop]):
            return
        yield start, stop


def _list_numbers(plain: str) -> Iterator[tuple[int, int]]:
    """Find the numbers of list items, those that touch the next figure too (3.500字说明报告)."""
    expected = 1
    for match in _LISTED.finditer(plain):
        number = int(match.group(1))
        after = plain[match.end() : match.end() + 1]
        if after.isdigit() and (number != expected or _MEASURE_LIKE.match(plain, match.start(1))):
            continue
        yield match.span()
        expected = number + 1


def _titles(plain: str, scope: str) -> Iterator[tuple[int, int]]:
    for match in _TITLE.finditer(plain):
        title = plain.find("《", match.start())
        yield title, match.end()
    if scope == "rule":
        for match in _ANY_TITLE.finditer(plain):
            if not _MADE.search(plain, max(0, match.start() - 14), match.start()):
                yield match.span()

"""The figures of demands: patterns of photos, lengths, counts, rates and sizes, the surest first."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from workflows.breakdown.shapes import NamedRequirement

# Every repetition has an end: a hostile text of digits or blanks costs no more than its length.
_GAP = r"\s{0,3}"
_WHOLE = r"\d{1,9}"
_DECIMAL = r"\d{1,9}(?:\.\d{1,4})?"
_NUM = rf"(?:{_DECIMAL}|[一二两三四五六七八九十]{{1,3}})"
_AT_LEAST = r"(?:至少|不少于|不低于|不小于|最少|大于|高于|超过|≥|＞|>=|>)"
_AT_MOST = r"(?:不超过|不多于|最多|小于|低于|≤|＜|<=|<)"
_BOUND = rf"(?P<before>{_AT_LEAST}|{_AT_MOST})?(?:有|要有|等于)?{_GAP}"
_AFTER = r"(?P<after>左右|上下|以内|以上|之内|及以上)?"
_PICTURE = r"(?:照片|图片|相片|截图)"
_WORDS = r"[^\d\s，。；、：（）()]"
_PERIOD = rf"每(?:个)?(?:月|季度|季|年度|年|周|半年|学期|{_GAP}\d{{1,2}}{_GAP}个月|[两二三四六]个月)"
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TEN = 10


@dataclass(frozen=True)
class Figure:
    """One pattern of figures, and how a match becomes a demand."""

    pattern: re.Pattern[str]
    make: Callable[[re.Match[str]], NamedRequirement]


def number_of(text: str) -> Decimal:
    """Read a figure, in digits or in Chinese up to 99."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Decimal(text)
    tens, ten, ones = text.rpartition("十")
    value = _DIGITS.get(ones, 0)
    return Decimal(value + (_DIGITS.get(tens, 1) * _TEN if ten else 0))


def _bound(match: re.Match[str], default: str) -> str:
    before = match.groupdict().get("before") or ""
    after = match.groupdict().get("after") or ""
    if re.match(_AT_MOST, before) or after in {"以内", "之内"}:
        return "max"
    if before or after in {"以上", "及以上"}:
        return "min"
    return "about" if after else default


def _demand(match: re.Match[str], kind: str, unit: str, default: str) -> NamedRequirement:
    groups = match.groupdict()
    value = number_of(groups["n"])
    per = groups.get("per")
    per = re.sub(r"\s+", "", per) if per else None
    return NamedRequirement(
        kind, value, unit, _bound(match, default), per, (), None, match.group().strip(), ""
    )


def _photos(match: re.Match[str]) -> NamedRequirement:
    return _demand(match, "photo_min", "张", "min")


def _report(match: re.Match[str]) -> NamedRequirement:
    # A bare length is a target: 480 characters for 说明报告500字 are no fault.
    return _demand(match, "report_chars", "字", "about")


def _percent(match: re.Match[str]) -> NamedRequirement:
    return _demand(match, "percent_min", "%", "min")


def _area(match: re.Match[str]) -> NamedRequirement:
    demand = _demand(match, "area_min", "㎡", "min")
    each = f"每{match['each']}" if match["each"] else None
    return NamedRequirement(
        "area_min", demand.value, "㎡", demand.bound, each, (), None, demand.source_phrase, ""
    )


def _size(match: re.Match[str]) -> NamedRequirement:
    """Two sides give the area they span; the phrase keeps the sides."""
    value = Decimal(match["n"]) * Decimal(match["m"])
    return NamedRequirement(
        "size_min", value, "㎡", _bound(match, "min"), None, (), None, match.group().strip(), ""
    )


def _count(match: re.Match[str]) -> NamedRequirement:
    return _demand(match, "count_min", match["unit"], "min")


def _frequency(match: re.Match[str]) -> NamedRequirement:
    return _demand(match, "frequency", match["unit"], "min")


def _every(match: re.Match[str]) -> NamedRequirement:
    per = re.sub(r"\s+", "", match["per"])
    return NamedRequirement("frequency", Decimal(1), "次", "min", per, (), None, match.group().strip(), "")


def _caption(match: re.Match[str]) -> NamedRequirement:
    fields = tuple(field.strip() for field in re.split(r"[、,，和及与]", match["fields"]) if field.strip())
    return NamedRequirement("caption_fields", None, None, None, None, fields, None, match.group().strip(), "")


_FIELD = r"[一-鿿]{2,8}"
_FIELD_LIST = rf"{_FIELD}(?:[、,，和及与]{_GAP}{_FIELD})*"
_UNITS = "人次|次|条|期|篇|场|个|处|块|份|件|支|名|项|面"
_RANGE = rf"(?:{_GAP}[-－~至]{_GAP}{_NUM})?"
_LENGTH = rf"{_BOUND}(?P<n>{_WHOLE}){_GAP}"
_SPECS: tuple[tuple[Callable[[re.Match[str]], NamedRequirement], str], ...] = (
    (
        _caption,
        rf"(?:每张(?:{_WORDS}{{0,6}}?))?(?:需|要|须|应)?(?:注明|标明|标注|写明)(?P<fields>{_FIELD_LIST})",
    ),
    (
        _photos,
        rf"{_BOUND}(?P<n>{_NUM}){_GAP}[张幅](?!以)(?P<what>{_WORDS}{{0,6}}?){_PICTURE}(?:或{_WORDS}{{1,8}}?{_PICTURE})*",
    ),
    (_photos, rf"(?:实景|现场|活动|工作|样报)?{_PICTURE}{_GAP}{_BOUND}(?P<n>{_NUM}){_GAP}[张幅]{_AFTER}"),
    (_photos, rf"{_PICTURE}[（(]{_GAP}{_BOUND}(?P<n>{_NUM}){_GAP}[张幅]{_AFTER}[)）]"),
    (
        _report,
        rf"(?:情况)?(?:说明|文字|总结|调研)?(?:报告|说明|总结|材料)[（(]?{_GAP}{_LENGTH}字?{_AFTER}(?![\d年月日个次条张页份])",
    ),
    (_report, rf"{_LENGTH}字{_AFTER}的?(?:情况)?(?:说明|文字)?(?:报告|说明|材料)"),
    (_report, rf"{_LENGTH}字{_AFTER}"),
    (
        _size,
        rf"(?:面积|尺寸|规格)?{_BOUND}(?P<n>{_DECIMAL}){_GAP}m?米?{_GAP}[*×xX]{_GAP}(?P<m>{_DECIMAL}){_GAP}(?:m|米)",
    ),
    (
        _area,
        rf"(?:面积)?{_BOUND}(?P<n>{_DECIMAL}){_GAP}(?:㎡|m²|m2|平方米|平米){_AFTER}(?:/(?P<each>[块处个面]))?",
    ),
    (
        _percent,
        (
            rf"(?:[一-鿿]{{1,30}}?(?:率|度|比例|人数))?(?:为|达到?|占{_WORDS}{{1,8}}?的|占)?{_BOUND}(?:{_WORDS}{{1,6}}?面积的?)?"
            rf"(?P<n>{_DECIMAL}){_GAP}[%％]{_AFTER}"
        ),
    ),
    (
        _count,
        rf"(?P<per>每?千人口|每?万人|每?百人)?{_WORDS}{{0,6}}?(?P<unit>人次){_BOUND}(?P<n>{_WHOLE}){_AFTER}",
    ),
    (
        _frequency,
        (
            rf"(?P<per>{_PERIOD})(?P<between>(?:(?!{_PERIOD})[^。；;\n，,]){{0,30}}?)(?P<before>{_AT_LEAST})?{_GAP}(?P<n>{_NUM}){_GAP}"
            r"(?P<unit>次|条|期|篇|场|份|例)"
        ),
    ),
    (_every, rf"(?P<per>{_PERIOD})(?!都|的)(?:至少|均|定期)?[一-鿿]{{2}}"),
    (
        _count,
        (
            rf"(?P<per>全年|年内|年度内|每届)(?P<between>{_WORDS}{{0,24}}?)(?P<before>{_AT_LEAST})?(?:有|要有)?{_GAP}"
            rf"(?P<n>{_NUM}){_RANGE}{_GAP}(?P<unit>{_UNITS}){_AFTER}"
        ),
    ),
    (
        _count,
        (
            rf"(?P<before>{_AT_LEAST})(?:有|要有)?{_GAP}(?P<n>{_NUM}){_RANGE}{_GAP}(?P<unit>{_UNITS})(?!月){_AFTER}"
            r"(?:[一-鿿]{2,10}?(?=期间|的|被|开展|[，。；、,;\n]|$))?"
        ),
    ),
    (_count, rf"(?P<n>{_NUM}){_GAP}(?P<unit>次|条|期|场|个|处|块|支|项)(?P<after>以上|及以上)"),
    (
        _count,
        rf"(?<=提供)(?P<n>{_NUM}){_GAP}(?P<unit>个|处|场|次|项|例|名)(?:{_WORDS}{{1,12}}?(?=开展|的|，|。|；|$))?",
    ),
    (
        _count,
        rf"(?P<per>每{_GAP}{_WHOLE}{_GAP}(?:m|米|公里))(?:可见|设置?|有|要有)?{_GAP}(?P<n>{_NUM}){_GAP}(?P<unit>处|块|个|面)",
    ),
    (_count, rf"(?<=要有|设有)(?P<n>{_NUM}){_GAP}(?P<unit>块|处|面)"),
)
FIGURES = tuple(Figure(re.compile(pattern), make) for make, pattern in _SPECS)

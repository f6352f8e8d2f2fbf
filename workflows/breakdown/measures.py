"""The figures of demands that are measured or reckoned: rates, growth, areas, sizes, distances."""

import re
from dataclasses import replace
from decimal import Decimal

from workflows.breakdown.bounds import AFTER, AT_LEAST, AT_MOST, BOUND, GAP, RANGE, WORDS, Figure, N, bound_of, demand
from workflows.breakdown.numerals import NUMBER, number_of
from workflows.breakdown.shapes import NamedRequirement

_SIDE = r"\d{1,5}(?:\.\d{1,3})?"
_LENGTH = r"(?:mm|毫米|cm|厘米|公分|m(?![²2])|米)"
_METRES = {"mm": "0.001", "毫米": "0.001", "cm": "0.01", "厘米": "0.01", "公分": "0.01", "m": "1", "米": "1"}
#: Square metres of a sheet, ISO 216.
_SHEETS = {"A0": "0.999949", "A1": "0.499554", "A2": "0.24948", "A3": "0.12474", "A4": "0.06237"}
_AREA = r"(?P<unit>㎡|m²|m2|平方米|平米|亩|公顷)"
_EACH_OF = r"[块处个面人户间]"
_FRACTIONS = {
    "三分之二": "66.667",
    "三分之一": "33.333",
    "四分之三": "75",
    "五分之四": "80",
    "半数": "50",
    "一半": "50",
}
_SUBJECT = r"(?:[一-鿿]{1,30}?(?:率|度|比例|人数|比重|覆盖面?))?"
_MOVES = r"(?:增长|增加|提高|提升|上升|下降|降低|减少|递增)"
_REACHES = rf"(?:为|保持在?|控制在|稳定在|要?达到?|占{WORDS}{{1,8}}?的|占|{_MOVES}到?|降至|降到)"


def _percent(match: re.Match[str]) -> NamedRequirement:
    found = demand(match, "percent_min", "%")
    held = re.search(r"控制在|降至|降到", match.group())
    return replace(found, bound="max") if held and found.bound == "min" and not match["after"] else found


def _points(match: re.Match[str]) -> NamedRequirement:
    return demand(match, "percent_min", "百分点")


def _tenths(match: re.Match[str]) -> NamedRequirement:
    """Read 九成以上."""
    found = demand(match, "percent_min", "%")
    return replace(found, value=(found.value or Decimal(0)) * 10)


def _fraction(match: re.Match[str]) -> NamedRequirement:
    value = Decimal(_FRACTIONS[match["fraction"]])
    return NamedRequirement("percent_min", value, "%", bound_of(match, "min"), None, (), None, "", "")


def _everywhere(match: re.Match[str]) -> NamedRequirement | None:
    """Read 全覆盖 as all of it, where no rate says so beside it."""
    around = match.string[max(0, match.start() - 20) : match.end() + 20]
    beside = (
        re.split(r"[，,。；;\n]", around[: match.start() - max(0, match.start() - 20)])[-1]
        + re.split(r"[。；;\n]", match.string[match.end() : match.end() + 20])[0]
    )
    if "%" in beside or "\1" in beside:
        return None
    return NamedRequirement("percent_min", Decimal(100), "%", "min", None, (), None, "", "")


def _area(match: re.Match[str]) -> NamedRequirement:
    unit = match["unit"]
    found = demand(match, "area_min", unit if unit in {"亩", "公顷"} else "㎡")
    return replace(found, per={"人均": "每人", "户均": "每户"}.get(found.per or "", found.per))


def _size(match: re.Match[str]) -> NamedRequirement:
    """Two sides give the area they span; the phrase keeps the sides."""
    unit = match["second"] or match["first"]
    first, second = (
        Decimal(match[side]) * Decimal(_METRES[of or unit]) for side, of in (("n", match["first"]), ("m", unit))
    )
    each = f"每{match['each']}" if match["each"] else None
    value = (first * second).quantize(Decimal("0.0001")).normalize()
    return NamedRequirement("size_min", value, "㎡", bound_of(match, "min"), each, (), None, "", "")


def _sheet(match: re.Match[str]) -> NamedRequirement:
    value = Decimal(_SHEETS[match["sheet"]])
    return NamedRequirement("size_min", value, "㎡", bound_of(match, "min"), None, (), None, "", "")


def _spaced(match: re.Match[str]) -> NamedRequirement:
    """Read 每10m可见一处, 每隔50米设置垃圾桶: so many to each stretch, one where no number stands."""
    per = f"每{match['stretch']}{match['length']}"
    value = number_of(match["n"]) if match["n"] else Decimal(1)
    return NamedRequirement("count_min", value, match["unit"] or "处", "min", per, (), None, "", "")


def _ratio(match: re.Match[str]) -> NamedRequirement:
    """Read 按1:200配备: one to each two hundred."""
    return NamedRequirement("count_min", Decimal(1), match["unit"], "min", f"每{match['n']}", (), None, "", "")


_SPECS = (
    (
        _size,
        (rf"(?:(?:面积|尺寸|规格|大小){WORDS}{{0,2}}?)?{BOUND}(?P<n>{_SIDE}){GAP}(?P<first>{_LENGTH})?{GAP}[*×xX✕]{GAP}"
        rf"(?P<m>{_SIDE}){GAP}(?P<second>{_LENGTH}){AFTER}(?:/(?P<each>{_EACH_OF}))?"),
    ),
    (
        _size,
        (rf"(?:(?:面积|尺寸|规格|大小){WORDS}{{0,2}}?)?{BOUND}(?P<n>{_SIDE}){GAP}(?P<first>{_LENGTH}){GAP}[*×xX✕]{GAP}"
        rf"(?P<m>{_SIDE})(?P<second>){AFTER}(?:/(?P<each>{_EACH_OF}))?"),
    ),
    (_sheet, rf"(?:面积|尺寸|规格|大小|幅面){WORDS}{{0,2}}?{BOUND}(?P<sheet>A[0-4])(?:纸)?{AFTER}"),
    (_sheet, rf"(?P<before>{AT_LEAST}|{AT_MOST}){GAP}(?P<sheet>A[0-4])(?:纸)?(?:大小|幅面)?{AFTER}"),
    (
        _area,
        rf"(?:(?P<per>人均|户均|每百户(?:居民|家庭)?|每十?[万千百](?:名|位|户)?[一-鿿]{{0,4}}?人口?){WORDS}{{0,12}}?)?(?:{WORDS}{{0,6}}?面积)?{BOUND}{N}{RANGE}{_AREA}{AFTER}(?:/(?P<each>{_EACH_OF}))?",
    ),
    (
        _percent,
        rf"{_SUBJECT}{_REACHES}?{BOUND}(?:{WORDS}{{1,6}}?面积的?)?{N}{RANGE}%(?:{GAP}[-~—–～至到]{GAP}(?P<last>{NUMBER})%)?{AFTER}",
    ),
    (_percent, rf"{_SUBJECT}{_REACHES}?{BOUND}百分之(?P<n>{NUMBER}){AFTER}"),
    (_points, rf"(?:[一-鿿]{{1,20}}?)?{_MOVES}{BOUND}{N}{RANGE}个?百分点{AFTER}"),
    (_tenths, rf"{_SUBJECT}{_REACHES}?{BOUND}(?P<n>[一二三四五六七八九]|\d(?:\.\d)?)成{AFTER}(?=[，,。；;、)\n]|$)"),
    (
        _fraction,
        rf"{_SUBJECT}{_REACHES}?(?P<before>{AT_LEAST}|达到?|占)?(?P<fraction>{'|'.join(_FRACTIONS)})(?P<after>以上)",
    ),
    (_everywhere, rf"(?:实现|做到|达到|确保)?{WORDS}{{0,8}}?全覆盖"),
    (
        _spaced,
        (rf"每(?:间?隔|相隔)?{GAP}(?P<stretch>\d{{1,6}}){GAP}(?P<length>m|米|公里|千米)(?:{WORDS}{{0,6}}?)"
        rf"(?:(?P<before>{AT_LEAST})?{GAP}(?P<n>{NUMBER}){GAP}(?P<unit>[处块个面组座盏幅对杆条支只套]))"),
    ),
    (
        _spaced,
        (rf"每(?:间?隔|相隔)?{GAP}(?P<stretch>\d{{1,6}}){GAP}(?P<length>m|米|公里|千米)(?P<n>)(?P<unit>)"
        r"(?:应|要|需|须)?(?:设置?|配置|摆放|放置|安装|可见|张贴|悬挂)[一-鿿]{0,8}"),
    ),
    (
        _ratio,
        rf"(?:按照?|比例{WORDS}{{0,3}}?|配比{WORDS}{{0,3}}?|{AT_LEAST}|达到){GAP}1{GAP}[:∶]{GAP}(?P<n>\d{{2,6}})(?:的?比例)?(?:(?:配备|配置){WORDS}{{0,4}}?)?(?P<unit>[名人个])?",
    ),
)
MEASURES = tuple(Figure(re.compile(pattern), make) for make, pattern in _SPECS)

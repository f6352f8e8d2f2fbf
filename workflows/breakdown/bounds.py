"""How a table writes a figure: 至少5张, 3至5张, 500字以内, 不超过3分钟, 10余次; the pieces the patterns are made of.

Every repetition has an end: a hostile text of digits or blanks costs no more than its length.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from workflows.breakdown.numerals import NUMBER, number_of
from workflows.breakdown.shapes import NamedRequirement

#: Stands where a demand was understood, so that no weaker pattern reads it again.
UNDERSTOOD = "\1"
GAP = r"\s{0,3}"
#: What a phrase runs over: neither figures nor stops, nor what is understood already.
WORDS = rf"[^\d\s，,。；;、:()\[\]{UNDERSTOOD}\0]"
IN_CLAUSE = rf"[^，,。；;\n{UNDERSTOOD}]"
_NOT = r"不(?:得|能|应|可|要|宜)?"
_BARE = r"(?<!不)(?<!不[得能应可要宜])"
AT_LEAST = rf"(?:至少|{_NOT}(?:少于|低于|小于|短于|下于)|最少|最低|起码|{_BARE}(?:大于|高于|超过|多于)|≥|≧|>=|>)"
AT_MOST = rf"(?:{_NOT}(?:超过|多于|高于|大于|超出|长于)|最多|至多|最高|最长|控制在|{_BARE}(?:小于|低于|少于)|≤|≦|<=|<)"
BOUND = rf"(?P<before>{AT_LEAST}|{AT_MOST})?(?:要?有|为|等于|达到?|在)?{GAP}"
N = rf"(?<!每)(?P<n>{NUMBER}){GAP}(?P<more>余|多(?!于))?"
RANGE = rf"(?:{GAP}(?:[-~—–～至到]|——){GAP}(?P<upper>{NUMBER}))?{GAP}"
AFTER = r"(?P<after>左右|上下|(?:及|含)?以内|之内|(?:及)?以上|(?:及)?以下)?"
EACH = r"(?:[/每](?P<each>[一-鿿]{1,4}?(?=[，,。；;、()\n/]|和|及|$)))?"
#: Every month, quarter, year: also after two months, by the half year.
CADENCE = rf"每(?:个|一)?(?:季度|半年|年度|双月|学期|星期|月|季|年|周|日|天)|每(?:间?隔)?{GAP}(?:\d{{1,2}}|[一两二三四六]){GAP}个?(?:月|季度|星期|周|年)"


@dataclass(frozen=True)
class Figure:
    """One pattern of figures, and how a match becomes a demand; None where it is none after all."""

    pattern: re.Pattern[str]
    make: Callable[[re.Match[str]], NamedRequirement | None]


def bound_of(match: re.Match[str], default: str) -> str:
    """Give "min", "max" or "about" from the words around a figure."""
    groups = match.groupdict()
    before, after = groups.get("before") or "", groups.get("after") or ""
    if after in {"左右", "上下"}:
        return "about"
    if after and after[-2:] in {"以内", "之内", "以下"}:
        return "max"
    if re.fullmatch(AT_MOST, before):
        return default if before == "控制在" and groups.get("upper") else "max"
    return "min" if before or after or groups.get("more") else default


def demand(match: re.Match[str], kind: str, unit: str | None, default: str = "min") -> NamedRequirement:
    """Make the demand of a match: its figure, the end of its range, its bound, and what it is counted by."""
    groups = match.groupdict()
    value = number_of(groups["n"])
    upper = number_of(groups["upper"]) if groups.get("upper") else None
    if upper is not None and upper <= value:
        upper = None
    bound = bound_of(match, "min" if upper is not None else default)
    if upper is not None and bound == "max":
        value, upper = upper, None
    return NamedRequirement(kind, value, unit, bound, per_of(match), (), None, "", "", upper=upper)


def per_of(match: re.Match[str]) -> str | None:
    """Give what a figure is counted by where its own words say so: 每万人, 3张/类."""
    groups = match.groupdict()
    if groups.get("each"):
        return f"每{groups['each']}"
    per = groups.get("per")
    return re.sub(r"\s+", "", per).removeprefix("提供") if per else None

"""The grammar of demands: what evidence a rule or its advice asks for (资料要求).

Figures first (photos, lengths, counts, rates, sizes), each taken out of the text as it is understood; then
the words for papers, in what is left. Nothing is invented: every demand carries the phrase it stands on.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from workflows.breakdown.figures import FIGURES
from workflows.breakdown.papers import paper_demands
from workflows.breakdown.shapes import NamedRequirement

#: What a demand is counted by: 每个讲堂, 每类, 每10m; up to the word that begins the demand itself.
_EACH = (
    r"每(?:一)?(?:(?:个|种|家|所|次|场|项|期|支|处)[一-鿿]{1,4}?(?=需|提供|应|要|至少|不少|不低|不超|，|、|实景|现场|活动照|照片"
    r"|图片|均|都|各|\d)|类|户|人|科室|单位|部门|村|社区|楼栋[一-鿿]{0,4}?(?=要)|\s{0,3}\d{1,9}\s{0,3}(?:m|米|公里))"
)
_CLAUSE_REACH = 80
_COUNTED_EACH = frozenset({"area_min", "size_min", "count_min", "percent_min"})


def read_demands(text: str, scope: str) -> tuple[NamedRequirement, ...]:
    """Give the demands of a text in the order they stand in it. `scope`: "rule" or "cell"."""
    found: list[tuple[int, NamedRequirement]] = []
    left = text
    for figure in FIGURES:
        for match in list(figure.pattern.finditer(left)):
            if not match.group().strip():
                continue
            demand = figure.make(match)
            each = demand.per or _each_before(text, match.start())
            found.append((match.start(), _scoped(demand, each, scope)))
        # What was understood is blanked, so that no weaker pattern reads it again.
        left = figure.pattern.sub(lambda match: "\0" * len(match.group()), left)
    kinds = {demand.kind for _, demand in found}
    papers = ((start, _scoped(one, None, scope)) for start, one in paper_demands(text, left, scope, kinds))
    found.extend(papers)
    return tuple(_distinct(demand for _, demand in sorted(found, key=lambda pair: pair[0])))


def _each_before(text: str, start: int) -> str | None:
    """Find the 每… that governs what begins at `start`: the last one since the sentence or bracket began."""
    window = max(0, start - _CLAUSE_REACH)
    begin = max(window - 1, *(text.rfind(mark, window, start) for mark in "。；;，,\n（("))
    found = None
    for match in re.finditer(_EACH, text[begin + 1 : start + 1]):
        found = re.sub(r"\s+", "", match.group())
    return found


def _scoped(demand: NamedRequirement, per: str | None, scope: str) -> NamedRequirement:
    takes_per = demand.kind not in {"frequency", "caption_fields", "percent_min"}
    return replace(demand, per=demand.per or (per if takes_per else None), scope=scope)


def _distinct(demands: Iterator[NamedRequirement]) -> list[NamedRequirement]:
    """Drop repeated sentences; figures of places and events (two boards, two rates) stay two."""
    seen: set[NamedRequirement] = set()
    kept: list[NamedRequirement] = []
    for demand in demands:
        if demand.kind in _COUNTED_EACH or demand not in seen:
            seen.add(demand)
            kept.append(demand)
    return kept

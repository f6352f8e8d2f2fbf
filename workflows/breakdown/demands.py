"""The grammar of demands: what evidence a rule or its advice asks for (资料要求).

What asks for nothing is blanked first (`not_asked.py`). Then figures are read, the surest first, each taken out of the
text as it is understood; then the words for papers, in what is left. Then each demand learns what it is counted by,
how often and by when it falls due, and what its captions must say (`clauses.py`). Nothing is invented: every demand
carries the phrase it stands on.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from workflows.breakdown.bounds import AFTER, BOUND, EACH, RANGE, UNDERSTOOD, Figure, N, demand
from workflows.breakdown.clauses import REACH, Found, distinct, part_end, placed, with_captions
from workflows.breakdown.counts import COUNTED, DOCUMENTS, PIECES, RECURRING, SCHEDULED
from workflows.breakdown.figures import FILES, FILM, PICTURE
from workflows.breakdown.measures import MEASURES
from workflows.breakdown.not_asked import what_asks
from workflows.breakdown.numerals import blanked, narrow
from workflows.breakdown.papers import papers_in
from workflows.breakdown.shapes import NamedRequirement

_AFTER_PHOTOS = (*MEASURES, *PIECES, *SCHEDULED, *DOCUMENTS, *COUNTED)
_PICTURE_NEAR = re.compile(rf"{PICTURE}[^。；;\n]{{0,60}}$")
_FILM_NEAR = re.compile(rf"{FILM}[^。；;，,\n]{{0,24}}$")


@dataclass(frozen=True)
class _Loose:
    """A figure that says nothing of what it counts, the kind it is of, and how that is named before it."""

    figure: re.Pattern[str]
    kind: str
    named: re.Pattern[str]


_LOOSE = (
    _Loose(re.compile(rf"{BOUND}{N}{RANGE}(?P<unit>[张幅])(?!床|餐?桌|票|表|卡|纸){AFTER}{EACH}"), "photo_min", _PICTURE_NEAR),
    _Loose(re.compile(rf"(?<=[(,，\1]){BOUND}{N}{RANGE}(?P<unit>分钟|秒钟?){AFTER}"), "video", _FILM_NEAR),
    _Loose(re.compile(rf"(?<=\)){BOUND}{N}{RANGE}(?P<unit>[个段部条则份]){AFTER}"), "video", _FILM_NEAR),
)
_EACH_SO_MANY = re.compile(rf"各(?:报|提供|需|要)?{BOUND}{N}{RANGE}(?P<unit>份|篇|册|套|本|个|期|条|则|页|件){AFTER}")
_COUNTED_PAPERS = frozenset({"plan", "summary", "table", "document", "photo_min", "screenshot"})
_LISTED = frozenset({"", "、", "和", "及", "与", "以及", "，", ","})


def read_demands(text: str, scope: str) -> tuple[NamedRequirement, ...]:
    """Give the demands of a text in the order they stand in it. `scope`: "rule" or "cell"."""
    plain = narrow(text)
    left = what_asks(text, scope)
    found: list[Found] = []
    left = _read(FILES, left, found)
    left = _loose(_LOOSE, left, plain, found)
    left = _read(_AFTER_PHOTOS, left, found)
    figured: dict[str, list[int]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.start):
        figured[one.demand.kind].append(one.start)
    papers = [Found(one.start, one.stop, one.demand) for one in papers_in(left, scope, figured)]
    found.extend(_each_so_many(papers, left))
    found.extend(_recurring(left, found))
    found.sort(key=lambda one: (one.start, -one.stop))
    whole = with_captions([placed(one, text, plain, scope) for one in found], plain)
    return tuple(one.demand for one in distinct(whole, plain))


def _read(figures: Iterable[Figure], left: str, found: list[Found]) -> str:
    """Read the demands of some patterns; give what is left of the text."""
    for figure in figures:
        core = "core" if "core" in figure.pattern.groupindex else 0
        taken = [
            Found(*match.span(core), made)
            for match in figure.pattern.finditer(left)
            if match.group().strip() and (made := figure.make(match)) is not None
        ]
        found.extend(taken)
        if taken:
            left = blanked(left, ((one.start, one.stop) for one in taken), UNDERSTOOD)
    return left


def _loose(looses: Iterable[_Loose], left: str, plain: str, found: list[Found]) -> str:
    """Read figures whose thing is named before them: 每个讲堂2张 of photos, 视频1个（3分钟以内）."""
    for loose in looses:

        def make(match: re.Match[str], loose: _Loose = loose) -> NamedRequirement | None:
            before = plain[max(0, match.start() - REACH) : match.start()]
            return demand(match, loose.kind, match["unit"]) if loose.named.search(before) else None

        left = _read([Figure(loose.figure, make)], left, found)
    return left


def _each_so_many(papers: Sequence[Found], left: str) -> list[Found]:
    """Give every paper of a list the figure behind it: 方案、总结各1份."""
    result = list(papers)
    for match in _EACH_SO_MANY.finditer(left):
        edge = match.start()
        for at in range(len(result) - 1, -1, -1):
            one = result[at]
            if one.start >= match.start() or one.demand.kind not in _COUNTED_PAPERS:
                continue
            if left[one.stop : edge].strip() not in _LISTED or one.demand.value is not None:
                break
            figure = demand(match, one.demand.kind, one.demand.unit or match["unit"])
            result[at] = replace(one, demand=replace(figure, fields=one.demand.fields))
            edge = one.start
    return result


def _recurring(left: str, found: list[Found]) -> Iterator[Found]:
    """Read what recurs without a number, where nothing in its clause is asked for each time instead."""
    already = sorted(one.start for one in found)
    for figure in RECURRING:
        for match in figure.pattern.finditer(left):
            end = part_end(left, match.start(), "，,。；;\n")
            made = figure.make(match)
            if made is not None and bisect_left(already, match.start()) == bisect_left(already, end):
                yield Found(*match.span(), made)

"""The grammar of demands: what evidence a rule or its advice asks for (资料要求).

What asks for nothing is blanked first (`not_asked.py`). Then figures are read, the surest first, each taken out of the
text as it is understood; then the words for papers, in what is left. Then each demand learns what it is counted by,
how often and by when it falls due, and what its captions must say (`clauses.py`). Nothing is invented: every demand
carries the phrase it stands on.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from workflows.breakdown.bounds import AFTER, BOUND, EACH, RANGE, UNDERSTOOD, Figure, N, demand
from workflows.breakdown.clauses import REACH, Found, distinct, part_end, placed, with_captions
from workflows.breakdown.counts import COUNTED, DOCUMENTS, PIECES, RECURRING, SCHEDULED
from workflows.breakdown.figures import FILES, PICTURE
from workflows.breakdown.measures import MEASURES
from workflows.breakdown.not_asked import what_asks
from workflows.breakdown.numerals import blanked, narrow
from workflows.breakdown.papers import papers_in
from workflows.breakdown.shapes import NamedRequirement

_AFTER_PHOTOS = (*MEASURES, *PIECES, *SCHEDULED, *DOCUMENTS, *COUNTED)
_LOOSE = re.compile(rf"{BOUND}{N}{RANGE}(?P<unit>[张幅])(?!床|餐?桌|票|表|卡|纸){AFTER}{EACH}")
_PICTURE_NEAR = re.compile(rf"{PICTURE}[^。；;\n]{{0,60}}$")


def read_demands(text: str, scope: str) -> tuple[NamedRequirement, ...]:
    """Give the demands of a text in the order they stand in it. `scope`: "rule" or "cell"."""
    plain = narrow(text)
    left = what_asks(text, scope)
    found: list[Found] = []
    left = _read(FILES, left, found)
    left = _loose_photos(left, plain, found)
    left = _read(_AFTER_PHOTOS, left, found)
    figured: dict[str, list[int]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.start):
        figured[one.demand.kind].append(one.start)
    found.extend(Found(one.start, one.stop, one.demand) for one in papers_in(left, scope, figured))
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


def _loose_photos(left: str, plain: str, found: list[Found]) -> str:
    """Read 每个讲堂2张 where the sentence spoke of photos before."""

    def make(match: re.Match[str]) -> NamedRequirement | None:
        before = plain[max(0, match.start() - REACH) : match.start()]
        return demand(match, "photo_min", match["unit"]) if _PICTURE_NEAR.search(before) else None

    return _read([Figure(_LOOSE, make)], left, found)


def _recurring(left: str, found: list[Found]) -> Iterator[Found]:
    """Read what recurs without a number, where nothing in its clause is asked for each time instead."""
    already = sorted(one.start for one in found)
    for figure in RECURRING:
        for match in figure.pattern.finditer(left):
            end = part_end(left, match.start(), "，,。；;\n")
            made = figure.make(match)
            if made is not None and bisect_left(already, match.start()) == bisect_left(already, end):
                yield Found(*match.span(), made)

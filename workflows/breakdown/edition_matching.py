"""Which rule of a new edition goes on from which rule of an earlier one: by what they say, never by their number alone.

Numbers change with every edition. Two rules are compared by the pairs of characters their texts share, rare pairs
counting more; indicator, number and departments settle what the text leaves open. Rare pairs also find the few rules
worth comparing, so that two editions of hundreds of rules are compared in a moment.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

_NUMBER = re.compile(
    r"^[\s（(]*(?:[①-⑳]|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]+(?:[\-－.．]\d+)*|(?:\d+(?:[.．\-－]\d+)*|[一二三四五六七八九十]+)(?=[\s、.．)）:：]))[\s、.．)）:：]*"
)
_POINTS = re.compile(r"[（(]\s*\d+(?:\.\d+)?\s*分\s*[)）]")
_NO_WORD = re.compile(r"[\W_]+")
_TEXT, _INDICATOR, _DEPARTMENTS, _NUMBERED = 0.80, 0.10, 0.06, 0.04
#: Below it two rules are two rules; below the second a person has to look.
MATCH, SURE = 0.45, 0.62
#: Another rule as like as this, or nearly, makes a pair doubtful.
_NEARLY = 0.05
#: How many rules are compared in full with each one, and in how many rules a pair of characters may stand to find them.
_COMPARED, _RARE_SHARE, _RARE_LEAST = 8, 0.2, 8


@dataclass(frozen=True)
class RuleText:
    """What a rule says, as far as editions are compared by it. `departments`: canonical name and role."""

    indicator: str
    item_no: str
    text: str
    points: Decimal | None
    departments: frozenset[tuple[str, str]]
    deadline: str
    advice: str
    requirements: tuple[str, ...] = ()

    @cached_property
    def plain(self) -> str:
        """Give the text without its number, points, blanks and signs."""
        return plain_text(self.text)

    @cached_property
    def indicator_name(self) -> str:
        """Give the indicator without its code."""
        return plain_text(self.indicator)

    @cached_property
    def pairs(self) -> Counter[str]:
        """Count the pairs of neighbouring characters of the text."""
        return _pairs(self.plain)


@dataclass(frozen=True)
class Match:
    """Two rules that are one, by their places; how like they are (0 to 1), and whether a person has to look."""

    older: int
    newer: int
    likeness: float
    doubtful: bool


def plain_text(text: str) -> str:
    """Give a text without the number in front, points in brackets, blanks and signs."""
    return _NO_WORD.sub("", _POINTS.sub("", _NUMBER.sub("", text.strip())))


def matches(older: Sequence[RuleText], newer: Sequence[RuleText]) -> list[Match]:
    """Match the rules of two editions one to one, the likest first. The same editions always give the same matches."""
    weights = _weights((*older, *newer))
    scores = _scores(older, newer, weights)
    ranked = sorted(scores, key=lambda pair: (-scores[pair], abs(pair[0] / len(older) - pair[1] / len(newer)), pair))
    taken: dict[tuple[int, int], float] = {}
    left, right = set(range(len(older))), set(range(len(newer)))
    for pair in ranked:
        if scores[pair] >= MATCH and pair[0] in left and pair[1] in right:
            taken[pair] = scores[pair]
            left.discard(pair[0])
            right.discard(pair[1])
    rivals = _Rivals(older, newer, scores, taken)
    return [Match(old, new, round(score, 3), rivals.doubtful(old, new)) for (old, new), score in sorted(taken.items())]


@dataclass(frozen=True)
class _Rivals:
    """The scores of all pairs, to see which pair might as well be another one."""

    older: Sequence[RuleText]
    newer: Sequence[RuleText]
    scores: Mapping[tuple[int, int], float]
    taken: Mapping[tuple[int, int], float]

    @cached_property
    def _by_rule(self) -> dict[tuple[str, int], list[tuple[int, int]]]:
        found: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for pair in self.scores:
            found.setdefault(("older", pair[0]), []).append(pair)
            found.setdefault(("newer", pair[1]), []).append(pair)
        return found

    @cached_property
    def _own(self) -> dict[tuple[str, int], float]:
        sides = (("older", 0), ("newer", 1))
        return {(side, pair[place]): score for pair, score in self.taken.items() for side, place in sides}

    def doubtful(self, old: int, new: int) -> bool:
        """Say whether a pair is weak, or a rule on either side is nearly as like and not better placed itself."""
        score = self.taken[old, new]
        if score < SURE:
            return True
        other_new = (pair for pair in self._by_rule["older", old] if pair[1] != new and self.newer[pair[1]] != self.newer[new])
        other_old = (pair for pair in self._by_rule["newer", new] if pair[0] != old and self.older[pair[0]] != self.older[old])
        return any(self._as_good(pair, score, ("newer", pair[1])) for pair in other_new) or any(
            self._as_good(pair, score, ("older", pair[0])) for pair in other_old
        )

    def _as_good(self, pair: tuple[int, int], score: float, rival: tuple[str, int]) -> bool:
        like = self.scores[pair]
        return like >= score - _NEARLY and self._own.get(rival, 0.0) <= like + _NEARLY


def _pairs(plain: str) -> Counter[str]:
    return Counter(plain[place : place + 2] for place in range(max(1, len(plain) - 1))) if plain else Counter()


def _weights(rules: Sequence[RuleText]) -> dict[str, float]:
    """Give every pair of characters its weight: the fewer rules it stands in, the more."""
    found = Counter(pair for rule in rules for pair in rule.pairs)
    return {pair: math.log(1 + len(rules) / count) for pair, count in found.items()}


def _scores(
    older: Sequence[RuleText], newer: Sequence[RuleText], weights: Mapping[str, float]
) -> dict[tuple[int, int], float]:
    places: dict[str, list[int]] = {}
    for place, rule in enumerate(newer):
        for pair in rule.pairs:
            places.setdefault(pair, []).append(place)
    rare = max(_RARE_LEAST, int(len(newer) * _RARE_SHARE))
    scores = {}
    for old, rule in enumerate(older):
        for new in _candidates(rule, places, weights, rare):
            scores[old, new] = _score(rule, newer[new], weights)
    return scores


def _candidates(
    rule: RuleText, places: Mapping[str, Sequence[int]], weights: Mapping[str, float], rare: int
) -> Iterable[int]:
    """Give the few rules that share the most of the rare pairs; where a rule has none, of all its pairs."""
    shared = [pair for pair in rule.pairs if 0 < len(places.get(pair, ())) <= rare]
    found: dict[int, float] = {}
    for pair in shared or rule.pairs:
        for place in places.get(pair, ()):
            found[place] = found.get(place, 0.0) + weights[pair]
    return [place for place, _ in sorted(found.items(), key=lambda one: (-one[1], one[0]))[:_COMPARED]]


def _score(old: RuleText, new: RuleText, weights: Mapping[str, float]) -> float:
    indicator = _shared(_pairs(old.indicator_name), _pairs(new.indicator_name), {})
    number = 1.0 if old.item_no.strip() == new.item_no.strip() else 0.0
    named, renamed = {name for name, _ in old.departments}, {name for name, _ in new.departments}
    departments = len(named & renamed) / len(named | renamed) if named | renamed else 1.0
    text = (_shared(old.pairs, new.pairs, weights) + _shared(old.pairs, new.pairs, {})) / 2
    return _TEXT * text + _INDICATOR * indicator + _DEPARTMENTS * departments + _NUMBERED * number


def _shared(one: Counter[str], two: Counter[str], weights: Mapping[str, float]) -> float:
    """Give the share of two texts' pairs of characters that both have (Dice), weighted."""
    both = sum(min(count, two[pair]) * weights.get(pair, 1.0) for pair, count in one.items() if pair in two)
    whole = sum(count * weights.get(pair, 1.0) for text in (one, two) for pair, count in text.items())
    return 2 * both / whole if whole else 1.0

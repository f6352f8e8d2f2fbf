"""The numbers Word sets before paragraphs by itself (一、 （一） 1. ①): no text of the file holds them.

One `Numbering` goes through a document once, in order: each paragraph it is asked about counts.
"""

import re
from dataclasses import dataclass, field

from workflows.breakdown.office.numerals import in_list
from workflows.breakdown.office.parts import WORD, Element, is_on, number_of, word_value

_PLACE = re.compile(r"%(\d)")
#: After these no gap is needed before the text: 一、加强领导 but 1.1 加强领导.
_CLOSED = "、．。：）】〕)"
_SILENT = frozenset({"bullet", "none"})
_LEVELS = 9
_STYLES_DEEP = 20


@dataclass(frozen=True)
class _Level:
    """How one level of a list counts and looks."""

    kind: str
    pattern: str
    start: int
    plain: bool  # all numbers of it as 1, 2, 3
    restarts: bool
    style: str | None


@dataclass
class _List:
    """One list: its levels, and how far each has counted."""

    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the automatic numbers of a document; `numbering` and `styles` are the parts, None where missing."""

    def __init__(self, numbering: Element | None, styles: Element | None) -> None:
        self._styles = _style_numbers(styles)
        self._lists: dict[str, _List] = {}
        self._numbers: dict[str, tuple[str, dict[int, _Level], dict[int, int]]] = {}
        self._started: set[tuple[str, int]] = set()
        if numbering is not None:
            self._read(numbering)

    def before(self, paragraph: Element) -> str:
        """Give the number that stands before this paragraph, with its gap; "" for none. Counts it."""
        found = self._reference(paragraph.find(WORD + "pPr"))
        if found is None:
            return ""
        number, place = found
        abstract, own, restarts = self._numbers[number]
        counted = self._lists[abstract]
        levels = {**counted.levels, **own}
        level = levels.get(place)
        if level is None:
            return ""
        self._restart(number, counted, restarts)
        _count(counted, levels, place)
        if level.kind in _SILENT:
            return ""
        return _shown(level, levels, counted.counts)

    def _restart(self, number: str, counted: _List, restarts: dict[int, int]) -> None:
        """Let a list that begins anew by its own start number do so at its first paragraph."""
        for place, start in restarts.items():
            if (number, place) not in self._started:
                self._started.add((number, place))
                counted.counts[place] = start - 1

    def _reference(self, properties: Element | None) -> tuple[str, int] | None:
        """Give the list and level of a paragraph, from itself or its style."""
        if properties is None:
            return None
        own = properties.find(WORD + "numPr")
        number = word_value(None if own is None else own.find(WORD + "numId"))
        place = word_value(None if own is None else own.find(WORD + "ilvl"))
        style = word_value(properties.find(WORD + "pStyle"))
        if number is None and style in self._styles:
            number, inherited = self._styles[style]
            place = place or inherited or self._level_of(number, style)
        if number not in self._numbers:
            return None  # number "0" takes a paragraph out of the list of its style
        return number, min(max(number_of(place), 0), _LEVELS - 1)

    def _level_of(self, number: str, style: str) -> str | None:
        if number not in self._numbers:
            return None
        levels = self._lists[self._numbers[number][0]].levels
        return next((str(place) for place, level in levels.items() if level.style == style), None)

    def _read(self, numbering: Element) -> None:
        linked: dict[str, str] = {}
        for abstract in numbering.findall(WORD + "abstractNum"):
            key = word_value(abstract, "abstractNumId") or ""
            self._lists[key] = _List(_levels(abstract))
            link = word_value(abstract.find(WORD + "numStyleLink"))
            if link is not None:
                linked[key] = link
        targets = {
            word_value(one, "numId") or "": word_value(one.find(WORD + "abstractNumId")) or ""
            for one in numbering.findall(WORD + "num")
        }
        for one in numbering.findall(WORD + "num"):
            key = word_value(one, "numId") or ""
            style_number = self._styles.get(linked.get(targets[key], ""), ("", None))[0]
            target = targets.get(style_number, targets[key])
            if key != "0" and target in self._lists:
                self._numbers[key] = (target, *_overrides(one))


def _count(counted: _List, levels: dict[int, _Level], place: int) -> None:
    """Go one further on this level, begin the deeper ones anew, and the higher ones if nothing stood before."""
    for higher in range(place):
        if higher in levels:
            counted.counts.setdefault(higher, levels[higher].start)
    counted.counts[place] = counted.counts.get(place, levels[place].start - 1) + 1
    for deeper in range(place + 1, _LEVELS):
        if deeper not in levels or levels[deeper].restarts:
            counted.counts.pop(deeper, None)


def _shown(level: _Level, levels: dict[int, _Level], counts: dict[int, int]) -> str:
    def one(match: re.Match[str]) -> str:
        place = int(match.group(1)) - 1
        other = levels.get(place)
        if other is None:
            return ""
        return in_list(counts.get(place, other.start), "decimal" if level.plain else other.kind)

    text = _PLACE.sub(one, level.pattern).strip()
    return text if not text or text[-1] in _CLOSED else f"{text} "


def _levels(abstract: Element) -> dict[int, _Level]:
    return {number_of(word_value(one, "ilvl")): _level(one) for one in abstract.findall(WORD + "lvl")}


def _level(one: Element) -> _Level:
    kinds = [word_value(kind) or "decimal" for kind in one.iter(WORD + "numFmt")]
    return _Level(
        kind=next((kind for kind in kinds if kind != "custom"), "decimal"),
        pattern=word_value(one.find(WORD + "lvlText")) or "",
        start=number_of(word_value(one.find(WORD + "start"))),
        plain=is_on(one.find(WORD + "isLgl")),
        restarts=word_value(one.find(WORD + "lvlRestart")) != "0",
        style=word_value(one.find(WORD + "pStyle")),
    )


def _overrides(one: Element) -> tuple[dict[int, _Level], dict[int, int]]:
    own: dict[int, _Level] = {}
    restarts: dict[int, int] = {}
    for override in one.findall(WORD + "lvlOverride"):
        place = number_of(word_value(override, "ilvl"))
        level = override.find(WORD + "lvl")
        if level is not None:
            own[place] = _level(level)
        start = word_value(override.find(WORD + "startOverride"))
        if start is not None:
            restarts[place] = number_of(start, 1)
    return own, restarts


def _style_numbers(styles: Element | None) -> dict[str, tuple[str, str | None]]:
    """Give for each paragraph style that numbers its paragraphs the list and the level it names."""
    if styles is None:
        return {}
    by_key = {word_value(one, "styleId") or "": one for one in styles.findall(WORD + "style")}
    found: dict[str, tuple[str, str | None]] = {}
    for key in by_key:
        current, depth = key, 0
        level: str | None = None
        while current in by_key and depth < _STYLES_DEEP:
            own = by_key[current].find(f"{WORD}pPr/{WORD}numPr")
            if own is not None:
                level = level or word_value(own.find(WORD + "ilvl"))
                number = word_value(own.find(WORD + "numId"))
                if number is not None:
                    found[key] = (number, level)
                    break
            current = word_value(by_key[current].find(WORD + "basedOn")) or ""
            depth += 1
    return found

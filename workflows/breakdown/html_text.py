"""The text of a web page as a person sees it: paragraphs, line breaks, list numbers; nothing hidden.

Runs in the confined child (`html_page.py`).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from workflows.breakdown.office.numerals import in_list
from workflows.breakdown.plain_tables import Line

Element: TypeAlias = Any  # lxml.html gives no types

_UNSEEN = frozenset(
    "script style template noscript head title meta link svg math object iframe select button textarea nav footer".split()  # noqa: SIM905 - a list of words
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure form"  # noqa: SIM905 - a list of words
    " h1 h2 h3 h4 h5 h6 header hr html li main menu ol p pre section summary tbody td tfoot th thead tr ul".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2014\u2018-\u201d\u2026"
_WRAPPED = re.compile(rf"(?<=[{_CJK}])[ \t]*\n[ \t\n]*(?=[{_CJK}])")
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_LIST_KINDS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_CHINESE_LIST = re.compile(r"list-style(?:-type)?\s*:\s*[^;]*(?:cjk-ideographic|chinese-informal|cjk-decimal)")
#: Deeper than any page; the parser stops at 256.
_DEEPEST = 250


@dataclass
class Flow:
    """The paragraphs read so far. `on_table`: called with each table met; `hidden`: texts left out as unseen."""

    on_table: Callable[["Flow", Element], None]
    lines: list[Line] = field(default_factory=list)
    hidden: int = 0
    _parts: list[str] = field(default_factory=list)
    _marker: str = ""
    _place: int = 1

    def add(self, text: str, place: int) -> None:
        """Take text of the paragraph at hand."""
        if not self._parts:
            self._place = place
        self._parts.append(text)

    def mark(self, marker: str) -> None:
        """Set a list number before the next text."""
        self.end()
        self._marker = marker

    def end(self) -> None:
        """End the paragraph at hand."""
        text = seen("".join(self._parts))
        self._parts.clear()
        if text:
            self.lines.append((self._marker + text, self._place))
            self._marker = ""

    def walk(self, element: Element, depth: int = 0) -> None:
        """Take everything a person sees inside an element."""
        if depth > _DEEPEST:
            self.add("".join(element.itertext()), _place(element))
            return
        numbers = _numbers(element) if element.tag == "ol" else iter(())
        keeps_lines = element.tag in {"pre", "xmp"}
        self._text(element.text, _place(element), keeps_lines=keeps_lines)
        for child in element:
            if isinstance(child.tag, str):
                self._child(child, numbers, depth)
            self._text(child.tail, _place(child), keeps_lines=keeps_lines)

    def _child(self, child: Element, numbers: Iterator[str], depth: int) -> None:
        if is_unseen(child):
            self.hidden += _counts_as_hidden(child)
        elif child.tag == "br":
            self.end()
        elif child.tag == "table":
            self.end()
            self.on_table(self, child)
        elif child.tag in _BLOCKS:
            self.end()
            if child.tag == "li":
                self.mark(next(numbers, ""))
            self.walk(child, depth + 1)
            self.end()
        else:
            self.walk(child, depth + 1)

    def _text(self, text: str | None, place: int, *, keeps_lines: bool) -> None:
        pieces = (text or "").split("\n") if keeps_lines else [text or ""]
        for number, piece in enumerate(pieces):
            if number:
                self.end()
            if piece:
                self.add(piece, place + number)


def seen(text: str) -> str:
    """Close up blanks as a browser does; a line break between Chinese signs is none."""
    return _BLANKS.sub(" ", _WRAPPED.sub("", text)).replace("\xa0", " ").strip()


def is_unseen(element: Element) -> bool:
    """Say whether a browser shows nothing of an element, or only what belongs to the site and not to the page."""
    if element.tag in _UNSEEN or element.get("hidden") is not None:
        return True
    return _HIDDEN.search(element.get("style") or "") is not None


def _counts_as_hidden(element: Element) -> bool:
    return element.tag not in _UNSEEN and bool("".join(element.itertext()).strip())


def _numbers(element: Element) -> Iterator[str]:
    """Give the numbers of the items of a list that counts, in order."""
    items = [child for child in element if child.tag == "li" and not is_unseen(child)]
    reverse = element.get("reversed") is not None
    number = _whole(element.get("start"), len(items) if reverse else 1)
    chinese = _CHINESE_LIST.search(element.get("style") or "") is not None
    kind = "chineseCounting" if chinese else _LIST_KINDS.get(element.get("type") or "", "decimal")
    for item in items:
        number = _whole(item.get("value"), number)
        yield f"{in_list(number, kind)}、" if chinese else f"{in_list(number, kind)}. "
        number += -1 if reverse else 1


def _whole(text: str | None, otherwise: int) -> int:
    bare = (text or "").strip()
    return int(bare) if re.fullmatch(r"-?\d{1,6}", bare) else otherwise


def _place(element: Element) -> int:
    return element.sourceline or 1

"""The text of a Word paragraph as a reader of the paper sees it.

Automatic numbers become text; deleted and hidden text is left out and counted; the result of a field counts, not its
code; the content of text boxes follows the paragraph that holds them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workflows.breakdown.office.numbering import Numbering
from workflows.breakdown.office.numerals import circled
from workflows.breakdown.office.parts import COMPATIBLE, WORD, Element, clean_text, is_on, number_of, word_value
from workflows.breakdown.office.symbols import symbol, without_private

#: Elements that wrap paragraphs, rows, cells or runs and change nothing about them.
WRAPPERS = frozenset(
    WORD + name
    for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "fldSimple", "dir", "bdo")
)
GONE = frozenset({WORD + "del", WORD + "moveFrom"})
_FIXED = {
    WORD + "tab": "\t",
    WORD + "ptab": "\t",
    WORD + "cr": "\n",
    WORD + "noBreakHyphen": "-",
}
_DRAWN = frozenset({WORD + "drawing", WORD + "pict", WORD + "object"})
_BOX = WORD + "txbxContent"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
_RAISED = str.maketrans("23", "²³")
_UNIT_END = re.compile(r"[A-Za-z米]$")
_CIRCLED = re.compile(r"\\ac\s*\(\s*[○◯〇]\s*[,;，]\s*([^)]+)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Written:
    """What stands in a paragraph. `joins`: its end was deleted, so the next paragraph goes on in it."""

    text: str
    boxes: tuple[Element, ...]
    joins: bool


@dataclass
class _Field:
    """A field that is open: its code so far, whether its result has begun, and how long the text was then."""

    code: str = ""
    result: bool = False
    length: int = 0


@dataclass
class Counted:
    """How much was passed over."""

    hidden: int = 0
    deleted: int = 0
    embedded: int = 0


class Paragraphs:
    """Reads the paragraphs of one document, in order."""

    def __init__(self, numbering: Numbering, styles: Element | None) -> None:
        self.counted = Counted()
        self._numbering = numbering
        self._hidden_styles = frozenset(_hidden(styles))
        self._text: list[str] = []
        self._boxes: list[Element] = []
        self._fields: list[_Field] = []
        self._signs: dict[object, Callable[[Element, str | None], None]] = {
            WORD + "t": lambda one, font: self._say(without_private(one.text or "", font)),
            WORD + "br": lambda one, _font: self._say(
                "\n" if word_value(one, "type") in {None, "textWrapping"} else ""
            ),
            WORD + "sym": lambda one, _font: self._say(_sign(one)),
            WORD + "instrText": lambda one, _font: self._add_code(one.text or ""),
            WORD + "fldChar": lambda one, _font: self._mark(word_value(one, "fldCharType")),
        }

    def read(self, paragraph: Element) -> Written:
        """Give the text of a paragraph, its automatic number before it."""
        self._text, self._boxes, self._fields = [], [], []
        properties = paragraph.find(WORD + "pPr")
        mark = None if properties is None else properties.find(WORD + "rPr")
        joins = mark is not None and mark.find(WORD + "del") is not None
        hidden = properties is not None and word_value(properties.find(WORD + "pStyle")) in self._hidden_styles
        if hidden:
            self.counted.hidden += 1
            return Written("", (), joins)
        self._walk(paragraph)
        text = clean_text("".join(self._text))
        if joins and not text.strip():
            return Written("", tuple(self._boxes), joins=False)
        number = self._numbering.before(paragraph)
        if number:
            text = (number + text.lstrip()) if text.strip() else number.rstrip()
        return Written(text, tuple(self._boxes), joins)

    def _walk(self, node: Element) -> None:
        for child in unwrapped(node):
            if child.tag == WORD + "r":
                self._run(child)
            elif child.tag in GONE:
                self.counted.deleted += 1
            elif str(child.tag).startswith(_MATH):
                self._say("".join(one.text or "" for one in child.iter(_MATH + "t")))

    def _run(self, run: Element) -> None:
        properties = run.find(WORD + "rPr")
        font = None
        start = len(self._text)
        if properties is not None:
            if self._is_hidden(properties):
                self.counted.hidden += any(one.tag == WORD + "t" for one in run)
                for one in run.findall(WORD + "fldChar"):
                    self._mark(word_value(one, "fldCharType"))
                return
            font = word_value(properties.find(WORD + "rFonts"), "ascii")
        for child in unwrapped(run):
            self._sign(child, font)
        if properties is not None and word_value(properties.find(WORD + "vertAlign")) == "superscript":
            self._raise(start)

    def _sign(self, child: Element, font: str | None) -> None:
        if child.tag in self._signs:
            self._signs[child.tag](child, font)
        elif child.tag in _FIXED:
            self._say(_FIXED[child.tag])
        elif child.tag == WORD + "ruby":
            for base in child.findall(WORD + "rubyBase"):
                self._walk(base)
        elif child.tag in _DRAWN:
            self.counted.embedded += any(_is_sheet(one) for one in child.iter(_OBJECT))
            self._boxes.extend(_outermost_boxes(child))

    def _is_hidden(self, properties: Element) -> bool:
        own = properties.find(WORD + "vanish")
        if own is not None:
            return is_on(own)
        return word_value(properties.find(WORD + "rStyle")) in self._hidden_styles

    def _say(self, text: str) -> None:
        if all(one.result for one in self._fields):
            self._text.append(text)

    def _raise(self, start: int) -> None:
        """Write m² where the 2 is only set higher."""
        before = "".join(self._text[max(start - 1, 0) : start])
        raised = "".join(self._text[start:])
        if raised in {"2", "3"} and _UNIT_END.search(before):
            self._text[start:] = [raised.translate(_RAISED)]

    def _add_code(self, code: str) -> None:
        if self._fields:
            self._fields[-1].code += code

    def _mark(self, kind: str | None) -> None:
        if kind == "begin":
            self._fields.append(_Field(length=len(self._text)))
        elif kind == "separate" and self._fields:
            self._fields[-1].result = True
        elif kind == "end" and self._fields:
            closed = self._fields.pop()
            match = _CIRCLED.search(closed.code)
            if match and not "".join(self._text[closed.length :]).strip():
                inner = match.group(1).strip()
                self._say(circled(int(inner)) if inner.isdecimal() else inner)


def unwrapped(node: Element) -> Iterator[Element]:
    """Give the children of a node, those of wrappers in place of the wrappers, of alternatives the first known."""
    for child in node:
        if child.tag in WRAPPERS:
            yield from unwrapped(child)
        elif child.tag == COMPATIBLE + "AlternateContent":
            chosen = next((one for name in ("Choice", "Fallback") for one in child.findall(COMPATIBLE + name)), None)
            yield from () if chosen is None else unwrapped(chosen)
        else:
            yield child


def _sign(one: Element) -> str:
    try:
        code = int(word_value(one, "char") or "", 16)
    except ValueError:
        return ""
    return symbol(code, word_value(one, "font"))


def _is_sheet(one: Element) -> bool:
    return (one.get("ProgID") or "").startswith(("Excel", "Word", "ET.", "KET", "WPS"))


def _outermost_boxes(drawn: Element) -> Iterator[Element]:
    for child in unwrapped(drawn):
        if child.tag == _BOX:
            yield child
        else:
            yield from _outermost_boxes(child)


def _hidden(styles: Element | None) -> Iterator[str]:
    for style in () if styles is None else styles.findall(WORD + "style"):
        if is_on(style.find(f"{WORD}rPr/{WORD}vanish")):
            yield word_value(style, "styleId") or ""


def span_of(properties: Element | None, name: str, otherwise: int) -> int:
    """Give a count of grid columns (gridSpan, gridBefore …), between 0 and what Word allows."""
    found = None if properties is None else properties.find(WORD + name)
    return min(max(number_of(word_value(found), otherwise), 0), 63) if found is not None else otherwise

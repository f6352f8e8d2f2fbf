"""One sheet of a workbook, read row by row: its texts, what is hidden, what is merged.

Only cells with text are kept, so a sheet that formats a million empty rows costs no memory.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

from engine.errors import Invalid
from lxml import etree
from workflows.breakdown.office.parts import MAX_CELLS, TOO_MANY, Element, clean_text, number_of, unsound
from workflows.evidence.formats import DAMAGED

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SKIPPED = frozenset({"rPh", "phoneticPr", "rPr"})


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, from the first row and column to the last, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Worksheet:
    """The texts by row and column, from 1, and what else is to be known of a sheet."""

    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    formulas: int = 0


def read_worksheet(part: IO[bytes], shown: Callable[[str, int], str], strings: list[str]) -> Worksheet:
    """Read a sheet; `shown` gives a number in the style of its cell, `strings` are the shared ones.

    Raises Invalid for what is no sound XML or holds more than MAX_CELLS texts.
    """
    sheet = Worksheet()
    number = 0
    count = 0
    for element in elements(part, ("row", "mergeCell", "col")):
        name = local(element)
        if name == "row":
            number = number_of(element.get("r"), number + 1)
            texts = dict(_texts(element, sheet, shown, strings))
            if texts:
                count += len(texts)
                sheet.texts[number] = texts
                sheet.hidden_rows.update([number] if _is_hidden(element, "ht") else [])
        elif name == "col" and _is_hidden(element, "width"):
            sheet.hidden_columns.append((number_of(element.get("min")), number_of(element.get("max"))))
        elif name == "mergeCell":
            sheet.merged.extend(_areas(element.get("ref") or ""))
        if max(count, len(sheet.merged)) > MAX_CELLS:
            raise Invalid(TOO_MANY)
    return sheet


def elements(part: IO[bytes], names: tuple[str, ...]) -> Iterator[Element]:
    """Give each finished element of these names and forget it afterwards. Raises Invalid for unsound XML."""
    events = etree.iterparse(
        part,
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in events:
            if element.getroottree().docinfo.internalDTD is not None:
                raise Invalid(DAMAGED)
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise unsound(error) from error


def local(element: Element) -> str:
    """Give the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def rich_text(element: Element) -> str:
    """Give the text of a string that may have several formats; readings set above the signs are left out."""
    parts = []
    for child in element:
        name = local(child)
        if name == "t":
            parts.append(child.text or "")
        elif name not in _SKIPPED:
            parts.append(rich_text(child))
    return "".join(parts)


def unescaped(text: str) -> str:
    """Give a string of a workbook as it was typed: _x000D_ stands for a character XML cannot hold."""
    return clean_text(_ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text))


def _texts(
    row: Element, sheet: Worksheet, shown: Callable[[str, int], str], strings: list[str]
) -> Iterator[tuple[int, str]]:
    column = 0
    for cell in row:
        match = _REFERENCE.fullmatch(cell.get("r") or "")
        column = _column(match.group(1)) if match else column + 1
        if len(cell):
            text = _text(cell, sheet, shown, strings)
            if text.strip():
                yield column, text


def _text(cell: Element, sheet: Worksheet, shown: Callable[[str, int], str], strings: list[str]) -> str:
    kind = cell.get("t") or "n"
    parts = {local(child): child for child in cell}
    if kind == "inlineStr":
        return unescaped(rich_text(parts["is"])) if "is" in parts else ""
    value = parts.get("v")
    text = "" if value is None else value.text or ""
    if not text:
        # A formula nobody computed yet; one whose result is an empty text says so.
        sheet.formulas += "f" in parts and kind != "str"
        return ""
    if kind == "s":
        place = number_of(text, -1)
        if not 0 <= place < len(strings):
            raise Invalid(DAMAGED)
        return strings[place]
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    return shown(text, number_of(cell.get("s"))) if kind == "n" else unescaped(text)


def _is_hidden(element: Element, size: str) -> bool:
    return element.get("hidden") in {"1", "true"} or element.get(size) == "0"


def _areas(reference: str) -> Iterator[Area]:
    first, _, last = reference.partition(":")
    begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if begin is not None and end is not None:
        yield Area(int(begin.group(2)), _column(begin.group(1)), int(end.group(2)), _column(end.group(1)))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number

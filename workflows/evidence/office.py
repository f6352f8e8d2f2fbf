"""Office documents that `recognition` has found sound: the length of the text of a Word document."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Protocol

from lxml import etree

from engine.errors import Invalid
from workflows.evidence.formats import DAMAGED, DOCX, Format
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.texts import Length

_BODY = re.compile(r"word/document\d*\.xml")
_CHUNK = 1 << 16
_BREAKS = {"p": "\n", "br": "\n", "cr": "\n", "tab": "\t"}


def examine(path: Path, found: Format) -> ExaminedFile:
    """Measure an office document; only the text of docx is counted."""
    chars = _length(path) if found in DOCX.endings.values() else None
    return ExaminedFile(found.media_type, found.kind, text_chars=chars)


def _length(path: Path) -> int | None:
    length = Length()
    return length.total if feed_body(path, length) else None


class Taker(Protocol):
    """Takes a text piece by piece, until it is full."""

    @property
    def full(self) -> bool:
        """Say whether it takes no more."""

    def feed(self, text: str, /) -> None:
        """Take one more piece."""


def feed_body(path: Path, taker: Taker) -> bool:
    """Hand the text of a Word document over, paragraph by paragraph; say whether it has one. Raises Invalid: damaged."""
    return feed_parts(path, _BODY, taker) > 0


def feed_parts(path: Path, names: re.Pattern[str], taker: Taker) -> int:
    """Hand the text of the parts with these names over, in their order; say how many there are."""
    with zipfile.ZipFile(path) as package:
        found = sorted((name for name in package.namelist() if names.fullmatch(name)), key=lambda name: (len(name), name))
        for name in found:
            with package.open(name) as part:
                _feed_part(part, taker)
    return len(found)


def _feed_part(part: IO[bytes], taker: Taker) -> None:
    body = _Body(taker)
    # No tree is built, no entity resolved, nothing fetched: a document of any size takes the same memory.
    parser = etree.XMLParser(target=body, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        while (chunk := part.read(_CHUNK)) and not taker.full:
            parser.feed(chunk)
        if not taker.full:
            parser.close()
    except etree.XMLSyntaxError as error:
        raise Invalid(DAMAGED) from error


class _Body:
    """Receives the body of a document piece by piece and hands over what stands in its runs of text."""

    def __init__(self, taker: Taker) -> None:
        self.taker = taker
        self._text = False
        self._twins = 0  # inside what is written twice for older programs

    def start(self, tag: str | bytes, attrib: Mapping[str | bytes, str | bytes]) -> None:
        """Begin an element."""
        del attrib
        name = etree.QName(tag).localname
        self._twins += name == "Fallback"
        self._text = name == "t" and not self._twins
        if name in _BREAKS:
            self.taker.feed(_BREAKS[name])

    def end(self, tag: str | bytes) -> None:
        """End an element."""
        name = etree.QName(tag).localname
        self._twins -= name == "Fallback"
        self._text = False

    def data(self, data: str | bytes) -> None:
        """Take text."""
        if self._text and isinstance(data, str):
            self.taker.feed(data)

    def comment(self, text: str | bytes) -> None:
        """Pass over a comment."""

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        """Refuse a document type: no office program writes one, and entities hide in it."""
        raise Invalid(DAMAGED)

    def close(self) -> None:
        """End the document."""

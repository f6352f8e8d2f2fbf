"""Office documents that `recognition` has found sound: the length of the text of a Word document."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from lxml import etree

from engine.errors import Invalid
from workflows.evidence.formats import DAMAGED, DOCX, Format
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.texts import Length

_BODY = re.compile(r"word/document\d*\.xml")
_CHUNK = 1 << 16
_BREAKS = frozenset({"p", "br", "tab", "cr"})


def examine(path: Path, found: Format) -> ExaminedFile:
    """Measure an office document; only the text of docx is counted."""
    chars = _length(path) if found in DOCX.endings.values() else None
    return ExaminedFile(found.media_type, found.kind, text_chars=chars)


def _length(path: Path) -> int | None:
    with zipfile.ZipFile(path) as package:
        body = next((name for name in package.namelist() if _BODY.fullmatch(name)), None)
        if body is None:
            return None
        with package.open(body) as part:
            return _counted(part)


def _counted(part: IO[bytes]) -> int:
    body = _Body()
    # No tree is built, no entity resolved, nothing fetched: a document of any size takes the same memory.
    parser = etree.XMLParser(target=body, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        while (chunk := part.read(_CHUNK)) and not body.length.full:
            parser.feed(chunk)
        if not body.length.full:
            parser.close()
    except etree.XMLSyntaxError as error:
        raise Invalid(DAMAGED) from error
    return body.length.total


class _Body:
    """Receives the body of a document piece by piece and counts what stands in its runs of text."""

    def __init__(self) -> None:
        self.length = Length()
        self._text = False
        self._twins = 0  # inside what is written twice for older programs

    def start(self, tag: str | bytes, attrib: Mapping[str | bytes, str | bytes]) -> None:
        """Begin an element."""
        del attrib
        name = etree.QName(tag).localname
        self._twins += name == "Fallback"
        self._text = name == "t" and not self._twins
        if name in _BREAKS:
            self.length.feed("\n")

    def end(self, tag: str | bytes) -> None:
        """End an element."""
        name = etree.QName(tag).localname
        self._twins -= name == "Fallback"
        self._text = False

    def data(self, data: str | bytes) -> None:
        """Take text."""
        if self._text and isinstance(data, str):
            self.length.feed(data)

    def comment(self, text: str | bytes) -> None:
        """Pass over a comment."""

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        """Refuse a document type: no office program writes one, and entities hide in it."""
        raise Invalid(DAMAGED)

    def close(self) -> None:
        """End the document."""

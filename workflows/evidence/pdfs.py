"""PDF files: pages, length of the text, and whether they may be opened at all."""

import time
import zlib
from pathlib import Path

import pikepdf
from pypdfium2 import PdfDocument, PdfiumError

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.evidence.formats import BOMB, DAMAGED, ENCRYPTED, Format
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.texts import Length

PAGES_AT_MOST = 2000
#: What the drawing instructions of all pages together may unpack to.
UNPACKED_AT_MOST = 200_000_000
#: After this many seconds the text is not counted further; its length is then unknown.
_COUNTING_SECONDS = 8.0

_TAIL = 4096
_CHUNK = 1 << 20


def examine(path: Path, found: Format) -> ExaminedFile:
    """Count pages and text. Raises Invalid: damaged, cut off, protected, too many pages, or made to swell."""
    _check_end(path)
    pages = _check_inside(path)
    try:
        with PdfDocument(path) as document:
            return ExaminedFile(found.media_type, found.kind, pages=pages, text_chars=_length(document))
    except PdfiumError as error:
        raise Invalid(DAMAGED) from error


def _check_end(path: Path) -> None:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        if b"%%EOF" not in file.read():
            raise Invalid(DAMAGED)


def _check_inside(path: Path) -> int:
    try:
        with pikepdf.open(path) as pdf:
            if pdf.is_encrypted:
                raise Invalid(ENCRYPTED)
            pages = len(pdf.pages)
            if pages > PAGES_AT_MOST:
                message = N_("{name} has {pages} pages; {limit} are the limit. Hand it in in parts.")
                raise Invalid(message, pages=pages, limit=PAGES_AT_MOST)
            if pages == 0:
                raise Invalid(DAMAGED)
            _check_measure(pdf)
            return pages
    except pikepdf.PasswordError as error:
        raise Invalid(ENCRYPTED) from error
    except pikepdf.PdfError as error:
        raise Invalid(DAMAGED) from error


def _check_measure(pdf: pikepdf.Pdf) -> None:
    unpacked = 0
    for page in pdf.pages:
        contents = page.obj.get("/Contents")
        parts = contents if isinstance(contents, pikepdf.Array) else [contents]
        for part in parts:
            if isinstance(part, pikepdf.Stream):
                unpacked += _unpacked(part, UNPACKED_AT_MOST - unpacked)


def _unpacked(stream: pikepdf.Stream, allowed: int) -> int:
    """Measure one stream without keeping what comes out. Raises Invalid beyond `allowed` bytes."""
    filters = stream.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if names.count("/FlateDecode") > 1:
        raise Invalid(BOMB)  # nobody packs twice, except to hide how much comes out
    raw = stream.read_raw_bytes()
    if names[0] != "/FlateDecode":
        return len(raw)
    size, unpacker, rest = 0, zlib.decompressobj(), raw
    try:
        while rest and not unpacker.eof:
            size += len(unpacker.decompress(rest, _CHUNK))
            rest = unpacker.unconsumed_tail
            if size > allowed:
                raise Invalid(BOMB)
    except zlib.error:
        return size  # a fault in one stream; readers show the rest of the page
    return size


def _length(document: PdfDocument) -> int | None:
    length, deadline = Length(), time.process_time() + _COUNTING_SECONDS
    for page in document:
        if length.full:
            break
        if time.process_time() > deadline:
            return None
        text = page.get_textpage()
        length.feed(text.get_text_range() + "\n")
        text.close()
        page.close()
    return length.total

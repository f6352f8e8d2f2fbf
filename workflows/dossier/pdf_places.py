"""Where in a PDF something is wrong: which page changed between two revisions, which page or enclosure is damaged."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader

#: More than any paper of ours unfolds to: what goes beyond was made to fill the memory.
MAX_STREAM_BYTES = 128 * 1024 * 1024
_MAX_PAGES = 20_000


class Oversized(ValueError):  # noqa: N818 - named after the finding
    """A stream unfolds to more than any paper of ours."""


def changed_page(reader: PdfFileReader, revision: int) -> int | None:
    """Give the number (from 1) of the first page that looks different now than in `revision`, or None."""
    then = list(_pages(reader.get_historical_resolver(revision).root["/Pages"]))
    now = list(_pages(reader.root["/Pages"]))
    for number, (before, after) in enumerate(zip(then, now, strict=False), start=1):
        if _looks(before) != _looks(after):
            return number
    return min(len(then), len(now)) + 1 if len(then) != len(now) else None


def damaged_place(data: bytes) -> str | None:
    """Name the page or enclosure whose compressed content does not unfold: `3` or `sheet-1.pdf`; None if all does."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            for number, page in enumerate(pdf.pages, start=1):
                if not all(_unfolds(stream) for stream in _streams(page)):
                    return str(number)
            for name, one in pdf.attachments.items():
                if not _unfolds(one.get_file().obj):
                    return str(name)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError):
        return None
    return None


def unfolded(stream: Any, limit: int = MAX_STREAM_BYTES) -> bytes:  # noqa: ANN401 - pikepdf's own object type
    """Give the content of a plain or deflated stream, at most `limit` bytes. Raises ValueError when it is damaged."""
    raw: bytes = stream.read_raw_bytes()
    if "/Filter" not in stream:
        return raw
    unfolder = zlib.decompressobj()
    try:
        content = unfolder.decompress(raw, limit)
    except zlib.error as problem:
        raise ValueError(str(problem)) from problem
    if unfolder.unconsumed_tail:
        message = f"more than {limit} bytes"
        raise Oversized(message)
    if not unfolder.eof:
        message = "the stream is cut short"
        raise ValueError(message)
    return content


def _unfolds(stream: Any) -> bool:  # noqa: ANN401 - pikepdf's own object type
    if stream.get("/Filter") not in {pikepdf.Name.FlateDecode, None}:
        return True
    try:
        unfolded(stream)
    except ValueError:
        return False
    return True


def _streams(page: pikepdf.Page) -> Iterator[Any]:
    contents = page.obj.get("/Contents")
    yield from contents if isinstance(contents, pikepdf.Array) else [contents] if contents is not None else []
    resources: Any = page.obj.get("/Resources") or {}
    drawn = resources.get("/XObject") or {}
    yield from (drawn[str(name)] for name in drawn if isinstance(drawn[str(name)], pikepdf.Stream))


def _pages(node: DictionaryObject) -> Iterator[DictionaryObject]:
    waiting, seen = [node], 0
    while waiting and seen < _MAX_PAGES:
        seen += 1
        here = waiting.pop()
        if "/Kids" in here:
            waiting.extend(kid.get_object() for kid in reversed(here["/Kids"]))
        else:
            yield here


def _looks(page: DictionaryObject) -> tuple[object, ...]:
    contents = page.get("/Contents")
    parts = [part.get_object() for part in contents] if isinstance(contents, ArrayObject) else [contents]
    drawn = [part.encoded_data for part in parts if isinstance(part, StreamObject)]
    marks = [note.get_object() for note in page.get("/Annots", ())]
    others = [repr(mark) for mark in marks if mark.get("/Subtype") != "/Widget"]
    return drawn, others, repr(page.raw_get("/Resources") if "/Resources" in page else None)

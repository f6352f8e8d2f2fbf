"""Sending a stored file: whole or a range of it, with its digest as its tag, and nothing of it that has not been checked.

Small files are hashed whole before the first byte goes out. Large ones go out block by block, each checked before
it is sent; a block that is damaged breaks the answer off, so that the browser sees it is not whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import BinaryIO
from urllib.parse import quote

from flask import request
from werkzeug.http import parse_range_header, quote_etag
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

from web.headers import FILE_POLICY, FILM_POLICY
from web.site import Site, site
from workflows.evidence import fixity
from workflows.evidence.vault import BLOCK, CHUNK, Damaged, Stored

#: What a browser shows by itself; everything else is saved.
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf", "video/mp4", "video/quicktime"})
_PARTIAL, _NO_SUCH_RANGE = 206, 416


@dataclass(frozen=True)
class Sent:
    """A file to be sent: what it is, under which name it is saved, whether it is saved rather than shown."""

    stored: Stored
    media_type: str
    name: str
    saved: bool = False


def sound(sha256: str, size: int) -> Stored:
    """Give a file with the digests of its blocks where they are known. Raises Damaged when it is known to be damaged."""
    with site().reading() as reader:
        found = fixity.check_of(reader, sha256)
    if found is not None and found.damaged_at is not None:
        raise Damaged(sha256, found.damage, site().facilities.vault.store.name)
    return Stored(sha256, size, (found.blocks or b"") if found is not None else b"")


def answer(sent: Sent) -> Response:
    """Answer this request with a file, or with the range of it that was asked for. Raises Damaged, Unreachable."""
    size = sent.stored.size
    file = _opened(sent.stored)
    start, end = _range(sent) or (0, size)
    if start >= end and size:
        file.close()
        return _headed(Response(status=_NO_SUCH_RANGE), sent, f"bytes */{size}")
    file.seek(start)
    first = file.read(min(CHUNK, end - start))  # damage in the first block is said, not met half way
    body = ClosingIterator(_pieces(site(), file, first, end - start), file.close)
    response = Response(body, mimetype=sent.media_type, direct_passthrough=True)
    response.content_length = end - start
    if (start, end) == (0, size):
        return _headed(response, sent).make_conditional(request)
    response.status_code = _PARTIAL
    return _headed(response, sent, f"bytes {start}-{end - 1}/{size}")


def _opened(stored: Stored) -> BinaryIO | RawIOBase:
    vault = site().facilities.vault
    return vault.open_blocks(stored) if stored.blocks and stored.size > BLOCK else vault.open(stored.sha256)


def _range(sent: Sent) -> tuple[int, int] | None:
    """Give the range asked for (its end not included), empty where the file has no such bytes; None for the whole.

    What cannot be read, several ranges, and ranges of an older file are answered with the whole (RFC 9110 §14.2).
    """
    found = parse_range_header(request.headers.get("Range"))
    if found is None or found.units != "bytes" or len(found.ranges) != 1:
        return None
    if "If-Range" in request.headers and request.headers["If-Range"] != quote_etag(sent.stored.sha256):
        return None
    return found.range_for_length(sent.stored.size) or (0, 0)


def _pieces(here: Site, file: BinaryIO | RawIOBase, first: bytes, length: int) -> Iterator[bytes]:
    piece, left = first, length
    while piece:
        yield piece
        left -= len(piece)
        try:
            piece = (file.read(min(CHUNK, left)) or b"") if left else b""
        except Damaged as damaged:
            fixity.note_damage(here.sessions, damaged, here.clock)
            raise


def _headed(response: Response, sent: Sent, content_range: str | None = None) -> Response:
    response.headers["Accept-Ranges"] = "bytes"
    if content_range is not None:
        response.headers["Content-Range"] = content_range
    response.set_etag(sent.stored.sha256)
    response.headers["Content-Disposition"] = _disposition(sent)
    response.headers["Content-Security-Policy"] = FILM_POLICY if sent.media_type.startswith("video/") else FILE_POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _disposition(sent: Sent) -> str:
    """Write the name as RFC 6266 says: in RFC 5987's coding, and in plain signs for whoever cannot read that."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in '\\"' else "_" for sign in sent.name)
    coded = "" if plain == sent.name else f"; filename*=UTF-8''{quote(sent.name, safe='')}"
    shown = sent.media_type in SHOWN and not sent.saved
    return f"{'inline' if shown else 'attachment'}; filename=\"{plain}\"{coded}"

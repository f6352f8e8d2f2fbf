"""MP4 videos: whole or cut off. The pictures themselves are not decoded."""

import struct
from collections.abc import Iterator
from pathlib import Path

from engine.errors import Invalid
from workflows.evidence.formats import DAMAGED, Format
from workflows.evidence.intake import ExaminedFile

_BOXES_AT_MOST = 10_000
_HEADER, _LONG_HEADER = 8, 16


def examine(path: Path, found: Format) -> ExaminedFile:
    """Check that a video has its index and its pictures, and that no part is longer than the file."""
    if not {b"moov", b"mdat"} <= set(_boxes(path)) and not {b"moov", b"moof"} <= set(_boxes(path)):
        raise Invalid(DAMAGED)
    return ExaminedFile(found.media_type, found.kind)


def _boxes(path: Path) -> Iterator[bytes]:
    whole = path.stat().st_size
    with path.open("rb") as file:
        for _ in range(_BOXES_AT_MOST):
            start = file.tell()
            header = file.read(_HEADER)
            if not header:
                return
            size, kind = _measure(header, file.read(_LONG_HEADER - _HEADER), whole - start)
            if size < _HEADER or start + size > whole:
                raise Invalid(DAMAGED)
            yield kind
            file.seek(start + size)


def _measure(header: bytes, rest: bytes, remaining: int) -> tuple[int, bytes]:
    if len(header) < _HEADER:
        raise Invalid(DAMAGED)
    size, kind = struct.unpack(">I4s", header)
    if size == 0:  # to the end of the file
        return remaining, kind
    if size == 1:  # a long one: its size follows
        return (struct.unpack(">Q", rest)[0] if len(rest) == _LONG_HEADER - _HEADER else 0), kind
    return size, kind

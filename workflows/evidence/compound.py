"""Office documents of the older kind (doc, xls, ppt, wps, et): the names in their directory say what they are.

Only the header, the sector table and the directory are read; every walk has an end.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.errors import Invalid
from workflows.evidence.formats import DAMAGED, DOC, ENCRYPTED, MACROS, PPT, XLS, Content

MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MAIN = {"WordDocument": DOC, "Workbook": XLS, "Book": XLS, "PowerPoint Document": PPT}
_MACROS = frozenset({"VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros"})
_HEADER = 512
_ENTRY = 128
_LAST_SECTOR = 0xFFFFFFFA
_SECTORS_AT_MOST = 2000
_SHIFTS = (9, 12)


@dataclass(frozen=True)
class _Sectors:
    """The open file, the size of its sectors, and where the parts of its sector table lie."""

    file: BinaryIO
    size: int
    table: tuple[int, ...]

    def read(self, number: int) -> bytes:
        """Give one sector. Raises Invalid when the file is too short for it."""
        self.file.seek((number + 1) * self.size)
        content = self.file.read(self.size)
        if len(content) < self.size:
            raise Invalid(DAMAGED)
        return content

    def chain(self, first: int) -> Iterator[bytes]:
        """Give the sectors of a chain; one that runs in a circle is damage."""
        number, steps = first, 0
        while number < _LAST_SECTOR:
            steps += 1
            if steps > _SECTORS_AT_MOST:
                raise Invalid(DAMAGED)
            yield self.read(number)
            number = self._next(number)

    def _next(self, number: int) -> int:
        part, place = divmod(number, self.size // 4)
        if part >= len(self.table):
            raise Invalid(DAMAGED)
        return int(struct.unpack_from("<I", self.read(self.table[part]), place * 4)[0])


def content_of(path: Path) -> Content | None:
    """Say which kind of document it is, None for others. Raises Invalid: damaged, protected or with macros."""
    with path.open("rb") as file:
        names = frozenset(_names(file))
    if names & _MACROS:
        raise Invalid(MACROS)
    if "EncryptedPackage" in names:
        raise Invalid(ENCRYPTED)
    return next((kind for name, kind in _MAIN.items() if name in names), None)


def _names(file: BinaryIO) -> Iterator[str]:
    header = file.read(_HEADER)
    if len(header) < _HEADER:
        raise Invalid(DAMAGED)
    (shift,) = struct.unpack_from("<H", header, 30)
    (directory,) = struct.unpack_from("<I", header, 48)
    if shift not in _SHIFTS:
        raise Invalid(DAMAGED)
    sectors = _Sectors(file, 1 << shift, tuple(_table(file, header, 1 << shift)))
    for sector in sectors.chain(directory):
        for start in range(0, len(sector), _ENTRY):
            length = min(struct.unpack_from("<H", sector, start + 64)[0], 64)
            if length > 2:  # noqa: PLR2004 - more than the closing zero
                yield sector[start : start + length - 2].decode("utf-16-le", errors="replace")


def _table(file: BinaryIO, header: bytes, size: int) -> Iterator[int]:
    """Give the sectors the sector table lies in: 109 stand in the header, more in a chain of their own."""
    yield from (number for number in struct.unpack_from("<109I", header, 76) if number < _LAST_SECTOR)
    further, count = struct.unpack_from("<II", header, 68)
    bare = _Sectors(file, size, ())
    for _ in range(min(count, _SECTORS_AT_MOST)):
        if further >= _LAST_SECTOR:
            return
        *numbers, further = struct.unpack(f"<{size // 4}I", bare.read(further))
        yield from (number for number in numbers if number < _LAST_SECTOR)

"""Office documents that are ZIP packages (docx, xlsx, pptx): what they are, and whether it is safe to open them."""

import re
import zipfile
import zlib
from pathlib import Path

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.evidence.formats import BOMB, DAMAGED, DOCX, ENCRYPTED, MACROS, PPTX, XLSX, Content

ENTRIES_AT_MOST = 10_000
UNPACKED_AT_MOST = 300_000_000
#: Tables of repeated rows shrink to a fiftieth; nothing honest of this size shrinks to a two-hundredth.
RATIO_AT_MOST = 200
_RATIO_FROM = 20_000_000
_TYPES_AT_MOST = 1_000_000

_OFD = N_("{name} is an OFD document, which is not taken yet. Save it as PDF and hand that in.")

_MAIN = {
    b"wordprocessingml.document.main+xml": DOCX,
    b"spreadsheetml.sheet.main+xml": XLSX,
    b"presentationml.presentation.main+xml": PPTX,
}
_MACRO_PARTS = re.compile(r"(?:^|/)(?:vbaProject\.bin|vbaData\.xml|jsaProject\.bin|macrosheets/)", re.IGNORECASE)
_ENCRYPTED_FLAG = 0x1


def content_of(path: Path) -> Content | None:
    """Say which kind of document a ZIP file is, None for other archives.

    Raises Invalid for what is damaged, protected, holds macros or would unpack without measure.
    """
    try:
        with zipfile.ZipFile(path) as package:
            _check_measure(package.infolist(), path.stat().st_size)
            names = package.namelist()
            if "OFD.xml" in names:
                raise Invalid(_OFD)
            if "[Content_Types].xml" not in names:
                return None
            with package.open("[Content_Types].xml") as part:
                types = part.read(_TYPES_AT_MOST)
            found = next((kind for mark, kind in _MAIN.items() if mark in types), None)
            if b"macroEnabled" in types or any(_MACRO_PARTS.search(name) for name in names):
                raise Invalid(MACROS)
            if found is not None and package.testzip() is not None:
                raise Invalid(DAMAGED)
            return found
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, zlib.error) as error:
        raise Invalid(DAMAGED) from error


def _check_measure(entries: list[zipfile.ZipInfo], size: int) -> None:
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise Invalid(ENCRYPTED)
    unpacked = sum(entry.file_size for entry in entries)
    # Entries that share their packed bytes: together they claim more than the file holds.
    overlapping = sum(entry.compress_size for entry in entries) > size
    swollen = unpacked > _RATIO_FROM and unpacked > RATIO_AT_MOST * size
    if len(entries) > ENTRIES_AT_MOST or unpacked > UNPACKED_AT_MOST or overlapping or swollen:
        raise Invalid(BOMB)

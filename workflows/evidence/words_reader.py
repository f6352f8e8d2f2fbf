"""The child process of words: `python -m workflows.evidence.words_reader LIMITS MEDIA_TYPE PATH`, its answer as JSON.

`{"text", "chars", "chars_bare", "cut", "reason"}` as `FileText` keeps them.
"""

import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from openpyxl import load_workbook
from pypdfium2 import PdfDocument

from workflows.evidence import office, texts
from workflows.evidence.confined import child

#: Far beyond any report; the rest is not kept, and the counts are then of what is kept.
KEPT_AT_MOST = 1_000_000
#: A page of a scan holds a stamp or a page number at most.
_SCAN_SIGNS = 12
_SECONDS = 12.0
#: What PostgreSQL does not store in a text, and what shows nothing.
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SLIDE = re.compile(r"ppt/slides/slide\d+\.xml")

SCAN = "scan"


class Kept:
    """Keeps text piece by piece, until there is more than anybody reads."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0
        self._deadline = time.process_time() + _SECONDS

    @property
    def full(self) -> bool:
        """Say whether it takes no more."""
        return self.size >= KEPT_AT_MOST or time.process_time() > self._deadline

    def feed(self, text: str, /) -> None:
        """Take one more piece."""
        self.pieces.append(text)
        self.size += len(text)

    @property
    def text(self) -> str:
        """Give what was kept, with line ends as we write them."""
        whole = "".join(self.pieces).replace("\r\n", "\n").replace("\r", "\n")
        return _UNWANTED.sub("", whole)[:KEPT_AT_MOST].strip("\n")


def _of_pdf(path: Path, kept: Kept) -> str:
    with PdfDocument(path) as document:
        for page in document:
            if kept.full:
                break
            text = page.get_textpage()
            kept.feed(text.get_text_range() + "\n")
            text.close()
            page.close()
        return SCAN if len("".join(kept.text.split())) < _SCAN_SIGNS * min(len(document), 20) else ""


def _of_word(path: Path, kept: Kept) -> str:
    office.feed_body(path, kept)
    return ""


def _of_slides(path: Path, kept: Kept) -> str:
    office.feed_parts(path, _SLIDE, kept)
    return ""


def _of_sheets(path: Path, kept: Kept) -> str:
    # As an open file: a path would have to end in .xlsx, and in the vault nothing has an ending.
    with path.open("rb") as file:
        book = load_workbook(file, read_only=True, data_only=True)
        for sheet in book.worksheets:
            kept.feed(f"{sheet.title}\n")
            for row in sheet.iter_rows(values_only=True):
                if kept.full:
                    return ""
                cells = ["" if cell is None else str(cell) for cell in row]
                if any(cells):
                    kept.feed("\t".join(cells).rstrip("\t") + "\n")
    return ""


def _of_text(path: Path, kept: Kept) -> str:
    kept.feed(texts.decoded(path) or "")
    return ""


_OFFICE = "application/vnd.openxmlformats-officedocument"
READERS: dict[str, Callable[[Path, Kept], str]] = {
    "application/pdf": _of_pdf,
    f"{_OFFICE}.wordprocessingml.document": _of_word,
    f"{_OFFICE}.presentationml.presentation": _of_slides,
    f"{_OFFICE}.spreadsheetml.sheet": _of_sheets,
    "text/plain": _of_text,
    "text/csv": _of_text,
}


def main(arguments: Sequence[str]) -> bytes:
    """Read the words of one file."""
    media_type, path = arguments
    kept = Kept()
    reason = READERS[media_type](Path(path), kept)
    text = kept.text
    counts = {"chars": texts.counted(text), "chars_bare": texts.counted_bare(text)}
    return json.dumps({"text": text, **counts, "cut": kept.full, "reason": reason}).encode()


if __name__ == "__main__":
    child(main)

"""Plain text: which encoding it is in, whether it is a web page in disguise, and how long it is (字数)."""

import codecs
import re
from pathlib import Path

from workflows.evidence.formats import Format
from workflows.evidence.intake import ExaminedFile

#: Far beyond any report; counting stops there.
COUNTED_AT_MOST = 1_000_000

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"<(?:!doctype|\?xml|html|head|body|svg|script|iframe|!--)", re.IGNORECASE)
_MARKUP_WITHIN = 2000

#: Ideographs, kana, and the punctuation of Chinese text: each sign counts one.
_SINGLE = (
    "\u2e80-\u2fff\u3001-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\u2014\u2018\u2019\u201c\u201d\u2026\U00020000-\U0003ffff"
)
_COUNTED = re.compile(rf"[{_SINGLE}]|[^\s{_SINGLE}]+")
_IN_WORD = re.compile(rf"[^\s{_SINGLE}]")

#: The same without punctuation: ideographs, kana and Hangul one each, runs of other letters and digits one each.
_LETTER = "\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = rf"(?:(?![{_LETTER}])[^\W_])+"
_BARE = re.compile(rf"[{_LETTER}]|{_RUN}(?:[.,'’-]{_RUN})*")


class Length:
    """The length of a text as office programs state it: every Chinese sign one, every other word or number one.

    Text may come in pieces; a word cut between two of them counts once.
    """

    def __init__(self) -> None:
        self.total = 0
        self._inside_word = False

    @property
    def full(self) -> bool:
        """Say whether counting has stopped."""
        return self.total >= COUNTED_AT_MOST

    def feed(self, text: str) -> None:
        """Count one more piece."""
        if not text or self.full:
            return
        self.total += sum(1 for _ in _COUNTED.finditer(text))
        if self._inside_word and _IN_WORD.match(text):
            self.total -= 1
        self._inside_word = _IN_WORD.match(text[-1]) is not None


def counted(text: str) -> int:
    """Count a text as Word does (字数): signs of Chinese text one each, its punctuation included, other words one each."""
    return sum(1 for _ in _COUNTED.finditer(text))


def counted_bare(text: str) -> int:
    """Count a text without any punctuation: Chinese characters one each, runs of letters and digits one each."""
    return sum(1 for _ in _BARE.finditer(text))


def examine(path: Path, found: Format) -> ExaminedFile:
    """Measure a text file that `decoded` could read."""
    length = Length()
    length.feed(decoded(path) or "")
    return ExaminedFile(found.media_type, found.kind, text_chars=length.total)


def decoded(path: Path) -> str | None:
    """Give the text of a file in UTF-8, UTF-16 with a mark, or GB18030; None when it is no text."""
    content = path.read_bytes()
    encodings = [name for mark, name in _MARKS if content.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _NOT_TEXT.search(text) else text
    return None


def is_markup(text: str) -> bool:
    """Say whether a browser could take the text for a page or a drawing."""
    return _MARKUP.search(text[:_MARKUP_WITHIN]) is not None

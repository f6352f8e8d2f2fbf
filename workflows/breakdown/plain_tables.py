"""What the readers of plain text share: lines with their places, rows as wide as their table, and what a head is.

Head words are those of `header.py`; here they only tell where a table begins, not what it means.
"""

import re
import unicodedata
from collections.abc import Sequence

from workflows.breakdown.header import MAX_HEAD, Column, column_of, is_filled_in_later, loosely, squeeze
from workflows.breakdown.raw_tables import RawCell, RawRow, RawTable

#: A paragraph and the line it begins on, from 1.
Line = tuple[str, int]

_LEAST_KNOWN = 2
#: More than any task table has; a wider line of text is none, and would make every row as wide.
MAX_COLUMNS = 100
_SENTENCE_END = "。；;！？：:"
_NUMBERED = re.compile(
    r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})[、.．)）]|[（(](?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）]|[①-⑳]"
)


def numbered_lines(text: str) -> list[Line]:
    """Give the lines of a text with their numbers, from 1, blank ones too."""
    return [(line, number) for number, line in enumerate(text.split("\n"), start=1)]


def filled(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Give the lines that hold something, without outer blanks."""
    return tuple((text.strip(), place) for text, place in lines if text.strip())


def is_head_row(texts: Sequence[str]) -> bool:
    """Say whether these cells head a table: two meanings at least, half of the words known, no more than `MAX_COLUMNS`."""
    words = [word for word in map(squeeze, texts) if word]
    if not _LEAST_KNOWN <= len(words) <= MAX_COLUMNS or any(len(word) > MAX_HEAD for word in words):
        return False
    known = [column for column in map(column_of, words) if column is not Column.UNKNOWN]
    likely = [word for word in words if _is_likely(word)]
    return len(set(known)) >= _LEAST_KNOWN and 2 * len(likely) >= len(words)


def _is_likely(word: str) -> bool:
    return column_of(word) is not Column.UNKNOWN or loosely(word) is not Column.UNKNOWN or is_filled_in_later(word)


def raw_row(texts: Sequence[str], width: int, place: int) -> RawRow:
    """Make a row `width` cells wide; cells missing at its end are filled up and the row marked short."""
    cells = [RawCell(text.strip()) for text in texts]
    cells.extend([RawCell("")] * (width - len(cells)))
    return RawRow(tuple(cells), place, short=len(texts) < width)


def has_head(table: RawTable) -> bool:
    """Say whether any row of a table heads columns."""
    return any(is_head_row([cell.text for cell in row.cells]) for row in table.rows)


def shown_width(text: str) -> int:
    """Give the places a text takes on a terminal: two for a Chinese sign."""
    return shown_places(text, [len(text)])[0]


def shown_places(text: str, places: Sequence[int]) -> list[int]:
    """Give where on a terminal the signs at these ascending places of a text stand."""
    shown: list[int] = []
    width = done = 0
    for place in places:
        width += sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text[done:place])
        done = place
        shown.append(width)
    return shown


def continues_word(text: str, following: str) -> bool:
    """Say whether a line goes on in the middle of a sentence: `text` ends none, `following` begins no numbered part."""
    return text[-1:] not in _SENTENCE_END and _NUMBERED.match(following) is None

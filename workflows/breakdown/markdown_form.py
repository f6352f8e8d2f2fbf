"""Markdown tables (GitHub's form): a line of heads, a line of dashes, a line for each row.

Every line that holds a bar after the dashes is a row, with or without bars at its outer ends. The marks inside cells
(**bold**, links, `code`, <br>) become plain text. Text outside of tables loses the marks of headings only.
"""

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from workflows.breakdown.plain_tables import Line, numbered_lines, raw_row
from workflows.breakdown.raw_tables import RawDocument, RawRow, RawTable

_DASHES = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*+\|?\s*")
_BAR = re.compile(r"(?<!\\)\|")
_MARKUP = re.compile(r"[*_`\[\]<>\\&!]")
_BETWEEN_FIGURES = re.compile(r"(?<=[0-9A-Za-z米])\*(?=[0-9A-Za-z])")
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?|[-+*]\s+)+|\s+#+\s*$")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_RULE = re.compile(r"\s*(?:`{3,}\w*|~{3,}\w*|-{3,}|\*{3,}|_{3,})\s*")

_inline = MarkdownIt("commonmark")


@dataclass
class _Open:
    """The table being read."""

    before: tuple[Line, ...]
    width: int
    rows: list[RawRow]
    lost: list[Line] = field(default_factory=list)


def looks_like_markdown(text: str) -> bool:
    """Say whether a line of heads with bars stands above a line of dashes with as many columns."""
    lines = text.split("\n")
    return any(_heads(lines, place) is not None for place in range(len(lines)))


def read_markdown(text: str) -> RawDocument:
    """Give the tables of a Markdown text.

    A row with fewer cells than the head is marked short. One with more holds a bar nobody escaped: it is kept as
    lost text.
    """
    lines = text.split("\n")
    tables: list[_Open] = []
    waiting: list[Line] = []
    inside = False
    for line, number in numbered_lines(text):
        heads = _heads(lines, number - 1)
        if heads is not None:
            tables.append(_Open(tuple(waiting), len(heads), [raw_row(heads, len(heads), number)]))
            waiting, inside = [], True
        elif inside and _BAR.search(line):
            _take(tables[-1], line, number)
        else:
            inside = False
            plain = _paragraph(line)
            if plain:
                waiting.append((plain, number))
    made = tuple(RawTable(tuple(table.rows), table.before, lost=tuple(table.lost)) for table in tables)
    return RawDocument(made, tuple(waiting))


def plain_cell(text: str) -> str:
    """Give the text of a cell without its marks; <br> is a line break."""
    unescaped = text.replace("\\|", "|").strip()
    if not _MARKUP.search(unescaped):
        return unescaped
    # 0.6m*0.8m is a size; Markdown would take the second star of two such for italics.
    protected = _BETWEEN_FIGURES.sub(r"\\*", unescaped)
    (parsed,) = _inline.parseInline(protected)
    return "".join(map(_plain, parsed.children or ())).strip()


def _plain(token: Token) -> str:
    if token.type == "html_inline":
        return "\n" if _BREAK.fullmatch(token.content) else ""
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    if token.type == "image":
        return "".join(map(_plain, token.children or ()))
    return token.content


def _heads(lines: list[str], place: int) -> list[str] | None:
    """Give the heads when the line at `place` is the first of a table."""
    if place + 1 >= len(lines) or not _is_dashes(lines[place + 1]) or "|" not in lines[place]:
        return None
    heads = _split(lines[place])
    same = len(heads) == len(_split(lines[place + 1]))
    return [plain_cell(head) for head in heads] if same and not _is_dashes(lines[place]) else None


def _is_dashes(line: str) -> bool:
    return "-" in line and "|" in line and _DASHES.fullmatch(line) is not None


def _split(line: str) -> list[str]:
    inner = line.strip()
    inner = inner.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return _BAR.split(inner)


def _take(table: _Open, line: str, number: int) -> None:
    if _is_dashes(line):
        return  # the dashes below the head, or lines somebody drew between rows
    cells = [plain_cell(cell) for cell in _split(line)]
    while len(cells) > table.width and not cells[-1]:
        cells.pop()
    if len(cells) > table.width:
        table.lost.append((" ".join(cell for cell in cells if cell), number))
    elif any(cells):
        table.rows.append(raw_row(cells, table.width, number))


def _paragraph(line: str) -> str:
    return "" if _RULE.fullmatch(line) else plain_cell(_HEADING.sub("", line))

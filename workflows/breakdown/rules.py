"""Scored rules inside a table cell: where one ends and the next begins, numbers, headings, points.

A cell may hold several rules, each closed by its points in brackets; a heading line before a rule
(Ⅲ-5…, 未成年人思想道德建设：) is the indicator it belongs to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

#: （2分）, also with what is taken off behind it: （3分，每少1次扣0.5分）.
_POINTS = re.compile(
    r"[（(【\[]\s*(?:共|计|满分|分值)?[:：]?\s*(\d{1,4}(?:\.\d{1,2})?)\s*分\s*(?:[，,；;][^（()）【】\[\]\n]{0,60})?[)）】\]]"
)
#: The most a rule gives where no bracket says what it is worth.
_MOST_POINTS = re.compile(r"(?:满分|最高|最多|总分|共计)(?:可?[得计记加为])?\s*(\d{1,3}(?:\.\d{1,2})?)\s*分(?![钟之])")
_POINTS_AT_END = re.compile(_POINTS.pattern + r"[。；;，,]?$")
_AFTER_POINTS = re.compile(r"(分\s*[)）】\]][。；;，,]?)\s*(?=(?:\d{1,3}[、.．)）]|[（(]\d{1,3}[)）]|[①-⑳]))")
_NUMBER = re.compile(r"^(?:(\d{1,3})[、．)）]|(\d{1,3})\.(?!\d)|[（(](\d{1,3})[)）]|([①-⑳]))")
_CODED = re.compile(r"^[Ⅰ-Ⅻ]+\s*[-－—–]\s*\d+")
_OPEN_HEADING = re.compile(r"^.{2,30}[:：]$")
_MAX_HEADING = 30
_SENTENCE_END = "。；;！？"


@dataclass(frozen=True)
class ScoredRule:
    """One rule of a cell. `heading` "" when the cell has none before it; the text is verbatim."""

    heading: str
    item_no: str
    text: str
    points: Decimal | None


def split_rules(lines: Sequence[str]) -> tuple[ScoredRule, ...]:
    """Split the paragraphs of a rule cell into its scored rules; at least one for a cell with text."""
    heading = ""
    rules: list[ScoredRule] = []
    for segment in _segments(_one_rule_per_line(lines)):
        own, body = _without_heading(segment)
        heading = own or heading
        text = "\n".join(body)
        rules.append(ScoredRule(heading, item_number(body[0]), text, _worth(text)))
    return tuple(rules)


def item_number(text: str) -> str:
    """Give the number a rule begins with, bare: "4" for 4）, "①" for ①, "" for none."""
    match = _NUMBER.match(text.strip())
    return next(group for group in match.groups() if group) if match else ""


def points_in(text: str) -> Decimal | None:
    """Give the points in brackets, added up where there are several; None without any."""
    found = [Decimal(match.group(1)) for match in _POINTS.finditer(text)]
    return sum(found, Decimal(0)) if found else None


def _worth(text: str) -> Decimal | None:
    points = points_in(text)
    if points is not None:
        return points
    most = _MOST_POINTS.findall(text)
    return Decimal(most[0]) if len(most) == 1 else None


def _one_rule_per_line(lines: Sequence[str]) -> list[str]:
    joined: list[str] = []
    for line in lines:
        if joined and line[0] in "（(" and not _NUMBER.match(line):
            joined[-1] += line  # a bracket put on a line of its own: （含二级机构）
        else:
            joined.append(line)
    return [part for line in joined for part in _AFTER_POINTS.sub(r"\1\n", line).split("\n") if part.strip()]


def _segments(lines: list[str]) -> list[list[str]]:
    """Group lines into rules: each ends with its points; what follows without a number belongs to it."""
    segments: list[list[str]] = []
    closed = False
    for line in lines:
        scored = _POINTS_AT_END.search(line) is not None
        begins = scored or bool(_NUMBER.match(line)) or _is_heading(line)
        if not segments or (closed and begins):
            segments.append([line])
            closed = scored
        else:
            segments[-1].append(line)
            closed = closed or scored
    return segments


def _without_heading(segment: list[str]) -> tuple[str, list[str]]:
    """Take the heading lines off the front; the last line always stays."""
    count = 0
    after_colon = False
    while count < len(segment) - 1:
        line = segment[count]
        numbered = after_colon and _NUMBER.match(line) is not None and len(line) <= _MAX_HEADING
        if not _is_heading(line) and not (
            numbered and line[-1] not in _SENTENCE_END and points_in(line) is None
        ):
            break
        after_colon = _OPEN_HEADING.match(line) is not None
        count += 1
    return "".join(segment[:count]), segment[count:]


def _is_heading(line: str) -> bool:
    if points_in(line) is not None:
        return False
    return bool(_CODED.match(line) or (_OPEN_HEADING.match(line) and not _NUMBER.match(line)))

"""Numbered paragraphs as a tree: 一、 over （一） over 1. over ①, with the tails that name who does what.

Which mark stands above which is not fixed: a mark met for the first time is one level deeper, one met before goes back
to its level.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workflows.breakdown.header import DEPARTMENT_COLUMNS, Column
from workflows.breakdown.plain_tables import Line
from workflows.breakdown.task_tails import Field, after_tails, all_above, joined, names_units, without_tails

_CHINESE = "一二三四五六七八九十百零〇"
_MARKERS = (
    ("chapter", re.compile(rf"第[{_CHINESE}\d]{{1,4}}[章节条编部项](?:[、：:\s　]|(?=[一-鿿]))")),
    ("task", re.compile(rf"任务[{_CHINESE}\d]{{1,3}}[、：:.．\s　]")),
    ("han", re.compile(rf"([{_CHINESE}]{{1,4}})[、.．]")),
    ("han_in_brackets", re.compile(rf"([（(][{_CHINESE}]{{1,4}}[)）])[、.．]?")),
    ("dotted", re.compile(r"(\d{1,3}(?:[.．]\d{1,3})+)[、.．\s　]?(?![\d.．%％])")),
    ("figure", re.compile(r"(\d{1,3})(?:[、．]|\.(?!\d)|(?=[　\t ]{1,4}[一-鿿]))")),
    ("figure_in_brackets", re.compile(r"([（(]\d{1,3}[)）])")),
    ("figure_before_bracket", re.compile(r"(\d{1,3})[)）]")),
    ("circle", re.compile(r"([①-⑳㉑-㉟])")),
    ("roman", re.compile(r"([Ⅰ-Ⅻ]+(?:\s*[-－—–]\s*\d+)?)[、.．\s]?")),
    ("letter", re.compile(r"([A-Za-z])[、.．)）]")),
)
#: Marks that number the parts of one task.
PART_MARKS = frozenset({"circle", "figure_in_brackets", "figure_before_bracket", "letter"})
_PLAIN = "plain"
_LONGEST_HEADING = 40
_LONGEST_MARKED = 12


@dataclass
class Node:
    """A numbered paragraph with what follows it. `kind`: its mark, "" for the root, "plain" for none.

    `on_own_line`: its tail stands on a line below it, so it may hold for more than this paragraph.
    """

    kind: str
    number: str
    lines: list[Line]
    parent: "Node | None" = None
    fields: list[Field] = field(default_factory=list)
    on_own_line: bool = False
    children: list["Node"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Give the paragraphs of the node itself."""
        return "\n".join(line for line, _ in self.lines)

    def all_lines(self) -> Iterator[Line]:
        """Give the lines of the node and of all below it, in order."""
        yield from self.lines
        for child in self.children:
            yield from child.all_lines()

    def is_heading(self) -> bool:
        """Say whether the text is a heading rather than a task: short, and no sentence."""
        bare = self.text.strip()
        return len(self.lines) == 1 and len(bare) <= _LONGEST_HEADING and "。" not in bare[:-1] and "；" not in bare

    def has_fields_below(self) -> bool:
        """Say whether anything below it has a tail."""
        return any(child.fields or child.has_fields_below() for child in self.children)


@dataclass
class Outline:
    """The tree, and the lines outside of it."""

    root: Node
    loose: list[Line]


def outline(lines: Sequence[Line]) -> Outline:
    """Make the tree of a text."""
    reading = _Reading()
    for text, place in joined([(text.strip(), place) for text, place in lines if text.strip()]):
        for piece in _pieces(text):
            reading.take(piece, place)
    _raise_common_tails(reading.root)
    return Outline(reading.root, reading.loose)


def marker(text: str) -> tuple[str, str] | None:
    """Give the kind of the mark a text begins with and the number in it; None for none."""
    head = text.lstrip(" \t　*")[:_LONGEST_MARKED]
    for kind, pattern in _MARKERS:
        match = pattern.match(head)
        if match:
            return kind, (match.group(1) if match.groups() else match.group()).strip(" \t　、：:.．")
    return None


class _Reading:
    """The tree being built. `last`: the node read last, to which a tail or another paragraph belongs."""

    def __init__(self) -> None:
        self.root = Node("", "", [])
        self.loose: list[Line] = []
        self.last: Node = self.root
        self._pending: Line | None = None  # a paragraph without a mark, which a tail may make a task
        self._waits = False  # the last label had nothing behind it: its words follow on lines of their own

    def take(self, text: str, place: int) -> None:
        """Take one paragraph."""
        common = all_above(text)
        if common and self.last is not self.root:
            self._group_of(self.last).fields.extend(common)
            return
        left, fields = without_tails(text)
        mark = marker(left) if left else None
        if self._waits and self._answers(left, fields, mark=mark):
            return
        self._waits = False
        if fields and not left:
            self._attach(list(fields))
        elif mark:
            self._push(mark, (left, place), list(fields))
        else:
            self._plain((left, place), list(fields))

    def _answers(self, left: str, fields: Sequence[Field], *, mark: tuple[str, str] | None) -> bool:
        """Take a line as the words of the label above it, when that had none."""
        last = self.last.fields[-1]
        listed = mark is not None and last.column is Column.ADVICE and mark[0] != self.last.kind
        fits = last.column not in DEPARTMENT_COLUMNS or names_units(left)
        over = bool(last.text) and last.column not in DEPARTMENT_COLUMNS and not listed
        if fields or over or not fits or (mark is not None and not listed):
            return False
        self.last.fields[-1] = Field(last.column, f"{last.text}\n{left}".strip())
        # Names may go on over several lines, a list of demands too.
        return True

    def _attach(self, fields: list[Field]) -> None:
        """Give a tail on a line of its own to the paragraph above it."""
        if self._pending is not None:
            self._add_plain(self._pending, [])
            self.loose.pop()  # it was the last of them
            self._pending = None
        if self.last is self.root:
            return
        self.last.fields.extend(fields)
        self.last.on_own_line = True
        self._waits = bool(fields) and not fields[-1].text

    def _push(self, mark: tuple[str, str], line: Line, fields: list[Field]) -> None:
        kind, number = mark
        self._pending = None
        above = self.last
        while above.kind and above.kind != kind:
            above = above.parent or self.root
        if above.kind == kind:
            parent = above.parent or self.root
        else:
            parent = self.last if self.last.kind != _PLAIN else self.last.parent or self.root
        self.last = Node(kind, number, [line], parent, fields)
        parent.children.append(self.last)

    def _plain(self, line: Line, fields: list[Field]) -> None:
        """Take a paragraph without a mark: more of the one above, a task of its own, or prose."""
        open_node = self.last is not self.root and not self.last.fields
        if fields:
            self._pending = None
            if open_node:
                self.last.lines.append(line)
                self.last.fields.extend(fields)
            else:
                self._add_plain(line, fields)
        elif open_node:
            self.last.lines.append(line)
        else:
            self.loose.append(line)
            self._pending = line

    def _add_plain(self, line: Line, fields: list[Field]) -> None:
        parent = self.last
        while parent.kind and not (parent.kind != _PLAIN and parent.is_heading() and not parent.fields):
            parent = parent.parent or self.root
        self.last = Node(_PLAIN, "", [line], parent, fields)
        parent.children.append(self.last)

    def _group_of(self, node: Node) -> Node:
        while node.kind in PART_MARKS and node.parent is not None:
            node = node.parent
        return node.parent if node.parent is not None and node.parent.kind else node


def _pieces(text: str) -> list[str]:
    """Part tasks that stand in one paragraph: each behind the tail of the one before."""
    cuts = [cut for cut in after_tails(text) if marker(text[cut:])]
    bounds = [0, *cuts, len(text)]
    return [piece for start, stop in itertools.pairwise(bounds) if (piece := text[start:stop].strip().lstrip("；;"))]


def _raise_common_tails(node: Node) -> None:
    """Move a tail below the last of several paragraphs up to their group, when no other of them has one."""
    for child in node.children:
        _raise_common_tails(child)
    if not node.kind or len(node.children) < 2:  # noqa: PLR2004 - one paragraph shares with nobody
        return
    *others, last = node.children
    alone = not any(other.fields or other.has_fields_below() for other in others)
    if alone and last.fields and last.on_own_line and not node.fields:
        node.fields, last.fields = last.fields, []
        node.on_own_line = True

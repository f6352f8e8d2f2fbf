"""What was written differently between two rounds of a report: its sentences side by side, changed ones by the character."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

#: Longer texts are compared up to here; beyond it the rest counts as one sentence.
MAX_CHARS = 40_000
MAX_SENTENCES = 1_500
#: Two sentences more alike than this are one sentence that was changed.
_ALIKE = 0.5
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+")


class Kind(StrEnum):
    """What happened to a passage."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Passage:
    """A piece of text and what happened to it."""

    kind: Kind
    text: str


def text_changes(before: str, after: str) -> list[Passage]:
    """Give the later text with what was added and what was taken out, in reading order.

    Joining all passages but the removed ones gives `after`, joining all but the added ones `before`.
    """
    return _joined(_passages(_sentences(before), _sentences(after)))


def _sentences(text: str) -> list[str]:
    found = _SENTENCE.findall(text[:MAX_CHARS])
    rest = "".join(found[MAX_SENTENCES:]) + text[MAX_CHARS:]
    return [*found[:MAX_SENTENCES], *([rest] if rest else [])]


def _passages(before: Sequence[str], after: Sequence[str]) -> Iterator[Passage]:
    for tag, left, left_end, right, right_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Passage(Kind.SAME, "".join(after[right:right_end]))
        else:
            yield from _replaced(before[left:left_end], after[right:right_end])


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Passage]:
    """Set sentences that were exchanged against each other in their order; those that are alike by the character."""
    paired = min(len(before), len(after))
    for old, new in zip(before[:paired], after[:paired], strict=True):
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        if len(old) * len(new) > MAX_CHARS or matcher.ratio() < _ALIKE:
            yield Passage(Kind.REMOVED, old)
            yield Passage(Kind.ADDED, new)
        else:
            yield from _characters(matcher, old, new)
    yield Passage(Kind.REMOVED, "".join(before[paired:]))
    yield Passage(Kind.ADDED, "".join(after[paired:]))


def _characters(matcher: "SequenceMatcher[str]", old: str, new: str) -> Iterator[Passage]:
    for tag, left, left_end, right, right_end in matcher.get_opcodes():
        if tag == "equal":
            yield Passage(Kind.SAME, new[right:right_end])
        else:
            yield Passage(Kind.REMOVED, old[left:left_end])
            yield Passage(Kind.ADDED, new[right:right_end])


def _joined(passages: Iterator[Passage]) -> list[Passage]:
    joined: list[Passage] = []
    for one in passages:
        if not one.text:
            continue
        if joined and joined[-1].kind is one.kind:
            joined[-1] = Passage(one.kind, joined[-1].text + one.text)
        else:
            joined.append(one)
    return joined

"""Two rounds of one department side by side (两次提交对比), and whether the points of a return were answered.

Pure rules over the frozen evidence of `Submission.snapshot`: nothing here reads the database.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Frozen = Mapping[str, Any]

#: What may be written differently while the file stays the same one.
_WORDS = ("caption", "description", "event_date", "requirement")


class Mark(StrEnum):
    """What happened to a piece of evidence between two rounds."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    SAME = "same"


@dataclass(frozen=True)
class Change:
    """One piece of evidence in two rounds, as `Submission.snapshot` froze it; None where it was not there."""

    mark: Mark
    before: Frozen | None
    after: Frozen | None

    @property
    def requirements(self) -> frozenset[str]:
        """Give the ids of the requirements this change touches."""
        filed = (one["requirement"] for one in (self.before, self.after) if one is not None)
        return frozenset(str(one) for one in filed if one)


@dataclass(frozen=True)
class Point:
    """One point of a return: its words, the changes that answer it (none: not answered)."""

    text: str
    answers: tuple[Change, ...]

    @property
    def answered(self) -> bool:
        """Say whether anything was done about it."""
        return bool(self.answers)


def compare(before: Sequence[Frozen], after: Sequence[Frozen]) -> list[Change]:
    """Set the evidence of two rounds side by side: first what stands now, in its order, then what is gone.

    A file replaced by one of the same name for the same requirement counts as changed.
    """
    left = {str(one["id"]): one for one in before}
    changes = []
    for one in after:
        former = left.pop(str(one["id"]), None) or _twin(one, left)
        if former is not None:
            left.pop(str(former["id"]), None)
        changes.append(Change(_mark(former, one), former, one))
    return changes + [Change(Mark.REMOVED, one, None) for one in left.values()]


def marks(changes: Sequence[Change]) -> dict[str, Mark]:
    """Give the mark of every piece that stands now, by its id."""
    return {str(change.after["id"]): change.mark for change in changes if change.after is not None}


def points(remark: str, missing: Mapping[str, Collection[str]], changes: Sequence[Change]) -> list[Point]:
    """Give the points of a return: what it lists as missing, or its remark where it lists nothing.

    `missing` maps each listed text to the ids of the requirements it stands for; a text that stands for none,
    like a remark, counts as answered by any change.
    """
    happened = [change for change in changes if change.mark is not Mark.SAME]
    if not missing:
        return [Point(remark, tuple(happened))] if remark else []
    return [
        Point(text, tuple(change for change in happened if not wanted or change.requirements & set(wanted)))
        for text, wanted in missing.items()
    ]


def _twin(one: Frozen, left: Mapping[str, Frozen]) -> Frozen | None:
    for former in left.values():
        same_place = former["requirement"] == one["requirement"]
        if same_place and (former["name"] == one["name"] or former["sha256"] == one["sha256"]):
            return former
    return None


def _mark(former: Frozen | None, one: Frozen) -> Mark:
    if former is None:
        return Mark.NEW
    same = former["sha256"] == one["sha256"] and all(former[key] == one[key] for key in _WORDS)
    return Mark.SAME if same else Mark.CHANGED

"""One line of a comparison of editions as the page shows it: both rules, what was taken out marked, what was added marked."""

from collections.abc import Iterable, Sequence
from typing import Any

from engine.catalogue import N_
from models.breakdown import Requirement, Rule
from models.editions import PairState, RulePair
from web import words
from web.language import translated
from web.session import language
from workflows.breakdown.edition_workbook import CHANGES, STATUS, status_of
from workflows.breakdown.editions import Change, EditionRow
from workflows.breakdown.wording import sentence
from workflows.lifecycle.text_changes import Kind, text_changes

_BADGES = {"same": "plain", "changed": "changed", "added": "new", "removed": "removed"}

#: A piece of text and whether it is the same on both sides, was taken out, or was added.
Passage = dict[str, str]


def shown(row: EditionRow) -> dict[str, Any]:
    """Give a line: its badge, its pair, and both sides (None where there is no such rule)."""
    status = status_of(row)
    changes = {Change(one) for one in row.pair.changes} if row.pair is not None else set()
    return {
        "id": next(one.id for one in (row.newer, row.older) if one is not None),
        "badge": {"text": translated(STATUS[status]), "kind": _BADGES[status]},
        "pair": _pair(row.pair) if row.pair is not None else None,
        "older": _side(row.older, row.newer, changes, Kind.REMOVED),
        "newer": _side(row.newer, row.older, changes, Kind.ADDED),
    }


def _pair(pair: RulePair) -> dict[str, Any]:
    return {
        "id": pair.id,
        "confirmed": pair.state == PairState.CONFIRMED,
        "doubtful": pair.doubtful and pair.state == PairState.PROPOSED,
        "likeness": round(pair.likeness * 100),
        "changes": [translated(CHANGES[Change(one)]) for one in pair.changes],
        "departments_carried": pair.departments_carried,
        "requirements_carried": pair.requirements_carried,
        "carried": pair.departments_carried or pair.requirements_carried,
    }


def _side(rule: Rule | None, other: Rule | None, changes: set[Change], marked: Kind) -> dict[str, Any] | None:
    """Give one side of a line. `marked`: how a passage is marked that only this side has."""
    if rule is None:
        return None
    advice = other is None or Change.ADVICE in changes
    return {
        "id": rule.id,
        "indicator": rule.indicator,
        "item_no": rule.item_no,
        "passages": _passages(rule.text, other.text if other is not None else None, marked),
        "advice": _passages(rule.advice, other.advice if other is not None else None, marked) if advice and rule.advice else [],
        "demands": _demands(rule, other, marked) if other is not None and Change.REQUIREMENTS in changes else [],
        "facts": _facts(rule, changes, marked),
    }


def _passages(text: str, other: str | None, marked: Kind) -> list[Passage]:
    if other is None:
        return [_passage(text, Kind.SAME)]
    found = text_changes(other, text) if marked is Kind.ADDED else text_changes(text, other)
    return [_passage(one.text, one.kind) for one in found if one.kind in {Kind.SAME, marked}]


def _demands(rule: Rule, other: Rule, marked: Kind) -> list[Passage]:
    """Give what one side asks for and the other does not."""
    elsewhere = set(_asked(other.requirements))
    return [_passage(one, marked) for one in _asked(rule.requirements) if one not in elsewhere]


def _asked(requirements: Iterable[Requirement]) -> list[str]:
    return list(dict.fromkeys(sentence(one, language()) for one in requirements if one.origin == "table"))


def _facts(rule: Rule, changes: set[Change], marked: Kind) -> list[Passage]:
    points = translated(N_("{n} points"), n=words.number(rule.points)) if rule.points is not None else ""
    departments = "、".join(_named(one.name, one.role) for one in rule.departments) or "—"
    facts: Sequence[tuple[str, Change]] = (
        (points, Change.POINTS), (departments, Change.DEPARTMENTS), (rule.deadline or "", Change.DEADLINE),
    )  # fmt: skip
    return [_passage(text, marked if change in changes else Kind.SAME) for text, change in facts if text]


def _passage(text: str, kind: Kind) -> Passage:
    return {"kind": kind.value, "text": text}


def _named(name: str, role: str) -> str:
    return f"{name}（{translated(words.PART_ROLES[role])}）" if role in words.PART_ROLES and role != "responsible" else name

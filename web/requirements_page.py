"""What the page of a case's requirements shows: the words of the table with the phrases marked, the list, the forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from models.audit import AuditEvent
from models.breakdown import Requirement, Rule
from models.evidence import Assignment, AssignmentState, Evidence
from models.people import Department, Person
from web import event_words, requirement_form, words
from web.language import translated
from web.session import language
from workflows.breakdown.requirements import removed_of, requirements_of
from workflows.breakdown.wording import KINDS, sentence, wording_of
from workflows.lifecycle.words import case_chain

_OVER = frozenset({AssignmentState.ARCHIVING, AssignmentState.ARCHIVED, AssignmentState.CLOSED})
_EVENTS = ("requirement.added", "requirement.changed", "requirement.removed", "requirement.restored")
_MOST_EVENTS = 100
_SCOPES = {"rule": N_("from the rule"), "cell": N_("from the advice")}


@dataclass(frozen=True)
class Opened:
    """Which form is open: that of a new requirement of a kind, of a change, of a removal; and what was typed in it."""

    kind: str
    change: UUID | None
    typed: Mapping[str, str] = field(default_factory=dict)
    remove: UUID | None = None


@dataclass(frozen=True)
class _Shelf:
    """What is known of all requirements of the page: names of people, how many files are filed under each."""

    no: str
    people: Mapping[UUID, str]
    filed: Mapping[UUID, int]
    opened: Opened

    def name(self, person_id: UUID | None) -> str:
        return self.people.get(person_id, "") if person_id else ""


def page(session: Session, assignment: Assignment, opened: Opened, fault: str) -> dict[str, Any]:
    """Give what requirements/list.html reads."""
    rule = assignment.rule
    current = requirements_of(session, rule.id)
    removed = removed_of(session, rule.id)
    numbers = {one.id: number for number, one in enumerate(current, 1)}
    every = (*current, *removed)
    shelf = _Shelf(assignment.no, _people(session, every), _filed(session, [one.id for one in every]), opened)
    kind = opened.kind if opened.kind in KINDS else ""
    return {
        "case": {"no": assignment.no, "title": assignment.title, "href": url_for("items.case", no=assignment.no)},
        "decided": assignment.state in _OVER,
        "rule": _marked(rule.text, [one for one in current if one.scope == "rule"], numbers),
        "advice": _marked(rule.advice, [one for one in current if one.scope == "cell"], numbers),
        "requirements": [_shown(shelf, one, numbers[one.id]) for one in current],
        "removed": [_shown(shelf, one, 0) for one in removed],
        "departments": _departments(session, assignment),
        "kinds": [
            {
                "name": translated(label),
                "href": url_for("requirements.index", no=assignment.no, add=code, _anchor="add"),
                "current": code == kind,
            }
            for code, label in KINDS.items()
        ],
        "new": _new(kind, opened),
        "add_action": url_for("requirements.add", no=assignment.no),
        "here": url_for("requirements.index", no=assignment.no),
        **_neighbours(session, assignment),
        "history": _history(session, assignment),
        "fault": fault,
        "fault_at": str(opened.change or opened.remove or ("add" if opened.typed else "")),
    }


def segments(text: str, phrases: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Part a text at its phrases, each with its number; 0 for the words between. What lies inside another is left out."""
    spans: list[tuple[int, int, int]] = []
    for phrase, number in phrases:
        taken = {start for start, _, _ in spans}
        start = text.find(phrase) if phrase else -1
        while start >= 0 and start in taken:
            start = text.find(phrase, start + 1)
        if start >= 0:
            spans.append((start, start + len(phrase), number))
    parts: list[tuple[str, int]] = []
    place = 0
    for start, stop, number in sorted(spans):
        if start >= place:
            parts += [(text[place:start], 0), (text[start:stop], number)]
            place = stop
    return [part for part in (*parts, (text[place:], 0)) if part[0]]


def _marked(text: str, found: Sequence[Requirement], numbers: Mapping[UUID, int]) -> list[dict[str, Any]]:
    parts = segments(text, [(one.source_phrase, numbers[one.id]) for one in found])
    return [{"text": part, "number": number} for part, number in parts]


def _shown(shelf: _Shelf, one: Requirement, number: int) -> dict[str, Any]:
    opened = shelf.opened
    changing, removing = opened.change == one.id, opened.remove == one.id
    typed = opened.typed if changing and opened.typed else requirement_form.stored(wording_of(one), one.changed_at)
    return {
        "id": str(one.id),
        "number": number,
        "text": sentence(one, language()),
        "phrase": one.source_phrase,
        "source": translated(_SCOPES[one.scope]) if one.source_phrase and one.scope in _SCOPES else "",
        "own": one.origin == "person",
        "by": shelf.name(one.created_by),
        "changed_at": one.changed_at,
        "changed_by": shelf.name(one.changed_by),
        "removed_at": one.removed_at,
        "removed_by": shelf.name(one.removed_by),
        "department": one.department.name if one.department is not None else "",
        "note": one.note,
        "filed": shelf.filed.get(one.id, 0),
        "form": requirement_form.shown(typed) if changing else None,
        "kinds": _kinds(str(typed["kind"])) if changing else [],
        "removing": removing,
        "remove_reason": opened.typed.get("reason", "") if removing else "",
        "change_href": url_for("requirements.index", no=shelf.no, change=one.id, _anchor=f"requirement-{one.id}"),
        "actions": {
            name: url_for(f"requirements.{name}", no=shelf.no, requirement_id=one.id)
            for name in ("change", "remove", "restore")
        },
    }


def _kinds(chosen: str) -> list[dict[str, Any]]:
    return [{"value": code, "label": translated(label), "selected": code == chosen} for code, label in KINDS.items()]


def _new(kind: str, opened: Opened) -> dict[str, Any] | None:
    if not kind:
        return None
    typed = opened.typed or {"kind": kind}
    return {"name": translated(KINDS[kind]), "form": requirement_form.shown({**typed, "kind": kind})}


def _people(session: Session, shown: Sequence[Requirement]) -> dict[UUID, str]:
    ids = {key for one in shown for key in (one.created_by, one.changed_by, one.removed_by) if key}
    return dict(iter(session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))))


def _filed(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    query = (
        select(Evidence.requirement_id, func.count())
        .where(Evidence.requirement_id.in_(ids), Evidence.removed_at.is_(None))
        .group_by(Evidence.requirement_id)
    )
    return {key: count for key, count in session.execute(query) if key is not None}


def _departments(session: Session, assignment: Assignment) -> list[dict[str, str]]:
    """Give whom a requirement may be asked of: the departments of the case, before it is assigned all that are active."""
    taking_part = [one.department for one in assignment.contributions]
    if not taking_part:
        query = select(Department).where(Department.active).order_by(Department.position, Department.name)
        taking_part = list(session.scalars(query))
    return [{"id": str(one.id), "name": one.name} for one in taking_part]


def _neighbours(session: Session, assignment: Assignment) -> dict[str, str]:
    """Give the ways to the cases of the rules before and after in the same table: after an import they are looked over in turn."""
    rule = assignment.rule
    beside = select(Assignment.no).join(Rule).where(Rule.table_id == rule.table_id)
    found = {
        "previous_href": session.scalars(
            beside.where(Rule.position < rule.position).order_by(Rule.position.desc()).limit(1)
        ).first(),
        "next_href": session.scalars(
            beside.where(Rule.position > rule.position).order_by(Rule.position).limit(1)
        ).first(),
    }
    return {name: url_for("requirements.index", no=no) if no else "" for name, no in found.items()}


def _history(session: Session, assignment: Assignment) -> list[dict[str, Any]]:
    query = (
        select(AuditEvent)
        .where(AuditEvent.chain_id == case_chain(assignment.no), AuditEvent.action.in_(_EVENTS))
        .order_by(AuditEvent.seq.desc())
        .limit(_MOST_EVENTS)
    )
    told = [(one, event_words.details_of(one)) for one in session.scalars(query)]
    names = event_words.department_names(session, [details for _, details in told])
    return [
        {
            "at": one.recorded_at,
            "who": event_words.who(one),
            "what": words.event_label(one.action),
            "text": event_words.text_of(one.action, details, names.at(one.recorded_at)),
        }
        for one, details in told
    ]

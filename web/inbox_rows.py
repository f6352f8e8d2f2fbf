"""The rows of the inbox: what a list shows of each step, read for the whole page in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session, selectinload

from engine.catalogue import N_
from models.evidence import Assignment, Contribution, ContributionState, Submission
from models.people import Person
from models.process import ProcessInstance, WorkItem
from web import moments, words
from web.language import translated
from web.names_then import named
from web.work_lists import DONE, ListState
from workflows.evidence.demands import CheckState
from workflows.evidence.standing import standings
from workflows.lifecycle.words import Step

#: What came of a step that is done.
_DONE = {**words.OUTCOMES, "submitted": N_("Submitted"), "assigned": N_("Assigned")}
#: So many names of departments are read in a row; the rest is counted.
_NAMED = 2


@dataclass(frozen=True)
class Listed:
    """One step of a list with its case and the parts of the case it is about."""

    item: WorkItem
    assignment: Assignment
    parts: tuple[Contribution, ...]


@dataclass(frozen=True)
class Figures:
    """What is known of one part for a list: who handed it in, and how much."""

    submitter: str
    complete: int
    asked: int
    photos: int
    documents: int


def read(session: Session, item_ids: Sequence[int]) -> list[Listed]:
    """Give the steps with these ids in this order."""
    query = (
        select(WorkItem, Assignment)
        .join(ProcessInstance, ProcessInstance.id == WorkItem.instance_id)
        .join(Assignment, Assignment.no == ProcessInstance.business_key)
        .options(selectinload(Assignment.contributions).joinedload(Contribution.department))
        .where(WorkItem.id.in_(item_ids))
    )
    found = {item.id: Listed(item, case, _concerned(item, case)) for item, case in session.execute(query)}
    return [found[item_id] for item_id in item_ids if item_id in found]


def rows(
    session: Session, steps: Sequence[Listed], state: ListState, now: datetime, page: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Give what inbox/list.html reads of each row; `selected` is left to the page. `page` is how the address names it."""
    figures = _figures(session, steps, moments.today(now))
    return [
        {
            **_row(step, [figures[part.id] for part in step.parts if part.id in figures], state, now),
            "select_href": state.href("/inbox", sel=step.item.id, **page),
        }
        for step in steps
    ]


def step_label(item: WorkItem, parts: Sequence[Contribution]) -> str:
    """Name the step of a row; a step that is done with what came of it."""
    label = translated(words.STEPS.get(item.element, item.name))
    if item.closed_at is not None:
        return f"{label}·{translated(_DONE.get(item.outcome or '', N_('Done')))}"
    if item.element == Step.COLLECT and any(part.state == ContributionState.RETURNED for part in parts):
        return translated(N_("Repair what was returned"))
    return label


def department_names(parts: Sequence[Contribution]) -> str:
    """Name the departments of a row as they stand now, the first ones by name."""
    return first_names([named(part.department) for part in parts])


def first_names(names: Sequence[str]) -> str:
    """Write some names in a row, the first ones out, the others counted."""
    if len(names) <= _NAMED:
        return "、".join(names)
    return translated(N_("{names} and {n} more"), names="、".join(names[:_NAMED]), n=len(names) - _NAMED)


def _row(step: Listed, figures: Sequence[Figures], state: ListState, now: datetime) -> dict[str, Any]:
    item, case = step.item, step.assignment
    done = state.view == DONE
    complete, asked = sum(one.complete for one in figures), sum(one.asked for one in figures)
    return {
        "item_id": item.id,
        "no": case.no,
        "title": case.title,
        "href": state.href(f"/items/{case.no}", item=item.id),
        "preview_href": state.href(f"/inbox/{item.id}/preview"),
        "department": department_names(step.parts),
        "submitter": "、".join(dict.fromkeys(one.submitter for one in figures if one.submitter)),
        "step": step_label(item, step.parts),
        "round": max((part.round for part in step.parts), default=0),
        "ready": f"{complete}/{asked}" if asked else "",
        "complete": complete == asked,
        "photos": sum(one.photos for one in figures),
        "documents": sum(one.documents for one in figures),
        "due": None if done else moments.due(item.due_at, now),
        "unread": False,
        "selected": False,
    }


def _concerned(item: WorkItem, case: Assignment) -> tuple[Contribution, ...]:
    return tuple(part for part in case.contributions if item.scope in {None, str(part.department_id)})


def _figures(session: Session, steps: Sequence[Listed], today: date) -> Mapping[UUID, Figures]:
    gathering = [part.id for step in steps for part in step.parts if step.item.element == Step.COLLECT]
    handed_in = [part.id for step in steps for part in step.parts if step.item.element != Step.COLLECT]
    found: dict[UUID, Figures] = {}
    if handed_in:
        found.update(_submitted(session, handed_in))
    if gathering:
        for key, standing in standings(session, gathering, today).items():
            met = sum(one.state is not CheckState.MISSING for one in standing.checks)
            found[key] = Figures("", met, len(standing.checks), standing.photos, standing.documents)
    return found


def _submitted(session: Session, contribution_ids: Sequence[UUID]) -> dict[UUID, Figures]:
    query = (
        select(
            Submission.contribution_id,
            Person.name,
            _length("$.checks[*]"),
            _length('$.checks[*] ? (@.state == "missing")'),
            _length("$.evidence[*]"),
            _length('$.evidence[*] ? (@.kind == "photo")'),
        )
        .join(Contribution, (Contribution.id == Submission.contribution_id) & (Contribution.round == Submission.round))
        .join(Person, Person.id == Submission.submitted_by)
        .where(Submission.contribution_id.in_(contribution_ids))
    )
    return {
        key: Figures(name, checks - missing, checks, photos, files - photos)
        for key, name, checks, missing, files, photos in session.execute(query)
    }


def _length(path: str) -> ColumnElement[int]:
    # In the database: a snapshot may be long, and a row needs four numbers of it.
    return func.jsonb_array_length(func.jsonb_path_query_array(Submission.snapshot, cast(cast(path, Text), JSONPATH)))

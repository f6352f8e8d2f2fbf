"""The way of a case in five steps, and its last events in words."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.unit_of_work import Actor
from models.audit import AuditEvent
from models.evidence import Assignment, AssignmentState, Contribution, ContributionState
from models.people import Person
from models.process import ProcessInstance, WorkItem
from web import moments, words
from web.language import translated
from web.session import now
from workflows.lifecycle.words import Step, case_chain
from workflows.visibility import departments_of, sees_event, sees_everything

ORDER = (Step.ASSIGN, Step.COLLECT, Step.DEPARTMENT_REVIEW, Step.OFFICE_APPROVAL, Step.ARCHIVE)

_BY_CASE: Mapping[str, int] = {
    AssignmentState.NOT_ASSIGNED: 0,
    AssignmentState.COLLECTING: 1,
    AssignmentState.IN_REVIEW: 2,
    AssignmentState.AWAITING_APPROVAL: 3,
    AssignmentState.ARCHIVING: 4,
    AssignmentState.ARCHIVED: 5,
    AssignmentState.CLOSED: 5,
}
_BY_PART: Mapping[str, int] = {
    ContributionState.COLLECTING: 1,
    ContributionState.RETURNED: 1,
    ContributionState.IN_REVIEW: 2,
    ContributionState.REVIEWED: 3,
    ContributionState.APPROVED: 4,
}

#: Events worth a line on the page of the case; the trail shows all of them.
_TOLD = (
    "case.opened",
    "case.assigned",
    "evidence.submitted",
    "department_review.approved",
    "department_review.returned",
    "office_approval.approved",
    "office_approval.returned",
    "dossier.archived",
)
_EXCERPT = 8
_READ = 40
_LONG_WAIT = timedelta(hours=48)


def items_of(session: Session, no: str) -> list[WorkItem]:
    """Give every step of a case, open and done, oldest first."""
    query = select(WorkItem).join(ProcessInstance).where(ProcessInstance.business_key == no).order_by(WorkItem.id)
    return list(session.scalars(query))


def visible_items(actor: Actor, items: Sequence[WorkItem]) -> list[WorkItem]:
    """Give the steps a reader may know of: a department those of its own branch and of the whole case."""
    if sees_everything(actor):
        return list(items)
    own = {str(one) for one in departments_of(actor)}
    return [item for item in items if item.scope is None or item.scope in own]


def steps(
    session: Session, actor: Actor, assignment: Assignment, parts: Sequence[Contribution], items: Sequence[WorkItem]
) -> list[dict[str, Any]]:
    """Give the five steps with who did them or since when they wait. `parts` and `items` are the visible ones."""
    at = _position(assignment, parts)
    names = _names(session, items)

    def detail(step: Step) -> str:
        of_step = [item for item in items if item.element == step]
        waiting = [item for item in of_step if item.closed_at is None]
        return _waiting(actor, step, waiting, names) if waiting else _done(of_step, names)

    return [
        {
            "label": translated(words.STEPS[step]),
            "detail": detail(step) if number <= at else "",
            "state": "done" if number < at else "now" if number == at else "todo",
        }
        for number, step in enumerate(ORDER)
    ]


def excerpt(session: Session, actor: Actor, no: str) -> list[dict[str, Any]]:
    """Give the last events of a case in words, newest first; a department reads nothing of another one's part."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.chain_id == case_chain(no), AuditEvent.action.in_(_TOLD))
        .order_by(AuditEvent.seq.desc())
        .limit(_READ)
    )
    told = [(event, json.loads(event.body)["details"]) for event in session.scalars(query)]
    return [_told(event, details) for event, details in told if sees_event(actor, details)][:_EXCERPT]


def waiting_for(since: datetime, at: datetime) -> str:
    """Say how long something has been waiting."""
    passed = at - since
    if passed >= _LONG_WAIT:
        return translated(N_("for {n} days"), n=passed.days)
    hours = int(passed.total_seconds() // 3600)
    return translated(N_("for {n} hours"), n=hours) if hours else translated(N_("since just now"))


def _position(assignment: Assignment, parts: Sequence[Contribution]) -> int:
    at = _BY_CASE.get(assignment.state, 0)
    if parts and len(parts) < len(assignment.contributions) and at < ORDER.index(Step.ARCHIVE):
        # A reader of one part follows that part, not the slowest department of the case.
        return min(_BY_PART.get(part.state, 1) for part in parts)
    return at


def _waiting(actor: Actor, step: Step, waiting: Sequence[WorkItem], names: Mapping[UUID, str]) -> str:
    if step is Step.ARCHIVE:
        return translated(N_("The system is at work"))
    since = waiting_for(min(item.created_at for item in waiting), now())
    holders = [
        names[item.assignee_id]
        for item in waiting
        if item.assignee_id is not None and item.assignee_id in names and item.assignee_id != actor.id
    ]
    if holders:
        return translated(N_("{name} has it, {since}"), name="、".join(holders), since=since)
    if any(actor.holds(item.candidate_group, item.scope) for item in waiting):
        return translated(N_("waits for you, {since}"), since=since)
    if len(waiting) > 1:
        return translated(N_("{n} departments still to do, {since}"), n=len(waiting), since=since)
    return translated(N_("waits {since}"), since=since)


def _done(items: Sequence[WorkItem], names: Mapping[UUID, str]) -> str:
    done = [item for item in items if item.closed_at is not None and item.outcome != "cancelled"]
    if not done:
        return ""
    last = max(done, key=lambda item: item.closed_at or item.created_at)
    who = names.get(last.closed_by, "") if last.closed_by is not None else translated(N_("System"))
    return "·".join(text for text in (who, moments.stamp(last.closed_at)) if text)


def _names(session: Session, items: Sequence[WorkItem]) -> dict[UUID, str]:
    ids = {one for item in items for one in (item.closed_by, item.assignee_id) if one is not None}
    query = select(Person.id, Person.name).where(Person.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)}


def _told(event: AuditEvent, details: Mapping[str, Any]) -> dict[str, Any]:
    missing = "；".join(details.get("missing") or [])
    text = "　".join(one for one in (details.get("remark") or details.get("statement") or "", missing) if one)
    return {
        "label": words.event_label(event.action),
        "who": translated(N_("System")) if event.actor_id is None else event.actor_name,
        "at": event.recorded_at,
        "text": text,
        "kind": words.event_kind(event.action),
    }

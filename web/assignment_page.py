"""What the pages of assigning show: the cases of a table with what keeps them, and the choice for one case."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from engine.catalogue import N_
from engine.errors import Conflict, NotFound, Refused
from engine.unit_of_work import Actor
from models.breakdown import BreakdownTable, Campaign, Rule, RuleDepartment, TaskBreakdown
from models.evidence import Assignment, AssignmentState, Contribution
from models.people import Department
from models.process import ProcessInstance, WorkItem
from web import words
from web.language import sentence, translated
from web.moments import today
from workflows.lifecycle.assign import Suggestion, obstacles, suggested
from workflows.lifecycle.words import ASSIST, LEAD, RESPONSIBLE, Step
from workflows.visibility import visible_case

_DAYS_AHEAD = 30
_FRIDAY = 4
_PARTS = (LEAD, RESPONSIBLE, ASSIST)

_NAMED = selectinload(Rule.departments).joinedload(RuleDepartment.department)
_CONTRIBUTORS = selectinload(Assignment.contributions).joinedload(Contribution.department)


def table(session: Session, table_id: UUID, since: datetime | None, now: datetime) -> dict[str, Any]:
    """Give the cases of a table. Those assigned at or after `since` are shown as just done.

    Raises NotFound.
    """
    options = joinedload(BreakdownTable.breakdown).joinedload(TaskBreakdown.campaign)
    found = session.get(BreakdownTable, table_id, options=[options])
    if found is None:
        raise NotFound(N_("There is no such table."))
    query = (
        select(Assignment)
        .join(Assignment.rule)
        .where(Rule.table_id == table_id)
        .options(joinedload(Assignment.rule).options(_NAMED), _CONTRIBUTORS)
        .order_by(Rule.position)
    )
    cases = session.scalars(query).all()
    waiting = [one for one in cases if one.state == AssignmentState.NOT_ASSIGNED]
    hindered = obstacles(session, waiting)
    return {
        "table": {"title": found.title or found.breakdown.title, "campaign": found.breakdown.campaign.name},
        "due": default_due(now, found.breakdown.campaign),
        "rows": [_row(session, one, hindered.get(one.no), since) for one in cases],
        "waiting": len(waiting),
        "ready": len(waiting) - len(hindered),
    }


def case(session: Session, actor: Actor, no: str, now: datetime) -> dict[str, Any]:
    """Give one case that waits to be assigned. Raises NotFound, or Conflict when it has been assigned."""
    found = visible_case(session, actor, no)
    query = (
        select(WorkItem.id)
        .join(ProcessInstance)
        .where(ProcessInstance.business_key == no, WorkItem.element == Step.ASSIGN, WorkItem.closed_at.is_(None))
    )
    item_id = session.scalars(query).one_or_none()
    if item_id is None:
        raise Conflict(N_("Case {no} has already been assigned. Open it to see who delivers."), no=no)
    campaign = session.get_one(Campaign, found.campaign_id)
    named = suggested(session, found)
    return {
        "case": {
            "no": no,
            "title": found.title,
            "href": url_for("items.case", no=no),
            "rule": found.rule.text,
            "points": found.rule.points,
            "advice": found.rule.advice,
        },
        "item_id": item_id,
        "due": default_due(now, campaign),
        "choices": _choices(session, named),
        "unmatched": [one.name for one in named if one.department is None],
    }


def as_typed(shown: Mapping[str, Any], chosen: Mapping[str, str], due: str) -> dict[str, Any]:
    """Give the page of one case with what was chosen in the form instead of what is suggested."""
    choices = [
        {**choice, "role": role if (role := chosen.get(choice["id"], "")) in _PARTS else ""}
        for choice in shown["choices"]
    ]
    return {**shown, "choices": choices, "due": due}


def default_due(now: datetime, campaign: Campaign) -> str:
    """Propose a due date: about a month ahead, a working day, not after the campaign unless that is over."""
    day = today(now)
    wanted = day + timedelta(days=_DAYS_AHEAD)
    if day < campaign.ends_on < wanted:
        wanted = campaign.ends_on
    # Back to the Friday: a date that grows over a weekend could leave the campaign.
    worked = wanted - timedelta(days=max(0, wanted.weekday() - _FRIDAY))
    return (worked if worked > day else wanted).isoformat()


def _row(session: Session, one: Assignment, hindrance: Refused | None, begun: datetime | None) -> dict[str, Any]:
    waits = one.state == AssignmentState.NOT_ASSIGNED
    why = sentence(hindrance) if hindrance is not None else ""
    result = _result(one, hindrance, begun)
    back = url_for("assignments.table", table_id=one.rule.table_id)
    return {
        "no": one.no,
        "title": one.title,
        "href": url_for("assignments.case", no=one.no, back=back) if waits else "",
        "requirements_href": url_for("requirements.index", no=one.no),
        "departments": _named(session, one) if waits else _delivering(one),
        "doubt": why if result != "refused" else "",
        "result": result,
        "message": why,
        "state": translated(words.CASE_STATES[one.state][0]),
    }


def _result(one: Assignment, hindrance: Refused | None, begun: datetime | None) -> str:
    if begun is None:
        return ""
    if one.assigned_at is not None:
        return "assigned" if one.assigned_at >= begun else ""
    return "refused" if hindrance is not None else ""


def _named(session: Session, one: Assignment) -> str:
    return "、".join(_with_part(named.department.name if named.department else named.name, named.role) for named in suggested(session, one))


def _delivering(one: Assignment) -> str:
    return "、".join(_with_part(part.department.name, part.role) for part in one.contributions)


def _with_part(name: str, role: str) -> str:
    return name if role == RESPONSIBLE else f"{name}（{translated(words.PART_ROLES[role])}）"


def _choices(session: Session, named: list[Suggestion]) -> list[dict[str, Any]]:
    by_id = {one.department.id: one for one in named if one.department is not None}
    query = select(Department).where(Department.active).order_by(Department.position, Department.name)
    choices = [_choice(department, by_id.get(department.id)) for department in session.scalars(query)]
    return sorted(choices, key=lambda choice: not choice["suggested"])


def _choice(department: Department, named: Suggestion | None) -> dict[str, Any]:
    why = ""
    if named is not None and named.group:
        why = translated(N_("as a member of {group}"), group=named.group)
    elif named is not None and named.name != department.name:
        why = translated(N_("the table writes {name}"), name=named.name)
    return {
        "id": str(department.id),
        "name": department.name,
        "role": named.role if named is not None else "",
        "suggested": named is not None,
        "why": why,
    }

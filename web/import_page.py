"""What the pages round an import show: drafts that wait, earlier imports, what an import made."""

from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from engine.catalogue import N_
from engine.errors import NotFound
from models.breakdown import BreakdownTable, Campaign, Rule, TaskBreakdown
from models.evidence import Assignment, AssignmentState
from models.people import Person
from web.language import translated
from workflows.breakdown.looking_over import open_drafts

_MOST_SHOWN = 50


def start(session: Session) -> dict[str, Any]:
    """Give the known campaigns, newest first, the drafts that wait, and the last imports."""
    cases = (
        select(func.count(Rule.id))
        .join(BreakdownTable, BreakdownTable.id == Rule.table_id)
        .where(BreakdownTable.breakdown_id == TaskBreakdown.id)
        .scalar_subquery()
    )
    query = (
        select(TaskBreakdown, cases)
        .join(TaskBreakdown.campaign)
        .options(contains_eager(TaskBreakdown.campaign))
        .order_by(TaskBreakdown.imported_at.desc())
        .limit(_MOST_SHOWN)
    )
    campaigns = session.scalars(select(Campaign.name).order_by(Campaign.created_at.desc())).all()
    return {
        "campaigns": list(campaigns),
        "drafts": _drafts(session),
        "imports": [
            {
                "file_name": one.file_name,
                "campaign": one.campaign.name,
                "at": one.imported_at,
                "rows": count,
                "href": url_for("imports.done", breakdown_id=one.id),
            }
            for one, count in session.execute(query)
        ],
    }


def imported(session: Session, breakdown_id: UUID) -> dict[str, Any]:
    """Give what an import made. Raises NotFound."""
    found = session.get(TaskBreakdown, breakdown_id, options=[joinedload(TaskBreakdown.campaign)])
    if found is None:
        raise NotFound(N_("There is no such import."))
    waiting = func.count().filter(Assignment.state == AssignmentState.NOT_ASSIGNED)
    query = (
        select(BreakdownTable, func.count(Assignment.id), waiting, func.min(Assignment.no))
        .outerjoin(Rule, Rule.table_id == BreakdownTable.id)
        .outerjoin(Assignment, Assignment.rule_id == Rule.id)
        .where(BreakdownTable.breakdown_id == breakdown_id)
        .group_by(BreakdownTable.id)
        .order_by(BreakdownTable.position)
    )
    tables = [
        {
            "title": table.title or translated(N_("Table {n}"), n=table.position + 1),
            "rows": rows,
            "unassigned": unassigned,
            "assign_href": url_for("assignments.table", table_id=table.id),
            "requirements_href": url_for("requirements.index", no=first) if first else "",
        }
        for table, rows, unassigned, first in session.execute(query)
    ]
    return {
        "file_name": found.file_name,
        "here": url_for("imports.done", breakdown_id=breakdown_id),
        "compare_href": url_for("editions.index", newer=breakdown_id),
        "campaign": found.campaign.name,
        "created": sum(table["rows"] for table in tables),
        "tables": tables,
    }


def _drafts(session: Session) -> list[dict[str, Any]]:
    drafts = open_drafts(session)
    people = {one.created_by for one in drafts if one.created_by}
    names = dict(iter(session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))))
    return [
        {
            "file_name": one.file_name,
            "campaign": one.campaign_name,
            "at": one.changed_at,
            "who": names.get(one.created_by, "") if one.created_by else "",
            "steps": one.position,
            "href": url_for("looking_over.show", draft_id=one.id),
        }
        for one in drafts
    ]

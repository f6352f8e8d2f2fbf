"""What the board shows: two statements, one for the campaigns and one for the departments.

A case counts for every department that delivers for it, and is closed, open or overdue as a whole: the same
way the list counts that each figure leads to.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import ColumnElement, Row, func, select, true
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import Actor
from models.breakdown import Campaign, Rule
from models.evidence import Assignment, AssignmentState, Contribution
from models.people import Department
from web import words
from web.language import translated
from workflows.visibility import departments_of, sees_everything, visible_cases

_CLOSED = (AssignmentState.ARCHIVED, AssignmentState.CLOSED)


def page(session: Session, actor: Actor, campaign_id: UUID | None, now: datetime) -> dict[str, Any]:
    """Give what board/board.html reads. Raises NotFound for a campaign that is not there."""
    campaigns = session.execute(_campaigns(actor, now)).all()
    chosen = _chosen(campaigns, campaign_id)
    departments = session.execute(_departments(actor, chosen.id, now)).all() if chosen else []
    return {
        "title": chosen.name if chosen else translated(N_("No campaign yet")),
        "as_of": now,
        "campaigns": [{"value": one.id, "label": one.name, "selected": one is chosen} for one in campaigns],
        "figures": _figures(chosen) if chosen else [],
        "departments": [_department(row, chosen.id) for row in departments] if chosen else [],
    }


def _campaigns(actor: Actor, now: datetime) -> Any:  # noqa: ANN401 - a Select of labelled columns
    return (
        select(Campaign.id, Campaign.name, *_counts(now))
        .select_from(Campaign)
        .outerjoin(Assignment, (Assignment.campaign_id == Campaign.id) & visible_cases(actor))
        .outerjoin(Rule, Rule.id == Assignment.rule_id)
        .group_by(Campaign.id)
        .order_by(Campaign.year.desc(), Campaign.created_at.desc())
    )


def _departments(actor: Actor, campaign_id: UUID, now: datetime) -> Any:  # noqa: ANN401 - as above
    own = true() if sees_everything(actor) else Contribution.department_id.in_(departments_of(actor))
    return (
        select(Department.id, Department.name, *_counts(now))
        .select_from(Contribution)
        .join(Department, Department.id == Contribution.department_id)
        .join(Assignment, Assignment.id == Contribution.assignment_id)
        .join(Rule, Rule.id == Assignment.rule_id)
        .where(Assignment.campaign_id == campaign_id, own)
        .group_by(Department.id)
        .order_by(Department.position, Department.name)
    )


def _counts(now: datetime) -> tuple[ColumnElement[Any], ...]:
    closed = Assignment.state.in_(_CLOSED)
    late = Assignment.state.not_in(_CLOSED) & (Assignment.due_at < now)
    points = func.coalesce(Rule.points, 0)
    return (
        func.count(Assignment.id).label("total"),
        func.count(Assignment.id).filter(closed).label("closed"),
        func.count(Assignment.id).filter(late).label("late"),
        func.coalesce(func.sum(points), 0).label("points"),
        func.coalesce(func.sum(points).filter(closed), 0).label("points_closed"),
    )


def _chosen(campaigns: Sequence[Row[Any]], campaign_id: UUID | None) -> Row[Any] | None:
    if campaign_id is None:
        return next((one for one in campaigns if one.total), campaigns[0] if campaigns else None)
    for one in campaigns:
        if one.id == campaign_id:
            return one
    raise NotFound(N_("There is no such campaign. Choose one from the list."))


def _figures(row: Row[Any]) -> list[dict[str, Any]]:
    open_ = row.total - row.closed - row.late
    return [
        _figure(N_("Cases"), row.total, href=_list(row.id)),
        _figure(N_("Closed"), row.closed, of=row.total, href=_list(row.id, state="closed")),
        _figure(N_("Open, in time"), open_, href=_list(row.id, state="open")),
        {**_figure(N_("Overdue"), row.late, href=_list(row.id, state="overdue")), "bad": row.late > 0},
        _figure(N_("Points of closed cases"), words.number(row.points_closed), of=words.number(row.points)),
    ]


def _figure(label: str, value: int | str, *, of: int | str = "", href: str = "") -> dict[str, Any]:
    return {"label": translated(label), "value": value, "of": str(of), "unit": "", "bad": False, "href": href}


def _department(row: Row[Any], campaign_id: UUID) -> dict[str, Any]:
    return {
        "name": row.name,
        "href": _list(campaign_id, row.id),
        "total": row.total,
        "done": row.closed,
        "open": row.total - row.closed - row.late,
        "late": row.late,
        "done_href": _list(campaign_id, row.id, state="closed"),
        "open_href": _list(campaign_id, row.id, state="open"),
        "late_href": _list(campaign_id, row.id, state="overdue"),
        "points": _share(row.points_closed, row.points),
    }


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{words.number(part)} / {words.number(whole)}" if whole else ""


def _list(campaign_id: UUID, department_id: UUID | None = None, *, state: str = "") -> str:
    return url_for("archive.index", campaign=campaign_id, department=department_id, state=state or None)

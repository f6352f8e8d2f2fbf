"""The search of cases: by words, campaign, department, state and year; what is archived when nothing is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, selectinload

from engine.catalogue import N_
from engine.unit_of_work import Actor
from models.breakdown import Campaign, Rule
from models.evidence import Assignment, AssignmentState, Contribution
from models.people import Department, FormerName
from web import moments, words
from web.language import translated
from web.names_then import answering, named
from workflows.visibility import departments_of, sees_everything, visible_cases

_PAGE = 50
_MOST_WORDS = 8
_ENDED = (AssignmentState.ARCHIVED, AssignmentState.CLOSED)
OPEN, OVERDUE, ENDED = "open", "overdue", "closed"

_GROUPS: Mapping[str, str] = {OPEN: N_("Open"), OVERDUE: N_("Overdue"), ENDED: N_("Archived or closed")}


@dataclass(frozen=True)
class Search:
    """What is looked for. `state` is a state of a case, or open, overdue, closed; empty for all."""

    text: str = ""
    campaign: UUID | None = None
    department: UUID | None = None
    state: str = ""
    year: int | None = None

    def address(self) -> dict[str, Any]:
        """Give the search as it stands in the address of the page; the state always, for empty means all."""
        asked = {"q": self.text, "campaign": self.campaign, "department": self.department, "year": self.year}
        return {"state": self.state, **{name: str(value) for name, value in asked.items() if value}}


#: What the page shows to somebody who asked for nothing.
UNASKED = Search(state=AssignmentState.ARCHIVED)


def shown(session: Session, actor: Actor, search: Search, page: int, now: datetime) -> dict[str, Any]:
    """Give one page of the cases found, 50 to a page, the first is 1."""
    found = and_(visible_cases(actor), *_conditions(search, now))
    counting = select(func.count()).select_from(Assignment).join(Assignment.rule).join(Campaign, Campaign.id == Assignment.campaign_id)
    total = session.scalar(counting.where(found)) or 0
    page = min(max(page, 1), max(1, -(-total // _PAGE)))
    first = (page - 1) * _PAGE
    rows = session.scalars(_listed(search).where(found).limit(_PAGE).offset(first)).all()
    campaign = session.get(Campaign, search.campaign) if search.campaign else None
    return {
        "q": search.text,
        "campaign": {"id": str(campaign.id), "name": campaign.name} if campaign is not None else None,
        "departments": _departments(session, actor, search),
        "states": _states(search),
        "years": _years(session, search),
        "rows": [_row(one, now) for one in rows],
        "total": total,
        "filtered": search != UNASKED,
        "pages": {
            "first": first + 1,
            "last": first + len(rows),
            "total": total,
            "previous_href": _href(search, page - 1) if page > 1 else None,
            "next_href": _href(search, page + 1) if first + len(rows) < total else None,
        },
    }


def _listed(search: Search) -> Select[Assignment]:
    order: list[Any] = [Assignment.no.desc()]
    if search.state == OVERDUE:
        order = [Assignment.due_at, Assignment.no]
    elif search.state in _ENDED:
        order = [Assignment.closed_at.desc().nulls_last(), Assignment.no.desc()]
    departments = selectinload(Assignment.contributions).joinedload(Contribution.department)
    return (
        select(Assignment)
        .join(Assignment.rule)
        .join(Campaign, Campaign.id == Assignment.campaign_id)
        .options(contains_eager(Assignment.rule), departments.selectinload(Department.former_names))
        .order_by(*order)
    )


def _conditions(search: Search, now: datetime) -> list[ColumnElement[bool]]:
    conditions = [_word(word) for word in search.text.split()[:_MOST_WORDS]]
    if search.campaign:
        conditions.append(Assignment.campaign_id == search.campaign)
    if search.department:
        delivers = select(Contribution.assignment_id).where(Contribution.department_id == search.department)
        conditions.append(Assignment.id.in_(delivers))
    if search.year:
        conditions.append(Campaign.year == search.year)
    return [*conditions, _in_state(search.state, now)]


def _in_state(state: str, now: datetime) -> ColumnElement[bool]:
    if state == ENDED:
        return Assignment.state.in_(_ENDED)
    if state == OPEN:
        return Assignment.state.not_in(_ENDED) & (Assignment.due_at.is_(None) | (Assignment.due_at >= now))
    if state == OVERDUE:
        return Assignment.state.not_in(_ENDED) & (Assignment.due_at < now)
    return Assignment.state == state if state else true()


def _word(word: str) -> ColumnElement[bool]:
    """Give the cases a word stands in: title, number, rule, archival code, or a department that delivers."""
    departments = select(Department.id).where(answering(_holds(Department.name, word), _holds(FormerName.name, word)))
    delivered = select(Contribution.assignment_id).where(Contribution.department_id.in_(departments))
    columns = (Assignment.title, Assignment.no, Rule.text, Rule.indicator, Assignment.archival_code)
    return or_(*(_holds(column, word) for column in columns), Assignment.id.in_(delivered))


def _holds(column: ColumnElement[Any] | InstrumentedAttribute[Any], word: str) -> ColumnElement[bool]:
    # Folding case is most of the cost of a search, and Chinese and figures have none.
    caseless = word.lower() == word.upper()
    return column.contains(word, autoescape=True) if caseless else column.icontains(word, autoescape=True)


def _row(one: Assignment, now: datetime) -> dict[str, Any]:
    text, kind = words.CASE_STATES[one.state]
    archived = one.state == AssignmentState.ARCHIVED
    return {
        "no": one.no,
        "title": one.title,
        "href": url_for("archive.dossier" if archived else "items.case", no=one.no),
        "departments": "、".join(named(part.department, one.closed_at) for part in one.contributions),
        "state": {"text": translated(text), "kind": kind},
        "archival_code": one.archival_code if archived else "",
        "due": None if one.state in _ENDED else moments.due(one.due_at, now),
        "closed_at": one.closed_at,
    }


def _departments(session: Session, actor: Actor, search: Search) -> list[dict[str, Any]]:
    query = select(Department.id, Department.name).order_by(Department.position, Department.name)
    if not sees_everything(actor):
        query = query.where(Department.id.in_(departments_of(actor)))
    known = [(str(key), name) for key, name in session.execute(query)]
    return _choices(known, str(search.department or ""))


def _states(search: Search) -> list[dict[str, Any]]:
    groups = [(value, translated(label)) for value, label in _GROUPS.items()]
    states = [(str(value), translated(label)) for value, (label, _) in words.CASE_STATES.items() if value != ENDED]
    return _choices([*groups, *states], search.state)


def _years(session: Session, search: Search) -> list[dict[str, Any]]:
    years = session.scalars(select(Campaign.year).distinct().order_by(Campaign.year.desc()))
    return _choices([(str(year), str(year)) for year in years], str(search.year or ""))


def _choices(values: list[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label, "selected": value == chosen}
        for value, label in [("", translated(N_("All"))), *values]
    ]


def _href(search: Search, page: int) -> str:
    return url_for("archive.index", **search.address(), page=page)

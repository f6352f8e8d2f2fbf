"""What the collecting page shows: the department's open part of a case, what is missing, what was returned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.catalogue import N_
from engine.errors import Conflict
from engine.unit_of_work import Actor
from models.breakdown import Requirement
from models.evidence import Answer, Assignment, Contribution, Evidence, Submission, Waiver
from models.people import Person, Role
from models.process import ProcessInstance, WorkItem
from web import fill_lead_view, fill_slots, moments
from web.case_parts import named_by, returned_by
from web.fill_slots import Shelf
from web.session import now
from workflows.breakdown.requirements import requirements_of
from workflows.evidence.gathering import checks_for, current_evidence, links_of
from workflows.lifecycle.collect import frozen
from workflows.lifecycle.rounds import Point, compare, points
from workflows.lifecycle.words import Step
from workflows.visibility import visible_case


@dataclass(frozen=True)
class Place:
    """One open collect step, the part of the case it is about, and the other open parts of the same person."""

    item: WorkItem
    assignment: Assignment
    contribution: Contribution
    requirements: Sequence[Requirement]
    others: Sequence[tuple[WorkItem, Contribution]]


def place(session: Session, actor: Actor, no: str, item_id: int | None) -> Place:
    """Find what this collector may work on; the first of their departments when no step is named.

    Raises NotFound when the case is not for them, Conflict when nothing of it is being collected by them.
    """
    assignment = visible_case(session, actor, no)
    found = _open(session, actor, assignment)
    wanted = [(item, part) for item, part in found if item_id is None or item.id == item_id]
    if not wanted:
        raise Conflict(N_("Your department is not collecting for {no} at present. Open the case to see where it stands."), no=no)
    free = [(item, part) for item, part in wanted if item.assignee_id in {None, actor.id}]
    if not free:
        raise Conflict(N_("Somebody else has claimed this step. Ask them to release it, or take the next one."))
    item, contribution = free[0]
    wishes = requirements_of(session, assignment.rule_id, contribution.department_id)
    others = [(one, part) for one, part in found if one.id != item.id]
    return Place(item, assignment, contribution, wishes, others)


def page(session: Session, here: Place, typed: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Give what items/fill.html reads; `typed` stands over what is stored."""
    assignment, contribution = here.assignment, here.contribution
    shelf = _shelf(session, here, typed)
    returned = _returned(session, here, shelf)
    return {
        "case": {
            "no": assignment.no,
            "title": assignment.title,
            "href": url_for("items.case", no=assignment.no),
            "due": moments.due(here.item.due_at or assignment.due_at, now),
            "department": contribution.department.name,
            "round": contribution.round + 1,
            "rule": assignment.rule.text,
        },
        "others": [{"department": part.department.name, "href": address(here, item.id)} for item, part in here.others],
        "page_href": address(here),
        "item_id": here.item.id,
        "actions": {name.partition(".")[2]: url_for(name, no=assignment.no) for name in _ACTIONS},
        "missing": fill_slots.gaps(shelf),
        "slots": fill_slots.slots(shelf),
        "returned": returned,
        "unanswered": sum(not one["answered"] for one in returned["points"]) if returned else 0,
        "statement": typed.get("statement", contribution.statement_draft),
        **fill_lead_view.lead_parts(session, contribution, typed),
    }


def address(here: Place, item_id: int | None = None, anchor: str | None = None) -> str:
    """Give the address of the page, or of the part of another step of the same case."""
    return url_for("fill.form", no=here.assignment.no, item=item_id or here.item.id, _anchor=anchor)


_ACTIONS = (
    "fill.save", "fill.submit", "fill.upload", "fill.remove", "fill.waive", "fill.unwaive",
    "uploads.begin", "fill_extras.add_link", "fill_extras.remove_link", "fill_extras.write_report",
)  # fmt: skip


def _open(session: Session, actor: Actor, assignment: Assignment) -> list[tuple[WorkItem, Contribution]]:
    query = (
        select(WorkItem)
        .join(ProcessInstance)
        .where(
            ProcessInstance.business_key == assignment.no, WorkItem.element == Step.COLLECT, WorkItem.closed_at.is_(None)
        )
    )
    own = {item.scope: item for item in session.scalars(query) if actor.holds(Role.COLLECTOR, item.scope)}
    parts = (
        select(Contribution)
        .options(joinedload(Contribution.department))
        .where(Contribution.assignment_id == assignment.id)
        .order_by(Contribution.position)
    )
    return [(own[str(part.department_id)], part) for part in session.scalars(parts) if str(part.department_id) in own]


def _shelf(session: Session, here: Place, typed: Mapping[str, str]) -> Shelf:
    contribution = here.contribution
    return Shelf(
        requirements=here.requirements,
        checks={one.requirement_id: one for one in checks_for(session, contribution, moments.today(now()))},
        pieces=current_evidence(session, contribution),
        answers=_by_requirement(session.scalars(select(Answer).where(Answer.contribution_id == contribution.id))),
        waivers=_by_requirement(session.scalars(select(Waiver).where(Waiver.contribution_id == contribution.id))),
        typed=typed,
        links=links_of(session, contribution),
    )


def _by_requirement(rows: Any) -> dict[Any, Any]:  # noqa: ANN401 - answers or waivers
    return {row.requirement_id: row for row in rows}


def _returned(session: Session, here: Place, shelf: Shelf) -> dict[str, Any] | None:
    """Give the last return with its points, each answered or not; None where nothing was returned."""
    submission = session.scalars(
        select(Submission).where(
            Submission.contribution_id == here.contribution.id, Submission.round == here.contribution.round
        )
    ).one_or_none()
    decision = returned_by(submission) if submission is not None else None
    if submission is None or decision is None:
        return None
    missing = {text: named_by(text, here.requirements) for text in decision.missing}
    done = points(decision.remark, missing, compare(submission.snapshot["evidence"], _frozen(shelf.pieces)))
    touched = shelf.touched_since(decision.decided_at)
    return {
        "remark": decision.remark if decision.missing else "",
        "by": session.get_one(Person, decision.decided_by).name,
        "at": decision.decided_at,
        "points": [
            {"reason": point.text, "answered": _answered(point, missing.get(point.text, frozenset()), touched)}
            for point in done
        ],
    }


def _answered(point: Point, wanted: frozenset[str], touched: frozenset[str]) -> bool:
    # A figure stated anew or an excuse answers as well as a file does.
    return point.answered or bool(touched & wanted if wanted else touched)


def _frozen(pieces: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [frozen(one) for one in pieces]

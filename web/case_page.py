"""What the page of a case shows, to this reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.catalogue import N_
from models.dossier import Dossier
from models.evidence import Assignment, AssignmentState, ContributionState
from models.people import Role
from models.process import ProcessInstance, WorkItem
from web import case_steps, evidence_view, inbox_rows, moments, words, work_lists
from web.case_parts import CaseParts, Part
from web.case_parts import read as read_parts
from web.decision_form import Typed, decision, with_typed
from web.diagram_view import diagram
from web.language import translated
from web.session import SignedIn, now
from web.work_lists import ListState
from workflows.lifecycle.decide import DECIDERS
from workflows.lifecycle.words import Step
from workflows.visibility import visible_case

_ENDED = frozenset({AssignmentState.ARCHIVED, AssignmentState.CLOSED})
_POOLED = frozenset({Step.COLLECT, *DECIDERS})


@dataclass(frozen=True)
class Asked:
    """What an address asks of the page: the list it was opened from (None: from none), the step, the open photo."""

    no: str
    came_from: ListState | None
    item_id: int | None
    photo: str


def page(session: Session, viewer: SignedIn, asked: Asked, typed: Typed | None = None) -> dict[str, Any]:
    """Give what items/item.html reads. Raises NotFound when the case is not for this reader."""
    assignment = visible_case(session, viewer.actor, asked.no)
    case = read_parts(session, viewer.actor, assignment)
    items = case_steps.visible_items(viewer.actor, case_steps.items_of(session, assignment.no))
    mine = [one for one in items if one.closed_at is None and viewer.actor.holds(one.candidate_group, one.scope)]
    item = _chosen(mine, viewer, asked, typed)
    list_text = asked.came_from.text if asked.came_from is not None else ""
    form = decision(session, viewer, item, case, list_text) if item is not None else None
    contributions = [part.contribution for part in case.parts]
    comparison = evidence_view.comparison(case)
    return {
        "case": {**_case(session, assignment, case), **_ways(viewer, assignment, mine)},
        "place": _place(session, viewer, asked, item),
        "steps": case_steps.steps(session, viewer.actor, assignment, contributions, items),
        "parts": _cards(case, asked),
        "comparison": comparison if comparison is not None and comparison["rows"] else None,
        "checks": [evidence_view.check_group(case, part) for part in case.parts if part.checks],
        "asked": [] if any(part.checks for part in case.parts) else evidence_view.asked(case),
        "excusable": _excusable(viewer, case),
        "excuse_fault": "",
        "excuse_reason": "",
        "decision": with_typed(form, typed),
        "claim": _claim(viewer, assignment.no, item, asked),
        "excerpt": case_steps.excerpt(session, viewer.actor, assignment.no),
        "diagram": _diagram(session, assignment.no, items),
    }


def case_href(session: Session, item_id: int, state: ListState) -> str:
    """Give the page of the case a step belongs to, opened from a list."""
    query = select(ProcessInstance.business_key).join(WorkItem).where(WorkItem.id == item_id)
    return state.href(f"/items/{session.scalars(query).one()}", item=item_id)


def _chosen(mine: Sequence[WorkItem], viewer: SignedIn, asked: Asked, typed: Typed | None) -> WorkItem | None:
    wanted = typed.item_id if typed is not None else asked.item_id
    named = [item for item in mine if item.id == wanted]
    held = [item for item in mine if item.assignee_id == viewer.person_id]
    return next(iter([*named, *held, *mine]), None)


def _case(session: Session, assignment: Assignment, case: CaseParts) -> dict[str, Any]:
    text, kind = words.CASE_STATES.get(assignment.state, (assignment.state, "plain"))
    ended = assignment.state in _ENDED
    return {
        "no": assignment.no,
        "title": assignment.title,
        "state": {"text": translated(text), "kind": kind},
        "due": None if ended else moments.due(assignment.due_at, now()),
        "points": words.number(assignment.rule.points),
        "indicator": [name for name in (assignment.rule.table.title, assignment.rule.indicator) if name],
        "rule": assignment.rule.text,
        "facts": _facts(case),
        "trail_href": url_for("trail.trail", no=assignment.no),
        "dossier_href": _dossier_href(session, assignment),
    }


def _facts(case: CaseParts) -> list[str]:
    contributions = [part.contribution for part in case.parts]
    facts = [inbox_rows.first_names([part.department for part in case.parts])] if contributions else []
    newest = [part.shown for part in case.parts if part.shown is not None]
    if len(newest) == 1:
        facts.append(translated(N_("handed in by {name}"), name=case.people.get(newest[0].submitted_by, "")))
    rounds = max((one.round for one in contributions), default=0)
    if rounds > 1:
        facts.append(translated(N_("Round {n}"), n=rounds))
    return facts


def _ways(viewer: SignedIn, assignment: Assignment, mine: Sequence[WorkItem]) -> dict[str, Any]:
    office = viewer.actor.holds(Role.CREATION_OFFICE)
    collect = next((item for item in mine if item.element == Step.COLLECT), None)
    assign = any(item.element == Step.ASSIGN for item in mine)
    return {
        "fill": (
            (url_for("fill.form", no=assignment.no, item=collect.id), translated(N_("Collect evidence")))
            if collect is not None
            else None
        ),
        "assign_href": f"/assignments/{assignment.no}" if assign else "",
        "requirements_href": url_for("requirements.index", no=assignment.no) if office else "",
    }


def _dossier_href(session: Session, assignment: Assignment) -> str:
    if assignment.state not in _ENDED or session.get(Dossier, assignment.id) is None:
        return ""
    return url_for("archive.dossier", no=assignment.no)


def _place(session: Session, viewer: SignedIn, asked: Asked, item: WorkItem | None) -> dict[str, Any] | None:
    state = asked.came_from
    if state is None:
        return None
    at = work_lists.place(session, viewer.actor, state, asked.item_id) if asked.item_id is not None else None
    back = {
        "back_href": state.href("/inbox", sel=item.id if item is not None else None),
        "back_label": translated(N_("Inbox")),
    }
    if at is None:
        return {**back, "text": "", "previous_href": None, "next_href": None}
    return {
        **back,
        "text": f"{work_lists.number(at.number)} / {work_lists.number(at.total)}",
        "previous_href": case_href(session, at.previous, state) if at.previous is not None else None,
        "next_href": case_href(session, at.next, state) if at.next is not None else None,
    }


def _cards(case: CaseParts, asked: Asked) -> list[dict[str, Any]]:
    def address(evidence_id: UUID, part_id: UUID) -> str:
        state = asked.came_from or ListState("", "", "")
        return state.href(f"/items/{asked.no}", item=asked.item_id, photo=evidence_id) + f"#evidence-{part_id}"

    def card(part: Part) -> dict[str, Any]:
        return evidence_view.part_card(case, part, lambda photo: address(photo, part.contribution.id), asked.photo)

    return [card(part) for part in case.parts]


def _excusable(viewer: SignedIn, case: CaseParts) -> list[dict[str, Any]]:
    """Give the parts still gathering, with what the creation office may excuse them from."""
    if not viewer.actor.holds(Role.CREATION_OFFICE):
        return []
    return [
        {
            "id": part.contribution.id,
            "department": part.department,
            "requirements": [
                {"id": one.id, "name": words.requirement_name(one)}
                for one in case.requirements.values()
                if one.removed_at is None and one.department_id in {None, part.contribution.department_id}
            ],
        }
        for part in case.parts
        if part.contribution.state in {ContributionState.COLLECTING, ContributionState.RETURNED}
    ]


def _claim(viewer: SignedIn, no: str, item: WorkItem | None, asked: Asked) -> dict[str, Any] | None:
    if item is None or item.element not in _POOLED or item.assignee_id not in {None, viewer.person_id}:
        return None
    release = item.assignee_id is not None
    state = asked.came_from
    path = f"/items/{no}/{'release' if release else 'claim'}"
    return {"action": state.href(path) if state is not None else path, "release": release, "item_id": item.id}


def _diagram(session: Session, no: str, items: Sequence[WorkItem]) -> dict[str, Any] | None:
    query = (
        select(ProcessInstance)
        .options(joinedload(ProcessInstance.version))
        .where(ProcessInstance.business_key == no)
    )
    instance = session.scalars(query).one_or_none()
    return diagram(instance.version, instance, items) if instance is not None else None

"""One step beside the list: enough of the case to decide on it without opening it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from engine.catalogue import N_
from models.process import WorkItem
from web import evidence_view, moments
from web.case_parts import CaseParts, Part
from web.case_parts import read as read_parts
from web.decision_form import Typed, decision, parts_of, with_typed
from web.inbox_rows import Listed, department_names
from web.language import translated
from web.session import SignedIn, now
from web.work_lists import ListState
from workflows.lifecycle.words import Step


def preview(
    session: Session, viewer: SignedIn, step: Listed, state: ListState, typed: Typed | None = None
) -> dict[str, Any]:
    """Give what inbox/_preview.html reads of one step."""
    item, assignment = step.item, step.assignment
    case = read_parts(session, viewer.actor, assignment)
    parts = parts_of(case, item)
    href = state.href(f"/items/{assignment.no}", item=item.id)
    form = decision(session, viewer, item, case, state.text) if item.closed_at is None else None
    missing = [] if all(evidence_view.complete(part) for part in parts) else parts
    return {
        "no": assignment.no,
        "title": assignment.title,
        "href": href,
        "due": moments.due(item.due_at, now()) if item.closed_at is None else None,
        "line": _line(case, parts, step),
        "answers": evidence_view.answers(parts),
        **_evidence(case, parts, state, step),
        "ready": evidence_view.readiness(parts),
        "complete": not missing,
        "checks": [check for part in missing for check in evidence_view.check_group(case, part)["checks"]],
        "text": assignment.rule.text,
        "asked": [] if parts else evidence_view.asked(case),
        "primary": _primary(viewer, item, assignment.no),
        "decision": with_typed(form, typed),
    }


def _evidence(case: CaseParts, parts: Sequence[Part], state: ListState, step: Listed) -> dict[str, Any]:
    no = step.assignment.no

    def link(evidence_id: UUID) -> str:
        return state.href(f"/items/{no}", item=step.item.id, photo=evidence_id)

    return {
        "photos": [photo for part in parts for photo in evidence_view.photos(case, part, link, "")],
        "documents": [one for part in parts for one in evidence_view.documents(case, part)],
    }


def _line(case: CaseParts, parts: Sequence[Part], step: Listed) -> str:
    if step.item.element == Step.ASSIGN:
        named = "、".join(one.name for one in step.assignment.rule.departments)
        return translated(N_("In the table: {names}"), names=named) if named else ""
    names = department_names(step.parts)
    handed_in = [part.shown for part in parts if part.shown is not None]
    if not handed_in:
        return names
    newest = max(handed_in, key=lambda one: one.submitted_at)
    told = [
        names,
        translated(
            N_("{name} handed in on {time}"),
            name=case.people.get(newest.submitted_by, ""),
            time=moments.stamp(newest.submitted_at),
        ),
    ]
    if newest.round > 1:
        told.append(translated(N_("Round {n}"), n=newest.round))
    return "·".join(told)


def _primary(viewer: SignedIn, item: WorkItem, no: str) -> tuple[str, str] | None:
    if item.closed_at is not None or not viewer.actor.holds(item.candidate_group, item.scope):
        return None
    if item.element == Step.COLLECT:
        return url_for("fill.form", no=no, item=item.id), translated(N_("Collect evidence"))
    if item.element == Step.ASSIGN:
        return f"/assignments/{no}", translated(N_("Assign departments"))
    return None

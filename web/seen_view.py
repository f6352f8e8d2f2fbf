"""What the page "where else" shows: a file beside every other that is the same or looks alike, and what may be done."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.catalogue import N_
from engine.unit_of_work import Actor
from models.breakdown import Requirement
from models.evidence import Evidence
from web import moments, words
from web.evidence_at import desk_of, desks
from web.language import translated
from workflows.evidence.duplicates import SeenBefore, Sighting, may_look, seen_in


def view(session: Session, actor: Actor, evidence: Evidence) -> dict[str, Any]:
    """Give what files/seen.html reads, beside the file itself."""
    key = (evidence.contribution_id, evidence.file_sha256)
    told = seen_in(session, [evidence.contribution_id], {evidence.file_sha256}, later=True).get(key, [])
    visible = [one.evidence for one in told if may_look(actor, one)]
    query = select(Evidence).options(joinedload(Evidence.file)).where(Evidence.id.in_(visible))
    pieces = {one.id: one for one in session.scalars(query)}
    own = desk_of(session, actor, evidence)
    return {
        "own": _pictured(evidence),
        "others": [_other(one, pieces.get(one.evidence)) for one in told],
        "may_declare": own is not None,
        "declared": evidence.reused_from is not None,
    }


def places(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Give what this person is collecting for now, to use a file again there: step and requirement, and their words."""
    open_desks = desks(session, actor)
    query = select(Requirement).where(
        Requirement.rule_id.in_({one.assignment.rule_id for one in open_desks}), Requirement.removed_at.is_(None)
    )
    asked: dict[Any, list[Requirement]] = {}
    for one in session.scalars(query.order_by(Requirement.position)):
        asked.setdefault(one.rule_id, []).append(one)
    found: list[tuple[str, str]] = []
    for desk in open_desks:
        title = f"{desk.assignment.no} {desk.assignment.title}·{desk.department}"
        found.extend(
            (f"{desk.item_id} {one.id}", f"{title}·{words.requirement_name(one)}")
            for one in asked.get(desk.assignment.rule_id, [])
            if one.department_id in {None, desk.department_id}
        )
    return found


def _other(seen: SeenBefore, piece: Evidence | None) -> dict[str, Any]:
    return {
        "id": str(seen.evidence),
        "how": _how(seen),
        "exact": seen.kind is Sighting.SAME_BYTES,
        "department": seen.department,
        "campaign": seen.campaign,
        "later": seen.later,
        "removed": seen.removed,
        "at": moments.stamp(seen.uploaded_at),
        "piece": _pictured(piece) if piece is not None else None,
        "case_no": seen.case_no if piece is not None else "",
    }


def _how(seen: SeenBefore) -> str:
    if seen.kind is Sighting.SAME_BYTES:
        return translated(N_("The same file"))
    if seen.turned:
        return translated(N_("Looks alike, turned or mirrored ({distance} of 64 points differ)"), distance=seen.distance)
    return translated(N_("Looks alike ({distance} of 64 points differ)"), distance=seen.distance)


def _pictured(evidence: Evidence) -> dict[str, Any]:
    file = evidence.file
    return {
        "name": evidence.file_name,
        "href": f"/files/{evidence.id}/look",
        "picture": f"/files/{evidence.id}/view" if file.view_sha256 else "",
        "caption": "，".join(str(text) for text in evidence.caption.values()),
    }

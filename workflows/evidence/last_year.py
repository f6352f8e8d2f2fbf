"""Evidence of last year (往年佐证), offered for the rule it became: used again by reference and with a reason, never copied by itself.

The event has to lie in the period of the new campaign; where it does not, that is said before anybody uses the piece.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.breakdown import Campaign
from models.editions import PairState, RulePair
from models.evidence import Assignment, Contribution, Evidence
from models.people import Department
from workflows.breakdown.carrying_over import paired_requirements
from workflows.breakdown.requirements import requirements_of
from workflows.departments import current


class Window(StrEnum):
    """Where the event of a piece lies: in the period of the new campaign, before or after it, or on no day at all."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNDATED = "undated"


@dataclass(frozen=True)
class Offer:
    """A piece of an earlier edition, the requirement it would serve now (None: none is like it), and its window."""

    evidence: Evidence
    requirement_id: UUID | None
    campaign: str
    no: str
    window: Window


def offers(session: Session, contribution: Contribution) -> list[Offer]:
    """Give what the same department handed in for the rules this one goes on from; what is used here already left out."""
    case = contribution.assignment
    campaign = session.get_one(Campaign, case.campaign_id)
    used = select(Evidence.reused_from).where(
        Evidence.contribution_id == contribution.id, Evidence.removed_at.is_(None), Evidence.reused_from.is_not(None)
    )
    taken = set(session.scalars(used))
    found = []
    for pair, former in _formers(session, case):
        wanted = _wanted(session, pair, contribution)
        name = session.get_one(Campaign, former.campaign_id).name
        for piece in _handed_in(session, former, contribution):
            if piece.id not in taken:
                target = wanted.get(piece.requirement_id) if piece.requirement_id else None
                found.append(Offer(piece, target, name, former.no, window_of(campaign, piece.event_date)))
    return found


def window_of(campaign: Campaign, day: date | None) -> Window:
    """Say where the day of an event lies in the period of a campaign."""
    if day is None:
        return Window.UNDATED
    return Window.INSIDE if campaign.starts_on <= day <= campaign.ends_on else Window.OUTSIDE


def _formers(session: Session, case: Assignment) -> list[tuple[RulePair, Assignment]]:
    query = (
        select(RulePair, Assignment)
        .join(Assignment, Assignment.rule_id == RulePair.older_rule_id)
        .where(RulePair.newer_rule_id == case.rule_id, RulePair.state == PairState.CONFIRMED)
        .order_by(Assignment.no)
    )
    return [(pair, former) for pair, former in session.execute(query)]


def _wanted(session: Session, pair: RulePair, contribution: Contribution) -> dict[UUID, UUID]:
    """Map last year's requirements to this year's: as they were carried over, else by their likeness."""
    newer = requirements_of(session, pair.newer_rule_id, contribution.department_id)
    here = {one.id for one in newer}
    kept = {UUID(one["older"]): UUID(one["newer"]) for one in pair.requirements}
    mapped = kept or {old.id: new.id for old, new in paired_requirements(requirements_of(session, pair.older_rule_id), newer)}
    return {old: new for old, new in mapped.items() if new in here}


def _handed_in(session: Session, former: Assignment, contribution: Contribution) -> list[Evidence]:
    """Give the pieces the same department, or one merged into it, has handed in for a case."""
    own = current(session, session.get_one(Department, contribution.department_id)).id
    parts = [one for one in former.contributions if one.round and current(session, one.department).id == own]
    query = (
        select(Evidence)
        .options(joinedload(Evidence.file), joinedload(Evidence.requirement))
        .where(Evidence.contribution_id.in_([one.id for one in parts]), Evidence.removed_at.is_(None))
        .order_by(Evidence.created_at, Evidence.id)
    )
    return list(session.scalars(query))

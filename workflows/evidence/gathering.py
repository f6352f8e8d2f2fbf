"""What one department has gathered for a case so far, and how it stands against the requirements."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.breakdown import Requirement
from models.evidence import Answer, Contribution, Evidence, Waiver
from workflows.evidence.completeness import Demand, Gathered, Item, RequirementCheck, check


def checks_for(session: Session, contribution: Contribution) -> list[RequirementCheck]:
    """Check a department's part of a case as it stands now."""
    rule_id = contribution.assignment.rule_id
    wanted = select(Requirement).where(Requirement.rule_id == rule_id).order_by(Requirement.position)
    return check([demand_of(requirement) for requirement in session.scalars(wanted)], gathered(session, contribution))


def demand_of(requirement: Requirement) -> Demand:
    """Give a stored requirement as the checks need it."""
    return Demand(
        requirement.id,
        requirement.kind,
        requirement.value,
        requirement.unit,
        requirement.bound,
        requirement.per,
        tuple(requirement.fields),
    )


def gathered(session: Session, contribution: Contribution) -> Gathered:
    """Give what a department has: its evidence, figures and waivers."""
    answers = session.scalars(select(Answer).where(Answer.contribution_id == contribution.id))
    waivers = session.scalars(select(Waiver).where(Waiver.contribution_id == contribution.id))
    return Gathered(
        items=[item_of(one) for one in current_evidence(session, contribution)],
        answers={answer.requirement_id: answer.value for answer in answers},
        waivers={waiver.requirement_id: waiver.reason for waiver in waivers},
    )


def current_evidence(session: Session, contribution: Contribution) -> list[Evidence]:
    """Give the evidence of a department that has not been removed, oldest first."""
    query = (
        select(Evidence)
        .options(joinedload(Evidence.file), joinedload(Evidence.requirement))
        .where(Evidence.contribution_id == contribution.id, Evidence.removed_at.is_(None))
        .order_by(Evidence.created_at, Evidence.id)
    )
    return list(session.scalars(query))


def item_of(evidence: Evidence) -> Item:
    """Give a stored piece of evidence as the checks need it."""
    return Item(
        evidence.requirement_id,
        evidence.file_sha256,
        evidence.file.kind,
        {str(field): str(text) for field, text in evidence.caption.items()},
        evidence.file.text_chars,
    )

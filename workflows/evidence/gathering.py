"""What departments have gathered for a case so far, and how it stands against the requirements.

One part or many: always read with the same few statements, whatever page, command or board asks.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.working_days import BEIJING
from models.breakdown import Campaign, Requirement
from models.completeness import EvidenceLink
from models.evidence import Answer, Assignment, Contribution, Evidence, Waiver
from workflows.evidence.campaign_checks import settings_of
from workflows.evidence.completeness import check
from workflows.evidence.demands import Demand, Excuse, Figure, Gathered, Item, Link, RequirementCheck
from workflows.evidence.file_facts import FileFacts, facts_of
from workflows.evidence.policy import Frame

_STRICT = re.compile(r"高于|大于|超过|多于|[＞>](?!=)")


@dataclass(frozen=True)
class Part:
    """One part of a case, as it is judged: what is asked of it, what it has, within which frame."""

    demands: Sequence[Demand]
    gathered: Gathered
    frame: Frame

    def checks(self) -> list[RequirementCheck]:
        """Give the verdicts."""
        return check(self.demands, self.gathered, self.frame)


def checks_for(session: Session, contribution: Contribution, today: date) -> list[RequirementCheck]:
    """Check a department's part of a case as it stands now. `today`: the day in Beijing."""
    return parts(session, [contribution.id], today)[contribution.id].checks()


def parts(session: Session, contribution_ids: Sequence[UUID], today: date) -> dict[UUID, Part]:
    """Give parts of cases by their ids, read with the same number of statements however many there are."""
    wanted = list(contribution_ids)
    query = (
        select(Contribution.id, Contribution.department_id, Assignment.rule_id, Assignment.campaign_id)
        .join(Contribution.assignment)
        .where(Contribution.id.in_(wanted))
    )
    rows = session.execute(query).all()
    frames = _frames(session, {row.campaign_id for row in rows}, today)
    asked = _asked(session, {row.rule_id for row in rows})
    gathered = _gathered(session, wanted)
    return {
        row.id: Part(
            [demand_of(one) for one in asked[row.rule_id] if one.department_id in {None, row.department_id}],
            gathered[row.id],
            frames[row.campaign_id],
        )
        for row in rows
    }


def current_evidence(session: Session, contribution: Contribution) -> list[Evidence]:
    """Give the evidence of a department that has not been removed, oldest first."""
    return _evidence(session, [contribution.id])


def links_of(session: Session, contribution: Contribution) -> list[EvidenceLink]:
    """Give the links of a department that have not been removed, oldest first."""
    return _links(session, [contribution.id])


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
        tuple(requirement.subjects),
        strict=_STRICT.search(requirement.source_phrase) is not None,
    )


def item_of(evidence: Evidence, facts: FileFacts) -> Item:
    """Give a stored piece of evidence as the checks need it."""
    file = evidence.file
    sides = [side for side in (file.width, file.height) if side]
    return Item(
        requirement_id=evidence.requirement_id,
        sha256=evidence.file_sha256,
        kind=file.kind,
        caption={str(name): str(text) for name, text in evidence.caption.items()},
        text_chars=file.text_chars,
        id=evidence.id,
        name=evidence.file_name,
        event_date=evidence.event_date,
        taken_on=file.taken_at.astimezone(BEIJING).date() if file.taken_at else None,
        subject=evidence.subject,
        page_role=evidence.page_role,
        has_particulars=evidence.paper_number is not None,
        long_side=max(sides) if sides and file.kind == "photo" else None,
        has_totals=facts.has_totals.get(evidence.file_sha256),
        reading=facts.readings.get(evidence.file_sha256),
        seen=facts.seen.get(evidence.id, ()),
        damaged=evidence.file_sha256 in facts.damaged,
    )


def _frames(session: Session, campaigns: set[UUID], today: date) -> dict[UUID, Frame]:
    settings = settings_of(session, campaigns)
    found = session.scalars(select(Campaign).where(Campaign.id.in_(campaigns)))
    return {one.id: Frame(today, one.starts_on, one.ends_on, settings[one.id]) for one in found}


def _asked(session: Session, rules: set[UUID]) -> Mapping[UUID, list[Requirement]]:
    found: dict[UUID, list[Requirement]] = defaultdict(list)
    query = select(Requirement).where(Requirement.rule_id.in_(rules), Requirement.removed_at.is_(None))
    for requirement in session.scalars(query.order_by(Requirement.position, Requirement.id)):
        found[requirement.rule_id].append(requirement)
    return found


def _evidence(session: Session, wanted: Sequence[UUID]) -> list[Evidence]:
    query = (
        select(Evidence)
        .options(joinedload(Evidence.file), joinedload(Evidence.requirement), joinedload(Evidence.paper))
        .where(Evidence.contribution_id.in_(wanted), Evidence.removed_at.is_(None))
        .order_by(Evidence.created_at, Evidence.id)
    )
    return list(session.scalars(query))


def _links(session: Session, wanted: Sequence[UUID]) -> list[EvidenceLink]:
    query = select(EvidenceLink).where(EvidenceLink.contribution_id.in_(wanted), EvidenceLink.removed_at.is_(None))
    return list(session.scalars(query.order_by(EvidenceLink.created_at)))


def _gathered(session: Session, wanted: Sequence[UUID]) -> dict[UUID, Gathered]:
    pieces = _evidence(session, wanted)
    facts = facts_of(session, pieces)
    items: dict[UUID, list[Item]] = defaultdict(list)
    for piece in pieces:
        items[piece.contribution_id].append(item_of(piece, facts))
    answers: dict[UUID, dict[UUID, Figure]] = defaultdict(dict)
    for answer in session.scalars(select(Answer).where(Answer.contribution_id.in_(wanted))):
        answers[answer.contribution_id][answer.requirement_id] = Figure(answer.value, answer.numerator, answer.denominator)
    waivers: dict[UUID, dict[UUID, Excuse]] = defaultdict(dict)
    for waiver in session.scalars(select(Waiver).where(Waiver.contribution_id.in_(wanted))):
        waivers[waiver.contribution_id][waiver.requirement_id] = Excuse(waiver.reason, waiver.created_by, waiver.by_office)
    links: dict[UUID, list[Link]] = defaultdict(list)
    for link in _links(session, wanted):
        links[link.contribution_id].append(Link(link.requirement_id, link.url, link.title))
    return {key: Gathered(items[key], answers[key], waivers[key], links[key]) for key in wanted}

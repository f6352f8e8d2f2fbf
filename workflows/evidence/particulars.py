"""What is said of a piece of evidence besides its caption: which of what is counted, which page of which paper; and links."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from sqlalchemy import select, update

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.breakdown import Requirement
from models.completeness import EvidenceLink
from models.evidence import Answer, Evidence
from workflows.evidence import drafts
from workflows.evidence.demands import Figure
from workflows.evidence.drafts import Desk
from workflows.evidence.gathering import current_evidence
from workflows.evidence.official_papers import PaperWords, remember
from workflows.evidence.paper_checks import is_address

_HUNDRED, _THOUSANDTH = Decimal(100), Decimal("0.001")
MAX_URL = 1_000


@dataclass(frozen=True)
class Particulars:
    """What was typed, by evidence or requirement; what is left out stays as it is.

    `bases`: numerator and denominator of a rate. A paper of None is taken off the piece (the paper stays known).
    """

    subjects: Mapping[UUID, str] = field(default_factory=dict)
    page_roles: Mapping[UUID, str] = field(default_factory=dict)
    papers: Mapping[UUID, PaperWords | None] = field(default_factory=dict)
    bases: Mapping[UUID, tuple[Decimal, Decimal]] = field(default_factory=dict)


def keep(unit: UnitOfWork, item_id: int, typed: Particulars) -> None:
    """Keep particulars; only what differs is written and recorded. Raises as `drafts.desk` does, and Invalid."""
    place = drafts.desk(unit, item_id)
    for evidence in current_evidence(unit.session, place.contribution):
        _keep_words(unit, place, evidence, typed)
    for requirement_id, basis in typed.bases.items():
        _state_rate(unit, place, requirement_id, basis)


def add_link(unit: UnitOfWork, item_id: int, requirement_id: UUID, url: str, title: str) -> EvidenceLink:
    """Hand in a public address. Nothing is fetched. Raises Invalid for what is no address, or was handed in already."""
    place = drafts.desk(unit, item_id)
    drafts.check_requirement(unit, place, requirement_id)
    address, words = url.strip(), title.strip()
    if not is_address(address) or len(address) > MAX_URL:
        raise Invalid(N_("“{url}” is no address that can be opened. It begins with http:// or https://."), url=address[:60])
    drafts.check_length(words)
    same = select(EvidenceLink.id).where(
        EvidenceLink.contribution_id == place.contribution.id,
        EvidenceLink.requirement_id == requirement_id,
        EvidenceLink.url == address,
        EvidenceLink.removed_at.is_(None),
    )
    if unit.session.scalars(same).first() is not None:
        raise Invalid(N_("This link is here already."))
    link = EvidenceLink(
        contribution_id=place.contribution.id, requirement_id=requirement_id, url=address, title=words,
        created_at=unit.now, created_by=drafts.person_of(unit),
    )  # fmt: skip
    unit.session.add(link)
    unit.session.flush()
    drafts.record(unit, place, "link.added", {"link": str(link.id), "url": address, "title": words})
    return link


def remove_link(unit: UnitOfWork, item_id: int, link_id: UUID) -> None:
    """Take a link out; its row stays, marked. Raises NotFound."""
    place = drafts.desk(unit, item_id)
    where = (EvidenceLink.id == link_id, EvidenceLink.contribution_id == place.contribution.id, EvidenceLink.removed_at.is_(None))
    changed = unit.session.execute(
        update(EvidenceLink).where(*where).values(removed_at=unit.now, removed_by=unit.actor.id).returning(EvidenceLink.url)
    )
    url = changed.scalar()
    if url is None:
        raise NotFound(N_("There is no such link in your evidence."))
    drafts.record(unit, place, "link.removed", {"link": str(link_id), "url": url})


def _keep_words(unit: UnitOfWork, place: Desk, evidence: Evidence, typed: Particulars) -> None:
    before = (evidence.subject, evidence.page_role, evidence.paper_number)
    subject = typed.subjects.get(evidence.id, evidence.subject).strip()
    page_role = typed.page_roles.get(evidence.id, evidence.page_role).strip()
    for text in (subject, page_role):
        drafts.check_length(text)
    number = evidence.paper_number
    if evidence.id in typed.papers:
        words = typed.papers[evidence.id]
        number = None if words is None else remember(unit, words).number
    after = (subject, page_role, number)
    if after == before:
        return
    evidence.subject, evidence.page_role, evidence.paper_number = after
    details = {"evidence": str(evidence.id), "subject": subject, "page_role": page_role, "paper": number}
    drafts.record(unit, place, "evidence.placed", details)


def _state_rate(unit: UnitOfWork, place: Desk, requirement_id: UUID, basis: tuple[Decimal, Decimal]) -> None:
    """State a rate by its two numbers; the rate itself is reckoned, to three places."""
    numerator, denominator = basis
    requirement = unit.session.get(Requirement, requirement_id)
    if requirement is None or requirement.kind != "percent_min":
        raise NotFound(N_("There is no such requirement in this case."))
    if denominator <= 0 or numerator < 0:
        raise Invalid(N_("A rate needs a whole greater than zero and a part of at least zero."))
    value = (numerator / denominator * _HUNDRED).quantize(_THOUSANDTH, ROUND_HALF_UP)
    key = (place.contribution.id, requirement_id)
    stored = unit.session.get(Answer, key)
    if stored is not None and (stored.numerator, stored.denominator) == basis:
        return
    drafts.state_figure_at(unit, place, requirement_id, Figure(value, numerator, denominator))

"""What a campaign checks, papers and links evidence refers to, and what a reviewer has opened."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, uuid_key


class CampaignCheck(Base):
    """How strict a campaign is about one check, where that differs from the default: block, warn or waive."""

    __tablename__ = "campaign_check"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    severity: Mapped[str]
    reason: Mapped[str]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None]


class OfficialPaper(Base):
    """An official paper (红头文件), typed once: its document number, issuer, day and title."""

    __tablename__ = "official_paper"

    number: Mapped[str] = mapped_column(primary_key=True)  # 文号: 某文明办〔2026〕3号
    title: Mapped[str]
    issuer: Mapped[str]
    issued_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]


class EvidenceLink(Base):
    """A public address handed in as evidence; nothing is ever fetched from it."""

    __tablename__ = "evidence_link"
    __table_args__ = (Index("ix_evidence_link_contribution_id", "contribution_id"),)

    id: Mapped[uuid_key]
    contribution_id: Mapped[UUID] = mapped_column(ForeignKey("contribution.id"))
    requirement_id: Mapped[UUID] = mapped_column(ForeignKey("requirement.id"))
    url: Mapped[str]
    title: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None]


class EvidenceViewed(Base):
    """A reviewer opened a file of a round (已看), for the first time at `viewed_at`."""

    __tablename__ = "evidence_viewed"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    viewed_at: Mapped[datetime]

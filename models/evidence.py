"""Assignments and what departments hand in for them (任务、佐证资料、提交、审核意见)."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, uuid_key
from models.breakdown import Requirement, Rule
from models.completeness import OfficialPaper
from models.people import Department


class AssignmentState(StrEnum):
    """Where a case stands; derived from its open work items after every command."""

    NOT_ASSIGNED = "not_assigned"
    COLLECTING = "collecting"
    IN_REVIEW = "in_review"
    AWAITING_APPROVAL = "awaiting_approval"
    ARCHIVING = "archiving"
    ARCHIVED = "archived"
    CLOSED = "closed"


class ContributionState(StrEnum):
    """Where one department's part of a case stands."""

    COLLECTING = "collecting"
    RETURNED = "returned"
    IN_REVIEW = "in_review"
    REVIEWED = "reviewed"
    APPROVED = "approved"


class Assignment(Base):
    """One case: a rule handed to departments, carried by one process instance. `no` is its public number."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index("ix_assignment_state_due_at", "state", "due_at"),
        Index("ix_assignment_campaign_id_no", "campaign_id", "no"),
    )

    id: Mapped[uuid_key]
    no: Mapped[str] = mapped_column(unique=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("rule.id"), unique=True)
    title: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    archival_code: Mapped[str | None] = mapped_column(unique=True)

    rule: Mapped[Rule] = relationship()
    contributions: Mapped[list["Contribution"]] = relationship(
        back_populates="assignment", order_by="Contribution.position"
    )


class CaseCounter(Base):
    """The last case number given in a year; locked while one is taken, so numbers have no gap."""

    __tablename__ = "case_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Contribution(Base):
    """One department's part of a case. `round` counts its submissions; `statement_draft` is the next one's, unsent."""

    __tablename__ = "contribution"
    __table_args__ = (UniqueConstraint("assignment_id", "department_id"),)

    id: Mapped[uuid_key]
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    role: Mapped[str]
    position: Mapped[int]
    state: Mapped[str]
    round: Mapped[int] = mapped_column(default=0)
    statement_draft: Mapped[str] = mapped_column(default="", server_default="")

    assignment: Mapped[Assignment] = relationship(back_populates="contributions")
    department: Mapped[Department] = relationship()
    evidence: Mapped[list["Evidence"]] = relationship(
        back_populates="contribution",
        order_by="Evidence.created_at",
        primaryjoin="and_(Evidence.contribution_id == Contribution.id, Evidence.removed_at.is_(None))",
        viewonly=True,
    )
    submissions: Mapped[list["Submission"]] = relationship(
        back_populates="contribution", order_by="Submission.round"
    )


class StoredFile(Base):
    """What is known of an uploaded file; the bytes lie in the vault under their SHA-256, never changed."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    kind: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    pages: Mapped[int | None]
    taken_at: Mapped[datetime | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    camera: Mapped[str | None]
    sharpness: Mapped[float | None]
    taken_zone: Mapped[str | None]  # as the camera wrote it: +08:00
    software: Mapped[str | None]
    jpeg_quality: Mapped[int | None]
    overlays: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    text_chars: Mapped[int | None]
    thumbnail_sha256: Mapped[str | None]
    view_sha256: Mapped[str | None]
    created_at: Mapped[datetime]


class Evidence(Base):
    """One file handed in for one requirement, with its caption. Removed items stay, marked."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_contribution_id", "contribution_id"),
        Index("ix_evidence_file_sha256", "file_sha256"),
    )

    id: Mapped[uuid_key]
    contribution_id: Mapped[UUID] = mapped_column(ForeignKey("contribution.id"))
    requirement_id: Mapped[UUID | None] = mapped_column(ForeignKey("requirement.id"))
    file_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    file_name: Mapped[str]
    caption: Mapped[dict[str, Any]]  # field as the requirement names it → text
    description: Mapped[str]
    event_date: Mapped[date | None]
    subject: Mapped[str] = mapped_column(default="", server_default="")  # which of what is counted: 和平路讲堂
    page_role: Mapped[str] = mapped_column(default="", server_default="")  # 红头页, 盖章页
    paper_number: Mapped[str | None] = mapped_column(ForeignKey("official_paper.number"))
    #: The piece this one is declared to be taken over from (a cross-reference, no duplicate), and why.
    reused_from: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id"))
    reuse_reason: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None]

    contribution: Mapped[Contribution] = relationship(foreign_keys=[contribution_id])
    requirement: Mapped[Requirement | None] = relationship()
    file: Mapped[StoredFile] = relationship()
    paper: Mapped[OfficialPaper | None] = relationship()


class Waiver(Base):
    """A requirement a department asks to be excused from, or the office excuses it from, with the reason."""

    __tablename__ = "waiver"

    contribution_id: Mapped[UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    requirement_id: Mapped[UUID] = mapped_column(ForeignKey("requirement.id"), primary_key=True)
    reason: Mapped[str]
    by_office: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]


class PartWaiver(Base):
    """The department that leads goes on without the part of one that assists, for a reason."""

    __tablename__ = "part_waiver"

    contribution_id: Mapped[UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    reason: Mapped[str]
    waived_at: Mapped[datetime]
    waived_by: Mapped[UUID]


class Answer(Base):
    """A figure a requirement asks for (a rate, a count, an area), as the department states it."""

    __tablename__ = "answer"

    contribution_id: Mapped[UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True)
    requirement_id: Mapped[UUID] = mapped_column(ForeignKey("requirement.id"), primary_key=True)
    value: Mapped[Decimal]
    numerator: Mapped[Decimal | None]
    denominator: Mapped[Decimal | None]
    note: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]


class Submission(Base):
    """One round handed in: a frozen snapshot of the evidence as it was."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("contribution_id", "round"),)

    id: Mapped[uuid_key]
    contribution_id: Mapped[UUID] = mapped_column(ForeignKey("contribution.id"))
    round: Mapped[int]
    snapshot: Mapped[dict[str, Any]]
    statement: Mapped[str]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID]

    contribution: Mapped[Contribution] = relationship(back_populates="submissions")
    decisions: Mapped[list["Decision"]] = relationship(order_by="Decision.decided_at", back_populates="submission")


class Decision(Base):
    """One approval or return of one submission, in the decider's words."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_decided_by_decided_at", "decided_by", "decided_at"),
        UniqueConstraint("idempotency_key", "submission_id"),
    )

    id: Mapped[uuid_key]
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    stage: Mapped[str]
    outcome: Mapped[str]
    remark: Mapped[str]
    missing: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID]
    idempotency_key: Mapped[str | None]

    submission: Mapped[Submission] = relationship(back_populates="decisions")

"""Signed papers: approval sheets, their signatures, the archived dossier (审批单、签名、卷宗)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, serial_key, uuid_key
from models.evidence import Assignment, Submission


class ApprovalSheet(Base):
    """The sheet of one submission: rendered once, then signed decision by decision by incremental update."""

    __tablename__ = "approval_sheet"

    id: Mapped[uuid_key]
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), unique=True)
    unsigned_sha256: Mapped[str]
    current_sha256: Mapped[str]
    rendered_at: Mapped[datetime]

    submission: Mapped[Submission] = relationship()
    signatures: Mapped[list["SheetSignature"]] = relationship(
        back_populates="sheet", order_by="SheetSignature.signed_at"
    )


class SheetSignature(Base):
    """One signature on one sheet, and the bytes it produced."""

    __tablename__ = "sheet_signature"

    id: Mapped[uuid_key]
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("approval_sheet.id"), index=True)
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"))
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("personal_certificate.id"))
    field: Mapped[str]
    pdf_sha256: Mapped[str]
    signed_at: Mapped[datetime]

    sheet: Mapped[ApprovalSheet] = relationship(back_populates="signatures")


class Dossier(Base):
    """The archived dossier of one case. Written once."""

    __tablename__ = "dossier"

    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignment.id"), primary_key=True)
    archival_code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    year: Mapped[int]
    retention_period: Mapped[str]
    pages: Mapped[int]
    pdf_sha256: Mapped[str]
    size: Mapped[int]
    sealed_at: Mapped[datetime]

    assignment: Mapped[Assignment] = relationship()


class ArchivalCounter(Base):
    """The last 件号 given in one lowest class; locked while one is taken (gap-free, DA/T 22-2015)."""

    __tablename__ = "archival_counter"

    class_code: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class TimestampSerial(Base):
    """Every token our own time-stamp authority issued, by serial number (RFC 3161 §2.4.2)."""

    __tablename__ = "timestamp_serial"

    serial: Mapped[serial_key]
    issued_at: Mapped[datetime]

"""The audit log: one hash chain per case, written in the transaction of the command it records (存证链)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, serial_key


class AuditChain(Base):
    """The tail of one chain: how long it is and what its last event hashes to. Locked while an event is appended."""

    __tablename__ = "audit_chain"

    id: Mapped[str] = mapped_column(primary_key=True)  # "case:2026-0001", "campaign:…", "people"
    length: Mapped[int]
    head: Mapped[str]


class AuditEvent(Base):
    """One event. `body` holds the exact bytes that were hashed; the other columns repeat parts of it for queries."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("chain_id", "seq"),
        Index("ix_audit_event_recorded_at", "recorded_at"),
        Index("ix_audit_event_actor_id", "actor_id", "recorded_at"),
    )

    id: Mapped[serial_key]
    chain_id: Mapped[str]
    seq: Mapped[int]
    action: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    recorded_at: Mapped[datetime]
    body: Mapped[bytes]
    leaf_hash: Mapped[str]

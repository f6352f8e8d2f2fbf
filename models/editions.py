"""Editions of a task table: which rule of the new one goes on from which rule of an earlier one, as people settled it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, uuid_key
from models.breakdown import Rule, TaskBreakdown


class PairState(StrEnum):
    """What people have said to a pair of rules."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    PARTED = "parted"


class Edition(Base):
    """Two imported documents that were compared: the newer one is the next edition of the older one."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("older_id", "newer_id"),)

    id: Mapped[uuid_key]
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)  # of the newer one
    older_id: Mapped[UUID] = mapped_column(ForeignKey("task_breakdown.id"))
    newer_id: Mapped[UUID] = mapped_column(ForeignKey("task_breakdown.id"), index=True)
    compared_at: Mapped[datetime]
    compared_by: Mapped[UUID | None]

    older: Mapped[TaskBreakdown] = relationship(foreign_keys=[older_id])
    newer: Mapped[TaskBreakdown] = relationship(foreign_keys=[newer_id])


class RulePair(Base):
    """A rule of the older edition and the one it became, with everything that differs (`changes`).

    A parted pair stays, so that it is not proposed again. `requirements` maps requirements once they are carried over:
    `[{"older": id, "newer": id}]`. `likeness`: 0 to 1. `doubtful`: another rule is nearly as like.
    """

    __tablename__ = "rule_pair"
    __table_args__ = (
        CheckConstraint("older_rule_id <> newer_rule_id", name="two_rules"),
        UniqueConstraint("edition_id", "older_rule_id", "newer_rule_id"),
        Index("uq_rule_pair_older", "edition_id", "older_rule_id", unique=True, postgresql_where=text("state <> 'parted'")),
        Index("uq_rule_pair_newer", "edition_id", "newer_rule_id", unique=True, postgresql_where=text("state <> 'parted'")),
        Index("ix_rule_pair_newer_rule_id", "newer_rule_id"),
    )

    id: Mapped[uuid_key]
    edition_id: Mapped[UUID] = mapped_column(ForeignKey("edition.id"))
    older_rule_id: Mapped[UUID] = mapped_column(ForeignKey("rule.id"))
    newer_rule_id: Mapped[UUID] = mapped_column(ForeignKey("rule.id"))
    state: Mapped[str]
    likeness: Mapped[Decimal]
    doubtful: Mapped[bool]
    changes: Mapped[list[str]]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    requirements: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    departments_carried: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    requirements_carried: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    edition: Mapped[Edition] = relationship()
    older_rule: Mapped[Rule] = relationship(foreign_keys=[older_rule_id])
    newer_rule: Mapped[Rule] = relationship(foreign_keys=[newer_rule_id])

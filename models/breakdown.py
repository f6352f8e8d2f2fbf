"""The task breakdown table (任务分解表) as imported: campaign → document → table → rule → requirement."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, uuid_key
from models.people import Department


class Campaign(Base):
    """One creation campaign of one year: the frame of its tables, deadlines and archive numbers."""

    __tablename__ = "campaign"

    id: Mapped[uuid_key]
    name: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    fonds_code: Mapped[str]  # 全宗号, 4 characters (DA/T 22-2015 §5.3)
    created_at: Mapped[datetime]


class TaskBreakdown(Base):
    """One imported document; the same bytes are imported once per campaign."""

    __tablename__ = "task_breakdown"
    __table_args__ = (UniqueConstraint("campaign_id", "file_sha256"),)

    id: Mapped[uuid_key]
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    title: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    warnings: Mapped[list[dict[str, Any]]]
    imported_at: Mapped[datetime]
    imported_by: Mapped[UUID | None]

    campaign: Mapped[Campaign] = relationship()
    tables: Mapped[list["BreakdownTable"]] = relationship(
        back_populates="breakdown", order_by="BreakdownTable.position"
    )


class BreakdownTable(Base):
    """One table of the document, e.g. 共性任务 (common) or 网上申报 (online_filing)."""

    __tablename__ = "breakdown_table"

    id: Mapped[uuid_key]
    breakdown_id: Mapped[UUID] = mapped_column(ForeignKey("task_breakdown.id"), index=True)
    position: Mapped[int]
    title: Mapped[str]
    kind: Mapped[str]
    points_total: Mapped[Decimal | None]
    warnings: Mapped[list[dict[str, Any]]]

    breakdown: Mapped[TaskBreakdown] = relationship(back_populates="tables")
    rules: Mapped[list["Rule"]] = relationship(back_populates="table", order_by="Rule.position")


class Rule(Base):
    """One scored rule (考核细则): what must be done, by whom, for how many points."""

    __tablename__ = "rule"

    id: Mapped[uuid_key]
    table_id: Mapped[UUID] = mapped_column(ForeignKey("breakdown_table.id"), index=True)
    position: Mapped[int]
    indicator: Mapped[str]
    item_no: Mapped[str]
    text: Mapped[str]
    points: Mapped[Decimal | None]
    advice: Mapped[str]
    advice_inherited: Mapped[bool]
    deadline: Mapped[str | None]
    warnings: Mapped[list[dict[str, Any]]]

    table: Mapped[BreakdownTable] = relationship(back_populates="rules")
    departments: Mapped[list["RuleDepartment"]] = relationship(
        back_populates="rule", order_by="RuleDepartment.position"
    )
    requirements: Mapped[list["Requirement"]] = relationship(back_populates="rule", order_by="Requirement.position")


class RuleDepartment(Base):
    """A department or group as the table names it; matched to a department of ours when known."""

    __tablename__ = "rule_department"

    id: Mapped[uuid_key]
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("rule.id"), index=True)
    position: Mapped[int]
    name: Mapped[str]
    canonical: Mapped[str]
    role: Mapped[str]
    is_group: Mapped[bool]
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))

    rule: Mapped[Rule] = relationship(back_populates="departments")
    department: Mapped[Department | None] = relationship()


class Requirement(Base):
    """One checkable demand, read from the text with the phrase it came from, or added by a person.

    `upper`: where the text gives a range (3至5张). `period`: how often it falls due (每季度), None for once.
    `department_id`: whom it is asked of, None for every department of the case. Removed ones stay, marked.
    """

    __tablename__ = "requirement"

    id: Mapped[uuid_key]
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("rule.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str]
    value: Mapped[Decimal | None]
    unit: Mapped[str | None]
    bound: Mapped[str | None]
    per: Mapped[str | None]
    fields: Mapped[list[str]]
    deadline: Mapped[str | None]
    source_phrase: Mapped[str]
    scope: Mapped[str]
    #: What `per` counts, by name, where the office has listed it (每个讲堂: 和平路讲堂, 中心小学讲堂).
    subjects: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    upper: Mapped[Decimal | None]
    period: Mapped[str | None]
    origin: Mapped[str] = mapped_column(default="table", server_default="table")  # or "person"
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    note: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[UUID | None]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None]

    rule: Mapped[Rule] = relationship(back_populates="requirements")
    department: Mapped[Department | None] = relationship()

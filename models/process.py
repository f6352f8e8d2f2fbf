"""What the engine keeps: sealed definitions, instances with their state, work items (流程定义、流程实例、待办)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, serial_key, uuid_key


class ProcessVersion(Base):
    """One sealed version of a process definition; never changed after deployment."""

    __tablename__ = "process_version"
    __table_args__ = (UniqueConstraint("key", "version"), UniqueConstraint("key", "sha256"))

    id: Mapped[uuid_key]
    key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str]
    xml: Mapped[bytes]
    reason: Mapped[str]
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[UUID | None]


class ProcessInstance(Base):
    """One running or ended process. `revision` moves with every step; `state` is the engine's own, without the spec."""

    __tablename__ = "process_instance"

    id: Mapped[uuid_key]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("process_version.id"))
    business_key: Mapped[str] = mapped_column(unique=True)
    revision: Mapped[int]
    state: Mapped[bytes]
    state_sha256: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    version: Mapped[ProcessVersion] = relationship()


class WorkItem(Base):
    """One step that waits for somebody. The inbox reads this table and nothing else of the engine.

    `candidate_group` says which role may act, `scope` in which branch (for us: a department), `queue` is what
    the inbox index is built on: the assignee once claimed, the group and scope while in the pool.
    """

    __tablename__ = "work_item"
    __table_args__ = (
        UniqueConstraint("instance_id", "task_id"),
        Index("ix_work_item_queue", "queue", "due_at", "id", postgresql_where=text("closed_at IS NULL")),
        Index("ix_work_item_instance_id", "instance_id"),
        Index("ix_work_item_closed_by", "closed_by", "closed_at"),
    )

    id: Mapped[serial_key]
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[str]
    element: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]  # user: a person acts; external: a worker acts on the topic
    candidate_group: Mapped[str]
    scope: Mapped[str | None]
    queue: Mapped[str]
    assignee_id: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    outcome: Mapped[str | None]

    instance: Mapped[ProcessInstance] = relationship()

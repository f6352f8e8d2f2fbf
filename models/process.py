"""What the engine keeps: sealed definitions, instances with their state, work items (流程定义、流程实例、待办).

And what belongs to them: event subscriptions, idempotency keys, copies, substitutions, incidents.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, serial_key, uuid_key

#: What `WorkItem.due_sort` holds for an item without a due date: after every real one, and still a Python datetime.
UNDATED = "9999-12-31 00:00:00+00"
#: What `WorkItem.precedence` may be.
CAME_BACK, USUAL = 0, 1

_OPEN = text("closed_at IS NULL")


class ProcessVersion(Base):
    """One sealed version of a process definition; never changed after deployment.

    `source` is the file as it was given, `xml` what runs: the normalised diagram, with `sha256` as its digest.
    `report` lists the findings of the check. `calls` maps the key of each called process to the id of the
    version it was bound to at deployment. The processes of one file share all of these.
    """

    __tablename__ = "process_version"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[uuid_key]
    key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str]
    xml: Mapped[bytes]
    source: Mapped[bytes]
    report: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=text("'[]'"))
    calls: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    reason: Mapped[str]
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[UUID | None]


class ProcessInstance(Base):
    """One running or ended process. `revision` moves with every step; `state` is the engine's own, without the spec.

    `next_due` is the moment of its earliest timer, `outcome` says how it ended (`completed`, `cancelled`).
    """

    __tablename__ = "process_instance"
    __table_args__ = (
        Index(
            "ix_process_instance_next_due",
            "next_due",
            postgresql_where=text("next_due IS NOT NULL AND ended_at IS NULL AND suspended_at IS NULL"),
        ),
    )

    id: Mapped[uuid_key]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("process_version.id"))
    business_key: Mapped[str] = mapped_column(unique=True)
    revision: Mapped[int]
    state: Mapped[bytes]
    state_sha256: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    next_due: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    initiator_id: Mapped[UUID | None]

    version: Mapped[ProcessVersion] = relationship()


class WorkItem(Base):
    """One step that waits for somebody. The inbox reads this table and nothing else of the engine.

    `candidate_group` says which role may act, `scope` in which branch (for us: a department), `queue` is what
    the inbox indexes are built on: the assignee once claimed, the group and scope while in the pool. `due_sort` is
    `due_at`, or `UNDATED`: never null. `business_key` repeats that of the instance. Each order of the inbox has an
    index that begins with queue and precedence, so `(due_sort, id) > (…)` pages through a queue however long it is.

    `precedence` says which items come before others where a list asks for it, the smaller first: `CAME_BACK` for
    what follows a return, else `USUAL`.

    `owner_id` is who answers for an item while it is delegated, `opened_at` when somebody who may act first opened
    it, `closed_for` the principal when a substitute acted, `properties` what the diagram says about the element.
    """

    __tablename__ = "work_item"
    __table_args__ = (
        UniqueConstraint("instance_id", "task_id"),
        # Without it a step reads the closed items of its process too: three times as dear after 10 000 rounds.
        Index("ix_work_item_open", "instance_id", postgresql_where=_OPEN),
        Index("ix_work_item_due", "queue", "precedence", "due_sort", "id", postgresql_where=_OPEN),
        Index("ix_work_item_created", "queue", "precedence", "created_at", "id", postgresql_where=_OPEN),
        Index("ix_work_item_number", "queue", "precedence", "business_key", "id", postgresql_where=_OPEN),
        Index("ix_work_item_closed_by", "closed_by", "closed_at", "id", postgresql_where=text("closed_by IS NOT NULL")),
    )

    id: Mapped[serial_key]
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[str]
    business_key: Mapped[str]
    element: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]  # user: a person acts; external: a worker acts on the topic
    candidate_group: Mapped[str]
    scope: Mapped[str | None]
    queue: Mapped[str]
    assignee_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    due_sort: Mapped[datetime] = mapped_column(Computed(f"coalesce(due_at, '{UNDATED}'::timestamptz)", persisted=True))
    precedence: Mapped[int] = mapped_column(SmallInteger, default=USUAL, server_default=text(str(USUAL)))
    reminded_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    closed_for: Mapped[UUID | None]
    outcome: Mapped[str | None]
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))

    instance: Mapped[ProcessInstance] = relationship()


class EventSubscription(Base):
    """A message or signal (`kind`) that a running process waits for, by name and, for messages, correlation key."""

    __tablename__ = "event_subscription"
    __table_args__ = (Index("ix_event_subscription_name", "kind", "name", "correlation"),)

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    task_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # message, signal
    name: Mapped[str] = mapped_column(primary_key=True)
    correlation: Mapped[str | None]


class Command(Base):
    """One idempotency key an actor has used, and what the command answered."""

    __tablename__ = "command"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    result: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]


class CopyNotice(Base):
    """A copy (抄送): a person is told about a process, or one item of it, and need not act."""

    __tablename__ = "copy_notice"
    __table_args__ = (Index("ix_copy_notice_person_id", "person_id", text("sent_at DESC")),)

    id: Mapped[serial_key]
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"))
    person_id: Mapped[UUID]
    sent_by: Mapped[UUID | None]
    sent_at: Mapped[datetime]
    note: Mapped[str]
    read_at: Mapped[datetime | None]


class Substitution(Base):
    """One person may act for another in a period (委托代理), until it is revoked."""

    __tablename__ = "substitution"
    __table_args__ = (
        Index("ix_substitution_substitute_id", "substitute_id"),
        CheckConstraint("ends_at > starts_at", name="period"),
    )

    id: Mapped[uuid_key]
    principal_id: Mapped[UUID]
    substitute_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Incident(Base):
    """Something automatic that failed and waits for a retry or a person. One failing thing has one open incident.

    `kind` is what failed (`step`, `timer`, `message`, `job`), `subject` the topic or element.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "uq_incident_open",
            "kind",
            "subject",
            text("coalesce(instance_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            text("coalesce(item_id, 0)"),
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_incident_open", "last_at", postgresql_where=text("resolved_at IS NULL")),
    )

    id: Mapped[serial_key]
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("work_item.id"))
    kind: Mapped[str]
    subject: Mapped[str]
    error: Mapped[str]
    detail: Mapped[dict[str, Any]]
    attempts: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    next_retry_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    resolution: Mapped[str | None]

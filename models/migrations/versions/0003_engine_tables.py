"""What the engine keeps beside the state: sources and findings of diagrams, timers, subscriptions, incidents,
copies, substitutions, idempotency keys; an inbox index without nulls.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_OPEN_ITEM = sa.text("closed_at IS NULL")
_DUE = sa.text("next_due IS NOT NULL AND ended_at IS NULL AND suspended_at IS NULL")
_UNRESOLVED = sa.text("resolved_at IS NULL")


def _seal_versions() -> None:
    """Give the old versions their source: it is what ran. The table refuses changes, so its trigger rests for this."""
    op.add_column("process_version", sa.Column("source", sa.LargeBinary(), nullable=True))
    op.add_column("process_version", sa.Column("report", JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("process_version", sa.Column("calls", JSONB(), nullable=False, server_default=sa.text("'{}'")))
    op.execute("ALTER TABLE process_version DISABLE TRIGGER process_version_rows")
    op.execute("UPDATE process_version SET source = xml")
    op.execute("ALTER TABLE process_version ENABLE TRIGGER process_version_rows")
    op.alter_column("process_version", "source", nullable=False)


def _extend_instances() -> None:
    op.add_column("process_instance", sa.Column("next_due", _MOMENT))
    op.add_column("process_instance", sa.Column("suspended_at", _MOMENT))
    op.add_column("process_instance", sa.Column("outcome", sa.Text()))
    op.add_column("process_instance", sa.Column("initiator_id", sa.Uuid()))
    op.execute("UPDATE process_instance SET outcome = 'completed' WHERE ended_at IS NOT NULL")
    op.create_index("ix_process_instance_next_due", "process_instance", ["next_due"], postgresql_where=_DUE)


def _extend_items() -> None:
    for name, kind in (("owner_id", sa.Uuid()), ("opened_at", _MOMENT), ("reminded_at", _MOMENT), ("closed_for", sa.Uuid())):
        op.add_column("work_item", sa.Column(name, kind))
    op.add_column("work_item", sa.Column("properties", JSONB(), nullable=False, server_default=sa.text("'{}'")))
    undated = sa.Computed("coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz)", persisted=True)
    op.add_column("work_item", sa.Column("due_sort", _MOMENT, undated, nullable=False))
    op.drop_index("ix_work_item_queue", table_name="work_item")
    op.create_index("ix_work_item_queue", "work_item", ["queue", "due_sort", "id"], postgresql_where=_OPEN_ITEM)


def _create_events_and_commands() -> None:
    op.create_table(
        "event_subscription",
        sa.Column("instance_id", sa.Uuid(), sa.ForeignKey("process_instance.id", name="fk_event_subscription_instance_id")),
        sa.Column("task_id", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("correlation", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("instance_id", "task_id", "kind", "name", name="pk_event_subscription"),
    )
    op.create_index("ix_event_subscription_name", "event_subscription", ["kind", "name", "correlation"])
    op.create_table(
        "command",
        sa.Column("actor", sa.Text()),
        sa.Column("key", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("result", JSONB(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_command"),
    )


def _create_copies_and_substitutions() -> None:
    op.create_table(
        "copy_notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "instance_id", sa.Uuid(), sa.ForeignKey("process_instance.id", name="fk_copy_notice_instance_id"), nullable=False
        ),
        sa.Column("item_id", sa.BigInteger(), sa.ForeignKey("work_item.id", name="fk_copy_notice_item_id")),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sent_by", sa.Uuid()),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("read_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_copy_notice"),
    )
    op.create_index("ix_copy_notice_person_id", "copy_notice", ["person_id", sa.text("sent_at DESC")])
    op.create_table(
        "substitution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_substitution"),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_substitution_period")),
    )
    op.create_index("ix_substitution_substitute_id", "substitution", ["substitute_id"])


def _create_incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), sa.ForeignKey("process_instance.id", name="fk_incident_instance_id")),
        sa.Column("item_id", sa.BigInteger(), sa.ForeignKey("work_item.id", name="fk_incident_item_id")),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("next_retry_at", _MOMENT),
        sa.Column("resolved_at", _MOMENT),
        sa.Column("resolved_by", sa.Uuid()),
        sa.Column("resolution", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    op.create_index("ix_incident_open", "incident", ["last_at"], postgresql_where=_UNRESOLVED)
    op.create_index(
        "uq_incident_open",
        "incident",
        [
            "kind",
            "subject",
            sa.text("coalesce(instance_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            sa.text("coalesce(item_id, 0)"),
        ],
        unique=True,
        postgresql_where=_UNRESOLVED,
    )


def upgrade() -> None:
    _seal_versions()
    _extend_instances()
    _extend_items()
    _create_events_and_commands()
    _create_copies_and_substitutions()
    _create_incidents()


def downgrade() -> None:
    for table in ("incident", "substitution", "copy_notice", "command", "event_subscription"):
        op.drop_table(table)
    op.drop_index("ix_work_item_queue", table_name="work_item")
    for column in ("due_sort", "properties", "closed_for", "reminded_at", "opened_at", "owner_id"):
        op.drop_column("work_item", column)
    op.create_index("ix_work_item_queue", "work_item", ["queue", "due_at", "id"], postgresql_where=_OPEN_ITEM)
    op.drop_index("ix_process_instance_next_due", table_name="process_instance")
    for column in ("initiator_id", "outcome", "suspended_at", "next_due"):
        op.drop_column("process_instance", column)
    for column in ("calls", "report", "source"):
        op.drop_column("process_version", column)

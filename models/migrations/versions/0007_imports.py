"""Tables being looked over before they are saved.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "import_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_name", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("grids", JSONB(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("saved_as", sa.Uuid(), nullable=True),
        sa.Column("discarded_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["saved_as"], ["task_breakdown.id"], name="fk_import_draft_saved_as_task_breakdown"),
        sa.PrimaryKeyConstraint("id", name="pk_import_draft"),
    )
    op.create_index("ix_import_draft_saved_as", "import_draft", ["saved_as"])
    op.create_table(
        "import_draft_state",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["import_draft.id"], name="fk_import_draft_state_draft_id_import_draft"),
        sa.PrimaryKeyConstraint("id", name="pk_import_draft_state"),
        sa.UniqueConstraint("draft_id", "position", name="uq_import_draft_state_draft_id_position"),
    )


def downgrade() -> None:
    op.drop_table("import_draft_state")
    op.drop_table("import_draft")

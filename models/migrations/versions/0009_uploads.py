"""Files checked again and again.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "file_check",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("blocks", sa.LargeBinary(), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("damaged_at", MOMENT, nullable=True),
        sa.Column("damage", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("sha256", name="pk_file_check"),
    )
    op.create_index("ix_file_check_checked_at", "file_check", [sa.text("checked_at NULLS FIRST"), "sha256"])
    op.create_index("ix_file_check_damaged_at", "file_check", ["damaged_at"], postgresql_where=sa.text("damaged_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("file_check")

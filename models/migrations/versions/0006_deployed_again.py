"""One diagram may be several versions: deployed again after another, or bound anew to what it calls.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("uq_process_version_key_sha256", "process_version", type_="unique")


def downgrade() -> None:
    op.create_unique_constraint("uq_process_version_key_sha256", "process_version", ["key", "sha256"])

"""Personal certificates of outside authorities, in files and on devices; why a certificate is no longer used.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "personal_certificate"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("tier", sa.Text(), server_default="managed", nullable=False))
    op.add_column(TABLE, sa.Column("chain_pem", sa.LargeBinary(), server_default="", nullable=False))
    op.alter_column(TABLE, "tier", server_default=None)
    op.alter_column(TABLE, "chain_pem", server_default=None)
    op.add_column(TABLE, sa.Column("token_label", sa.Text(), nullable=True))
    op.add_column(TABLE, sa.Column("token_key_id", sa.Text(), nullable=True))
    op.add_column(TABLE, sa.Column("revocation", sa.Text(), nullable=True))
    op.alter_column(TABLE, "encrypted_key_pem", nullable=True)
    # Two outside authorities may give the same serial number.
    op.drop_constraint("uq_personal_certificate_serial", TABLE, type_="unique")
    op.create_check_constraint(op.f("ck_personal_certificate_key_place"), TABLE, "(tier = 'device') = (encrypted_key_pem IS NULL)")
    op.create_index("ix_personal_certificate_not_after", TABLE, ["not_after"])
    op.create_index(
        "uq_personal_certificate_in_use",
        TABLE,
        [sa.text("sha256(certificate_pem)")],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_personal_certificate_in_use", TABLE)
    op.drop_index("ix_personal_certificate_not_after", TABLE)
    op.drop_constraint(op.f("ck_personal_certificate_key_place"), TABLE, type_="check")
    # The version before knows no key that lies elsewhere: such a certificate stays as a record nobody can sign with.
    op.execute("UPDATE personal_certificate SET encrypted_key_pem = '' WHERE encrypted_key_pem IS NULL")
    op.alter_column(TABLE, "encrypted_key_pem", nullable=False)
    op.create_unique_constraint("uq_personal_certificate_serial", TABLE, ["serial"])
    for name in ("revocation", "token_key_id", "token_label", "chain_pem", "tier"):
        op.drop_column(TABLE, name)

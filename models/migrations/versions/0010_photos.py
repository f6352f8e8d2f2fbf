"""Pictures, pages and words of files; likeness of photos; marks of people; declared reuse.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BANDS = 4


def upgrade() -> None:
    _likeness()
    _pages_and_words()
    _marks()
    # The hashes of before were of another kind; the worker looks at those photos again at night (photos.look_again).
    op.drop_index("ix_stored_file_perceptual_hash", "stored_file")
    op.drop_column("stored_file", "perceptual_hash")
    op.add_column("stored_file", sa.Column("taken_zone", sa.Text(), nullable=True))
    op.add_column("stored_file", sa.Column("software", sa.Text(), nullable=True))
    op.add_column("stored_file", sa.Column("jpeg_quality", sa.Integer(), nullable=True))
    op.add_column("stored_file", sa.Column("overlays", JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb")))
    op.add_column("evidence", sa.Column("reused_from", sa.Uuid(), nullable=True))
    op.add_column("evidence", sa.Column("reuse_reason", sa.Text(), nullable=False, server_default=""))
    op.create_foreign_key("fk_evidence_reused_from_evidence", "evidence", "evidence", ["reused_from"], ["id"])


def _likeness() -> None:
    bands = [
        sa.Column(
            f"band_{one}",
            sa.Integer(),
            sa.Computed(f"((hash >> {48 - 16 * one}) & 65535)::integer", persisted=True),
            nullable=False,
        )
        for one in range(BANDS)
    ]
    op.create_table(
        "photo_likeness",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        *bands,
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name="fk_photo_likeness_sha256_stored_file"),
        sa.PrimaryKeyConstraint("sha256", name="pk_photo_likeness"),
    )
    for one in range(BANDS):
        op.create_index(f"ix_photo_likeness_band_{one}_hash", "photo_likeness", [f"band_{one}", "hash"])
    op.create_table(
        "photo_pair",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("other_sha256", sa.Text(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.Column("turned", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name="fk_photo_pair_sha256_stored_file"),
        sa.ForeignKeyConstraint(["other_sha256"], ["stored_file.sha256"], name="fk_photo_pair_other_sha256_stored_file"),
        sa.PrimaryKeyConstraint("sha256", "other_sha256", name="pk_photo_pair"),
    )


def _pages_and_words() -> None:
    op.create_table(
        "file_rendering",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("pdf_sha256", sa.Text(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name="fk_file_rendering_sha256_stored_file"),
        sa.PrimaryKeyConstraint("sha256", name="pk_file_rendering"),
    )
    op.create_table(
        "file_page",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("picture_sha256", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name="fk_file_page_sha256_stored_file"),
        sa.PrimaryKeyConstraint("sha256", "number", name="pk_file_page"),
    )
    op.create_table(
        "file_text",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("chars", sa.Integer(), nullable=True),
        sa.Column("chars_bare", sa.Integer(), nullable=True),
        sa.Column("cut", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name="fk_file_text_sha256_stored_file"),
        sa.PrimaryKeyConstraint("sha256", name="pk_file_text"),
    )


def _marks() -> None:
    op.create_table(
        "file_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        *[sa.Column(name, sa.Float(), nullable=True) for name in ("x0", "y0", "x1", "y1")],
        sa.Column("first_sign", sa.Integer(), nullable=True),
        sa.Column("last_sign", sa.Integer(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_file_mark_evidence_id_evidence"),
        sa.PrimaryKeyConstraint("id", name="pk_file_mark"),
    )
    op.create_index("ix_file_mark_evidence_id", "file_mark", ["evidence_id"])


def downgrade() -> None:
    op.drop_constraint("fk_evidence_reused_from_evidence", "evidence", type_="foreignkey")
    op.drop_column("evidence", "reuse_reason")
    op.drop_column("evidence", "reused_from")
    for name in ("overlays", "jpeg_quality", "software", "taken_zone"):
        op.drop_column("stored_file", name)
    op.add_column("stored_file", sa.Column("perceptual_hash", sa.Text(), nullable=True))
    op.create_index("ix_stored_file_perceptual_hash", "stored_file", ["perceptual_hash"])
    for name in ("file_mark", "file_text", "file_page", "file_rendering", "photo_pair", "photo_likeness"):
        op.drop_table(name)

"""Checks of a campaign; what reviewers have seen.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "campaign_check",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_campaign_check_campaign_id_campaign"),
        sa.PrimaryKeyConstraint("campaign_id", "code", name="pk_campaign_check"),
    )
    op.create_table(
        "official_paper",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_official_paper"),
    )
    op.create_table(
        "evidence_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name="fk_evidence_link_contribution_id_contribution"),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirement.id"], name="fk_evidence_link_requirement_id_requirement"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence_link"),
    )
    op.create_index("ix_evidence_link_contribution_id", "evidence_link", ["contribution_id"])
    op.create_table(
        "evidence_viewed",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("viewed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name="fk_evidence_viewed_submission_id_submission"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_evidence_viewed_evidence_id_evidence"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_evidence_viewed_person_id_person"),
        sa.PrimaryKeyConstraint("submission_id", "evidence_id", "person_id", name="pk_evidence_viewed"),
    )
    op.add_column("requirement", sa.Column("subjects", JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb")))
    op.add_column("evidence", sa.Column("subject", sa.Text(), nullable=False, server_default=""))
    op.add_column("evidence", sa.Column("page_role", sa.Text(), nullable=False, server_default=""))
    op.add_column("evidence", sa.Column("paper_number", sa.Text(), nullable=True))
    op.create_foreign_key("fk_evidence_paper_number_official_paper", "evidence", "official_paper", ["paper_number"], ["number"])
    op.add_column("answer", sa.Column("numerator", sa.Numeric(10, 3), nullable=True))
    op.add_column("answer", sa.Column("denominator", sa.Numeric(10, 3), nullable=True))
    op.add_column("waiver", sa.Column("by_office", sa.Boolean(), nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    op.drop_column("waiver", "by_office")
    op.drop_column("answer", "denominator")
    op.drop_column("answer", "numerator")
    op.drop_constraint("fk_evidence_paper_number_official_paper", "evidence", type_="foreignkey")
    op.drop_column("evidence", "paper_number")
    op.drop_column("evidence", "page_role")
    op.drop_column("evidence", "subject")
    op.drop_column("requirement", "subjects")
    op.drop_table("evidence_viewed")
    op.drop_table("evidence_link")
    op.drop_table("official_paper")
    op.drop_table("campaign_check")

"""History of departments: former names, dated groups, mergers, refused names, parts gone without; editions of tables.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _departments()
    _groups()
    op.create_table(
        "part_waiver",
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("waived_at", MOMENT, nullable=False),
        sa.Column("waived_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name="fk_part_waiver_contribution_id_contribution"),
        sa.PrimaryKeyConstraint("contribution_id", name="pk_part_waiver"),
    )
    _editions()


def _departments() -> None:
    op.add_column("department", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_foreign_key("fk_department_merged_into_department", "department", "department", ["merged_into"], ["id"])
    op.create_index("ix_department_merged_into", "department", ["merged_into"])
    op.create_index("ix_department_parent_id", "department", ["parent_id"])
    op.create_table(
        "department_former_name",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_department_former_name_department_id_department"),
        sa.PrimaryKeyConstraint("id", name="pk_department_former_name"),
    )
    op.create_index("ix_department_former_name_department_id", "department_former_name", ["department_id"])
    op.create_table(
        "department_alias_refused",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("refused_at", MOMENT, nullable=False),
        sa.Column("refused_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_department_alias_refused_department_id_department"
        ),
        sa.PrimaryKeyConstraint("name", "department_id", name="pk_department_alias_refused"),
    )


def _groups() -> None:
    op.drop_constraint("pk_department_group_member", "department_group_member", type_="primary")
    op.add_column("department_group_member", sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False))
    op.create_primary_key("pk_department_group_member", "department_group_member", ["id"])
    op.alter_column("department_group_member", "department_id", nullable=True)
    for name, table in (("subgroup_id", "department_group"), ("under_id", "department")):
        op.add_column("department_group_member", sa.Column(name, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            f"fk_department_group_member_{name}_{table}", "department_group_member", table, [name], ["id"]
        )
    op.add_column("department_group_member", sa.Column("since", sa.Date(), nullable=True))
    op.add_column("department_group_member", sa.Column("until", sa.Date(), nullable=True))
    op.create_index("ix_department_group_member_group_id", "department_group_member", ["group_id"])
    op.create_index("ix_department_group_member_department_id", "department_group_member", ["department_id"])
    op.create_check_constraint(
        op.f("ck_department_group_member_one_kind"),
        "department_group_member",
        "num_nonnulls(department_id, subgroup_id, under_id) = 1",
    )
    op.create_check_constraint(op.f("ck_department_group_member_period"), "department_group_member", "until > since")


def _editions() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("older_id", sa.Uuid(), nullable=False),
        sa.Column("newer_id", sa.Uuid(), nullable=False),
        sa.Column("compared_at", MOMENT, nullable=False),
        sa.Column("compared_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_edition_campaign_id_campaign"),
        sa.ForeignKeyConstraint(["older_id"], ["task_breakdown.id"], name="fk_edition_older_id_task_breakdown"),
        sa.ForeignKeyConstraint(["newer_id"], ["task_breakdown.id"], name="fk_edition_newer_id_task_breakdown"),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
        sa.UniqueConstraint("older_id", "newer_id", name="uq_edition_older_id_newer_id"),
    )
    op.create_index("ix_edition_campaign_id", "edition", ["campaign_id"])
    op.create_index("ix_edition_newer_id", "edition", ["newer_id"])
    op.create_table(
        "rule_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("older_rule_id", sa.Uuid(), nullable=False),
        sa.Column("newer_rule_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("likeness", sa.Numeric(10, 3), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("changes", JSONB(), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("requirements", JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb")),
        sa.Column("departments_carried", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("requirements_carried", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.CheckConstraint("older_rule_id <> newer_rule_id", name=op.f("ck_rule_pair_two_rules")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_rule_pair_edition_id_edition"),
        sa.ForeignKeyConstraint(["older_rule_id"], ["rule.id"], name="fk_rule_pair_older_rule_id_rule"),
        sa.ForeignKeyConstraint(["newer_rule_id"], ["rule.id"], name="fk_rule_pair_newer_rule_id_rule"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_pair"),
        sa.UniqueConstraint(
            "edition_id", "older_rule_id", "newer_rule_id", name="uq_rule_pair_edition_id_older_rule_id_newer_rule_id"
        ),
    )
    op.create_index("ix_rule_pair_newer_rule_id", "rule_pair", ["newer_rule_id"])
    for side in ("older", "newer"):
        op.create_index(
            f"uq_rule_pair_{side}",
            "rule_pair",
            ["edition_id", f"{side}_rule_id"],
            unique=True,
            postgresql_where=sa.text("state <> 'parted'"),
        )


def downgrade() -> None:
    op.drop_table("rule_pair")
    op.drop_table("edition")
    op.drop_table("part_waiver")
    # What a group was and will be, other groups in it, and what lies under a department have no place in the older form.
    op.execute(
        "DELETE FROM department_group_member WHERE department_id IS NULL OR until IS NOT NULL OR since > current_date"
    )
    op.drop_constraint(op.f("ck_department_group_member_one_kind"), "department_group_member", type_="check")
    op.drop_constraint(op.f("ck_department_group_member_period"), "department_group_member", type_="check")
    op.drop_constraint("pk_department_group_member", "department_group_member", type_="primary")
    op.drop_index("ix_department_group_member_group_id", "department_group_member")
    op.drop_index("ix_department_group_member_department_id", "department_group_member")
    for name in ("id", "subgroup_id", "under_id", "since", "until"):
        op.drop_column("department_group_member", name)
    op.alter_column("department_group_member", "department_id", nullable=False)
    op.create_primary_key("pk_department_group_member", "department_group_member", ["group_id", "department_id"])
    op.drop_table("department_alias_refused")
    op.drop_table("department_former_name")
    op.drop_index("ix_department_parent_id", "department")
    op.drop_index("ix_department_merged_into", "department")
    op.drop_constraint("fk_department_merged_into_department", "department", type_="foreignkey")
    op.drop_column("department", "merged_into")

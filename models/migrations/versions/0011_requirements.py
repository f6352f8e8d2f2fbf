"""Requirements people change; periods.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

#: Those that were read from a table came into being with its import.
IMPORTED = """
    UPDATE requirement SET created_at = task_breakdown.imported_at, created_by = task_breakdown.imported_by
    FROM rule, breakdown_table, task_breakdown
    WHERE rule.id = requirement.rule_id AND breakdown_table.id = rule.table_id
      AND task_breakdown.id = breakdown_table.breakdown_id
"""
#: How often a duty recurs stood in the column for what is counted.
RECURRING = "UPDATE requirement SET period = per WHERE kind = 'frequency'"


def upgrade() -> None:
    op.add_column("requirement", sa.Column("upper", sa.Numeric(10, 3), nullable=True))
    op.add_column("requirement", sa.Column("period", sa.Text(), nullable=True))
    op.add_column("requirement", sa.Column("origin", sa.Text(), nullable=False, server_default="table"))
    op.add_column("requirement", sa.Column("department_id", sa.Uuid(), nullable=True))
    op.add_column("requirement", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    for name, kind in (("created_at", MOMENT), ("created_by", sa.Uuid()), ("changed_at", MOMENT),
                       ("changed_by", sa.Uuid()), ("removed_at", MOMENT), ("removed_by", sa.Uuid())):  # fmt: skip
        op.add_column("requirement", sa.Column(name, kind, nullable=True))
    op.create_foreign_key(
        "fk_requirement_department_id_department", "requirement", "department", ["department_id"], ["id"]
    )
    op.execute(IMPORTED)
    op.execute(RECURRING)
    op.alter_column("requirement", "created_at", nullable=False)


def downgrade() -> None:
    op.drop_constraint("fk_requirement_department_id_department", "requirement", type_="foreignkey")
    for name in ("removed_by", "removed_at", "changed_by", "changed_at", "created_by", "created_at", "note",
                 "department_id", "origin", "period", "upper"):  # fmt: skip
        op.drop_column("requirement", name)

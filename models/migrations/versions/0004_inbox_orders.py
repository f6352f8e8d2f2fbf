"""Every order of the inbox gets an index; what follows a return is marked on the item itself.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN_ITEM = sa.text("closed_at IS NULL")
_ORDERS = {"due": "due_sort", "created": "created_at", "number": "business_key"}


def upgrade() -> None:
    op.add_column("work_item", sa.Column("business_key", sa.Text()))
    op.add_column("work_item", sa.Column("precedence", sa.SmallInteger(), nullable=False, server_default=sa.text("1")))
    op.execute("UPDATE work_item SET business_key = i.business_key FROM process_instance i WHERE i.id = instance_id")
    op.alter_column("work_item", "business_key", nullable=False)
    # What workflows/lifecycle/returned.py says of an item when it opens, said of those that are open now.
    op.execute(
        """
        UPDATE work_item SET precedence = 0 FROM assignment a JOIN contribution c ON c.assignment_id = a.id
        WHERE work_item.closed_at IS NULL AND a.no = work_item.business_key
        AND (work_item.scope IS NULL OR work_item.scope = c.department_id::text)
        AND CASE work_item.element WHEN 'collect' THEN c.state = 'returned' ELSE c.round > 1 END
        """
    )
    op.drop_index("ix_work_item_queue", table_name="work_item")
    for name, column in _ORDERS.items():
        columns = ["queue", "precedence", column, "id"]
        op.create_index(f"ix_work_item_{name}", "work_item", columns, postgresql_where=_OPEN_ITEM)
    op.drop_index("ix_work_item_closed_by", table_name="work_item")
    op.create_index(
        "ix_work_item_closed_by",
        "work_item",
        ["closed_by", "closed_at", "id"],
        postgresql_where=sa.text("closed_by IS NOT NULL"),
    )
    # The unique key (instance_id, task_id) serves the same questions.
    op.drop_index("ix_work_item_instance_id", table_name="work_item")


def downgrade() -> None:
    op.create_index("ix_work_item_instance_id", "work_item", ["instance_id"])
    op.drop_index("ix_work_item_closed_by", table_name="work_item")
    op.create_index("ix_work_item_closed_by", "work_item", ["closed_by", "closed_at"])
    for name in _ORDERS:
        op.drop_index(f"ix_work_item_{name}", table_name="work_item")
    op.create_index("ix_work_item_queue", "work_item", ["queue", "due_sort", "id"], postgresql_where=_OPEN_ITEM)
    op.drop_column("work_item", "precedence")
    op.drop_column("work_item", "business_key")

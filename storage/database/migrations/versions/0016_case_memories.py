"""What cases taught; `faultmaven memories rebuild` fills it from the cases that are over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "case_memories",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("alert", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_memories"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name="fk_case_memories_case_id",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index("ix_case_memories_number", "case_memories", ["tenant_id", "number"])
    op.create_index("ix_case_memories_fault", "case_memories", ["tenant_id", "fault", "at"])
    op.create_index("ix_case_memories_alert", "case_memories", ["tenant_id", "alert", "at"])

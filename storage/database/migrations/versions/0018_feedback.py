"""What people say of suggestions, and the tags that they took off documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "feedback",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq", name="pk_feedback"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name="fk_feedback_case_id",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index("ix_feedback_name", "feedback", ["tenant_id", "kind", "name"])
    op.create_index("ix_feedback_at", "feedback", ["tenant_id", "kind", "at"])
    refused = sa.Column("refused_tags", sa.Text(), server_default=sa.text("'[]'"), nullable=False)
    op.add_column("documents", refused)
    commit = sa.Column("commit", sa.Text(), server_default=sa.text("''"), nullable=False)
    op.add_column("document_versions", commit)

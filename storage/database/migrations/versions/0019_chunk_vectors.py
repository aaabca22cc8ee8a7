"""What chunks mean, as vectors: an index that can be made anew of the chunks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "chunk_vectors",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name="pk_chunk_vectors"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_chunk_vectors_document_id"
        ),
    )

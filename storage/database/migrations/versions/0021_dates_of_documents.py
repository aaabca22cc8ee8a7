"""How old the content of a document is; of those that are there already nobody knows more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("documents", sa.Column("dated_at", sa.BigInteger(), nullable=True))

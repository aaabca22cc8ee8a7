"""When all rows had been moved to the secret of now; of databases of before, nobody knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("installation", sa.Column("moved_at", sa.BigInteger(), nullable=True))

"""The channel whose readers alone a case is told to; of the cases of before there is none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Bring the tables forward."""
    channel = sa.Column("closed_to", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("cases", channel)

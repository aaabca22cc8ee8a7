"""The secrets that the database rested under before, which originals may still rest under."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Bring the tables forward."""
    former = sa.Column("former", sa.Text(), server_default=sa.text("''"), nullable=False)
    op.add_column("installation", former)

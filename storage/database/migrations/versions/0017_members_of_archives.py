"""Of which archive a file was unpacked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("files", sa.Column("archive_id", sa.Text(), nullable=True))

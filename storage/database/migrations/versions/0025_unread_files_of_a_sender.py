"""An index of the files that are still to be read, by who sent them."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Bring the tables forward."""
    condition = text("state = 'received'")
    op.create_index(
        "ix_files_unread",
        "files",
        ["tenant_id", "received_from"],
        sqlite_where=condition,
        postgresql_where=condition,
    )

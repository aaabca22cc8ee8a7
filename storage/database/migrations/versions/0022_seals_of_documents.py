"""A keyed hash of what was read of a document, by which a change by hand is noticed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Bring the tables forward."""
    seal = sa.Column("seal", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("document_versions", seal)

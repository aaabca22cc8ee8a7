"""What an alert's author wrote besides its summary, and the links, rest with its occurrence."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("occurrences", sa.Column("notes", sa.Text(), nullable=True))

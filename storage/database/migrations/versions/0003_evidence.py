"""What becomes of evidence: decoded, when it went wrong, and when its original was given up."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables forward."""
    decoded: sa.Column[bool] = sa.Column(
        "decoded", sa.Boolean(), server_default=sa.false(), nullable=False
    )
    op.add_column("files", decoded)
    op.add_column("files", sa.Column("onset", sa.BigInteger(), nullable=True))
    op.add_column("files", sa.Column("let_go_at", sa.BigInteger(), nullable=True))

"""Workspaces of chat platforms are rows; until now each platform had one, called `main`."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ADD = """
INSERT INTO workspaces (id, tenant_id, platform, external_id, connected_at)
SELECT DISTINCT 'main', tenant_id, platform, '', 0 FROM (
    SELECT tenant_id, platform, workspace FROM bindings
    UNION SELECT tenant_id, platform, workspace FROM utterances
    UNION SELECT tenant_id, platform, workspace FROM identities
    UNION SELECT tenant_id, platform, workspace FROM channels
) AS places
WHERE workspace = 'main'
"""


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "workspaces",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("connected_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "platform", "id", name="pk_workspaces"),
    )
    op.create_index(
        "uq_workspaces_external_id",
        "workspaces",
        ["tenant_id", "platform", "external_id"],
        unique=True,
    )
    op.execute(_ADD)

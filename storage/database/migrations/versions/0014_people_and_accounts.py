"""Whose account somebody in chat is, and accounts that sign in at an OpenID provider."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("identities", sa.Column("linked_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_identities_user", "identities", ["user_id"])
    op.create_table(
        "provider_logins",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "issuer", "subject", name="pk_provider_logins"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_provider_logins_account_id"
        ),
    )
    op.create_index("ix_provider_logins_account", "provider_logins", ["account_id"])
    op.create_table(
        "authorization_requests",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "state", name="pk_authorization_requests"),
    )

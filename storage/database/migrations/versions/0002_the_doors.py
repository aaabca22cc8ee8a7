"""What people say and who they are; places yet to be made; names of deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("bindings", sa.Column("opens", sa.Text(), nullable=True))
    op.add_column("bindings", sa.Column("made_from", sa.Text(), nullable=True))
    op.add_column("outbound", sa.Column("opens", sa.Text(), nullable=True))
    op.add_column("outbound", _empty("handle"))
    op.add_column("deliveries", _empty("name"))
    if op.get_bind().dialect.name != "sqlite":  # whose integers have 64 bits anyway
        op.alter_column("outbound", "card_version", type_=sa.BigInteger(), nullable=False)

    op.create_table(
        "delivery_keys",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name="fk_delivery_keys_delivery_id",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "source", "key", name="pk_delivery_keys"),
    )
    op.create_index("ix_delivery_keys_delivery_id", "delivery_keys", ["delivery_id"])

    op.create_table(
        "utterances",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("manner", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("case_number", sa.BigInteger(), nullable=True),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("to_another", sa.Boolean(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_utterances"),
    )
    op.create_index("ix_utterances_heard_at", "utterances", ["heard_at"])
    op.create_index(
        "ix_utterances_newest",
        "utterances",
        ["platform", "workspace", "channel", "thread", "said_at", "id"],
        sqlite_where=sa.text("ref <> ''"),
        postgresql_where=sa.text("ref <> ''"),
    )
    op.create_index(
        "uq_utterances_key",
        "utterances",
        ["tenant_id", "platform", "workspace", "key"],
        unique=True,
    )

    op.create_table(
        "channels",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("mention_only", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "platform", "workspace", "channel", name="pk_channels"
        ),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_table(
        "identities",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("met_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_identities_user_id",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "platform", "workspace", "external_id", name="pk_identities"
        ),
    )


def _empty(name: str) -> sa.Column[str]:
    """Text that rows of before have none of."""
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)

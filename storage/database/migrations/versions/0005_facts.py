"""Facts of the product's own working get a table; they were rows of the deliveries journal."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# By their ids: the group that marked them may be sealed. `problem` moves as it rests, sealed or
# not; a row of refused signatures without one said that they were right again.
_MOVE = """
INSERT INTO facts (tenant_id, key, value, at)
SELECT tenant_id, 'pagerduty:' || :fact, COALESCE(problem, ''), processed_at
FROM deliveries
WHERE id = 'delivery_' || tenant_id || '_pagerduty_' || :fact
AND (problem IS NOT NULL OR :fact = 'pinged')
"""
_DELETE = "DELETE FROM deliveries WHERE id = 'delivery_' || tenant_id || '_pagerduty_' || :fact"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "facts",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name="pk_facts"),
    )
    for fact in ("refused", "pinged"):
        named = sa.bindparam("fact", fact, type_=sa.Text())
        for statement in (_MOVE, _DELETE):
            op.execute(sa.text(statement).bindparams(named))

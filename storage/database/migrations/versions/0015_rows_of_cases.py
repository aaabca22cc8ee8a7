"""The table that lists of cases look through, filled from the cases that are there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 500
LONGEST_SERVICE = 1_200  # as it rests; longer ones cannot be filtered by

CASES = """
SELECT cases.id AS case_id, cases.tenant_id, cases.number, cases.title, cases.state,
    cases.severity, cases.service, cases.group_key, cases.opened_at, cases.spoken_at,
    cases.resolved_at, cases.archived_at, investigations.body,
    coalesce((SELECT max(at) FROM case_events WHERE case_events.case_id = cases.id),
        cases.opened_at) AS updated_at,
    EXISTS (SELECT 1 FROM members WHERE members.case_id = cases.id) AS is_private
FROM cases LEFT JOIN investigations ON investigations.case_id = cases.id
WHERE cases.id > :after ORDER BY cases.id LIMIT :most
"""
CONFIRMED = sa.text(
    "SELECT case_id, body FROM hypotheses WHERE case_id IN :ids ORDER BY position"
).bindparams(sa.bindparam("ids", expanding=True))


def upgrade() -> None:
    """Bring the tables forward."""
    rows = op.create_table(
        "case_rows",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("idle_turns", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("confirmed_rank", sa.Integer(), nullable=True),
        sa.Column("is_alerted", sa.Boolean(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("is_private", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_rows"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name="fk_case_rows_case_id",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index("uq_case_rows_number", "case_rows", ["tenant_id", "number"], unique=True)
    listed = ["tenant_id", "is_archived", "number", "is_private", "state", "severity"]
    op.create_index("ix_case_rows_listed", "case_rows", listed)
    op.create_index("ix_case_rows_service", "case_rows", ["tenant_id", "service", "number"])
    op.create_index("ix_case_rows_opened_at", "case_rows", ["tenant_id", "opened_at"])
    op.drop_index("ix_members_account", "members")
    op.create_index("ix_members_account", "members", ["tenant_id", "account_id", "case_id"])
    _fill(op.get_bind(), rows)
    if op.get_bind().dialect.name != "sqlite":  # else no later migration may change the table
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")


def _fill(connection: sa.Connection, rows: sa.Table) -> None:
    after = ""
    while True:
        selected = connection.execute(sa.text(CASES), {"after": after, "most": AT_ONCE})
        cases = [dict(row) for row in selected.mappings()]
        if not cases:
            return
        confirmed = _confirmed(connection, [case["case_id"] for case in cases])
        connection.execute(rows.insert(), [_row(case, confirmed) for case in cases])
        after = cases[-1]["case_id"]


def _confirmed(connection: sa.Connection, ids: list[str]) -> dict[str, dict[str, Any]]:
    """The first confirmed hypothesis of each case, as it is ranked now."""
    first = dict[str, dict[str, Any]]()
    for case_id, body in connection.execute(CONFIRMED, {"ids": ids}):
        hypothesis = json.loads(body)
        if hypothesis["state"] == "validated":
            first.setdefault(case_id, hypothesis)
    return first


def _row(case: dict[str, Any], confirmed: dict[str, dict[str, Any]]) -> dict[str, Any]:
    state = json.loads(case["body"] or "{}")
    phases = state.get("phases") or []
    hypothesis = confirmed.get(case["case_id"]) or {}
    service = case["service"]
    is_judged = hypothesis.get("verdict_by") is not None
    return {
        **{name: case[name] for name in ("case_id", "tenant_id", "number", "state", "severity")},
        **{name: case[name] for name in ("opened_at", "updated_at", "resolved_at")},
        "words": f"#{case['number']} {case['title']}".casefold(),
        "service": service if service and len(service) <= LONGEST_SERVICE else None,
        "closed_at": _closed_at(case, phases),
        "acknowledged_at": case["spoken_at"],
        "idle_turns": state.get("iterations", 0),
        "cause": (hypothesis.get("cause") or {}).get("fault"),
        "confirmed_rank": hypothesis["rank"] if is_judged else None,
        "is_alerted": case["group_key"] != "",
        "is_archived": case["archived_at"] is not None,
        "is_private": bool(case["is_private"]),
    }


def _closed_at(case: dict[str, Any], phases: list[dict[str, Any]]) -> int | None:
    """In microseconds, as every time rests."""
    if case["state"] != "closed":
        return None
    if not phases:
        return int(case["updated_at"])
    return (datetime.fromisoformat(phases[-1]["at"]) - EPOCH) // timedelta(microseconds=1)

"""Tables of what machines sent, and of the alerts in it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from core.alerts.model import AlertSource, DeliveryState
from storage.database.columns import BodyColumn, Key, MomentColumn, Named, Shaped, WordsColumn
from storage.database.tables.parts import (
    NO_WORDS,
    case_column,
    metadata,
    only_where,
    seq_column,
    tenant_column,
)

LABELS = TypeAdapter[Mapping[str, str]](Mapping[str, str])

deliveries = Table(
    "deliveries",
    metadata,
    seq_column(),
    Column("id", Text, nullable=False, unique=True),
    tenant_column(),
    Column("source", Named(AlertSource), nullable=False),
    Column("group", WordsColumn, nullable=False),
    Column("received_at", MomentColumn, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("state", Named(DeliveryState), nullable=False),
    Column("problem", WordsColumn),
    Column("processed_at", MomentColumn),
    Column("body", BodyColumn, nullable=False),
    Column("name", WordsColumn, nullable=False, server_default=NO_WORDS),
    Index("ix_deliveries_received_at", "received_at"),
    sqlite_autoincrement=True,
)
# Nearly every row ends as done; the few that did not are what people ask for.
Index(
    "ix_deliveries_not_done",
    deliveries.c.state,
    **only_where("state <> 'done'"),
)

# What a sender calls the things in a delivery: the first to carry one is the one that counts.
delivery_keys = Table(
    "delivery_keys",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("source", Named(AlertSource), primary_key=True),
    Column("key", Key, primary_key=True),
    Column(
        "delivery_id",
        Text,
        ForeignKey("deliveries.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Index("ix_delivery_keys_delivery_id", "delivery_id"),
)

occurrences = Table(
    "occurrences",
    metadata,
    seq_column(),
    Column("id", Text, nullable=False, unique=True),
    tenant_column(),
    Column("source", Named(AlertSource), nullable=False),
    Column("fingerprint", Key, nullable=False),
    case_column(),
    Column("name", WordsColumn, nullable=False),
    Column("service", WordsColumn),
    Column("severity", WordsColumn),
    Column("labels", Shaped(LABELS, sealed=True), nullable=False),
    Column("summary", WordsColumn, nullable=False),
    Column("starts_at", MomentColumn, nullable=False),
    Column("ended_at", MomentColumn),
    Column("last_seen_at", MomentColumn, nullable=False),
    Column("fires", Integer, nullable=False),
    Column("missing_since", MomentColumn),
    Column("restarted_at", MomentColumn),
    Column("notes", Shaped(LABELS, sealed=True)),
    Index("ix_occurrences_fingerprint", "tenant_id", "fingerprint"),
    Index("ix_occurrences_case_id", "case_id"),
    sqlite_autoincrement=True,
)
STILL_FIRES = "ended_at IS NULL"
Index(
    "uq_occurrences_open",
    occurrences.c.tenant_id,
    occurrences.c.source,
    occurrences.c.fingerprint,
    unique=True,
    **only_where(STILL_FIRES),
)

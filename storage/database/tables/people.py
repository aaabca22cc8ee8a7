"""Tables of what people said, and of who they are."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from core.access import Standing
from core.conversation.messages.message import Attachment, MessageKind
from storage.database.columns import Key, MomentColumn, Named, Shaped, WordsColumn
from storage.database.tables.parts import (
    PLACE,
    id_column,
    metadata,
    only_where,
    place_columns,
    tenant_column,
)

ATTACHMENTS = TypeAdapter[tuple[Attachment, ...]](tuple[Attachment, ...])

utterances = Table(
    "utterances",
    metadata,
    id_column(),
    tenant_column(),
    Column("heard_at", MomentColumn, nullable=False),
    *place_columns(),
    Column("key", Key, nullable=False),
    Column("by", WordsColumn, nullable=False),
    Column("manner", Named(MessageKind), nullable=False),
    Column("text", WordsColumn, nullable=False),
    Column("said_at", MomentColumn, nullable=False),
    Column("ref", WordsColumn, nullable=False),
    Column("case_number", BigInteger),
    Column("attachments", Shaped(ATTACHMENTS, sealed=True), nullable=False),
    Column("handle", WordsColumn, nullable=False),
    Column("to_another", Boolean, nullable=False),
    Column("verb", Text, nullable=False),
    Index("uq_utterances_key", "tenant_id", "platform", "workspace", "key", unique=True),
    Index("ix_utterances_heard_at", "heard_at"),
)
HAS_REF = "ref <> ''"
Index(
    "ix_utterances_newest",
    *[utterances.c[name] for name in PLACE],
    utterances.c.said_at,
    utterances.c.id,
    **only_where(HAS_REF),
)

channels = Table(
    "channels",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("mention_only", Boolean, nullable=False),
)

users = Table(
    "users",
    metadata,
    id_column(),
    tenant_column(),
    Column("name", WordsColumn, nullable=False),
    Column("created_at", MomentColumn, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("external_id", Key, primary_key=True),
    Column(
        "user_id",
        Text,
        ForeignKey("users.id", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("name", WordsColumn, nullable=False),
    Column("standing", Named(Standing), nullable=False),
    Column("met_at", MomentColumn, nullable=False),
    Column("seen_at", MomentColumn, nullable=False),
    Column("linked_at", MomentColumn),
    Index("ix_identities_user", "user_id"),
)

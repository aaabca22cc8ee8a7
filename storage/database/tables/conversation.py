"""Tables of where cases are at home, what is shown there, and what was asked."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from core.conversation.cards.card import Card
from core.conversation.messages.exchange import DataOrigin
from core.conversation.messages.message import OutboundState
from core.places import Destination
from storage.database.columns import CleanWords, Key, MomentColumn, Named, Shaped, WordsColumn
from storage.database.tables.parts import (
    IS_PENDING,
    NO_WORDS,
    NUMBER,
    PLACE,
    case_column,
    id_column,
    metadata,
    only_where,
    place_columns,
    seq_column,
    tenant_column,
)

bindings = Table(
    "bindings",
    metadata,
    seq_column(),
    tenant_column(),
    case_column(),
    *place_columns(),
    Column("opens", Shaped(TypeAdapter(Destination))),
    Column("made_from", Shaped(TypeAdapter(Destination))),
    Index("uq_bindings", "tenant_id", "case_id", *PLACE, unique=True),
    Index("ix_bindings_case_id", "case_id"),
    Index("ix_bindings_place", *PLACE),
    sqlite_autoincrement=True,
)

outbound = Table(
    "outbound",
    metadata,
    id_column(),
    tenant_column(),
    case_column(nullable=True),
    *place_columns(),
    Column("card", Shaped(TypeAdapter(Card)), nullable=False),
    Column("card_key", Text, nullable=False),
    Column("card_version", NUMBER, nullable=False),  # some are microseconds
    Column("created_at", MomentColumn, nullable=False),
    Column("state", Named(OutboundState), nullable=False),
    Column("opens", Shaped(TypeAdapter(Destination))),
    Column("handle", WordsColumn, nullable=False, server_default=NO_WORDS),
)
Index(
    "ix_outbound_pending",
    *[outbound.c[name] for name in PLACE],
    outbound.c.card_key,
    **only_where(IS_PENDING),
)

messages = Table(
    "messages",
    metadata,
    id_column(),
    tenant_column(),
    *place_columns(),
    Column("card", Shaped(TypeAdapter(Card)), nullable=False),
    Column("card_key", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("shown_at", MomentColumn, nullable=False),
    Index("uq_messages_card", "tenant_id", *PLACE, "card_key", unique=True),
    Index("uq_messages_seq", "tenant_id", *PLACE, "seq", unique=True),
)

case_inbox = Table(
    "case_inbox",
    metadata,
    seq_column(),
    Column("id", Text, nullable=False, unique=True),
    tenant_column(),
    case_column(),
    Column("asked_by", WordsColumn, nullable=False),
    Column("asked_at", MomentColumn, nullable=False),
    Column("text", CleanWords, nullable=False),
    *place_columns(),
    Column("answered_at", MomentColumn),
    Index("ix_case_inbox_case_id", "case_id"),
    sqlite_autoincrement=True,
)

FILE_IDS = TypeAdapter[tuple[str, ...]](tuple[str, ...])

exchanges = Table(
    "exchanges",
    metadata,
    id_column(),
    tenant_column(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    case_column(),
    Column("subject", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("key", Key, nullable=False),
    Column("digest", Text, nullable=False),
    Column("asked_at", MomentColumn, nullable=False),
    Column("text", CleanWords, nullable=False),
    Column("origin", Named(DataOrigin), nullable=False),
    Column("files", Shaped(FILE_IDS), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("job_id", Text, nullable=False),
    Column("reply", CleanWords),
    Column("answered_at", MomentColumn),
    Index("uq_exchanges_key", "tenant_id", "account_id", "subject", "key", unique=True),
    Index("ix_exchanges_case", "case_id", "number"),
)

"""The table of what language models took."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from storage.database.columns import Key, MomentColumn
from storage.database.tables.parts import id_column, metadata, tenant_column

model_calls = Table(
    "model_calls",
    metadata,
    id_column(),
    tenant_column(),
    Column("case_id", Text),  # what was spent stays spent, whatever becomes of the case
    Column("channel", Key, nullable=False),
    Column("role", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("at", MomentColumn, nullable=False),
    Column("until", MomentColumn, nullable=False),
    Column("is_settled", Boolean, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("is_priced", Boolean, nullable=False),
    Index("ix_model_calls_at", "tenant_id", "at"),
    Index("ix_model_calls_case", "tenant_id", "case_id"),
)

"""The table of what the product keeps of its own working."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage.database.columns import Key, MomentColumn, WordsColumn
from storage.database.tables.parts import metadata

facts = Table(
    "facts",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("value", WordsColumn, nullable=False),
    Column("at", MomentColumn, nullable=False),
)

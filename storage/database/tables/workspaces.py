"""The table of workspaces of chat platforms."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from storage.database.columns import Key, MomentColumn
from storage.database.tables.parts import metadata

workspaces = Table(
    "workspaces",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("external_id", Key, nullable=False),
    Column("connected_at", MomentColumn, nullable=False),
    Index("uq_workspaces_external_id", "tenant_id", "platform", "external_id", unique=True),
)

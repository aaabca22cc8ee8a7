"""The table of one row that says under which secret the others rest."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from storage.database.columns import MomentColumn, WordsColumn
from storage.database.tables.parts import NO_WORDS, metadata

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("secret_id", Text, nullable=False),
    Column("naming", WordsColumn, nullable=False),
    Column("former", WordsColumn, nullable=False, server_default=NO_WORDS),
    Column("since", MomentColumn, nullable=False),
    Column("moved_at", MomentColumn),  # NULL while a change of the secret is under way
)

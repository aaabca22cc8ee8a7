"""What tables have in common: their metadata, and the columns that many of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Text, text

PLACE = ("platform", "workspace", "channel", "thread")
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # of 64 bits
IS_PENDING = "state = 'pending'"
IS_UNREAD = "state = 'received'"  # of a file
NO_WORDS = text("''")  # of rows that are older than their column

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def only_where(condition: str) -> dict[str, Any]:
    """An index over the rows that meet a condition, in both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def id_column() -> Column[str]:
    """The key of rows that nobody asks for in order."""
    return Column("id", Text, primary_key=True)


def seq_column() -> Column[int]:
    """The key of rows that have an order."""
    # SQLite gives numbers that never return only to a column of exactly this type.
    return Column("seq", NUMBER, primary_key=True, autoincrement=True)


def tenant_column() -> Column[str]:
    """Whose row it is."""
    return Column("tenant_id", Text, nullable=False)


def case_column(*, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    """The case it belongs to, which may be written later in the same unit."""
    parent = ForeignKey("cases.id", deferrable=True, initially="DEFERRED")
    return Column("case_id", Text, parent, nullable=nullable, primary_key=primary_key)


def place_columns() -> list[Column[str]]:
    """Where in chat."""
    return [Column(name, Text, nullable=False) for name in PLACE]

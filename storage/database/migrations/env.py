"""Alembic's environment: it uses the connection that it is handed, else the URL of `-x url=…`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from storage.database.engine import connect
from storage.database.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection


def plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """New migrations name the column, not the class of ours that fills it: classes change."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{type(item.impl).__name__}()"
    return False


def migrate(connection: Connection) -> None:
    """Run what is missing, in the transaction that is open."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=plain_type,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_url(url: str) -> None:
    """For `alembic -x url=sqlite:///… revision --autogenerate` and the like."""
    database = connect(url, foreign_keys=False)
    async with database.writer.begin() as connection:
        await connection.run_sync(migrate)
    await database.close()


if "connection" in context.config.attributes:
    migrate(context.config.attributes["connection"])
else:
    asyncio.run(migrate_url(context.get_x_argument(as_dictionary=True)["url"]))

"""Fresh databases for tests, in milliseconds: copies of one that was migrated once a run."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import delete, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database.tables import metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

_numbers = count(1)
EMPTY = ";".join(
    ("SET session_replication_role = replica", *map(str, map(delete, metadata.sorted_tables)))
)


def copy_of_sqlite(template: Path, folder: Path) -> str:
    """The URL of a new SQLite file with the tables of `template`."""
    path = folder / "faultmaven.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


@asynccontextmanager
async def a_database(server_url: str, *, template: str = "template1") -> AsyncIterator[str]:
    """The URL of a new database on a PostgreSQL server, dropped at the end of the block."""
    server = make_url(server_url)
    name = f"faultmaven_test_{os.getpid()}_{next(_numbers)}"  # workers may share one server
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield server.set(database=name).render_as_string(hide_password=False)
        async with engine.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        await engine.dispose()


@contextmanager
def a_database_of_the_run(server_url: str, *, template: str = "template1") -> Iterator[str]:
    """The same for a fixture of the whole run, which has an event loop of its own."""
    with asyncio.Runner() as runner:
        database = a_database(server_url, template=template)
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


async def empty(url: str) -> None:
    """Delete all rows of a PostgreSQL database: a tenth of what it takes to make another one."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute(EMPTY)  # several statements at once
    finally:
        await engine.dispose()

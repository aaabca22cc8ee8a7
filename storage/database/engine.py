"""How do we reach the database? Connections set up so that a commit means what it says."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.errors import WrongUsage
from storage.database.failures import errors_of_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from sqlalchemy import URL, Connection, CursorResult, Executable

BUSY_TIMEOUT_MS = 5_000
POOL_TIMEOUT_S = 10.0
READERS = 4
POSTGRES_CONNECTIONS = 10
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


@dataclass(frozen=True)
class Work:
    """One open transaction; a driver's error leaves it as ours."""

    connection: AsyncConnection

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    async def execute(
        self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Raises StoreUnavailable, Conflict."""
        with errors_of_store():
            return await self.connection.execute(statement, rows)


@dataclass(frozen=True)
class Database:
    """Two ways in: `writing` commits at the end of its block, `reading` never writes."""

    writer: AsyncEngine
    reader: AsyncEngine

    @property
    def is_sqlite(self) -> bool:
        return self.writer.dialect.name == "sqlite"

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Work]:
        """One transaction. Raises StoreUnavailable, Conflict."""
        with errors_of_store():
            async with self.writer.begin() as connection:
                yield Work(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Work]:
        """One consistent view. Raises StoreUnavailable."""
        with errors_of_store():
            async with self.reader.begin() as connection:
                yield Work(connection)

    async def close(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()


def connect(url: str, *, foreign_keys: bool = True) -> Database:
    """Nothing is opened yet. url: `sqlite:///path` or `postgresql://…`. Raises WrongUsage.

    foreign_keys: False for migrations on SQLite, which change a table by making another.
    """
    parsed = driver_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, foreign_keys="ON" if foreign_keys else "OFF")
    return _postgres(parsed)


def driver_url(url: str) -> URL:
    """The URL as SQLAlchemy wants it, from the one people write. Raises WrongUsage."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        message = "the database URL cannot be read"
        raise WrongUsage(message, next_step="Write sqlite:///path or postgresql://…") from error
    driver = DRIVERS.get(parsed.drivername.partition("+")[0])
    if driver is None or (driver.startswith("sqlite") and not parsed.database):
        message = f"no database is reached by {parsed.drivername}:"
        raise WrongUsage(message, next_step="Write sqlite:///path or postgresql://…")
    query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
    return parsed.set(drivername=driver, query=query)


def _sqlite(url: URL, *, foreign_keys: str) -> Database:
    """One connection writes: SQLite has one writer at a time, and ours then wait in order."""
    writer = create_async_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=POOL_TIMEOUT_S, hide_parameters=True
    )
    reader = create_async_engine(
        url, pool_size=READERS, max_overflow=0, pool_timeout=POOL_TIMEOUT_S, hide_parameters=True
    )
    careful = ("synchronous=FULL", f"foreign_keys={foreign_keys}")
    _set_up_sqlite(writer, begin="BEGIN IMMEDIATE", pragmas=careful)
    _set_up_sqlite(reader, begin="BEGIN", pragmas=("query_only=ON",))
    return Database(writer=writer, reader=reader)


def _set_up_sqlite(engine: AsyncEngine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    # The driver begins transactions at the first INSERT only, so we begin them ourselves:
    # SQLAlchemy's "SQLite transactions" documents these two hooks.
    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        shared = (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL")
        for pragma in (*shared, *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _postgres(url: URL) -> Database:
    writer = create_async_engine(
        url,
        pool_size=POSTGRES_CONNECTIONS,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"timeout": POOL_TIMEOUT_S},
    )
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(writer=writer, reader=reader)

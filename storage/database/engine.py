"""Database engines and connections, set up so that what is committed survives as promised."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from sqlite3 import SQLITE_BUSY, OperationalError
from threading import Thread
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import event, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.errors import DatabaseDamaged, WrongUsage
from storage.database import one_step
from storage.database.courtesy import PriorityGate
from storage.database.failures import errors_of_store
from storage.database.seal import seal_columns
from storage.database.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from sqlalchemy import URL, Connection, CursorResult, Executable
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.pool import ConnectionPoolEntry

    from storage.database.seal import ColumnSeal

BUSY_TIMEOUT_MS = 5_000
SWITCHING_PAUSES_S = (0.02, 0.1, 0.5, 2.0)
UNHEARD_MS = 10_000  # of what was sent to PostgreSQL; webhooks' senders wait about as long
ANSWERED_S = 15.0  # a statement of PostgreSQL, or its connection is given up
CONNECTED_S, PINGED_S = 5.0, 3.0
POOL_TIMEOUT_S = 10.0
LAST_WORDS_S = 2.0
READERS = 4
RESTS_SINCE = "rests since"
TRUSTED_S = 1.0  # so long a connection that rests is taken to be alive
POSTGRES_CONNECTIONS = 10  # kept; as many more for a while as a busy bot has jobs at once
POSTGRES_MORE = 14  # three processes stay below PostgreSQL's 100
POSTGRES_SETTINGS = {
    "jit": "off",  # our queries are over before it would have compiled them
    # The server looks for us, too: else a lost connection keeps one of its places for hours.
    "tcp_keepalives_idle": "30",  # seconds
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",  # milliseconds
}
# A database in memory is gone with its connection; `storage.memory` is for that.
NO_FILE = (None, "", ":memory:")
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


@dataclass
class Work:
    """One open transaction; a driver's error leaves it as ours, and it commits no more."""

    connection: AsyncConnection
    failure: Exception | None = None

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    async def execute(
        self,
        statement: Executable,
        rows: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        """Raises StoreUnavailable, Conflict."""
        try:
            with errors_of_store():
                return await self.connection.execute(statement, rows)
        except Exception as error:
            self.failure = error
            raise

    async def execute_as_it_is(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """The driver's own SQL and values. Raises StoreUnavailable, Conflict."""
        try:
            with errors_of_store():
                await self.connection.exec_driver_sql(sql, list(rows))
        except Exception as error:
            self.failure = error
            raise

    async def commit(self) -> None:
        """Raises StoreUnavailable, Conflict, and again what a statement raised before."""
        if self.failure is not None:
            # Whoever caught it expects the rest to be stored; PostgreSQL would drop it silently.
            raise self.failure
        try:
            await self.connection.commit()
        except BaseException:
            # Closing alone would not: SQLAlchemy takes a failed commit for the end of a
            # transaction, and SQLite keeps it open.
            await self.connection.rollback()
            raise


@dataclass(frozen=True)
class Database:
    """Two ways in: `writing` commits at the end of its block, `reading` never writes."""

    writer: AsyncEngine
    reader: AsyncEngine
    turns: Turns | None = None  # where only one may write at a time
    courtesy: PriorityGate = field(default_factory=PriorityGate)
    threads: WeakSet[Thread] = field(default_factory=WeakSet)  # of the SQLite driver
    ended: set[str] = field(default_factory=set)  # leases of jobs that units of ours have done
    damage: list[DatabaseDamaged] = field(default_factory=list)  # the first that was met

    @property
    def is_sqlite(self) -> bool:
        return self.writer.dialect.name == "sqlite"

    @cached_property
    def _hasty(self) -> AsyncEngine:
        """The writer whose commits do not wait for the disk."""
        return self.writer.execution_options(durable=False)

    @cached_property
    def _single_reader(self) -> AsyncEngine:
        """Spares PostgreSQL the ways there and back that begin and end a transaction."""
        if self.is_sqlite:  # it has no such way
            return self.reader
        return self.writer.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def writing(self, *, urgent: bool = False, durable: bool = True) -> AsyncIterator[Work]:
        """One transaction. Others begin after `urgent` ones. Raises StoreUnavailable, Conflict.

        durable: False spares SQLite the wait for the disk. A power cut (not a crash of ours)
        may then undo all of it, where no durable commit came after it.
        """
        engine = self.writer if durable else self._hasty
        turn = self.turns.turn(urgent=urgent) if self.turns else nullcontext()
        with self._noting_damage():
            async with self._in_order(urgent=urgent), turn, _transaction(engine) as work:
                yield work

    @asynccontextmanager
    async def reading(self, *, urgent: bool = False, single: bool = False) -> AsyncIterator[Work]:
        """One consistent view. Raises StoreUnavailable.

        single: of one statement, which needs no transaction around it for that.
        """
        engine = self._single_reader if single else self.reader
        with self._noting_damage():
            async with self._in_order(urgent=urgent), _transaction(engine) as work:
                yield work

    @contextmanager
    def _noting_damage(self) -> Iterator[None]:
        """Whoever meets damage knows it for all: it does not heal, and others may not come by."""
        try:
            yield
        except DatabaseDamaged as error:
            if not self.damage:
                self.damage.append(error)
            raise

    @asynccontextmanager
    async def _in_order(self, *, urgent: bool) -> AsyncIterator[None]:
        if not urgent:
            await self.courtesy.after_you()
            yield
            return
        with self.courtesy.hurrying():
            yield

    async def close(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()
        # One that failed to open, or was given up at work, ends in its own time, and tells the
        # loop then.
        for thread in list(self.threads):
            await asyncio.to_thread(thread.join, LAST_WORDS_S)


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[Work]:
    """Translates errors of its own steps only: the block's are the caller's."""
    async with AsyncExitStack() as stack:
        with errors_of_store():
            connection = await stack.enter_async_context(engine.connect())
            await connection.begin()
        work = Work(connection)
        yield work
        with errors_of_store():
            await work.commit()


def connect(
    url: str,
    *,
    foreign_keys: bool = True,
    seal: ColumnSeal | None = None,
    answered_s: float | None = None,
) -> Database:
    """Nothing is opened yet. url: `sqlite:///path` or `postgresql://…`. Raises WrongUsage.

    seal: of what came from outside; None leaves it open to whoever reads the disk.

    answered_s: how long a statement may take; None for migrations and checks, which take hours.

    foreign_keys: False for migrations on SQLite, which change a table by making another.
    """
    parsed = driver_url(url)
    if parsed.get_backend_name() == "sqlite":
        database = _sqlite(parsed, foreign_keys="ON" if foreign_keys else "OFF")
    else:
        database = _postgres(parsed, answered_s=answered_s)
    if seal:
        for engine in (database.writer, database.reader):
            seal_columns(engine.dialect, seal)
    return database


def driver_url(url: str) -> URL:
    """The URL as SQLAlchemy wants it, from the one people write. Raises WrongUsage."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        message = "the database URL cannot be read"
        raise WrongUsage(message, next_step="Write sqlite:///path or postgresql://…") from error
    driver = DRIVERS.get(parsed.drivername.partition("+")[0])
    if driver is None or (driver.startswith("sqlite") and parsed.database in NO_FILE):
        message = f"no database is reached by {parsed.drivername}:"
        raise WrongUsage(message, next_step="Write sqlite:///path or postgresql://…")
    query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
    return parsed.set(drivername=driver, query=query)


def _sqlite(url: URL, *, foreign_keys: str) -> Database:
    """One connection writes: SQLite has one writer at a time, and ours then wait in order."""
    threads = WeakSet[Thread]()

    def begin_connecting(*where: Any, **how: Any) -> one_step.OneStepConnection:
        connection = one_step.connect(*where, **how)
        connection._thread.daemon = True  # as SQLAlchemy does where it makes the connection
        threads.add(connection._thread)
        return connection

    def engine(connections: int) -> AsyncEngine:
        return create_async_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_S,
            hide_parameters=True,
            connect_args={"async_creator_fn": begin_connecting},
        )

    writer, reader = engine(1), engine(READERS)
    _set_up_sqlite(writer, f"foreign_keys={foreign_keys}", begin=_begin_writing)
    _set_up_sqlite(reader, "query_only=ON", begin=lambda _: ("", "BEGIN"))
    return Database(writer=writer, reader=reader, turns=Turns(POOL_TIMEOUT_S), threads=threads)


def _begin_writing(connection: Connection) -> tuple[str, str]:
    """How long a commit waits can be said before each transaction, not within one."""
    durable = connection.get_execution_options().get("durable", True)
    level = "FULL" if durable else "NORMAL"
    return f"PRAGMA synchronous={level}", "BEGIN IMMEDIATE"


def _set_up_sqlite(
    engine: AsyncEngine, pragma: str, *, begin: Callable[[Connection], tuple[str, str]]
) -> None:
    # The driver begins transactions at the first INSERT only, so we begin them ourselves:
    # SQLAlchemy's "SQLite transactions" documents these two hooks.
    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        _write_ahead(connection, cursor)
        cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        # No step to the driver's thread; by a cursor of SQLAlchemy's it would be three.
        adapted: Any = connection.connection.dbapi_connection
        settings, statement = begin(connection)
        timeout = {"busy_timeout_ms": BUSY_TIMEOUT_MS}
        adapted.run_async(lambda sqlite: sqlite.begin(settings, statement, **timeout))


def _write_ahead(connection: Any, cursor: Any) -> None:
    """Switch a new file to its journal; no change for one that has it."""
    for pause_s in SWITCHING_PAUSES_S:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            # Others open the new file too, and here alone SQLite waits for nobody.
            if error.sqlite_errorcode & 0xFF != SQLITE_BUSY:
                raise
            connection.run_async(lambda _, pause_s=pause_s: asyncio.sleep(pause_s))
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")


def _postgres(url: URL, *, answered_s: float | None) -> Database:
    writer = create_async_engine(
        url,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=POSTGRES_MORE,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,
        connect_args={
            "timeout": CONNECTED_S,
            "command_timeout": answered_s,
            "server_settings": POSTGRES_SETTINGS,
        },
    )
    _ping_after_rest(writer)
    _give_up_lost_packets(writer)
    _give_up_silence(writer)
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(writer=writer, reader=reader)


def _give_up_lost_packets(engine: AsyncEngine) -> None:
    """End a connection on which the server acknowledges nothing for UNHEARD_MS.

    Where packets are lost without a word, by a firewall or a host that went dark, TCP tries for a
    quarter of an hour: a commit, and every delivery behind it, would wait as long.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def bound(connection: Any, _record: ConnectionPoolEntry) -> None:
        # asyncpg has no such option, and no other way to its socket (0.32).
        transport = connection.driver_connection._transport
        own = transport.get_extra_info("socket")
        if own is None or own.family == getattr(socket, "AF_UNIX", None):
            return
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)


def _give_up_silence(engine: AsyncEngine) -> None:
    """End a connection on which a statement got no answer in time, and all others with it.

    What stands between us and the server, a proxy or a tunnel, may acknowledge packets and swallow
    them: TCP notices nothing, and the driver would use the connection again.
    """

    @event.listens_for(engine.sync_engine, "handle_error")
    def give_up(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, TimeoutError):
            context.is_disconnect = True


def _ping_after_rest(engine: AsyncEngine) -> None:
    """Ask a connection whether it is alive before it is used, where it has rested for a while.

    Asked each time, as SQLAlchemy's own ping does, it would cost a tenth of a short request. Of a
    busy pool whose server goes away, requests fail either way; one that rests notices here.
    """
    pool_events = engine.sync_engine

    @event.listens_for(pool_events, "checkin")
    def note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[RESTS_SINCE] = time.monotonic()

    @event.listens_for(pool_events, "checkout")
    def ping(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        rests_since = record.info.get(RESTS_SINCE)
        if rests_since is None or time.monotonic() - rests_since < TRUSTED_S:
            return
        errors: Any = engine.sync_engine.dialect.loaded_dbapi.asyncpg  # the driver itself
        try:
            connection.run_async(lambda driver: driver.fetchrow(";", timeout=PINGED_S))
        except (OSError, errors.PostgresError, errors.InterfaceError) as error:
            raise InvalidatePoolError from error  # the pool connects anew, and goes on

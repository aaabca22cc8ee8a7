"""Every error of the drivers is one of three: come back later, someone was first, or our bug."""

from __future__ import annotations

import asyncio
import errno
import inspect
import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import (
    Conflict,
    DatabaseCrowded,
    DatabaseDamaged,
    DatabaseReadOnly,
    DatabaseUnreachable,
    DiskFull,
    StoreUnavailable,
    TableMissing,
)
from core.jobs.model import LEASE, Audience
from storage.database import open_store, upgrade
from storage.database.claims import SqlJobs
from storage.database.failures import errors_of_store, meaning_of
from tests.contracts.samples import CONTEXT, NOON, a_binding, a_delivery, a_job
from tests.databases import a_database
from tests.journeys.disks import damage

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import SqlStore

# What the codes mean: https://www.sqlite.org/rescode.html
OUR_BUGS = {
    "SQLITE_OK", "SQLITE_ERROR", "SQLITE_INTERNAL", "SQLITE_ABORT", "SQLITE_NOTFOUND",
    "SQLITE_EMPTY", "SQLITE_SCHEMA", "SQLITE_TOOBIG", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH",
    "SQLITE_MISUSE", "SQLITE_FORMAT", "SQLITE_RANGE", "SQLITE_NOTICE", "SQLITE_WARNING",
    "SQLITE_ROW", "SQLITE_DONE",
}  # fmt: skip
RIVALS = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
# The module's other constants: limits, settings, and what an authorizer is asked and answers.
NO_CODES = (
    "SQLITE_LIMIT_", "SQLITE_DBCONFIG_", "SQLITE_CREATE_", "SQLITE_DROP_", "SQLITE_ALTER_",
    "SQLITE_ANALYZE", "SQLITE_ATTACH", "SQLITE_DELETE", "SQLITE_DENY", "SQLITE_DETACH",
    "SQLITE_FUNCTION", "SQLITE_IGNORE", "SQLITE_INSERT", "SQLITE_PRAGMA", "SQLITE_RECURSIVE",
    "SQLITE_REINDEX", "SQLITE_SAVEPOINT", "SQLITE_SELECT", "SQLITE_TRANSACTION", "SQLITE_UPDATE",
)  # fmt: skip
SQLITE_CODES = sorted(
    name
    for name in vars(sqlite3)
    if name.startswith("SQLITE_")
    and not name.startswith(NO_CODES)
    and name not in {"SQLITE_READ", "SQLITE_OK"}
)
SERVER_ERRORS = sorted(
    (
        kind
        for _, kind in inspect.getmembers(asyncpg.exceptions, inspect.isclass)
        if issubclass(kind, asyncpg.PostgresError) and getattr(kind, "sqlstate", None)
    ),
    key=lambda kind: kind.__name__,
)
# Classes of SQLSTATE that are about the statement or its data, so about our code.
BUGS_OF_STATEMENTS = (
    "01", "02", "03", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24",
    "25", "26", "27", "2B", "2D", "2F", "34", "38", "39", "3B", "3F", "42", "44", "54", "55", "72",
    "HV", "P0",
)  # fmt: skip


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("it says why")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("name", SQLITE_CODES)
def test_every_code_of_sqlite_means_something(name: str) -> None:
    code = getattr(sqlite3, name)
    primary = next(
        (
            sqlite_code
            for sqlite_code in SQLITE_CODES
            if getattr(sqlite3, sqlite_code) == code & 0xFF
        ),
        "SQLITE_OK",
    )
    meaning = meaning_of(OperationalError("SELECT", None, of_sqlite(code)))
    if name in RIVALS:
        assert isinstance(meaning, Conflict)
    elif primary in OUR_BUGS:
        assert meaning is None
    else:
        assert isinstance(meaning, StoreUnavailable)
    assert type(meaning_of(of_sqlite(code))) is type(meaning)  # also where SQLAlchemy wraps nothing


@pytest.mark.parametrize("kind", SERVER_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_postgresql_means_something(kind: type[asyncpg.PostgresError]) -> None:
    error = kind("it says why\nDETAIL: and shows a row")
    adapt: Callable[..., BaseException] = AsyncAdapt_asyncpg_dbapi.Error
    adapted = adapt(str(error), error)
    raw, wrapped = meaning_of(error), meaning_of(DBAPIError("SELECT", None, adapted))
    assert type(raw) is type(wrapped)
    state = str(kind.sqlstate)
    if state == "23505" or state.startswith("40"):
        assert isinstance(raw, Conflict)
    elif state in {"25006", "42P01", "42P10", "55006", "55P03"} or not state.startswith(
        BUGS_OF_STATEMENTS
    ):
        assert isinstance(raw, StoreUnavailable)
    else:
        assert raw is None
    assert "row" not in str(raw)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        PoolTimeout("nobody gave a connection back"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state 3"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.TargetServerAttributeNotMatched("none is primary"),
        DBAPIError("SELECT", None, Exception("gone"), connection_invalidated=True),
    ],
    ids=repr,
)
def test_a_lost_connection_is_no_bug(error: Exception) -> None:
    assert isinstance(meaning_of(error), StoreUnavailable)


def test_the_cause_is_kept_and_bugs_pass_as_they_are() -> None:
    full = of_sqlite(sqlite3.SQLITE_FULL)
    with pytest.raises(StoreUnavailable) as caught, errors_of_store():
        raise full
    assert caught.value.__cause__ is full
    for bug in (KeyError("x"), asyncpg.InterfaceError("another operation is in progress")):
        with pytest.raises(type(bug)) as same, errors_of_store():
            raise bug
        assert same.value is bug


async def run(store: SqlStore, *statements: str) -> None:
    async with store.database.writing() as work:
        for statement in statements:
            await work.execute(text(statement))


async def fill(store: SqlStore, *, size: int) -> None:
    async with store.unit(CONTEXT) as unit:
        await unit.deliveries.add(a_delivery(body=b"x" * size))


@pytest.mark.integration
class TestSqlite:
    async def test_a_full_disk_is_unavailable_and_recovers(self, sqlite_url: str) -> None:
        """SQLite raises the same error at a limit of its own as at the end of the disk."""
        async with open_store(sqlite_url) as store:
            async with store.database.writer.connect() as connection:
                pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
                await connection.execute(text(f"PRAGMA max_page_count={pages + 5}"))
            with pytest.raises(StoreUnavailable, match="full"):
                await fill(store, size=100_000)
            with pytest.raises(StoreUnavailable, match="full"):
                await store.journal([(a_delivery(body=b"x" * 100_000), a_job())])
            await fill(store, size=10)
            async with store.database.writer.connect() as connection:
                await connection.execute(text("PRAGMA max_page_count=1000000"))
            await fill(store, size=100_000)
            await store.check()

    async def test_a_database_locked_by_another_is_unavailable_and_recovers(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storage.database.engine.BUSY_TIMEOUT_MS", 50)
        path = sqlite_url.removeprefix("sqlite:///")
        other = sqlite3.connect(path, isolation_level=None)
        async with open_store(sqlite_url) as store:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                await store.check()
            async with store.reading(CONTEXT) as unit:
                assert await unit.deliveries.since(a_delivery().received_at) == []
            other.execute("COMMIT")
            await store.check()
        other.close()

    async def test_a_file_that_is_no_database_is_unavailable(self, tmp_path: Path) -> None:
        path = tmp_path / "not.db"
        path.write_bytes(b"no database at all" * 100)
        async with open_store(f"sqlite:///{path}") as store:
            with pytest.raises(StoreUnavailable, match="not a database"):
                await store.check()

    async def test_a_missing_folder_is_unavailable(self, tmp_path: Path) -> None:
        async with open_store(f"sqlite:///{tmp_path}/none/here.db") as store:
            with pytest.raises(StoreUnavailable, match="unable to open"):
                await store.check()

    async def test_an_error_of_the_caller_stays_the_callers(self, sqlite_url: str) -> None:
        async with open_store(sqlite_url) as store:
            with pytest.raises(FileNotFoundError):
                async with store.unit(CONTEXT):
                    raise FileNotFoundError
            with pytest.raises(OperationalError, match="no such column"):
                await run(store, "SELECT nowhere FROM jobs")
            with pytest.raises(IntegrityError, match="FOREIGN KEY"):
                async with store.unit(CONTEXT) as unit:
                    await unit.conversation.bind(a_binding("case_none"))
            await store.check()  # the commit that failed is over


@pytest.mark.integration
class TestPostgres:
    async def test_a_server_that_is_away_is_unavailable(self) -> None:
        async with open_store("postgresql://faultmaven@127.0.0.1:1/none") as store:
            with pytest.raises(StoreUnavailable):
                await store.check()
            with pytest.raises(StoreUnavailable):
                async with store.reading(CONTEXT):
                    pass

    async def test_an_unknown_database_is_unavailable(self, postgres_url: str) -> None:
        async with open_store(f"{postgres_url}_none") as store:
            with pytest.raises(StoreUnavailable, match="does not exist"):
                await store.check()

    async def test_a_connection_cut_by_the_server_is_unavailable_and_recovers(
        self, fresh_postgres_url: str
    ) -> None:
        async with open_store(fresh_postgres_url) as store:
            with pytest.raises(StoreUnavailable):
                await run(store, "SELECT pg_terminate_backend(pg_backend_pid())")
            await store.check()

    async def test_a_standby_takes_no_writes(self, fresh_postgres_url: str) -> None:
        async with open_store(fresh_postgres_url) as store:
            with pytest.raises(StoreUnavailable, match="read-only"):
                await run(store, "SET TRANSACTION READ ONLY", "CREATE TABLE x ()")

    async def test_a_deadlock_is_a_conflict(self, fresh_postgres_url: str) -> None:
        async with open_store(fresh_postgres_url) as store:
            first, second = a_delivery(), a_delivery()
            await store.journal([(first, None), (second, None)])
            meet = asyncio.Barrier(2)

            async def lock(*order: str) -> None:
                async with store.database.writing() as work:
                    for index, case_id in enumerate(order):
                        wanted = text(f"SELECT * FROM deliveries WHERE id = '{case_id}' FOR UPDATE")  # noqa: S608
                        await work.execute(wanted)
                        if index == 0:
                            await meet.wait()

            ends = await asyncio.gather(
                lock(first.id, second.id), lock(second.id, first.id), return_exceptions=True
            )
            assert sorted(type(end).__name__ for end in ends) == ["Conflict", "NoneType"]

    async def test_an_error_of_ours_stays_ours(self, fresh_postgres_url: str) -> None:
        async with open_store(fresh_postgres_url) as store:
            with pytest.raises(ProgrammingError, match="nowhere"):
                await run(store, "SELECT nowhere FROM jobs")

    async def test_a_column_that_is_gone_is_named(self, fresh_postgres_url: str) -> None:
        async with open_store(fresh_postgres_url) as store:
            await run(store, "ALTER TABLE jobs RENAME COLUMN lease TO aside")
            with pytest.raises(TableMissing, match="lease"):
                await run(store, "SELECT lease FROM jobs")

    async def test_a_server_full_of_connections_is_unavailable(self, postgres_url: str) -> None:
        async with a_database(postgres_url) as url, open_store(url) as store:
            name = url.rsplit("/", 1)[1]
            # A superuser is let in all the same, so this asks as another role.
            await run(store, f"ALTER DATABASE {name} CONNECTION LIMIT 0", "CREATE ROLE guest LOGIN")
            async with open_store(url.replace("faultmaven@", "guest@")) as guest:
                with pytest.raises(DatabaseCrowded, match="too many connections") as full:
                    await guest.check()
            assert "max_connections" in full.value.next_step
            await run(store, "DROP ROLE guest")

    async def test_each_reason_has_its_name(self, postgres_url: str) -> None:
        async with open_store("postgresql://faultmaven@127.0.0.1:1/none") as store:
            with pytest.raises(DatabaseUnreachable):
                await store.check()
        async with a_database(postgres_url) as url, open_store(url) as store:
            await upgrade(url)
            await store.check()
            name = url.rsplit("/", 1)[1]
            await run(store, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            async with open_store(url) as on_standby:
                with pytest.raises(DatabaseReadOnly):
                    await on_standby.check()


@pytest.mark.integration
class TestRehearsal:
    @pytest.mark.parametrize("table", ["deliveries", "jobs", "feedback"])
    async def test_a_table_that_went_meanwhile_is_named(self, sqlite_url: str, table: str) -> None:
        """A commit alone would pass, and rows of a delivery where it is not one of theirs."""
        async with open_store(sqlite_url) as store:
            await store.check()
            await run(store, f"DROP TABLE {table}")
            with pytest.raises(DatabaseDamaged, match=f"the database lacks tables: {table}$"):
                await store.check()

    async def test_a_table_that_is_gone_for_a_while_is_worked_without(
        self, sqlite_url: str
    ) -> None:
        """Who claims jobs tries again, and finds them once the table is restored."""
        async with open_store(sqlite_url) as store:
            await run(store, "ALTER TABLE jobs RENAME TO aside")
            claim = partial(
                SqlJobs(store.database).claim, [Audience.ANY], owner="a", at=NOON, lease=LEASE
            )
            with pytest.raises(TableMissing, match="a table or column of the database is missing"):
                await claim()
            await run(store, "ALTER TABLE aside RENAME TO jobs")
            assert await claim() is None

    async def test_a_column_that_is_gone_is_named(self, sqlite_url: str) -> None:
        async with open_store(sqlite_url) as store:
            await run(store, "ALTER TABLE jobs RENAME COLUMN lease TO aside")
            with pytest.raises(TableMissing, match=r"no such column: .*lease"):
                await run(store, "SELECT lease FROM jobs")
            with pytest.raises(TableMissing, match="named lease"):
                await run(store, "INSERT INTO jobs (lease) VALUES (1)")

    async def test_nothing_stays_of_it(self, sqlite_url: str) -> None:
        async with open_store(sqlite_url) as store:
            await store.check()
            async with store.database.reading() as work:
                for table in ("deliveries", "jobs"):
                    rows = await work.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
                    assert rows.scalar_one() == 0

    async def test_a_database_that_takes_no_writes_is_named(self, sqlite_url: str) -> None:
        async with open_store(sqlite_url) as store:
            async with store.database.writer.connect() as connection:
                await connection.execute(text("PRAGMA query_only=ON"))
            with pytest.raises(DatabaseReadOnly, match="the database is read-only"):
                await store.check()

    async def test_damage_that_a_reader_meets_counts_for_all(self, sqlite_url: str) -> None:
        path = Path(sqlite_url.removeprefix("sqlite:///"))
        damage(path, "sqlite_autoindex_facts_1")
        async with open_store(sqlite_url) as store:
            with pytest.raises(DatabaseDamaged):
                async with store.reading(CONTEXT) as unit:
                    await unit.facts.get("any")
            with pytest.raises(DatabaseDamaged, match="the database is damaged"):
                await store.check()


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EROFS, DatabaseReadOnly),
        (errno.EACCES, DatabaseReadOnly),
        (errno.ENOSPC, DiskFull),
        (errno.EIO, StoreUnavailable),
    ],
)
def test_what_the_disk_refuses_is_not_taken_for_a_server_that_is_away(
    number: int, kind: type[StoreUnavailable]
) -> None:
    error = OSError(number, os.strerror(number), "/data/faultmaven.db")
    meaning = meaning_of(error)
    assert type(meaning) is kind
    assert str(meaning).endswith(f"/data/faultmaven.db: {os.strerror(number)}")

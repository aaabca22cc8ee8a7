"""Connections mean what they say: durable, ordered, private, and reached by the usual URLs."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from core.errors import StoreUnavailable, WrongUsage
from core.jobs.model import LEASE, JobState
from storage.database import engine, open_store
from storage.database.claims import SqlJobs
from storage.database.engine import UNHEARD_MS, connect, driver_url
from tests.contracts.samples import CONTEXT, NOON, a_delivery, a_job
from tests.fakes.swallowing_proxy import SwallowingProxy, swallowing_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.database.engine import Database


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///data/f.db", "sqlite+aiosqlite:///data/f.db"),
        ("sqlite+aiosqlite:////f.db", "sqlite+aiosqlite:////f.db"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgres://h/d?sslmode=require", "postgresql+asyncpg://h/d?ssl=require"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg://h/d"),
    ],
)
def test_urls_are_those_that_people_write(written: str, meant: str) -> None:
    assert driver_url(written).render_as_string(hide_password=False) == meant


@pytest.mark.parametrize(
    "url", ["", "data.db", "mysql://h/d", "sqlite://", "sqlite:///:memory:", "redis://:secret@h/0"]
)
def test_other_urls_are_refused_without_repeating_their_secrets(url: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        connect(url)
    assert "secret" not in str(caught.value)


@pytest.mark.integration
class TestSqlite:
    async def test_commits_wait_for_the_disk_unless_told_otherwise(self, sqlite_url: str) -> None:
        async with open_store(sqlite_url) as store:
            for durable, level in ((True, 2), (False, 1), (True, 2)):
                async with store.database.writing(durable=durable) as work:
                    rows = await work.execute(text("PRAGMA synchronous"))
                    assert rows.scalar_one() == level

    @pytest.mark.parametrize("way_in", ["writing", "reading"])
    async def test_settings_hold_on_every_connection(self, sqlite_url: str, way_in: str) -> None:
        settings = {"journal_mode": "wal", "busy_timeout": 5000}
        settings |= {"foreign_keys": 1} if way_in == "writing" else {"query_only": 1}
        async with open_store(sqlite_url) as store, getattr(store.database, way_in)() as work:
            for pragma, value in settings.items():
                rows = await work.execute(text(f"PRAGMA {pragma}"))
                assert rows.scalar_one() == value, pragma

    async def test_a_unit_excludes_other_processes_from_its_start(self, sqlite_url: str) -> None:
        """Otherwise what it read could change before it writes."""
        path = sqlite_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
            async with open_store(sqlite_url) as store, store.unit(CONTEXT) as unit:
                assert await unit.deliveries.since(a_delivery().received_at) == []
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute("BEGIN IMMEDIATE")
            other.execute("BEGIN IMMEDIATE")

    async def test_what_was_done_in_a_unit_that_failed_is_not_taken_for_done(
        self, sqlite_url: str
    ) -> None:
        async with open_store(sqlite_url) as store:
            jobs, job = SqlJobs(store.database), a_job()
            async with store.unit(CONTEXT) as unit:
                await unit.jobs.add(job)
            mine = await jobs.claim([job.audience], owner="ada", at=NOON, lease=LEASE)
            assert mine
            with suppress(ZeroDivisionError):
                async with store.unit(CONTEXT) as unit:
                    await unit.jobs.done(mine, at=NOON)
                    raise ZeroDivisionError
            await jobs.fail(mine, at=NOON, retry_at=NOON, problem="again")
            async with store.reading(CONTEXT) as unit:
                assert (await unit.jobs.get(job.id)).state is JobState.PENDING


@pytest.mark.integration
async def test_packets_that_are_lost_end_a_connection_in_seconds(postgres_url: str) -> None:
    """Else a commit waits a quarter of an hour, and everything behind it."""
    database = connect(postgres_url)
    async with database.writer.connect() as connection:
        raw = await connection.get_raw_connection()
        own = raw.driver_connection._transport.get_extra_info("socket")  # type: ignore[union-attr]
        assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == UNHEARD_MS
    await database.writer.dispose()


@pytest.mark.integration
class TestSilentPostgres:
    """Something between acknowledges packets and swallows them: TCP notices nothing."""

    @pytest.fixture
    async def proxy(self, postgres_url: str) -> AsyncIterator[SwallowingProxy]:
        url = make_url(postgres_url)
        async with swallowing_proxy(url.host or "127.0.0.1", url.port or 5432) as proxy:
            yield proxy

    @pytest.fixture
    async def database(self, postgres_url: str, proxy: SwallowingProxy) -> AsyncIterator[Database]:
        url = make_url(postgres_url).set(host="127.0.0.1", port=proxy.port)
        database = connect(url.render_as_string(hide_password=False), answered_s=0.5)
        await asyncio.gather(*(ask(database) for _ in range(3)))
        yield database
        await database.close()

    async def test_a_statement_is_given_up_and_with_it_all_connections_of_before(
        self, database: Database, proxy: SwallowingProxy
    ) -> None:
        proxy.swallow()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await ask(database)
        async with asyncio.timeout(5):
            assert await asyncio.gather(*(ask(database) for _ in range(3))) == [1, 1, 1]

    async def test_a_connection_that_rested_and_is_well_is_used_again(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "TRUSTED_S", 0.0)
        processes = {await ask(database, "SELECT pg_backend_pid()") for _ in range(9)}
        assert len(processes) <= 3, "none was opened anew"

    async def test_a_connection_that_rested_is_asked_first(
        self, database: Database, proxy: SwallowingProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "TRUSTED_S", 0.0)
        monkeypatch.setattr(engine, "PINGED_S", 0.2)
        proxy.swallow()
        async with asyncio.timeout(5):
            assert await ask(database) == 1


async def ask(database: Database, question: str = "SELECT 1") -> int:
    async with database.reading() as work:
        answer: int = (await work.execute(text(question))).scalar_one()
    return answer

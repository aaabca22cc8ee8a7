"""Connections mean what they say: durable, ordered, private, and reached by the usual URLs."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing, suppress

import pytest
from sqlalchemy import text

from core.errors import WrongUsage
from core.jobs.model import LEASE, JobState
from storage.database import open_store
from storage.database.claims import SqlJobs
from storage.database.engine import UNHEARD_MS, connect, driver_url
from tests.contracts.samples import CONTEXT, NOON, a_delivery, a_job


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

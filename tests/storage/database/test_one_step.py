"""A statement's cursor, execution, rows and end are one step to the driver's thread, or none."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from storage.database import one_step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.integration


class Counted(one_step.OneStepConnection):
    """Counts its steps."""

    steps = 0

    async def _execute(self, *function: object, **how: object) -> object:
        self.steps += 1
        return await super()._execute(*function, **how)  # type: ignore[no-untyped-call]


@asynccontextmanager
async def connected() -> AsyncIterator[Counted]:
    def connector() -> sqlite3.Connection:
        return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    connection = Counted(connector)
    async with connection:
        await connection.executescript("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
        connection.steps = 0
        yield connection


async def test_a_query_is_one_step_and_brings_all_its_rows() -> None:
    async with connected() as connection:
        cursor = connection.cursor()
        await cursor.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in range(500)])
        assert cursor.rowcount == 500
        await cursor.execute("SELECT n FROM numbers WHERE n >= ? ORDER BY n", (10,))
        assert [name for name, *_ in cursor.description] == ["n"]
        assert await cursor.fetchall() == [(n,) for n in range(10, 500)]
        assert connection.steps == 2


async def test_what_fails_raises_and_leaves_the_connection_good() -> None:
    async with connected() as connection:
        cursor = connection.cursor()
        await cursor.execute("INSERT INTO numbers VALUES (7)")
        assert cursor.lastrowid == 7
        with pytest.raises(sqlite3.IntegrityError):
            await cursor.execute("INSERT INTO numbers VALUES (7)")
        await cursor.execute("SELECT count(*) FROM numbers")
        assert await cursor.fetchall() == [(1,)]


async def test_a_rollback_is_a_step_only_where_something_is_open() -> None:
    async with connected() as connection:
        await connection.rollback()
        assert connection.steps == 0
        cursor = connection.cursor()
        for statement in ("BEGIN", "INSERT INTO numbers VALUES (1)"):
            await cursor.execute(statement)
        await connection.rollback()
        await cursor.execute("SELECT count(*) FROM numbers")
        assert await cursor.fetchall() == [(0,)]
        assert connection.steps == 4


async def test_what_is_quick_takes_no_step_where_a_transaction_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(one_step, "QUICK_S", 1.0)
    monkeypatch.setattr(one_step, "TOO_SLOW_S", 2.0)
    async with connected() as connection:
        cursor = connection.cursor()
        for statement in ("BEGIN", *["INSERT INTO numbers DEFAULT VALUES"] * 5):
            await cursor.execute(statement)
        assert cursor.lastrowid == 5
        assert connection.steps == 2
        await connection.commit()
        await cursor.execute("INSERT INTO numbers DEFAULT VALUES")
        assert connection.steps == 4, "alone it waits for locks and the disk"


async def test_what_keeps_others_waiting_goes_back_to_the_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(one_step, "QUICK_S", 1.0)
    async with connected() as connection:
        cursor = connection.cursor()
        for statement in ("BEGIN", "SELECT 1", "SELECT 1"):
            await cursor.execute(statement)
        assert connection.steps == 2
        monkeypatch.setattr(one_step, "QUICK_S", 0.0)
        monkeypatch.setattr(one_step, "TOO_SLOW_S", 0.0)
        for _ in range(3):
            await cursor.execute("SELECT 1")
        assert connection.steps == 4


async def test_a_transaction_that_writes_nothing_takes_no_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(one_step, "QUICK_S", 1.0)
    monkeypatch.setattr(one_step, "TOO_SLOW_S", 2.0)
    async with connected() as connection:
        cursor = connection.cursor()
        statements = ("SELECT n FROM numbers", "UPDATE numbers SET n = 0 WHERE n > 5")
        for statement in statements:
            await cursor.execute(statement)  # now it is known to be quick
        connection.steps = 0
        await connection.begin("", "BEGIN IMMEDIATE", busy_timeout_ms=100)
        for statement in statements:
            await cursor.execute(statement)
        await connection.commit()
        assert not connection.in_transaction
        assert connection.steps == 0


@pytest.mark.parametrize(
    "write", ["INSERT INTO numbers VALUES (1)", "PRAGMA user_version = 7", "CREATE TABLE t (n)"]
)
async def test_what_writes_is_committed_by_the_thread(write: str) -> None:
    async with connected() as connection:
        await connection.begin("", "BEGIN IMMEDIATE", busy_timeout_ms=100)
        await connection.cursor().execute(write)
        connection.steps = 0
        await connection.commit()
        assert not connection.in_transaction
        assert connection.steps == 1


async def test_where_another_process_writes_the_thread_waits_for_it(tmp_path: Path) -> None:
    file = tmp_path / "numbers.db"
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("BEGIN IMMEDIATE")
    connection = one_step.connect(file, isolation_level=None)
    async with connection:
        waiting = asyncio.create_task(
            connection.begin("", "BEGIN IMMEDIATE", busy_timeout_ms=10_000)
        )
        await asyncio.sleep(0.05)  # the loop goes on
        assert not waiting.done()
        other.execute("COMMIT")
        await waiting
        assert connection.in_transaction
        await connection.rollback()
    other.close()


async def test_quick_statements_of_a_long_unit_let_others_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(one_step, "QUICK_S", 1.0)
    monkeypatch.setattr(one_step, "TOO_SLOW_S", 2.0)
    async with connected() as connection:
        cursor = connection.cursor()
        await cursor.execute("BEGIN")
        await cursor.execute("SELECT 1")  # from now on known to be quick
        turns, steps = list[None](), connection.steps
        others = asyncio.create_task(count(turns))
        for _ in range(8):
            compute()
            await cursor.execute("SELECT 1")
        assert connection.steps == steps
        others.cancel()
        assert len(turns) >= 7
        await connection.rollback()


def compute() -> None:
    """What a unit does between its statements."""
    time.sleep(one_step.HELD_S)


async def count(turns: list[None]) -> None:
    while True:
        turns.append(None)
        await asyncio.sleep(0)

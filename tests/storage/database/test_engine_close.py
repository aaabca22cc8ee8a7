import asyncio
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import StoreUnavailable
from storage.database.engine import connect

# Some tenths of a second of pure counting.
LONG = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000)
SELECT max(i) FROM n
"""


def driver_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "connection_worker" in thread.name}


async def test_closing_waits_for_a_connection_that_was_given_up_at_work(sqlite_url: str) -> None:
    before = driver_threads()
    database = connect(sqlite_url)

    async def work_for_long() -> None:
        async with database.writing() as work:
            await work.execute(text(LONG))

    working = asyncio.create_task(work_for_long())
    await asyncio.sleep(0.05)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    await database.close()
    assert not driver_threads() - before


async def test_closing_waits_for_a_connection_that_failed_to_open(tmp_path: Path) -> None:
    before = driver_threads()
    database = connect(f"sqlite:///{tmp_path / 'missing' / 'f.db'}")
    with pytest.raises(StoreUnavailable):
        async with database.writing():
            pass
    await database.close()
    assert not driver_threads() - before

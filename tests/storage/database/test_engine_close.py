import asyncio
import threading
from contextlib import suppress

from sqlalchemy import text

from storage.database.engine import connect

# Some tenths of a second of pure counting.
LONG = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000)
SELECT max(i) FROM n
"""


async def test_closing_waits_for_a_connection_that_was_given_up_at_work(sqlite_url: str) -> None:
    before = set(threading.enumerate())
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
    left = [one for one in set(threading.enumerate()) - before if "connection_worker" in one.name]
    assert not left

"""kill -9 in the middle of writing: what was acknowledged is there, nothing is there by half."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from core.alerts.model import DeliveryState
from core.jobs.model import JobState
from storage.database import open_store
from tests.contracts.samples import CONTEXT, NOON

if TYPE_CHECKING:
    from storage.database import SqlStore

pytestmark = pytest.mark.integration

WRITER = """
import asyncio, sys
from storage.database import open_store
from tests.contracts.samples import a_delivery, a_job

async def main(url, prefix):
    async with open_store(url) as store:
        number = 0
        while True:
            number += 1
            batch = [a_delivery(id=f"{prefix}-{number}-{n}", body=b"x" * 3000) for n in range(5)]
            await store.journal([(one, a_job(id=f"job-{one.id}")) for one in batch])
            print(*(one.id for one in batch), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(params=["sqlite_url", "fresh_postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def write_and_be_killed(url: str, prefix: str, *, after_lines: int) -> list[str]:
    """The ids that a writer had been told are stored when it was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url, prefix], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(after_lines)]
        writer.kill()
        lines += writer.stdout.readlines()
    return " ".join(lines).split()


async def stored(store: SqlStore) -> tuple[set[str], int]:
    async with store.reading(CONTEXT) as unit:
        deliveries = await unit.deliveries.since(NOON)
        assert await unit.deliveries.count(DeliveryState.PENDING) == len(deliveries)
        return set(deliveries), (await unit.jobs.counts())[JobState.PENDING]


async def test_what_was_acknowledged_survives(url: str) -> None:
    chance, acknowledged = random.Random(7), set[str]()  # noqa: S311 - only repeatable
    async with open_store(url) as store:
        for turn in range(3):
            lines = chance.randint(1, 30)
            acknowledged |= set(write_and_be_killed(url, f"turn{turn}", after_lines=lines))
            deliveries, jobs = await stored(store)
            assert acknowledged <= deliveries
            assert len(deliveries) == jobs
            assert len(deliveries) % 5 == 0, "half a batch was stored"
            assert len(deliveries - acknowledged) <= 5 * (turn + 1), (
                "at most one batch was not told of"
            )
        await store.check()

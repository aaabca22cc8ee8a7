"""`faultmaven worker` on a PostgreSQL that is killed under it: it waits, and goes on."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from core.jobs.kinds import process_evidence
from core.jobs.model import JobState
from storage.database import ColumnSeal, open_store
from storage.sealing.keys import Keyring
from tests.fakes.context import CONTEXT
from tests.faultmaven.program import environment
from tests.journeys.alertmanagers import until
from tests.servers import an_own_postgres

if TYPE_CHECKING:
    from pathlib import Path

    from core.jobs.model import Job

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

KILLS = 3
PHRASE = "a secret of the tests, long enough"


def a_job(number: int) -> Job:
    """Of a file that is not there: whoever takes it finds that out, and ends it."""
    return process_evidence(f"file_{number}", CONTEXT, size=1)


async def test_a_worker_outlives_its_database(tmp_path: Path) -> None:
    with an_own_postgres() as (server, url):
        settings = {
            "FAULTMAVEN_DATABASE_URL": url.replace("+asyncpg", ""),
            "FAULTMAVEN_SECRET_KEY": PHRASE,
        }
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "faultmaven", "worker", "--json"),
            cwd=tmp_path,
            env=environment(tmp_path, **settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            assert worker.stdout is not None
            await worker.stdout.readuntil(b"}")
            for number in range(KILLS):
                await asyncio.to_thread(server.kill)
                await asyncio.sleep(1.5)
                assert worker.returncode is None
                await asyncio.to_thread(server.start)
                assert await _is_taken(url, a_job(number))
            worker.send_signal(signal.SIGTERM)
            assert await worker.wait() == 0
        finally:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()


async def _is_taken(url: str, job: Job) -> bool:
    async with open_store(url, seal=ColumnSeal(Keyring(PHRASE.encode()))) as store:
        async with store.unit(CONTEXT) as unit:
            await unit.jobs.add(job)

        async def ended() -> bool:
            async with store.reading(CONTEXT) as unit:
                stored = await unit.jobs.get(job.id)
            return stored.state is not JobState.PENDING or stored.attempts > 0

        await until(ended)
        return True

"""Ready means that a delivery would be committed now; otherwise the reason has a name."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio

from tests.journeys.alertmanagers import TOKEN, until
from tests.journeys.disks import a_small_disk, damage
from tests.journeys.up import Up, launched_in, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.e2e

ALERT = Path(__file__).parents[1] / "recordings/alertmanager/single_firing.json"


def a_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with a_client() as client:
        yield client


async def post(client: httpx.AsyncClient, up: Up) -> int:
    """A delivery of 20 kB that is not like any other."""
    alert = json.loads(ALERT.read_text())
    alert |= {"groupKey": os.urandom(8).hex(), "externalURL": os.urandom(10_000).hex()}
    return (await client.post(up.webhook, json=alert)).status_code


async def readiness(client: httpx.AsyncClient, up: Up) -> tuple[int, str]:
    """The status, and what is said of all parts."""
    answer = await client.get(f"{up.url}/readiness")
    return answer.status_code, " | ".join(answer.json()["parts"].values())


async def test_on_a_full_disk_it_is_not_ready_until_there_is_room(
    client: httpx.AsyncClient,
) -> None:
    with a_small_disk() as disk:
        async with up_in(disk.folder) as up:
            assert await post(client, up) == 200
            disk.shrink(up)

            async def is_refused() -> bool:
                return await post(client, up) == 503

            await until(is_refused, every_s=0)
            for _ in range(8):  # the remainder of the journal takes small commits all the same
                assert await post(client, up) == 503
                await asyncio.sleep(0.3)
                status, why = await readiness(client, up)
                assert status == 503
                assert "full" in why or "disk" in why
            assert await up.is_alive(client)
            disk.grow(up)

            async def is_ready_and_takes() -> bool:
                ready = (await readiness(client, up))[0] == 200
                return ready and await post(client, up) == 200

            await until(is_ready_and_takes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of one that took a delivery, and is stopped."""
    folder = tmp_path_factory.mktemp("stopped")
    async with up_in(folder) as up, a_client() as client:
        assert await post(client, up) == 200
    return folder / "data"


@pytest.mark.parametrize("place", ["ix_deliveries_received_at", "messages", "case_events"])
async def test_a_damaged_database_is_not_ready(
    stopped: Path, tmp_path: Path, client: httpx.AsyncClient, place: str
) -> None:
    shutil.copytree(stopped, tmp_path / "data")
    damage(tmp_path / "data" / "faultmaven.db", place)
    async with launched_in(tmp_path) as up:
        answers: list[tuple[int, str]] = []

        async def has_started() -> bool:
            answers.append(await readiness(client, up))
            return "it is starting" not in answers[-1][1]

        await until(has_started)
        assert {status for status, _ in answers} == {503}, "not for a moment"
        assert "the database is damaged" in answers[-1][1]
        assert "restore the newest backup" in answers[-1][1]
        assert await post(client, up) == 503, "the intake knows what readiness knows"


async def test_readiness_is_cheap_to_ask_and_workers_do_not_delay_it(
    tmp_path: Path, client: httpx.AsyncClient
) -> None:
    async with up_in(tmp_path) as up:
        for _ in range(40):
            await post(client, up)
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = await asyncio.gather(*(readiness(client, up) for _ in range(200)))
        assert {status for status, _ in answers} == {200}
        assert loop.time() - began < 5
        async with up.store() as store, store.database.reading() as work:
            rows = await work.connection.exec_driver_sql(
                "SELECT count(*) FROM deliveries WHERE tenant_id = 'readiness'"
            )
            assert rows.scalar_one() == 0

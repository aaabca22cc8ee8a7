"""Our server goes away, its disk fills, and it comes back: a real Alertmanager loses nothing."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from core.cases.events import EventKind
from tests.fakes.context import CONTEXT
from tests.journeys.alertmanagers import TOKEN, RealAlertmanager, a_real_alertmanager, until
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.e2e

CHECKOUT = {"alertname": "CheckoutErrors", "service": "checkout", "severity": "critical"}
LEDGER = {"alertname": "LedgerLag", "service": "ledger", "severity": "warning"}


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with up_in(tmp_path) as up:
        yield up


async def test_what_fires_while_we_are_down_arrives_when_we_are_back(up: Up) -> None:
    with a_real_alertmanager(up.webhook) as alertmanager:
        await alertmanager.fire(CHECKOUT)
        await until(lambda: _firing(up, [1]))
        await up.stop()
        await alertmanager.fire(LEDGER)
        await alertmanager.fire(CHECKOUT, ended=True)
        await until(lambda: _gave_up(alertmanager))
        await up.start()
        await until(lambda: _firing(up, [0, 1]))

    assert [case.service for case in await up.cases()] == ["checkout", "ledger"]


async def test_a_kill_between_deliveries_loses_and_doubles_nothing(up: Up) -> None:
    with a_real_alertmanager(up.webhook, repeat_interval="1s") as alertmanager:
        for n in range(4):
            await alertmanager.fire(*(CHECKOUT | {"pod": f"{n}-{pod}"} for pod in range(5)))
            await asyncio.sleep(0.4)
            await up.kill()
            await up.start()
        await until(lambda: _firing(up, [20]))

    (case,) = await up.cases()
    async with up.store() as store, store.reading(CONTEXT) as unit:
        events = [event.kind for event in await unit.cases.events(case.id)]
    assert (case.alerts, events.count(EventKind.ALERT_FIRED)) == (20, 20)


async def test_a_full_disk_is_503_and_then_works_again(up: Up) -> None:
    """A real disk that takes no more: the kernel refuses every write past a size, then does not."""
    body = (Path(__file__).parents[1] / "recordings/alertmanager/single_firing.json").read_bytes()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient() as client:
        up.limit_file_size(1)
        refused = await client.post(up.webhook, content=body, headers=headers)
        assert refused.status_code == 503
        assert (await client.get(f"{up.url}/health")).is_success

        up.limit_file_size(resource.RLIM_INFINITY)

        async def taken() -> bool:
            return await up.takes(body, client=client)

        await until(taken)
    await until(lambda: _firing(up, [1]))


async def _firing(up: Up, expected: list[int]) -> bool:
    return [case.firing for case in await up.cases()] == expected


async def _gave_up(alertmanager: RealAlertmanager) -> bool:
    """It logs the flush in which it did not reach us; it tries again in the next."""
    return b"notify retry canceled" in alertmanager.server.log.read_bytes()

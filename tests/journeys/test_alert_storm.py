"""10,000 alerts in 100 groups at full speed, `up` killed on the way: none lost, none doubled."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest

from core.alerts.model import DeliveryState
from core.cases.events import EventKind, verify_chain
from core.cases.projection import fold
from tests.core.alerts.desk import a_body, an_alert
from tests.fakes.context import CONTEXT
from tests.journeys.alertmanagers import until
from tests.journeys.up import Up, up_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

GROUPS, ROUNDS, PER_DELIVERY = 100, 5, 20
ALERTS = GROUPS * ROUNDS * PER_DELIVERY
CONNECTIONS = 64
KILLS_AT = (0.3, 0.6)  # of all deliveries done


def bodies() -> Iterator[bytes]:
    """Each delivery brings a group's next alerts."""
    for turn, group in itertools.product(range(ROUNDS), range(GROUPS)):
        alerts = (
            an_alert(service=f"service-{group}", pod=f"{turn}-{number}")
            for number in range(PER_DELIVERY)
        )
        yield a_body(*alerts, group=f"group {group}")


async def post_all(up: Up) -> int:
    """Post until each is acknowledged, as Alertmanager does; says how many were posted again."""
    waiting = bodies()
    again = 0

    async def connection(client: httpx.AsyncClient) -> None:
        nonlocal again
        for body in waiting:
            while not await acknowledged(client, up, body):
                again += 1
                await asyncio.sleep(0.2)

    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        await asyncio.gather(*(connection(client) for _ in range(CONNECTIONS)))
    return again


async def acknowledged(client: httpx.AsyncClient, up: Up, body: bytes) -> bool:
    try:
        return await up.takes(body, client=client)
    except httpx.TransportError:
        return False


async def done(up: Up) -> int:
    async with up.store() as store, store.reading(CONTEXT) as unit:
        return await unit.deliveries.count(DeliveryState.DONE)


async def settled(up: Up) -> bool:
    async with up.store() as store, store.reading(CONTEXT) as unit:
        return not await unit.deliveries.count(DeliveryState.PENDING)


async def kill_on_the_way(up: Up) -> None:
    for share in KILLS_AT:
        wanted = share * GROUPS * ROUNDS

        async def so_far(wanted: float = wanted) -> bool:
            return await done(up) >= wanted

        await until(so_far, within_s=240, every_s=0.5)
        await up.kill()
        await up.start()


async def test_none_is_lost_and_none_doubled(tmp_path: Path) -> None:
    async with up_in(tmp_path) as up:
        await asyncio.gather(post_all(up), kill_on_the_way(up))
        await until(lambda: settled(up), within_s=240, every_s=0.5)
        # One consistent view: turns go on in the cases meanwhile.
        async with up.store() as store, store.reading(CONTEXT) as unit:
            cases = await unit.cases.listing()
            occurrences = await unit.occurrences.all_open()
            logs = {case.id: await unit.cases.events(case.id) for case in cases}
            texts = {case.id: await unit.cases.texts(case.id) for case in cases}

    fired = Counter(
        event.data["fingerprint"]
        for events in logs.values()
        for event in events
        if event.kind is EventKind.ALERT_FIRED
    )
    assert len(fired) == ALERTS, "lost"
    assert set(fired.values()) == {1}, "doubled"
    assert len({occurrence.fingerprint for occurrence in occurrences}) == len(occurrences) == ALERTS
    assert [case.firing for case in cases] == [ROUNDS * PER_DELIVERY] * GROUPS
    for case in cases:
        verify_chain(logs[case.id])
        assert fold(logs[case.id], texts[case.id]).case == case

"""Debian's real Alertmanager, configured by our manifest, delivers over HTTP to our server."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from core.alerts.notification import TEST_ALERT_NAME
from core.clock import SystemClock
from integrations.alertmanager import Alertmanager, WebhookTarget, send_test_alert
from tests.journeys.alertmanagers import a_real_alertmanager, until
from tests.journeys.house import LocalServer, a_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.integration

CHECKOUT = {"alertname": "CheckoutErrors", "service": "checkout", "severity": "critical"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[LocalServer]:
    async with a_house(tmp_path) as house:
        yield house


async def test_an_alert_opens_a_case_and_its_end_quietens_it(house: LocalServer) -> None:
    with a_real_alertmanager(house.webhook) as alertmanager:
        await alertmanager.fire(CHECKOUT)
        await until(lambda: _is(house, [1]))
        await alertmanager.fire(CHECKOUT, ended=True)
        await until(lambda: _is(house, [0]))

    (case,) = await house.cases()
    assert case.title.text == "CheckoutErrors of the tests"
    assert case.quiet_since is not None


async def test_repeats_change_counters_only(house: LocalServer) -> None:
    with a_real_alertmanager(house.webhook, repeat_interval="1s") as alertmanager:
        await alertmanager.fire(CHECKOUT)
        await until(lambda: _is(house, [1]))
        (case,) = await house.cases()
        events = await house.events(case)

        async def repeated() -> bool:
            (occurrence,) = await house.occurrences(case)
            return occurrence.fires >= 3

        await until(repeated)
    assert await house.events(case) == events
    assert await house.cases() == [case]


async def test_a_pair_that_both_deliver_is_one_case(house: LocalServer) -> None:
    with a_real_alertmanager(house.webhook) as first, a_real_alertmanager(house.webhook) as other:
        await first.fire(CHECKOUT)
        await asyncio.sleep(0.2)
        await other.fire(CHECKOUT)

        async def both() -> bool:
            return await house.deliveries() >= 2

        await until(both)
        await until(lambda: _is(house, [1]))
        (case,) = await house.cases()
        (occurrence,) = await house.occurrences(case)
        assert case.alerts == 1

        for alertmanager in (first, other):
            await alertmanager.fire(CHECKOUT, ended=True)
        await until(lambda: _is(house, [0]))
        (occurrence,) = await house.occurrences(case)
        assert occurrence.fires == 2
    assert (await house.events(case)).count("case.quietened") == 1


async def test_a_partly_resolved_group_shows_what_still_fires(house: LocalServer) -> None:
    pods = [CHECKOUT | {"pod": f"checkout-{n}"} for n in range(4)]
    with a_real_alertmanager(house.webhook) as alertmanager:
        await alertmanager.fire(*pods)
        await until(lambda: _is(house, [4]))
        await alertmanager.fire(*pods[:1], ended=True)
        await until(lambda: _is(house, [3]))
        await alertmanager.fire(*pods[1:], ended=True)
        await until(lambda: _is(house, [0]))


async def test_a_cut_list_that_reads_resolved_closes_nothing(house: LocalServer) -> None:
    """As recorded: four of five ended, the fifth is cut off, and the body says resolved."""
    pods = [CHECKOUT | {"pod": f"checkout-{n}"} for n in range(5)]
    with a_real_alertmanager(house.webhook, max_alerts=2) as alertmanager:
        await alertmanager.fire(*pods)
        await until(lambda: _is(house, [2]))
        await alertmanager.fire(*pods[:4], ended=True)

        async def told_of_the_end() -> bool:
            return await house.deliveries() >= 2

        await until(told_of_the_end)
        await asyncio.sleep(1)
        (case,) = await house.cases()
        assert case.state.is_open
        assert case.quiet_since is None


async def test_a_wrong_secret_stores_nothing(house: LocalServer) -> None:
    with a_real_alertmanager(house.webhook, token="another") as alertmanager:  # noqa: S106
        await alertmanager.fire(CHECKOUT)

        async def refused() -> bool:
            return b"unexpected status code 401" in alertmanager.server.log.read_bytes()

        await until(refused)
    assert await house.deliveries() == 0


async def test_silenced_and_then_resolved_is_found_by_asking(house: LocalServer) -> None:
    with a_real_alertmanager(house.webhook) as alertmanager:
        async with httpx.AsyncClient() as client:
            view = Alertmanager(alertmanager.url, client=client)
            house.watch(view)
            await alertmanager.fire(CHECKOUT)
            await until(lambda: _is(house, [1]))
            (case,) = await house.cases()
            (occurrence,) = await house.occurrences(case)
            assert await view.active() == {occurrence.fingerprint}

            await alertmanager.silence(CHECKOUT["alertname"])
            assert await view.active() == {occurrence.fingerprint}, "silenced is not gone"
            await alertmanager.fire(CHECKOUT, ended=True)

            async def gone() -> bool:
                return not await view.active()

            await until(gone)
            await asyncio.sleep(2.5)  # two group intervals, in which it could have been told
            assert await house.deliveries() == 1, "this Alertmanager tells: no need to ask"

            house.clock.ahead = timedelta(minutes=6)
            await house.poll()
            assert await house.firing() == [1]
            house.clock.ahead += timedelta(minutes=5)
            await house.poll()
            assert await house.firing() == [0]
    assert "case.quietened" in await house.events(case)


async def test_an_alertmanager_that_is_gone_concludes_nothing(house: LocalServer) -> None:
    with a_real_alertmanager(house.webhook) as alertmanager:
        async with httpx.AsyncClient() as client:
            house.watch(Alertmanager(alertmanager.url, client=client))
            await alertmanager.fire(CHECKOUT)
            await until(lambda: _is(house, [1]))
            alertmanager.server.kill()
            for _ in range(3):
                house.clock.ahead += timedelta(minutes=6)
                await house.poll()
    assert await house.firing() == [1]


@pytest.mark.parametrize("through", ["alertmanager", "webhook"])
async def test_a_test_alert_goes_the_whole_way(house: LocalServer, through: str) -> None:
    with a_real_alertmanager(house.webhook) as alertmanager:
        async with httpx.AsyncClient() as client:
            views = [Alertmanager(alertmanager.url, client=client)]
            lines = await send_test_alert(
                alertmanagers=views if through == "alertmanager" else [],
                webhook=WebhookTarget(url=house.webhook, token=house.token),
                client=client,
                clock=SystemClock(),
            )
        assert any(TEST_ALERT_NAME in line for line in lines)
        await until(lambda: _is(house, [1]))


async def test_our_clock_and_theirs_agree_on_up_since(house: LocalServer) -> None:
    before = SystemClock().now() - timedelta(seconds=1)
    with a_real_alertmanager(house.webhook) as alertmanager:
        async with httpx.AsyncClient() as client:
            up_since = await Alertmanager(alertmanager.url, client=client).up_since()
    assert before <= up_since <= SystemClock().now()


async def _is(house: LocalServer, firing: list[int]) -> bool:
    return await house.firing() == firing

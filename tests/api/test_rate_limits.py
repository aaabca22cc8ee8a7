"""Calls counted in a real Redis: by all processes together, and by each alone while it is away."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from api.rate_limits import (
    AT_ONCE,
    PAID_FOR,
    PER_ACCOUNT,
    PER_ADDRESS,
    PER_NAME,
    RateLimits,
    shared_limits,
)
from core.errors import TooMany
from tests.house.tree import ROOT
from tests.servers import Server, a_redis, redis_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.integration

SOMEBODY = "203.0.113.7"
MOST = PER_ADDRESS.amount
NOW = datetime.now(UTC)
SLOW_S = 5.0  # nobody waits for so long to sign in
ANOTHER_PROCESS = """
import asyncio, sys
from datetime import UTC, datetime
from api.rate_limits import PER_ADDRESS, shared_limits

async def call() -> None:
    limits = shared_limits(sys.argv[1])
    for _ in range(int(sys.argv[3])):
        await limits.count(PER_ADDRESS, sys.argv[2], now=datetime.now(UTC))

asyncio.run(call())
"""


@pytest.fixture
def redis() -> Iterator[Server]:
    """One to be stopped."""
    with a_redis() as server:
        yield server


@pytest.fixture
async def limits(redis: Server) -> AsyncIterator[RateLimits]:
    counted = shared_limits(redis_url(redis))
    yield counted
    await counted.storage.bridge.get_connection().aclose(close_connection_pool=True)


async def call(limits: RateLimits, times: int = 1, *, who: str = SOMEBODY) -> None:
    for _ in range(times):
        await limits.count(PER_ADDRESS, who, now=datetime.now(UTC))


async def call_from_another_process(redis: Server, times: int) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ANOTHER_PROCESS, redis_url(redis), SOMEBODY, str(times)), cwd=ROOT
    )
    assert await process.wait() == 0


async def test_two_processes_share_the_count(redis: Server, limits: RateLimits) -> None:
    await call_from_another_process(redis, MOST - 1)
    await call(limits)
    with pytest.raises(TooMany) as caught:
        await call(limits)
    assert caught.value.retry_after_s is not None
    assert 1 <= caught.value.retry_after_s <= 60
    await call(limits, who="203.0.113.8")


async def test_an_account_has_its_calls_however_many_come_together(limits: RateLimits) -> None:
    together = [limits.count_account("user_dana", now=NOW) for _ in range(PER_ACCOUNT.amount)]
    await asyncio.gather(*together)
    with pytest.raises(TooMany):
        await limits.count_account("user_dana", now=NOW)
    await limits.count_account("user_alex", now=NOW)


async def test_the_last_calls_of_a_minute_are_paid_for_singly(limits: RateLimits) -> None:
    for _ in range(AT_ONCE - 2):  # as another process does
        await limits.count(PER_ACCOUNT, "user_dana", now=NOW)
    for _ in range(PER_ACCOUNT.amount - (AT_ONCE - 2)):
        await limits.count_account("user_dana", now=NOW)
    with pytest.raises(TooMany):
        await limits.count_account("user_dana", now=NOW)


async def test_calls_that_were_paid_for_lapse_with_their_minute(limits: RateLimits) -> None:
    await limits.count_account("user_dana", now=NOW)
    for _ in range(PER_ACCOUNT.amount - AT_ONCE):  # as another process does
        await limits.count(PER_ACCOUNT, "user_dana", now=NOW)
    await limits.count_account("user_dana", now=NOW + PAID_FOR / 2)
    with pytest.raises(TooMany):
        await limits.count_account("user_dana", now=NOW + PAID_FOR)


async def test_where_somebody_signed_in_no_password_is_one_too_many(
    redis: Server, limits: RateLimits
) -> None:
    async def guess(network: str, times: int = PER_NAME.amount + 1) -> None:
        for _ in range(times):
            await limits.count_password("dana", network, now=datetime.now(UTC))

    await limits.remember("Dana", SOMEBODY)
    with pytest.raises(TooMany):
        await guess("203.0.113.8")
    await guess(SOMEBODY)
    await asyncio.to_thread(redis.kill)
    await guess(SOMEBODY)
    with pytest.raises(TooMany):
        await guess("203.0.113.8")


async def test_a_redis_that_dies_locks_nobody_out(redis: Server, limits: RateLimits) -> None:
    await call(limits, MOST)
    await asyncio.to_thread(redis.kill)
    await call(limits, MOST)  # this process counts alone, from nothing
    with pytest.raises(TooMany):
        await call(limits)


async def test_a_redis_that_hangs_keeps_nobody_waiting(redis: Server, limits: RateLimits) -> None:
    await call(limits)
    redis.send(signal.SIGSTOP)
    try:
        began = time.monotonic()
        await call(limits)
        assert time.monotonic() - began < SLOW_S
    finally:
        redis.send(signal.SIGCONT)


async def test_a_redis_that_is_back_counts_again(redis: Server, limits: RateLimits) -> None:
    await asyncio.to_thread(redis.stop)
    await call(limits)
    await asyncio.to_thread(redis.start)
    await call(limits, MOST - 2)
    await call_from_another_process(redis, 2)
    with pytest.raises(TooMany):
        await call(limits)

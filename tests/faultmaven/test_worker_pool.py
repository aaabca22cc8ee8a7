"""Runners that start, rest and stop together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.errors import WrongUsage
from core.jobs.kinds import ALL
from core.jobs.model import LEASE, Audience, JobState
from faultmaven.job_table import HANDLERS
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def pending(house: House) -> int:
    async with house.services.reading() as unit:
        return (await unit.jobs.counts()).get(JobState.PENDING, 0)


def test_every_kind_of_job_has_its_handler() -> None:
    assert set(HANDLERS) == set(ALL)


async def test_they_work_while_the_block_runs(house: House) -> None:
    await house.say("open checkout is slow")
    async with house.workers.running():
        async with asyncio.timeout(20):
            while await pending(house):  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.01)
    assert house.chat.shown("case")


async def test_an_error_of_the_block_is_raised_as_it_is(house: House) -> None:
    error = WrongUsage("the port is taken")
    with pytest.raises(WrongUsage) as caught:
        async with house.workers.running():
            raise error
    assert caught.value is error


async def test_a_runner_that_breaks_ends_the_block(house: House) -> None:
    class Broken:
        audiences = (Audience.ANY,)

        async def run(self) -> None:
            message = "a bug"
            raise ZeroDivisionError(message)

        async def drain(self, grace_s: float) -> None: ...

    object.__setattr__(house.workers, "runners", (Broken(),))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        async with house.workers.running():
            await asyncio.sleep(5)


async def test_what_a_killed_crew_held_is_done_at_once(house: House) -> None:
    await house.say("open checkout is slow")
    assert isinstance(house.services.store, MemoryStore)
    jobs, now = MemoryJobs(house.services.store), house.clock.now()
    while await jobs.claim(tuple(Audience), owner="the dead", at=now, lease=LEASE):
        pass
    await house.work()
    assert not house.chat.shown("case"), "its leases still run"
    await house.workers.take_over_leases()
    await house.work()
    assert house.chat.shown("case")

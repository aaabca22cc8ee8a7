"""Who answers a caller goes first; the others are slowed, never stopped."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from storage.database.courtesy import PriorityGate


async def test_nobody_waits_while_nobody_is_in_a_hurry() -> None:
    async with asyncio.timeout(5):
        await PriorityGate(patience_s=9).after_you()


async def test_who_is_in_no_hurry_begins_after_all_who_are() -> None:
    courtesy, order = PriorityGate(patience_s=9), list[str]()

    async def hurry(name: str, seconds: float) -> None:
        with courtesy.hurrying():
            await asyncio.sleep(seconds)
            order.append(name)

    async def stroll() -> None:
        await courtesy.after_you()
        order.append("others")

    await asyncio.gather(hurry("first", 0.01), hurry("second", 0.03), stroll())
    assert order == ["first", "second", "others"]


async def test_patience_has_an_end() -> None:
    courtesy = PriorityGate(patience_s=0.01)
    with courtesy.hurrying():
        async with asyncio.timeout(5):
            await courtesy.after_you()


async def test_a_hurry_that_fails_holds_nobody_up() -> None:
    courtesy = PriorityGate(patience_s=9)
    with suppress(ConnectionError), courtesy.hurrying():
        raise ConnectionError
    async with asyncio.timeout(5):
        await courtesy.after_you()

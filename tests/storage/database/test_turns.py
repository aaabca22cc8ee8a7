"""One writes at a time; the urgent go first, and nobody's turn gets lost."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import StoreUnavailable
from storage.database.turns import Turns


async def take(turns: Turns, name: str, order: list[str], *, urgent: bool = False) -> None:
    async with turns.turn(urgent=urgent):
        order.append(name)
        await asyncio.sleep(0)


async def test_the_urgent_wait_only_for_the_holder() -> None:
    turns, order = Turns(1.0), list[str]()
    async with turns.turn():
        waiting = [
            asyncio.create_task(take(turns, "first", order)),
            asyncio.create_task(take(turns, "second", order)),
            asyncio.create_task(take(turns, "urgent", order, urgent=True)),
        ]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*waiting)
    assert order == ["urgent", "first", "second"]


async def test_who_waits_too_long_is_told_and_holds_up_nobody() -> None:
    turns, order = Turns(0.01), list[str]()
    async with turns.turn():
        with pytest.raises(StoreUnavailable):
            await take(turns, "late", order)
    await take(turns, "next", order)
    assert order == ["next"]


@pytest.mark.parametrize("steps", range(4))
async def test_who_is_cancelled_passes_the_turn_on(steps: int) -> None:
    turns, order = Turns(1.0), list[str]()
    async with turns.turn():
        gone = asyncio.create_task(take(turns, "gone", order))
        next_one = asyncio.create_task(take(turns, "next", order))
        await asyncio.sleep(0)
    for _ in range(steps):
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, next_one, return_exceptions=True)
    assert "next" in order
    await take(turns, "after", order)

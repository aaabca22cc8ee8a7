"""How rows become records: many of them in turns with everybody else."""

from __future__ import annotations

import asyncio
import time

from storage.database.rows import HELD_S, read_each

ROWS = range(20)


async def laps() -> int:
    """How often others had a turn while rows were read that take a millisecond each."""
    counted = 0

    async def count() -> None:
        nonlocal counted
        while True:
            await asyncio.sleep(0)
            counted += 1

    counting = asyncio.create_task(count())
    assert await read_each(ROWS, slow) == [-row for row in ROWS]
    counting.cancel()
    return counted


def slow(row: int) -> int:
    time.sleep(0.001)
    return -row


async def test_others_have_their_turn_while_many_rows_are_read() -> None:
    assert await laps() >= len(ROWS) * 0.001 / (HELD_S + 0.001) // 2


async def test_few_rows_are_read_at_once() -> None:
    others = asyncio.create_task(asyncio.sleep(0))
    assert await read_each([1, 2], lambda row: row + 1) == [2, 3]
    assert not others.done()
    await others

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.discord.intake import BATCH, Intake
from bot.discord.rooms import place_in
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.errors import StoreUnavailable
from storage.memory import MemoryStore
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = SetClock().now()


class SlowStore(MemoryStore):
    """Counts commits; `stumbles` come before the first of them, and one text is none it can keep.

    While `gate` is shut, nothing is committed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.commits, self.stumbles, self.bad = asyncio.Event(), list[int](), 0, ""

    async def hear(self, messages):  # type: ignore[no-untyped-def]
        await self.gate.wait()
        if self.stumbles:
            self.stumbles -= 1
            message = "the disk is full"
            raise StoreUnavailable(message)
        if self.bad in [message.heard.text for message, _ in messages]:
            raise ValueError(self.bad)
        self.commits.append(len(messages))
        return await super().hear(messages)


def said(number: int, channel: str = "7") -> IncomingMessage:
    return IncomingMessage(
        place=place_in(channel),
        key=f"{channel}/{number}",
        by="U1",
        manner=MessageKind.MENTION,
        text=f"word {number}",
        said_at=NOW,
        ref=f"{channel}/{number}",
    )


async def taken(
    tmp_path: Path, store: SlowStore, how_many: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], list[str]]:
    """What the store has, and what `had` was told, after so many were said at once."""
    monkeypatch.setattr("bot.discord.intake._PATIENCE_S", 0.0)
    had = list[IncomingMessage]()
    intake = Intake(memory_services(folder=tmp_path, store=store, clock=SetClock()), had.append)
    takes = [asyncio.create_task(intake.take(said(nth))) for nth in range(how_many)]
    await asyncio.sleep(0)
    store.gate.set()
    await asyncio.gather(*takes)
    return [message.heard.text for message in store.committed.utterances], [
        message.text for message in had
    ]


async def test_what_waits_together_is_committed_together_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SlowStore()
    stored, had = await taken(tmp_path, store, 150, monkeypatch)
    assert stored == had == [f"word {nth}" for nth in range(150)]
    assert store.commits == [1, BATCH, BATCH, 149 - 2 * BATCH]  # the first waits for nobody


async def test_it_waits_for_the_store_and_keeps_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SlowStore()
    store.stumbles = 3
    stored, _ = await taken(tmp_path, store, 10, monkeypatch)
    assert stored == [f"word {nth}" for nth in range(10)]


async def test_one_that_cannot_be_committed_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not said to have been had, so that it would be read again."""
    store = SlowStore()
    store.bad = "word 4"
    stored, had = await taken(tmp_path, store, 10, monkeypatch)
    assert stored == had == [f"word {nth}" for nth in range(10) if nth != 4]


async def test_a_lone_word_waits_for_nobody(tmp_path: Path) -> None:
    store = SlowStore()
    store.gate.set()
    had = list[IncomingMessage]()
    intake = Intake(memory_services(folder=tmp_path, store=store, clock=SetClock()), had.append)
    await intake.take(said(1))
    await intake.take(replace(said(2), place=place_in("8")))
    assert store.commits == [1, 1]

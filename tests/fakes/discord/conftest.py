from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.discord.client import Bot, a_bot, point_at
from tests.fakes.discord.server import FakeDiscord, a_discord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def discord_(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    async with a_discord() as running:
        point_at(running, monkeypatch)
        yield running


@pytest.fixture
async def bot(discord_: FakeDiscord) -> AsyncIterator[Bot]:
    async with a_bot(discord_) as running:
        yield running

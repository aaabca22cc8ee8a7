"""dana at the command line, through the operator's door; lee has another terminal open."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from bot.terminal.operator_backend import OperatorBackend
from docs.writers.parity import BRINGS_LINES, Way
from tests.bot.parity.story import DROPPED, Read, SpokenLine, Went
from tests.bot.parity.world import ParityWorld
from tests.fakes.chat import words_of
from tests.fakes.operator import operator_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class ParityTerminal:
    """`replies` are what dana's terminal alone has drawn."""

    desk: OperatorBackend
    world: ParityWorld
    dropped: Path
    replies: list[str] = field(default_factory=list)

    async def do(self, way: Way, line: SpokenLine) -> Went:
        if way is Way.TYPED:
            self.replies.append(words_of(*await self.desk.dispatch(line.text, 1)))
        elif line.row == BRINGS_LINES:
            await self.desk.upload(self.dropped, 1)
        else:
            return Went.NOWHERE
        return Went.SAID

    async def look(self) -> tuple[Read, Read]:
        cards, _ = await self.desk.messages(after=0, wait_s=0)
        changes = frozenset((card.key, words_of(card)) for card in cards)
        replies = frozenset((str(nth), reply) for nth, reply in enumerate(self.replies))
        return changes | replies, changes


@asynccontextmanager
async def in_terminal(folder: Path) -> AsyncIterator[ParityTerminal]:
    world, dropped = ParityWorld.of(folder), folder / "new.log"
    dropped.write_bytes(DROPPED)
    app = operator_app(world.services, token="token")  # noqa: S106
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://here",
        headers={"Authorization": "Bearer token", "X-FaultMaven-User": "dana"},
    ) as client:
        stage = ParityTerminal(OperatorBackend(client), world, dropped)
        await world.kim("open bookings fail")
        await world.work()
        await world.bring_a_log()
        yield stage

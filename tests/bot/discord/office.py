"""Our side of a Discord on loopback: the fake, a store in memory, and what was heard."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from bot.discord.access import DiscordAccess
from bot.discord.connection import Discord, open_discord
from bot.discord.rooms import place_in
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.message import Binding
from core.errors import StoreUnavailable
from core.text.redacted import RedactedText
from core.workflows.services import Services
from storage.memory import MemoryStore
from tests.examples import CASE, KNOWN, opening_of
from tests.fakes.clock import SetClock
from tests.fakes.discord.server import FakeDiscord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import APIRouter

    from core.conversation.messages.message import IncomingMessage

CARD = Card(
    key="case:case_128", version=1, mark=Mark.FIRING, rows=(Row(text=RedactedText.format("it")),)
)


@dataclass
class DiscordOffice:
    """A Discord on loopback, and what our side of it has heard."""

    fake: FakeDiscord
    store: MemoryStore
    services: Services

    def forward(self, **how: float) -> None:
        """Time passes, for us and for Discord."""
        ahead, clock = timedelta(**how), self.services.clock
        assert isinstance(clock, SetClock)
        clock.at += ahead
        self.fake.world.now.forward(ahead.total_seconds())

    def fail_next_commit(self) -> None:
        """The disk is full when something is stored next; then there is room again."""
        is_full = [True]

        async def seam(name: str) -> None:
            if name == "commit" and is_full[0]:
                is_full[0] = False
                message = "the disk is full"
                raise StoreUnavailable(message)

        self.store.seam = seam

    @property
    def heard(self) -> list[IncomingMessage]:
        return [message.heard for message in self.store.committed.utterances]

    @property
    def texts(self) -> list[str]:
        """With the verb in front, where one was chosen."""
        return [f"{message.verb} {message.text}".strip() for message in self.heard]

    def access(self, **changes: str) -> DiscordAccess:
        access = DiscordAccess(
            token=self.fake.token, api_url=self.fake.api_url, gateway_url=self.fake.gateway_url
        )
        return replace(access, **changes)

    @asynccontextmanager
    async def open(self, **changes: str) -> AsyncIterator[Discord]:
        async with open_discord(self.access(**changes)) as platform:
            yield platform

    @asynccontextmanager
    async def attended(self, **changes: str) -> AsyncIterator[Discord]:
        """As the bot process does it; the block begins when it listens."""
        sessions = len(self.fake.gateway.identified)
        async with self.open(**changes) as platform, platform.attending(self.services):
            await self.fake.until(lambda: len(self.fake.gateway.identified) > sessions)
            await self.fake.connected()
            yield platform

    async def at_home(self, channel: str, thread: str = "") -> None:
        async with self.services.unit() as unit:
            await unit.cases.append([opening_of(KNOWN)], KNOWN)
            place = place_in(channel, thread)
            await unit.conversation.bind(
                Binding(tenant_id=CASE.tenant_id, case_id=CASE.id, place=place)
            )


@asynccontextmanager
async def served(router: APIRouter) -> AsyncIterator[str]:
    """The door on a port of loopback."""
    app = FastAPI()
    app.include_router(router)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - nobody tells us of it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Signals stay with the test runner."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

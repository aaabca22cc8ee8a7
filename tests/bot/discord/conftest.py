"""The adapter on SimCord: real discord.py, a Discord in memory, and a store in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.discord.access import DiscordAccess
from bot.discord.connection import Discord
from bot.discord.rooms import place_in
from core.alerts.routing import Policy
from core.context import Rules
from core.conversation.messages.message import Binding
from core.places import Destination
from core.workflows.services import Services
from storage.memory import MemoryStore
from tests.examples import CASE, KNOWN, opening_of
from tests.fakes.clock import SetClock
from tests.fakes.discord.server import a_discord
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.conversation.cards.card import Card
    from core.conversation.messages.message import IncomingMessage


from typing import TYPE_CHECKING

from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.env import Env

from core.conversation.messages.message import Message
from core.places import Place
from tests.bot.discord.office import DiscordOffice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.cases.projection import CaseView

SIMCORD_BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
ACCESS = DiscordAccess(token="a token of tests")  # noqa: S106


@dataclass
class DiscordServer:
    """A Discord server with one member, the bot in it, and what it has heard."""

    env: Env
    discord: Discord
    services: Services
    store: MemoryStore
    channel: ChannelHandle
    dana: MemberActor

    async def restart(self) -> None:
        """The bot process ends and starts again: nothing is left but the store."""
        self.discord = attached(self.services)
        await self.env.restart_bot(self.discord.rest.client)
        await self.env.settle()

    def heard(self) -> list[IncomingMessage]:
        """All that reached the core, in the order it did."""
        return [message.heard for message in self.store.committed.utterances]

    async def bind(self, place: Place) -> CaseView:
        """Case 128 is at home there, with its hypotheses."""
        view = KNOWN
        async with self.services.unit() as unit:
            if not await unit.cases.listing():
                await unit.cases.append([opening_of(view)], view)
            home = Binding(tenant_id=CASE.tenant_id, case_id=CASE.id, place=place)
            await unit.conversation.bind(home)
        return view

    async def show(self, place: Place, card: Card, ref: str) -> None:
        """The tables know that the card is shown there."""
        message = Message(
            id=f"msg_{card.key}",
            tenant_id=CASE.tenant_id,
            place=place,
            card=card,
            ref=ref,
            seq=0,
            shown_at=datetime.now(UTC),
        )
        async with self.services.unit() as unit:
            await unit.conversation.show(message)

    def place(self, thread: str = "") -> Place:
        return place_in(str(self.channel.id), thread)

    def sent(self, method: str, ending: str) -> list[dict[str, Any]]:
        """Bodies of the calls to the API whose path ends so."""
        return [
            request.json or {}
            for request in self.env.http_requests
            if request.method == method and request.path.endswith(ending)
        ]


def attached(services: Services) -> Discord:
    """The platform, listening on a client that nobody has connected yet."""
    discord = Discord(ACCESS)
    discord.listener(services).listen_to(discord.rest.client)
    return discord


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[DiscordServer]:
    clock, store = SetClock(SIMCORD_BEGINS), MemoryStore()
    services = memory_services(folder=tmp_path, store=store, clock=clock)
    discord = attached(services)
    env = Env(discord.rest.client)
    await env.start()
    try:
        guild = env.create_guild("Ferry Bookings")
        channel = guild.create_text_channel("incidents")
        dana = guild.add_member(env.create_user("dana"))
        await env.settle()
        yield DiscordServer(env, discord, services, store, channel, dana)
    finally:
        await env.shutdown()
    env.raise_errors()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[DiscordOffice]:
    async with a_discord() as fake:
        store = MemoryStore()
        home = Destination(platform="discord", channel=fake.incidents.id)
        services = memory_services(
            folder=tmp_path,
            store=store,
            clock=SetClock(datetime.now(UTC)),
            rules=Rules(routing=Policy(otherwise=(home,))),
        )
        yield DiscordOffice(fake, store, services)

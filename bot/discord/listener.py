"""Listens to Discord's gateway, and hands on messages, interactions and commands in order.

Messages wait while something before them may have been missed: from a lost connection until
Discord has resumed it, or until the history has been read. So the message that was heard last in
a place never lies behind a gap.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import discord

from bot.discord.catch_up import DiscordCatchUp
from bot.discord.commands import are_registered, documents
from bot.discord.handles import Acknowledgements
from bot.discord.intake import Intake
from bot.discord.interaction_answers import Answering
from bot.discord.interactions import from_gateway
from bot.discord.payloads import heard_of
from bot.discord.rest import Rest
from bot.discord.rooms import DiscordRooms, place_in, place_of
from core.errors import ChatRefused, FaultMavenError, NotFound, Unavailable
from core.workflows.services import Services

if TYPE_CHECKING:
    from core.places import Place

log = logging.getLogger(__name__)


@dataclass
class DiscordListener:
    """Handlers of the gateway's events. Call `listen_to` for each new client."""

    rest: Rest
    rooms: DiscordRooms
    services: Services
    acknowledgements: Acknowledgements
    _order: asyncio.Lock = field(default_factory=asyncio.Lock)
    _nothing_missed: asyncio.Event = field(default_factory=asyncio.Event)
    _sessions: int = 0
    _away_since: float | None = None  # by the loop's clock
    _left_at: datetime | None = None  # what was said since is yet to be read or sent again
    _is_caught_up: bool = False

    def __post_init__(self) -> None:
        self._answering = Answering(self.services)
        self._catching_up = DiscordCatchUp(self.rest, self.rooms, self.services)
        self._intake = Intake(self.services, self._catching_up.had)

    def listen_to(self, client: discord.Client) -> None:
        """Register our handlers with the client."""
        self._nothing_missed.clear()
        self._away_since = asyncio.get_running_loop().time()
        for handler in (
            self.on_ready,
            self.on_resumed,
            self.on_disconnect,
            self.on_guild_available,
            self.on_guild_join,
            self.on_message,
            self.on_interaction,
        ):
            client.event(handler)

    async def on_ready(self) -> None:
        """Catch up in a new session: earlier messages are in the history only."""
        self._nothing_missed.clear()
        self._away_since, self._is_caught_up = None, False
        self._sessions += 1
        session = self._sessions
        try:
            heard = await self._catching_up.read_on(left_at=self._left_at)
        except Exception:  # outermost: a fault of ours must not leave everybody unheard
            log.exception("catching up with Discord failed: what was said meanwhile may be lost")
            heard = 0
        if session != self._sessions:  # meanwhile there is a newer one, which reads on itself
            return
        self._is_caught_up = True
        if self._away_since is None:
            self._resume()
        log.info("listening to Discord; %d caught up", heard)

    async def on_resumed(self) -> None:
        """Go on: Discord has sent the missed events again."""
        self._away_since = None
        if self._is_caught_up:  # else that is still under way, and ends it
            self._resume()

    async def on_disconnect(self) -> None:
        self._nothing_missed.clear()
        self._note_disconnect()

    async def begin(self) -> None:
        """Note where hearing ended, before listening; later where the store is away."""
        try:
            await self._catching_up.begin()
        except Unavailable as error:
            log.warning("what was heard last is not known yet: %s", error)

    async def come_back(self) -> None:
        """For ever: read what could not be read at the beginning."""
        await self._catching_up.come_back()

    def _resume(self) -> None:
        self._left_at = None
        self._nothing_missed.set()

    def away_s(self) -> float:
        """Seconds since the connection was lost; 0 while there is one."""
        if self._away_since is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._away_since

    def _note_disconnect(self) -> None:
        self._left_at = self._left_at or self.services.clock.now()
        if self._away_since is None:
            self._away_since = asyncio.get_running_loop().time()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self._offer_commands(str(guild.id))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._offer_commands(str(guild.id))

    async def on_message(self, message: discord.Message) -> None:
        async with self._order:  # asyncio's lock is fair: first come, first heard
            await self._nothing_missed.wait()
            me = self.rest.client.user
            if me is None or message.author.bot:
                return
            place = (await self._place(message)).within(self.rooms.workspace_id)
            await self._catching_up.read_before(place)
            incoming = heard_of(message, place=place, me=me.id)
        if incoming is not None:  # who waits for the lock runs later: this one comes first
            await self._intake.take(incoming)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        ours = from_gateway(interaction).within(self.rooms.workspace_id)
        with self.acknowledgements.under_way(ours.handle.token):
            answer = await self._answering.answer(ours)
            try:
                await self.rest.call(
                    "POST",
                    # The library keeps a bucket for each webhook's id and token: by these names
                    # no interaction waits for another one.
                    "/interactions/{webhook_id}/{webhook_token}/callback",
                    doing="acknowledging an interaction",
                    body=answer,
                    webhook_id=ours.id,
                    webhook_token=ours.handle.token,
                )
            except FaultMavenError as error:
                log.warning("an interaction was taken in but not acknowledged: %s", error)

    async def _place(self, message: discord.Message) -> Place:
        """The place of a message; a channel that is in no cache is asked for."""
        channel = message.channel
        person = str(message.author.id)
        if message.guild is None:
            return place_in(f"@{person}")
        if isinstance(channel, discord.Thread):
            return place_in(str(channel.parent_id), str(channel.id))
        if not isinstance(channel, discord.PartialMessageable):
            return place_in(str(channel.id))
        try:
            return place_of(await self.rooms.describe(str(channel.id)), person=person)
        except (ChatRefused, NotFound, Unavailable) as error:
            log.warning("a message's channel is not known: %s", error)
            return place_in(str(channel.id))

    async def _offer_commands(self, guild_id: str) -> None:
        """Register our commands where they have changed: Discord takes 200 new ones a day.

        Those of one server appear at once. Discord itself says what it has: nothing to remember.
        """
        offers = partial(
            self.rest.call,
            path="/applications/{application_id}/guilds/{guild_id}/commands",
            doing="offering commands",
            application_id=str(self.rest.client.application_id),
            guild_id=guild_id,
        )
        try:
            if not are_registered(await offers("GET")):
                await offers("PUT", body=documents())
        except FaultMavenError as error:
            log.warning("commands are not offered: %s. %s", error, error.next_step)

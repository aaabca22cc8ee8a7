"""A small Discord of ours: its gateway, its REST API, its files, on one origin on loopback.

`async with a_discord() as discord:` gives one guild with one bot. A process of ours talks to it
with `discord.settings` in its environment; the test plays the people (`discord.say`,
`discord.command`, `discord.press` …) and the misfortunes (`discord.drop`, `discord.fail`,
`discord.limits.narrow`). It refuses what Discord refuses; each rule names the page of Discord's
documentation that it is from.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord.buckets import RateLimits
from tests.fakes.discord.cdn import Cdn
from tests.fakes.discord.channels import Channels
from tests.fakes.discord.commands import Commands
from tests.fakes.discord.endpoint import Endpoint
from tests.fakes.discord.gateway import RESUME_URL, Gateway
from tests.fakes.discord.guilds import GATEWAY, Guilds
from tests.fakes.discord.interactions import Interactions
from tests.fakes.discord.messages import Messages
from tests.fakes.discord.model import (
    PRIVILEGED,
    REQUIRE_TAG,
    Channel,
    GatewayIntent,
    GuildMember,
    Kind,
    Message,
    Overwrite,
    User,
    Wire,
)
from tests.fakes.discord.people import DiscordPeople
from tests.fakes.discord.permissions import OF_EVERYONE, bits
from tests.fakes.discord.rest import API, Fault, RestApi, RestCall, application
from tests.fakes.discord.webhooks import Webhooks
from tests.fakes.discord.world import DiscordWorld

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TOKEN = "MTIzNDU2Nzg5.fake-token-of-the-tests"  # noqa: S105
UNTIL_S = 60.0


class FakeDiscord(DiscordPeople):
    """One guild with one bot in it. `incidents` is a text channel that everyone sees."""

    def __init__(self, *, token: str = TOKEN, privileged: GatewayIntent = PRIVILEGED) -> None:
        world = DiscordWorld(token, privileged=privileged)
        doors, commands = Interactions(world), Commands(world)
        super().__init__(world, commands, doors, Endpoint(world, doors))
        self.token = token
        self.gateway, self.limits = Gateway(world), RateLimits(world.now)
        self.rest, self.cdn = RestApi(world, self.limits), Cdn(world)
        self.incidents = self.add_channel("incidents")
        self.ana = self.add_member("ana")
        self._groups = (
            self.cdn, Channels(world), commands, Guilds(world), Messages(world),
            Webhooks(world, doors),
        )  # fmt: skip

    # where it is

    @property
    def api_url(self) -> str:
        """For FAULTMAVEN_DISCORD_API_URL."""
        return f"{self.world.url}{API}"

    @property
    def gateway_url(self) -> str:
        """For FAULTMAVEN_DISCORD_GATEWAY_URL."""
        return f"{self.world.url.replace('http', 'ws', 1)}{GATEWAY}"

    @property
    def public_key(self) -> str:
        return self.world.public_key

    @property
    def settings(self) -> dict[str, str]:
        """What a process of ours needs in its environment."""
        return {
            "FAULTMAVEN_DISCORD_TOKEN": self.token,
            "FAULTMAVEN_DISCORD_API_URL": self.api_url,
            "FAULTMAVEN_DISCORD_GATEWAY_URL": self.gateway_url,
            "FAULTMAVEN_DISCORD_CHANNEL": self.incidents.id,
        }

    # what is there

    def add_member(self, name: str, *, bot: bool = False) -> GuildMember:
        return self.world.add_member(name, bot=bot)

    def add_channel(self, name: str) -> Channel:
        return self.world.add_channel(Channel(self.world.new_id(), Kind.TEXT, name))

    def add_forum(
        self, name: str, *, tags: tuple[str, ...] = (), needs_tag: bool = False
    ) -> Channel:
        forum = Channel(self.world.new_id(), Kind.FORUM, name)
        forum.flags = REQUIRE_TAG * needs_tag
        plain = {"moderated": False, "emoji_id": None, "emoji_name": None}
        forum.tags = [{"id": self.world.new_id(), "name": tag} | plain for tag in tags]
        return self.world.add_channel(forum)

    def direct(self, who: GuildMember | User) -> Channel:
        """The direct conversation of somebody with the bot."""
        return self.world.direct(who.user if isinstance(who, GuildMember) else who)

    def only(self, *names: str) -> None:
        """The bot may do exactly this in the guild, and everyone else what they could."""
        everyone = self.world.roles[self.world.guild_id]
        others = next((role for role in self.world.roles.values() if role.name == "people"), None)
        if others is None:
            others = type(everyone)(self.world.new_id(), "people", OF_EVERYONE)
            self.world.roles[others.id] = others
        for member in self.world.members.values():
            if member.user is not self.world.bot and others.id not in member.roles:
                member.roles.append(others.id)
        everyone.permissions, self.world.bot_role.permissions = 0, bits(*names)

    def deny(self, channel: Channel, *names: str) -> None:
        """The bot may not do this here."""
        mine = channel.overwrites.setdefault(self.world.bot.id, Overwrite(self.world.bot.id, 1))
        mine.deny |= bits(*names)
        self.world.changed(channel)

    def grant(self, *names: str) -> None:
        """The bot's role has this as well."""
        self.world.bot_role.permissions |= bits(*names)

    def messages(self, where: Channel, *, by: User | None = None) -> list[Message]:
        """What everyone sees there, oldest first."""
        seen = [message for message in where.messages.values() if not message.only_for]
        return [message for message in seen if by is None or message.author is by]

    @property
    def threads(self) -> list[Channel]:
        return [channel for channel in self.world.channels.values() if channel.is_thread]

    # what happens to it

    @property
    def calls(self) -> list[RestCall]:
        return self.rest.calls

    def calls_of(self, route: str) -> list[RestCall]:
        """Such as `calls_of("POST /channels/{channel}/messages")`."""
        return [call for call in self.calls if call.route == route]

    def fail(
        self, route: str, status: int = 500, *, times: int = 1, done: bool = False,
        retry_after_s: float = 1.0, channel: Channel | None = None, code: int = 0,
    ) -> None:  # fmt: skip
        """The next calls of a route go wrong; `done`: after they took effect; 0: no answer."""
        about = channel.id if channel else ""
        self.rest.faults.append(Fault(route, status, times, done, retry_after_s, about, code))

    async def drop(self, *, how: str = "lost", resumable: bool = True) -> None:
        """See `Gateway.drop`."""
        await self.gateway.drop(how=how, resumable=resumable)

    async def until(self, true: Callable[[], object], timeout_s: float = UNTIL_S) -> None:
        """Raises TimeoutError where it does not become true."""
        async with asyncio.timeout(timeout_s):
            while not true():  # noqa: ASYNC110 - any condition at all
                await asyncio.sleep(0.01)

    async def connected(self, sessions: int = 1) -> None:
        await self.until(lambda: len(self.gateway.live) == sessions)

    async def use_http(self, url: str) -> None:
        """Saves an interactions endpoint in the portal. Raises ValueError where it is refused."""
        await self.endpoint.validate(url)

    def routes(self) -> list[web.RouteDef]:
        ws = [web.get(path, self.gateway.serve) for path in (GATEWAY, f"{GATEWAY}/", RESUME_URL)]
        return ws + [route for group in self._groups for route in group.routes()]


@asynccontextmanager
async def a_discord(
    *, port: int = 0, token: str = TOKEN, privileged: GatewayIntent = PRIVILEGED
) -> AsyncIterator[FakeDiscord]:
    """A fake Discord on loopback, gone at the end of the block."""
    discord = FakeDiscord(token=token, privileged=privileged)
    app = application(discord.rest)
    app.add_routes(discord.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        address: Wire = {"port": runner.addresses[0][1]}
        discord.world.url = f"http://127.0.0.1:{address['port']}"
        yield discord
    finally:
        await discord.stop()
        await discord.drop(how="lost")
        await runner.cleanup()

"""Who the bot is, the guild and its people. Discord: resources/user, application, guild."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord import errors, message_writer, payloads
from tests.fakes.discord.gateway import guild
from tests.fakes.discord.model import GatewayIntent, Wire
from tests.fakes.discord.rest import API, answer

if TYPE_CHECKING:
    from tests.fakes.discord.world import DiscordWorld

GATEWAY = "/gateway"
# The flags of an application that is not verified, one per privileged intent that is switched on.
# Discord: resources/application, "Application Flags".
LIMITED = {
    GatewayIntent.GUILD_PRESENCES: 1 << 13,
    GatewayIntent.GUILD_MEMBERS: 1 << 15,
    GatewayIntent.MESSAGE_CONTENT: 1 << 19,
}


class Guilds:
    def __init__(self, world: DiscordWorld) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        guild_path = f"{API}/guilds/{{guild}}"
        return [
            web.get(f"{API}/gateway", self.gateway),
            web.get(f"{API}/gateway/bot", self.gateway),
            web.get(f"{API}/users/@me", self.me),
            web.get(f"{API}/users/@me/guilds", self.my_guilds),
            web.post(f"{API}/users/@me/channels", self.open_direct),
            web.get(f"{API}/users/{{user}}", self.user),
            web.get(f"{API}/oauth2/applications/@me", self.application),
            web.get(f"{API}/applications/@me", self.application),
            web.get(guild_path, self.guild),
            web.get(f"{guild_path}/roles", self.roles),
            web.get(f"{guild_path}/members", self.members),
            web.get(f"{guild_path}/members/search", self.search),
            web.get(f"{guild_path}/members/{{user}}", self.member),
        ]

    async def gateway(self, request: web.Request) -> web.Response:
        start = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        url = self.world.url.replace("http", "ws", 1) + GATEWAY
        is_bot = request.path.endswith("/bot")
        return answer(
            {"url": url} | ({"shards": 1, "session_start_limit": start} if is_bot else {})
        )

    async def me(self, request: web.Request) -> web.Response:
        return answer(payloads.user(self.world.bot) | {"verified": True, "email": None})

    async def my_guilds(self, request: web.Request) -> web.Response:
        world = self.world
        mine = {"permissions": str(world.bot_role.permissions), "owner": False, "features": []}
        ours = {"id": world.guild_id, "name": "Ferry Company", "icon": None} | mine
        return answer([ours] if world.is_invited else [])

    async def application(self, request: web.Request) -> web.Response:
        world = self.world
        flags = sum(bit for intent, bit in LIMITED.items() if world.privileged & intent)
        wire: Wire = {
            "id": world.application_id,
            "name": "FaultMaven",
            "description": "",
            "icon": None,
            "bot_public": False,
            "bot_require_code_grant": False,
            "owner": payloads.user(world.owner),
            "team": None,
            "verify_key": world.public_key,
            "flags": flags,
            "approximate_guild_count": 1,
            "interactions_endpoint_url": world.interactions_url,
        }
        return answer(wire)

    async def open_direct(self, request: web.Request) -> web.Response:
        body = (await message_writer.read_body(request)).data
        user = self.world.users.get(str(body.get("recipient_id")))
        if user is None or user is self.world.bot:
            raise errors.DiscordRefused(400, 50033, "Invalid Recipient(s)")
        return answer(payloads.channel(self.world, self.world.direct(user)))

    async def user(self, request: web.Request) -> web.Response:
        user = self.world.users.get(request.match_info["user"])
        if user is None:
            raise errors.unknown("User")
        return answer(payloads.user(user))

    async def guild(self, request: web.Request) -> web.Response:
        self.world.in_guild(request.match_info["guild"])
        return answer(guild(self.world))

    async def roles(self, request: web.Request) -> web.Response:
        self.world.in_guild(request.match_info["guild"])
        return answer([payloads.role(role) for role in self.world.roles.values()])

    async def member(self, request: web.Request) -> web.Response:
        self.world.in_guild(request.match_info["guild"])
        member = self.world.members.get(request.match_info["user"])
        if member is None:
            raise errors.unknown("Member")
        return answer(payloads.member(member))

    async def members(self, request: web.Request) -> web.Response:
        """Restricted to applications that have the GUILD_MEMBERS intent."""
        self.world.in_guild(request.match_info["guild"])
        if not self.world.privileged & GatewayIntent.GUILD_MEMBERS:
            raise errors.missing_access()
        limit, after = int(request.query.get("limit", 1)), int(request.query.get("after", 0))
        members = sorted(self.world.members.values(), key=lambda who: int(who.id))
        page = [who for who in members if int(who.id) > after][:limit]
        return answer([payloads.member(who) for who in page])

    async def search(self, request: web.Request) -> web.Response:
        """By how their names begin."""
        self.world.in_guild(request.match_info["guild"])
        query, limit = request.query["query"].lower(), int(request.query.get("limit", 1))
        members = [
            who for who in self.world.members.values() if who.user.name.lower().startswith(query)
        ]
        return answer([payloads.member(who) for who in members[:limit]])

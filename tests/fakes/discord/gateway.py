"""The gateway: sessions that outlive their connection, and what each of them is told.

Sources: Discord: events/gateway, events/gateway-events, topics/opcodes-and-status-codes.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.discord import payloads
from tests.fakes.discord.clock import iso
from tests.fakes.discord.connection import (
    DISPATCH,
    INVALID_SESSION,
    RECONNECT,
    Closing,
    GatewayConnection,
)
from tests.fakes.discord.model import PRIVILEGED, GatewayIntent, Kind, Wire
from tests.fakes.discord.world import DiscordWorld

if TYPE_CHECKING:
    from aiohttp import web

    from tests.fakes.discord.world import GatewayEvent

KNOWN_INTENTS = (1 << 26) - 1
RESUME_URL = "/gateway/resume"


@dataclass(eq=False)
class Session:
    """What one identified client has been told, and with which numbers.

    `dispatches` are numbered, from 1; `sent` of them went out on the present connection.
    """

    id: str
    intents: GatewayIntent
    world: DiscordWorld
    dispatches: list[Wire] = field(default_factory=list)
    sent: int = 0
    connection: GatewayConnection | None = None
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def dispatch(self, name: str, data: Wire) -> None:
        self.dispatches.append(
            {"op": DISPATCH, "t": name, "s": len(self.dispatches) + 1, "d": data}
        )
        self.more.set()

    def asked_for_members(self, data: Wire) -> None:
        """Those named, or all whose name begins so. Discord: "Request Guild Members"."""
        ids, query = data.get("user_ids"), str(data.get("query", ""))
        wanted = {str(id_) for id_ in ids} if isinstance(ids, list) else {str(ids)} if ids else None
        members = [
            payloads.member(who)
            for who in self.world.members.values()
            if (who.id in wanted if wanted is not None else who.user.name.startswith(query))
        ]
        known = {who["user"]["id"] for who in members}
        chunk = {"chunk_index": 0, "chunk_count": 1, "nonce": data.get("nonce")}
        missed = {"not_found": sorted((wanted or set()) - known), "members": members}
        about = {"guild_id": self.world.guild_id}
        self.dispatch("GUILD_MEMBERS_CHUNK", chunk | missed | about)

    async def pump(self, connection: GatewayConnection) -> None:
        """Sends what is to be told, in order, until the connection ends."""
        while True:
            while self.sent < len(self.dispatches):
                self.sent += 1
                await connection.send(self.dispatches[self.sent - 1])
            self.more.clear()
            await self.more.wait()


@dataclass(eq=False)
class Gateway:
    """All sessions. `heartbeat_ms` is what Hello asks for; `events` every name that was told."""

    world: DiscordWorld
    heartbeat_ms: int = 41_250
    sessions: dict[str, Session] = field(default_factory=dict)
    connections: list[GatewayConnection] = field(default_factory=list)
    identified: list[Wire] = field(default_factory=list)
    resumed: list[Wire] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world.listeners.append(self.hear)

    @property
    def live(self) -> list[Session]:
        """The sessions that have a connection now."""
        return [session for session in self.sessions.values() if session.connection]

    def hear(self, event: GatewayEvent) -> None:
        """Tells an event to each session that asked for it and may see its channel."""
        world, channel = self.world, event.channel
        if channel and channel.in_guild and not world.may(channel, "VIEW_CHANNEL"):
            return
        for session in self.sessions.values():
            if event.intent and not session.intents & event.intent:
                continue
            session.dispatch(event.name, self._data(event, session))

    def _data(self, event: GatewayEvent, session: Session) -> Wire:
        world, message = self.world, event.message
        if message is None:
            return event.data
        fresh = event.name == "MESSAGE_CREATE"
        data = world.message_wire(message, session.intents, fresh=fresh)
        if world.channels[message.channel].in_guild:
            data["guild_id"] = world.guild_id
            author = world.members.get(message.author.id)
            data |= {"member": payloads.member(author, with_user=False)} if author else {}
        return data

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from Hello to its end."""
        connection = GatewayConnection(heartbeat_ms=self.heartbeat_ms)
        self.connections.append(connection)
        try:
            await connection.open(request)
            await connection.run(self.authenticate)
        finally:
            self.connections.remove(connection)
            for session in self.sessions.values():
                if session.connection is connection:
                    session.connection = None
        return connection.socket

    async def authenticate(
        self, connection: GatewayConnection, op: int, data: Wire
    ) -> Session | None:
        """Identify (2) or Resume (6). Raises Closing; None: the session is not valid (op 9)."""
        if data.get("token") != self.world.token:
            raise Closing(4004, "Authentication failed.")
        session = self._identify(data) if op == 2 else self._resume(data)
        if session is None:
            await connection.send({"op": INVALID_SESSION, "d": False})
            return None
        if session.connection:  # the older of two connections of a session is let go
            await session.connection.abort()
        session.connection = connection
        return session

    def _identify(self, data: Wire) -> Session:
        asked = int(data.get("intents", -1))
        if not 0 <= asked <= KNOWN_INTENTS:
            raise Closing(4013, "Invalid intent(s).")
        if GatewayIntent(asked) & PRIVILEGED & ~self.world.privileged:
            raise Closing(4014, "Disallowed intent(s).")
        self.identified.append(data)
        session = Session(secrets.token_hex(16), GatewayIntent(asked), self.world)
        self.sessions[session.id] = session
        session.dispatch("READY", self._ready(session))
        if session.intents & GatewayIntent.GUILDS:
            session.dispatch("GUILD_CREATE", self._guild(session))
        return session

    def _resume(self, data: Wire) -> Session | None:
        """The session, with what it missed since `seq` yet to be sent, and RESUMED after it."""
        session = self.sessions.get(str(data.get("session_id")))
        if session is None:
            return None
        if not 0 <= int(data.get("seq") or 0) <= len(session.dispatches):
            raise Closing(4007, "Invalid seq.")
        self.resumed.append(data)
        session.sent = int(data.get("seq") or 0)
        session.dispatch("RESUMED", {})
        return session

    def _ready(self, session: Session) -> Wire:
        world = self.world
        sees_guild = session.intents & GatewayIntent.GUILDS
        return {
            "v": 10,
            "user": payloads.user(world.bot) | {"verified": True, "email": None},
            "guilds": [{"id": world.guild_id, "unavailable": True}] if sees_guild else [],
            "session_id": session.id,
            "resume_gateway_url": world.url.replace("http", "ws", 1) + RESUME_URL,
            "application": {"id": world.application_id, "flags": 0},
            "private_channels": [],
        }

    def _guild(self, session: Session) -> Wire:
        """With active threads; members only for who has the intent, else the bot itself."""
        world = self.world
        seen = [
            channel
            for channel in world.channels.values()
            if channel.kind != Kind.DM and world.may(channel, "VIEW_CHANNEL")
        ]
        everyone = session.intents & GatewayIntent.GUILD_MEMBERS
        members = world.members.values() if everyone else [world.members[world.bot.id]]
        return guild(world) | {
            "joined_at": iso(world.members[world.bot.id].joined_at),
            "large": False,
            "unavailable": False,
            "member_count": len(world.members),
            "members": [payloads.member(who) for who in members],
            "channels": [
                payloads.channel(world, channel) for channel in seen if not channel.is_thread
            ],
            "threads": [
                payloads.thread(world, channel)
                for channel in seen
                if channel.is_thread and not channel.archived
            ],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
        }

    # what a test does to it

    async def drop(self, *, how: str = "lost", resumable: bool = True) -> None:
        """Ends every connection: `lost` (the network), `closed` (4000), `reconnect` (op 7) or
        `invalid` (op 9 with `resumable`). Not resumable: the sessions are forgotten."""
        if not resumable:
            self.sessions = {
                session.id: session for session in self.sessions.values() if not session.connection
            }
        for connection in list(self.connections):
            if how == "lost":
                await connection.abort()
            elif how == "closed":
                await connection.close(4000, "Unknown error.")
            elif how == "reconnect":
                await connection.send({"op": RECONNECT, "d": None})
            else:
                await connection.send({"op": INVALID_SESSION, "d": resumable})


def guild(world: DiscordWorld) -> Wire:
    """The guild object. Discord: resources/guild."""
    return {
        "id": world.guild_id,
        "name": "Ferry Company",
        "icon": None,
        "owner_id": world.owner.id,
        "roles": [payloads.role(role) for role in world.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
    }

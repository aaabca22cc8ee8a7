"""Attachments are fetched without a token, as long as their signed address lasts.

Source: Discord: reference, "Signed Attachment CDN URLs".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord import payloads
from tests.fakes.discord.world import DiscordWorld

if TYPE_CHECKING:
    from tests.fakes.discord.model import File

GONE = web.HTTPNotFound


@dataclass
class Cdn:
    """`fetched` are the names of what was downloaded, in order."""

    world: DiscordWorld
    fetched: list[str] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/attachments/{channel}/{file}/{name}", self.fetch)]

    async def fetch(self, request: web.Request) -> web.Response:
        """404 for an address that is wrong or too old: who wants it asks for the message again."""
        channel, file_id = request.match_info["channel"], request.match_info["file"]
        expires, issued = request.query.get("ex", ""), request.query.get("is", "")
        signed = payloads.signature(self.world, channel, file_id, issued, expires)
        if request.query.get("hm") != signed or self.world.now() > int(expires, 16):
            raise GONE(text="This content is no longer available.")
        file = self._file(channel, file_id)
        if file is None:
            raise GONE(text="This content is no longer available.")
        self.fetched.append(file.name)
        return web.Response(body=file.data, content_type=file.media_type)

    def _file(self, channel_id: str, file_id: str) -> File | None:
        channel = self.world.channels.get(channel_id)
        messages = channel.messages.values() if channel else ()
        files = [file for message in messages for file in message.files]
        return next((file for file in files if file.id == file_id), None)

"""The doors of interactions: the callback, and the webhook that its token is for.

Source: Discord: interactions/receiving-and-responding ("Endpoints"). None of them asks who calls:
the token in the path says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord import errors, message_writer
from tests.fakes.discord.interactions import CHOICES, MODAL, FakeInteraction, Interactions
from tests.fakes.discord.model import Flag, Wire
from tests.fakes.discord.rest import API, answer, no_content

if TYPE_CHECKING:
    from tests.fakes.discord.world import DiscordWorld

HOOK = f"{API}/webhooks/{{webhook}}/{{token}}"
TRUE = ("true", "True", "1")  # Discord: reference, "Boolean Query Strings"


class Webhooks:
    def __init__(self, world: DiscordWorld, interactions: Interactions) -> None:
        self.world = world
        self.interactions = interactions

    def routes(self) -> list[web.RouteDef]:
        message_path = f"{HOOK}/messages/{{message}}"
        return [
            web.post(f"{API}/interactions/{{webhook}}/{{token}}/callback", self.callback),
            web.post(HOOK, self.follow_up),
            web.get(message_path, self.read),
            web.patch(message_path, self.edit),
            web.delete(message_path, self.delete),
        ]

    async def callback(self, request: web.Request) -> web.Response:
        """204, or with `with_response` what it made."""
        interaction = self.interactions.by_token.get(request.match_info["token"])
        if interaction is None or interaction.id != request.match_info["webhook"]:
            raise errors.unknown("Interaction")
        self.interactions.respond(interaction, await message_writer.read_body(request))
        if request.query.get("with_response") not in TRUE:
            return no_content()
        return answer(self._made(interaction))

    def _made(self, interaction: FakeInteraction) -> Wire:
        about: Wire = {"id": interaction.id, "type": interaction.type}
        resource: Wire = {"type": interaction.kind}
        if interaction.original and interaction.kind not in (CHOICES, MODAL):
            flags = interaction.original.flags
            about["response_message_id"] = interaction.original.id
            about["response_message_loading"] = bool(flags & Flag.LOADING)
            about["response_message_ephemeral"] = bool(flags & Flag.EPHEMERAL)
            resource["message"] = self.world.message_wire(interaction.original)
        return {"interaction": about, "resource": resource}

    async def follow_up(self, request: web.Request) -> web.Response:
        message = self.interactions.follow_up(
            self._interaction(request), await message_writer.read_body(request)
        )
        return answer(self.world.message_wire(message))

    async def read(self, request: web.Request) -> web.Response:
        interaction = self._interaction(request)
        message = self.interactions.named(interaction, request.match_info["message"])
        return answer(self.world.message_wire(message))

    async def edit(self, request: web.Request) -> web.Response:
        interaction, body = self._interaction(request), await message_writer.read_body(request)
        message = self.interactions.edit(interaction, request.match_info["message"], body)
        return answer(self.world.message_wire(message))

    async def delete(self, request: web.Request) -> web.Response:
        self.interactions.delete(self._interaction(request), request.match_info["message"])
        return no_content()

    def _interaction(self, request: web.Request) -> FakeInteraction:
        path = request.match_info
        return self.interactions.find(path["webhook"], path["token"])

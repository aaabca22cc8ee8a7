"""Interactions: what a person did, the first answer within 3 s, and a token for 15 minutes.

Source: Discord: interactions/receiving-and-responding.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.discord import errors, limits, message_writer, payloads
from tests.fakes.discord.model import Channel, Flag, GatewayIntent, Message, User, Wire
from tests.fakes.discord.world import GatewayEvent

if TYPE_CHECKING:
    from tests.fakes.discord.message_writer import PostedBody
    from tests.fakes.discord.world import DiscordWorld

PING, COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 1, 2, 3, 4, 5
PONG, SAY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 1, 4, 5, 6, 7, 8, 9
ANSWER_S, TOKEN_S = 3.0, 900.0


@dataclass(eq=False)
class FakeInteraction:
    """`on` is the message whose button was pressed. `answer` is the first answer, once it came."""

    id: str
    token: str
    type: int
    user: User
    channel: Channel
    at: float
    data: Wire
    on: Message | None = None
    answer: Wire | None = None
    answered_at: float = 0.0
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def kind(self) -> int:
        """The type of the first answer; 0 for none."""
        return int(self.answer["type"]) if self.answer else 0

    @property
    def modal(self) -> Wire | None:
        return self.answer["data"] if self.answer and self.kind == MODAL else None

    @property
    def choices(self) -> list[Wire]:
        return list(self.answer["data"]["choices"]) if self.answer and self.kind == CHOICES else []

    @property
    def shown(self) -> list[Message]:
        """What the person was shown for it: the answer, then the follow-ups."""
        first = [self.original] if self.original and self.kind in (SAY, DEFER) else []
        return [*first, *self.followups]

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.shown)

    async def answered(self, timeout_s: float = ANSWER_S) -> FakeInteraction:
        """Raises TimeoutError: "The application did not respond"."""
        async with asyncio.timeout(timeout_s):
            await self.waiting.wait()
        return self


ALLOWED = {
    PING: (PONG,),
    COMMAND: (SAY, DEFER, MODAL),
    COMPONENT: (SAY, DEFER, DEFER_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    SUBMIT: (SAY, DEFER, DEFER_UPDATE, UPDATE),
}


class Interactions:
    """All of them by token."""

    def __init__(self, world: DiscordWorld) -> None:
        self.world = world
        self.by_token: dict[str, FakeInteraction] = {}

    def begin(
        self, kind: int, user: User, channel: Channel, data: Wire, on: Message | None = None
    ) -> FakeInteraction:
        new = FakeInteraction(
            self.world.new_id(), secrets.token_urlsafe(60), kind, user, channel, self.world.now(),
            data, on,
        )  # fmt: skip
        self.by_token[new.token] = new
        return new

    def wire(self, interaction: FakeInteraction) -> Wire:
        world, channel = self.world, interaction.channel
        wire: Wire = {
            "id": interaction.id,
            "application_id": world.application_id,
            "type": interaction.type,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel": payloads.channel(world, channel),
            "channel_id": channel.id,
            "app_permissions": str(world.rights(channel)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": world.guild_id if channel.in_guild else "0"},
            "context": 0 if channel.in_guild else 1,
            "attachment_size_limit": limits.FILE_BYTES,
        }
        if interaction.on:
            wire["message"] = world.message_wire(interaction.on)
        if not channel.in_guild:
            return wire | {"user": payloads.user(interaction.user)}
        rights = {"permissions": str(world.rights(channel, interaction.user))}
        guild = {"id": world.guild_id, "locale": "en-US", "features": []}
        wire |= {"guild_id": world.guild_id, "guild": guild, "guild_locale": "en-US"}
        return wire | {"member": payloads.member(world.members[interaction.user.id]) | rights}

    def tell(self, interaction: FakeInteraction) -> None:
        """Over the gateway; no intent is needed for it."""
        self.world.tell(
            GatewayEvent("INTERACTION_CREATE", GatewayIntent.NONE, self.wire(interaction))
        )

    # the first answer

    def respond(self, interaction: FakeInteraction, body: PostedBody) -> None:
        """Raises DiscordRefused: acknowledged (40060), too late (10062), no such type (50035)."""
        if interaction.answer is not None:
            raise errors.already_acknowledged()
        if self.world.now() - interaction.at > ANSWER_S:
            raise errors.unknown("Interaction")
        kind, data = int(body.data.get("type") or 0), body.inner("data")
        # An update of a message needs one: a modal that a command opened has none.
        updates = kind in (DEFER_UPDATE, UPDATE)
        if kind not in ALLOWED[interaction.type] or (updates and interaction.on is None):
            form = errors.Form()
            form.one_of(("type",), kind, ALLOWED[interaction.type])
            form.check()
            raise errors.DiscordRefused(400, 50035, "Invalid Form Body")
        self._act(interaction, kind, data)
        interaction.answer = body.data | {"type": kind, "data": data.data}
        interaction.answered_at = self.world.now()
        interaction.waiting.set()

    def _act(self, interaction: FakeInteraction, kind: int, data: PostedBody) -> None:
        if kind == SAY:
            interaction.original = self._say(interaction, data)
        elif kind == DEFER:
            flags = int(data.data.get("flags") or 0) & Flag.EPHEMERAL
            interaction.original = self._loading(interaction, flags)
        elif kind in (DEFER_UPDATE, UPDATE):
            interaction.original = interaction.on
            if kind == UPDATE and interaction.on:
                self._edit(interaction.on, data)
        elif kind == CHOICES:
            limits.check_choices(data.data)
        elif kind == MODAL:
            limits.check_modal(data.data)
            data.data["components"] = message_writer.numbered(data.data["components"])

    def _loading(self, interaction: FakeInteraction, flags: int) -> Message:
        world = self.world
        message = Message(world.new_id(), interaction.channel.id, world.bot, world.now())
        message.flags = flags | Flag.LOADING
        return self._put(interaction, message)

    def _say(self, interaction: FakeInteraction, data: PostedBody) -> Message:
        """Mentions ping only people by default: resources/message, "Allowed Mentions"."""
        world = self.world
        if data.data.get("allowed_mentions") is None:
            data.data["allowed_mentions"] = {"parse": ["users"]}
        return self._put(
            interaction, message_writer.write(world, interaction.channel, data, author=world.bot)
        )

    def _put(self, interaction: FakeInteraction, message: Message) -> Message:
        message.webhook = self.world.application_id
        message.asked_with = {
            "id": interaction.id,
            "type": interaction.type,
            "user": payloads.user(interaction.user),
            "authorizing_integration_owners": {"0": self.world.guild_id},
        }
        if message.flags & Flag.EPHEMERAL:
            message.only_for = interaction.user.id
        return message_writer.store(self.world, interaction.channel, message)

    def _edit(self, message: Message, body: PostedBody) -> None:
        message_writer.edit(self.world, message, body)
        self.world.tell_message("MESSAGE_UPDATE", message)

    # afterwards, with the token

    def find(self, application_id: str, token: str) -> FakeInteraction:
        """Raises DiscordRefused: unknown, answered too late (10015), after 15 minutes (50027)."""
        interaction = self.by_token.get(token)
        if (
            interaction is None
            or application_id != self.world.application_id
            or interaction.answer is None
        ):
            raise errors.unknown("Webhook")
        if self.world.now() - interaction.at > TOKEN_S:
            raise errors.invalid_webhook_token()
        return interaction

    def follow_up(self, interaction: FakeInteraction, body: PostedBody) -> Message:
        """Right after a deferred answer it fills that in; else it is a new message."""
        original = interaction.original
        if interaction.kind == DEFER and original and original.flags & Flag.LOADING:
            self._edit(original, body)
            return original
        message = self._say(interaction, body)
        interaction.followups.append(message)
        return message

    def named(self, interaction: FakeInteraction, message_id: str) -> Message:
        """`@original` or the id of a follow-up. Raises DiscordRefused (404, 10008)."""
        mine = {message.id: message for message in interaction.followups}
        if interaction.original:
            mine |= {
                "@original": interaction.original,
                interaction.original.id: interaction.original,
            }
        message = mine.get(message_id)
        if message is None or message.id not in self.world.channels[message.channel].messages:
            raise errors.unknown("Message")
        return message

    def edit(self, interaction: FakeInteraction, message_id: str, body: PostedBody) -> Message:
        message = self.named(interaction, message_id)
        self._edit(message, body)
        return message

    def delete(self, interaction: FakeInteraction, message_id: str) -> None:
        message = self.named(interaction, message_id)
        del self.world.channels[message.channel].messages[message.id]

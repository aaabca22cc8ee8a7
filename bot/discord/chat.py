"""The `Chat` port over Discord's API: posts, edits and finds cards, and answers one person."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.discord.cards import DiscordDocument, DiscordMessage, message_of
from bot.discord.case_places import CasePlaces
from bot.discord.handles import (
    EPHEMERAL,
    Acknowledgements,
    MessageHandle,
    awaits_an_answer,
    handle_of,
)
from bot.discord.posts import Posting
from bot.discord.rest import Rest
from bot.discord.rooms import PLATFORM, POSTS, DiscordRooms

if TYPE_CHECKING:
    from bot.discord.handles import InteractionHandle
    from core.conversation.cards.card import Card
    from core.conversation.messages.message import Opened, Opening
    from core.places import Destination, Place

_DOING = "answering one person"
_BYTES = "application/octet-stream"


@dataclass
class DiscordChat:
    """Implements `Chat` over Discord's API. A message's ref is `{channel id}/{message id}`."""

    rest: Rest
    rooms: DiscordRooms
    acknowledgements: Acknowledgements = field(default_factory=Acknowledgements)
    _posting: Posting = field(init=False)

    def __post_init__(self) -> None:
        self._posting = Posting(self.rest)

    @property
    def platform(self) -> str:
        return PLATFORM

    @property
    def workspace_id(self) -> str:
        return self.rooms.workspace_id

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        channel_id = await self.rooms.id_of(place)
        message = message_of(card, marker=marker)
        if card.broadcast and place.thread:
            await self._tell_channel(place, card, marker=marker)
        message_id = await self._posting.post(
            channel_id, message, marker=marker, thread=bool(place.thread)
        )
        return f"{channel_id}/{message_id}"

    async def _tell_channel(self, place: Place, card: Card, *, marker: str) -> None:
        """The same line in the channel, with a link to its thread; a forum has no such place."""
        channel = await self.rooms.describe(place.channel)
        if channel["type"] in POSTS:
            return
        marker = f"{marker}/channel"
        message = message_of(card, marker=marker)
        embed = message.body["embeds"][0]
        linked = embed | {"description": f"{embed['description']}\n→ <#{place.thread}>"}
        line = DiscordMessage(body=message.body | {"embeds": [linked]})
        await self._posting.post(str(channel["id"]), line, marker=marker, thread=False)

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        channel_id, _, message_id = ref.partition("/")
        await self._posting.edit(channel_id, message_id, message_of(card))

    async def find(self, place: Place, *, marker: str) -> str | None:
        channel_id = await self.rooms.id_of(place)
        message = await self._posting.find(channel_id, marker=marker)
        return f"{channel_id}/{message['id']}" if message else None

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        case_places = CasePlaces(self.rest, self.rooms, self._posting)
        opened = await case_places.open(destination, opening, marker=marker, again=again)
        return replace(opened, place=opened.place.within(destination.workspace))

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        answered = handle_of(handle)
        if isinstance(answered, MessageHandle):
            message, marker = message_of(card), f"{handle}/{card.key}"
            thread = bool(place.thread)
            await self._posting.reply(answered, message, marker=marker, thread=thread)
            return
        await self.acknowledgements.settled(answered.token)
        message = message_of(card)
        if await self._awaits_an_answer(answered):
            await self._webhook("PATCH", "/messages/@original", answered, message)
        else:
            await self._webhook("POST", "", answered, message)

    async def send_file(self, place: Place, name: str, content: bytes) -> None:
        await self.rest.call(
            "POST",
            "/channels/{channel_id}/messages",
            doing="sending a file",
            body={"content": ""},
            documents=(DiscordDocument(name=name, content=content, media_type=_BYTES),),
            channel_id=await self.rooms.id_of(place),
        )

    async def _awaits_an_answer(self, answered: InteractionHandle) -> bool:
        original = await self.rest.call(
            "GET",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            doing=_DOING,
            webhook_id=answered.application,
            webhook_token=answered.token,
        )
        return awaits_an_answer(original)

    async def _webhook(
        self, method: str, path: str, answered: InteractionHandle, message: DiscordMessage
    ) -> None:
        body = message.body | {"flags": EPHEMERAL} if method == "POST" else message.body
        await self.rest.call(
            method,
            f"/webhooks/{{webhook_id}}/{{webhook_token}}{path}",
            doing=_DOING,
            body=body | {"content": ""},
            documents=message.documents,
            webhook_id=answered.application,
            webhook_token=answered.token,
        )

"""Gives a case a channel of its own: creates, describes, fills and announces it.

Each step finds what an earlier, cut-off call has done already. A channel is ours by its creator
and its purpose, which holds the marker.
Slack: docs.slack.dev/reference/methods/conversations.create: lower case, digits, - and _, at most
80 characters; an archived channel keeps its name.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from bot.slack.cards import SlackMessage, announcement_of
from bot.slack.errors import name_of
from bot.slack.payloads import PLATFORM
from bot.slack.web import Web, patiently
from bot.slack.workspace import SlackWorkspace
from core.conversation.messages.message import Opened, Opening
from core.errors import ChatRefused, NotFound
from core.places import Destination, Place
from core.text.redacted import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.conversation.cards.card import Card

log = logging.getLogger(__name__)

_NAME = 60  # of 80: what stands in a narrow side bar, and room for a number
_TOPIC = 250
_TRIES = 9
_INVITED = 100
_PATIENCE_S = 20.0  # for a name: that many seconds allow about five
# A topic is told in a message, too, and cannot be escaped: what markup begins with is not in it.
_NO_MARKUP = str.maketrans("<>", "\u2039\u203a")


class Poster(Protocol):
    """The part of the chat that a room needs."""

    async def post(self, place: Place, card: Card, *, marker: str) -> str: ...
    async def find(self, place: Place, *, marker: str) -> str | None: ...
    async def enter(self, channel: str, message: SlackMessage, *, marker: str) -> str: ...


@dataclass(frozen=True, kw_only=True)
class SlackRooms:
    """Makes channels for cases."""

    web: Web
    workspace: SlackWorkspace
    chat: Poster

    async def furnish(
        self, channel: str, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        """The channel with the case's card in it. Raises like `Chat.open`."""
        place = Place(platform=PLATFORM, workspace=destination.workspace, channel=channel)
        await self._describe(channel, opening, marker=marker)
        await self._invite(channel, opening.invited)
        ref = await self.chat.find(place, marker=marker) if again else None
        ref = ref or await self.chat.post(place, opening.card, marker=marker)
        await self._announce(destination, opening, channel, marker=marker, again=again)
        return Opened(place=place, ref=ref)

    async def channel(self, opening: Opening, *, marker: str, again: bool) -> str:
        """A new channel, or the one that an earlier call made.

        Raises ChatRefused where Slack lets us make none.
        """
        earlier = await self._earlier_channel(opening, marker=marker) if again else None
        if earlier is not None:
            return earlier
        # A try with each is cheaper than a look at all names of a large workspace.
        for name in names(opening):
            created = await patiently(partial(self._create, name), patience_s=_PATIENCE_S)
            if created is not None:
                return created
        message = f"every name for a channel of #{opening.number} is taken"
        raise ChatRefused(message, next_step="Delete or rename old channels of that number.")

    async def _create(self, name: str) -> str | None:
        """The new channel's id; None where the name is taken, also by an archived one."""
        try:
            async with self.web.calling("conversations.create"):
                answer = await self.web.client.conversations_create(name=name)
        except ChatRefused as error:
            if name_of(error) != "name_taken":
                raise
            return None
        return str(answer["channel"]["id"])

    async def _earlier_channel(self, opening: Opening, *, marker: str) -> str | None:
        """The channel that an earlier call made; cut off right after, it has no purpose yet."""
        me, candidates = await self.workspace.me(), set(names(opening))
        async for channel in self.workspace.joined():
            purpose = _value(channel, "purpose")
            ours = channel.get("creator") == me.user and (not purpose or marker in purpose)
            if channel.get("name") in candidates and ours and not channel.get("is_archived"):
                return str(channel["id"])
        return None

    async def _describe(self, channel: str, opening: Opening, *, marker: str) -> None:
        """Set purpose (with the marker) and topic; a refused topic is only logged."""
        purpose = f"Case #{opening.number}, opened by FaultMaven ({marker})"
        title = one_line(opening.title.text).translate(_NO_MARKUP)
        topic = f"#{opening.number} {title}"[:_TOPIC]
        async with self.web.calling("conversations.setPurpose"):
            await self.web.client.conversations_setPurpose(channel=channel, purpose=purpose)
        try:
            async with self.web.calling("conversations.setTopic"):
                await self.web.client.conversations_setTopic(channel=channel, topic=topic)
        except ChatRefused as error:
            log.warning("a channel has no topic", extra={"error": str(error)})

    async def _invite(self, channel: str, people: tuple[str, ...]) -> None:
        """Invite people; whoever cannot be invited is left out."""
        for start in range(0, len(people), _INVITED):
            users = list(people[start : start + _INVITED])
            try:
                async with self.web.calling("conversations.invite"):
                    await self.web.client.conversations_invite(
                        channel=channel, users=users, force=True
                    )
            except (ChatRefused, NotFound) as error:
                if name_of(error) != "already_in_channel":
                    log.warning("not everyone could be invited", extra={"error": str(error)})

    async def _announce(
        self, destination: Destination, opening: Opening, channel: str, *, marker: str, again: bool
    ) -> None:
        """Post one line in the configured channel."""
        if not destination.channel:
            return
        announcement_marker = f"{marker}:announced"
        channel_id = await self.workspace.channel(destination.channel)
        place = Place(platform=PLATFORM, workspace=destination.workspace, channel=channel_id)
        if again and await self.chat.find(place, marker=announcement_marker) is not None:
            return
        message = announcement_of(opening, channel)
        await self.chat.enter(channel_id, message, marker=announcement_marker)


def names(opening: Opening) -> Iterator[str]:
    """`inc-128-checkout-5xx`, then the same with -2, -3, … at its end."""
    name = f"inc-{opening.number}-{slug(opening.title.text)}"[:_NAME].rstrip("-")
    yield name
    for nth in range(2, _TRIES + 1):
        yield f"{name}-{nth}"


def slug(text: str) -> str:
    """The part of a title that a channel's name may hold: accents and other scripts are dropped."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _value(channel: dict[str, Any], name: str) -> str:
    return str((channel.get(name) or {}).get("value") or "")

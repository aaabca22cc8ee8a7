"""Gives a case a place of its own: a thread, a post in a forum, or a channel.

Each step looks first for what an earlier, interrupted one may have left behind.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.discord.bot_permissions import BotPermissions
from bot.discord.cards import NO_MENTIONS, DiscordMessage, message_of
from bot.discord.channel_permissions import overwrites_like
from bot.discord.errors import THREAD_EXISTS
from bot.discord.escapes import escaped
from bot.discord.posts import Posting
from bot.discord.rest import Rest
from bot.discord.rooms import POSTS, TEXT, DiscordRooms, place_in
from core.conversation.messages.message import Opened, Opening
from core.errors import ChatRefused, NotFound
from core.places import CaseRoom, Destination
from core.text.redacted import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

_WEEK_MIN = 10_080  # how long Discord lets a quiet thread stay in the list of channels
_LONGEST_NAME = 100
_LONGEST_SLUG = 60
_LONGEST_TOPIC = 1_024
_TAG_REQUIRED = 1 << 4  # a flag of a forum


@dataclass(frozen=True)
class CasePlaces:
    """Opens places for cases. `again` looks for an earlier place with the same marker first."""

    rest: Rest
    rooms: DiscordRooms
    posting: Posting

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        """Open the place. Raises ChatRefused where Discord does not allow it."""
        channel = await self.rooms.describe(destination.channel)
        if channel["type"] in POSTS:
            opened = await self._post_in_forum(channel, opening, marker=marker, again=again)
        elif destination.room is CaseRoom.CHANNEL:
            opened = await self._channel(channel, opening, marker=marker, again=again)
        else:
            opened = await self._thread(channel, opening, marker=marker, again=again)
        return opened

    async def _thread(
        self, channel: dict[str, Any], opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        """Post the card in the channel, and open a thread below it."""
        channel_id = str(channel["id"])
        message_id = await self._card_in(channel_id, opening, marker=marker, again=again)
        thread = await self.rest.call(
            "POST",
            "/channels/{channel_id}/messages/{message_id}/threads",
            doing="making a thread for a case",
            needs=("CREATE_PUBLIC_THREADS", "READ_MESSAGE_HISTORY"),
            body={"name": thread_name(opening), "auto_archive_duration": _WEEK_MIN},
            expecting=(THREAD_EXISTS,),
            channel_id=channel_id,
            message_id=message_id,
        )
        # A thread that is made from a message has its id (topics/threads).
        thread_id = str(thread["id"]) if thread else message_id
        await self._invite_to_thread(thread_id, opening.invited)
        place = place_in(channel_id, thread_id)
        return Opened(place=place, ref=f"{channel_id}/{message_id}")

    async def _post_in_forum(
        self, forum: dict[str, Any], opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        """Open a forum post, which is a thread whose first message is the card."""
        forum_id = str(forum["id"])
        ref = await self._earlier_post(forum, opening, marker) if again else None
        if ref is None:
            card = message_of(opening.card, marker=marker)
            post = await self.rest.call(
                "POST",
                "/channels/{channel_id}/threads",
                doing="making a post in the forum",
                needs=("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS"),
                body={
                    "name": thread_name(opening),
                    "auto_archive_duration": _WEEK_MIN,
                    "message": card.body,
                    "applied_tags": usable_tags(forum)[:1] if is_tag_wanted(forum) else [],
                },
                channel_id=forum_id,
            )
            first = post.get("message") or post  # a post's first message has the post's id
            ref = f"{post['id']}/{first['id']}"
        thread_id = ref.partition("/")[0]
        await self._invite_to_thread(thread_id, opening.invited)
        return Opened(place=place_in(forum_id, thread_id), ref=ref)

    async def _earlier_post(
        self, forum: dict[str, Any], opening: Opening, marker: str
    ) -> str | None:
        """An earlier post of that name with our card in it, as `{thread id}/{message id}`."""
        active = await self.rest.call(
            "GET",
            "/guilds/{guild_id}/threads/active",
            doing="looking for a case's post",
            guild_id=str(forum["guild_id"]),
        )
        for thread in active["threads"]:
            if str(thread["parent_id"]) != str(forum["id"]):
                continue
            if thread["name"] != thread_name(opening):
                continue
            if card := await self.posting.find(str(thread["id"]), marker=marker):
                return f"{thread['id']}/{card['id']}"
        return None

    async def _channel(
        self, announced_in: dict[str, Any], opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        """Make a channel beside the configured one, visible to whoever sees that one."""
        guild_id = str(announced_in["guild_id"])
        channel_id = await self._earlier_channel(announced_in, opening, marker) if again else None
        if channel_id is None:
            created = await self.rest.call(
                "POST",
                "/guilds/{guild_id}/channels",
                doing="making a channel for a case",
                needs=("MANAGE_CHANNELS",),
                body={
                    "name": channel_name(opening),
                    "type": TEXT,
                    "topic": topic_of(opening),
                    "parent_id": announced_in.get("parent_id"),
                    "permission_overwrites": overwrites_like(
                        announced_in,
                        people=[self.rest.me, *opening.invited],
                        held=await BotPermissions(self.rest).in_guild(guild_id),
                    ),
                },
                guild_id=guild_id,
            )
            channel_id = str(created["id"])
        message_id = await self._card_in(channel_id, opening, marker=marker, again=again)
        await self._announce(
            str(announced_in["id"]), channel_id, opening, marker=marker, again=again
        )
        return Opened(place=place_in(channel_id), ref=f"{channel_id}/{message_id}")

    async def _earlier_channel(
        self, announced_in: dict[str, Any], opening: Opening, marker: str
    ) -> str | None:
        """An earlier channel of that name and topic, empty or with our card in it."""
        for channel in await self.rooms.channels(str(announced_in["guild_id"])):
            if channel.get("name") != channel_name(opening):
                continue
            if not str(channel.get("topic")).startswith(_about(opening)):
                continue
            channel_id = str(channel["id"])
            empty = not channel.get("last_message_id")
            if empty or await self.posting.find(channel_id, marker=marker):
                return channel_id
        return None

    async def _card_in(self, channel_id: str, opening: Opening, *, marker: str, again: bool) -> str:
        card_message = await self.posting.find(channel_id, marker=marker) if again else None
        if card_message is not None:
            return str(card_message["id"])
        card = message_of(opening.card, marker=marker)
        return await self.posting.post(channel_id, card, marker=marker, thread=False)

    async def _announce(
        self, channel_id: str, case_channel_id: str, opening: Opening, *, marker: str, again: bool
    ) -> None:
        """Post one line in the configured channel, once."""
        marker = f"{marker}/announced"
        if again and await self.posting.find(channel_id, marker=marker):
            return
        announced = announcement(opening, case_channel_id, marker=marker)
        await self.posting.post(channel_id, announced, marker=marker, thread=False)

    async def _invite_to_thread(self, thread_id: str, people: Sequence[str]) -> None:
        """Invite people; who cannot be invited is logged, and the case opens without them."""
        for person in people:
            try:
                await self.rest.call(
                    "PUT",
                    "/channels/{channel_id}/thread-members/{user_id}",
                    doing="inviting somebody to a case",
                    needs=("SEND_MESSAGES_IN_THREADS",),
                    channel_id=thread_id,
                    user_id=person,
                )
            except (ChatRefused, NotFound) as error:
                log.warning("%s cannot be invited: %s", person, error)


def thread_name(opening: Opening) -> str:
    """`#128 checkout: 5xx 8 %`, at most 100 characters (resources/channel)."""
    name = f"#{opening.number} {one_line(opening.title.text)}".strip()
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def channel_name(opening: Opening) -> str:
    """`inc-128-checkout-5xx`: the form that Discord gives any name."""
    words = re.sub(r"[\W_]+", "-", opening.title.text.lower()).strip("-")
    return f"inc-{opening.number}-{words[:_LONGEST_SLUG]}".strip("-")


def announcement(opening: Opening, channel_id: str, *, marker: str) -> DiscordMessage:
    """The line that links from the configured channel to the case's own."""
    line = f"Case #{opening.number} · {escaped(one_line(opening.title.text))} → <#{channel_id}>"
    drawn = message_of(opening.card, marker=marker)
    embed = drawn.body["embeds"][0] | {"description": line}
    body = {"embeds": [embed], "components": [], "allowed_mentions": NO_MENTIONS}
    return DiscordMessage(body=body)


def topic_of(opening: Opening) -> str:
    """The topic of the case's channel, escaped: a title must not become a link or mention."""
    return f"{_about(opening)} {escaped(one_line(opening.title.text))}"[:_LONGEST_TOPIC]


def _about(opening: Opening) -> str:
    """The start of the topic, which stays the same whatever Discord or people change."""
    return f"Case #{opening.number} ·"


def is_tag_wanted(forum: dict[str, Any]) -> bool:
    """Whether the forum requires a tag on every post."""
    return bool(int(forum.get("flags") or 0) & _TAG_REQUIRED)


def usable_tags(forum: dict[str, Any]) -> list[str]:
    """Ids of the tags that are not for moderators only."""
    tags = forum.get("available_tags") or []
    return [str(tag["id"]) for tag in tags if not tag.get("moderated")]

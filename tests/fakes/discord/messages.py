"""Messages over REST. Discord: resources/message, with the permissions it names for each call."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.discord import errors, message_writer
from tests.fakes.discord.clock import iso
from tests.fakes.discord.model import Flag, GatewayIntent, Kind, Message
from tests.fakes.discord.rest import API, answer, no_content
from tests.fakes.discord.world import GatewayEvent

if TYPE_CHECKING:
    from tests.fakes.discord.message_writer import PostedBody
    from tests.fakes.discord.model import Channel
    from tests.fakes.discord.world import DiscordWorld

MESSAGES = f"{API}/channels/{{channel}}/messages"
ONE = f"{MESSAGES}/{{message}}"


class Messages:
    def __init__(self, world: DiscordWorld) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        pins = [f"{MESSAGES}/pins/{{message}}", f"{API}/channels/{{channel}}/pins/{{message}}"]
        return [
            web.get(f"{MESSAGES}/pins", self.pinned),
            *[web.put(path, self.pin) for path in pins],
            *[web.delete(path, self.pin) for path in pins],
            web.get(MESSAGES, self.history),
            web.post(MESSAGES, self.create),
            web.get(ONE, self.read),
            web.patch(ONE, self.edit),
            web.delete(ONE, self.delete),
            web.put(f"{ONE}/reactions/{{emoji}}/@me", self.react),
            web.delete(f"{ONE}/reactions/{{emoji}}/@me", self.react),
            web.post(f"{API}/channels/{{channel}}/typing", self.typing),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """The same `nonce` with `enforce_nonce` gives the message that is there already."""
        channel = self.world.visible(request.match_info["channel"])
        if channel.kind in (Kind.FORUM, Kind.CATEGORY):
            raise errors.no_text_channel()
        body = await message_writer.read_body(request)
        require_to_send(self.world, channel, body)
        message = message_writer.write(self.world, channel, body, author=self.world.bot)
        message.flags &= ~Flag.EPHEMERAL
        if body.data.get("enforce_nonce"):
            earlier = message_writer.seen_before(self.world, channel, message)
            if earlier:
                return answer(self.world.message_wire(earlier, fresh=True))
        message_writer.store(self.world, channel, message)
        return answer(self.world.message_wire(message, fresh=True))

    async def history(self, request: web.Request) -> web.Response:
        """Newest first; `after` gives those next to it. Without the permission: none (as told)."""
        channel = self.world.visible(request.match_info["channel"])
        if channel.in_guild and not self.world.may(channel, "READ_MESSAGE_HISTORY"):
            return answer([])
        limit = int(request.query.get("limit", 50))
        if not 1 <= limit <= 100:
            form = errors.Form()
            form.wrong(("limit",), "NUMBER_TYPE_MAX", "int value should be 1 to 100.")
            form.check()
        page = select(list(channel.messages.values()), request, limit)
        return answer([self.world.message_wire(message) for message in page])

    async def read(self, request: web.Request) -> web.Response:
        channel = self.world.visible(request.match_info["channel"], "READ_MESSAGE_HISTORY")
        message = self.world.message(channel, request.match_info["message"])
        return answer(self.world.message_wire(message))

    async def edit(self, request: web.Request) -> web.Response:
        channel = self.world.visible(request.match_info["channel"])
        message = self.world.message(channel, request.match_info["message"])
        if message.author is not self.world.bot:
            raise errors.foreign_message()
        if channel.archived:
            raise errors.thread_archived()
        if channel.locked and not self.world.may(channel, "MANAGE_THREADS"):
            raise errors.thread_locked()
        message_writer.edit(self.world, message, await message_writer.read_body(request))
        self.world.tell_message("MESSAGE_UPDATE", message)
        return answer(self.world.message_wire(message))

    async def delete(self, request: web.Request) -> web.Response:
        channel = self.world.visible(request.match_info["channel"])
        message = self.world.message(channel, request.match_info["message"])
        mine = message.author is self.world.bot
        if not mine and not self.world.may(channel, "MANAGE_MESSAGES"):
            raise errors.missing_permissions()
        del channel.messages[message.id]
        data = {"id": message.id, "channel_id": channel.id}
        data |= {"guild_id": self.world.guild_id} if channel.in_guild else {}
        intent = GatewayIntent.GUILD_MESSAGES if channel.in_guild else GatewayIntent.DIRECT_MESSAGES
        self.world.tell(GatewayEvent("MESSAGE_DELETE", intent, data, channel=channel))
        return no_content()

    async def pin(self, request: web.Request) -> web.Response:
        """PIN_MESSAGES is a permission of its own (topics/permissions)."""
        channel = self.world.visible(request.match_info["channel"], "PIN_MESSAGES")
        message = self.world.message(channel, request.match_info["message"])
        message.pinned = request.method == "PUT"
        self.world.tell_message("MESSAGE_UPDATE", message)
        return no_content()

    async def pinned(self, request: web.Request) -> web.Response:
        channel = self.world.visible(request.match_info["channel"], "READ_MESSAGE_HISTORY")
        messages = [message for message in channel.messages.values() if message.pinned]
        items = [
            {"pinned_at": iso(message.at), "message": self.world.message_wire(message)}
            for message in messages
        ]
        return answer({"items": items, "has_more": False})

    async def react(self, request: web.Request) -> web.Response:
        channel = self.world.visible(request.match_info["channel"], "READ_MESSAGE_HISTORY")
        message = self.world.message(channel, request.match_info["message"])
        emoji, bot = unquote(request.match_info["emoji"]), self.world.bot.id
        if request.method == "PUT":
            if not message.reactions.get(emoji) and not self.world.may(channel, "ADD_REACTIONS"):
                raise errors.missing_permissions()
            message.reactions.setdefault(emoji, set()).add(bot)
        else:
            message.reactions.get(emoji, set()).discard(bot)
        return no_content()

    async def typing(self, request: web.Request) -> web.Response:
        require_to_send(self.world, self.world.visible(request.match_info["channel"]))
        return no_content()


def require_to_send(world: DiscordWorld, channel: Channel, body: PostedBody | None = None) -> None:
    """Raises DiscordRefused where the bot may not send this message there.

    SEND_MESSAGES has no effect in threads, SEND_MESSAGES_IN_THREADS has (topics/threads); embeds
    need EMBED_LINKS, files ATTACH_FILES, a reply READ_MESSAGE_HISTORY (resources/message).
    """
    if not channel.in_guild:
        if not all(who.accepts_dms for who in channel.recipients):
            raise errors.cannot_reach_user()
        return
    needed = ["SEND_MESSAGES_IN_THREADS" if channel.is_thread else "SEND_MESSAGES"]
    data = body.data if body else {}
    needed += ["EMBED_LINKS"] if data.get("embeds") else []
    needed += ["ATTACH_FILES"] if body and body.uploads else []
    needed += ["READ_MESSAGE_HISTORY"] if data.get("message_reference") else []
    if not world.may(channel, *needed):
        raise errors.missing_permissions()
    if channel.locked and not world.may(channel, "MANAGE_THREADS"):
        raise errors.thread_locked()


def select(messages: list[Message], request: web.Request, limit: int) -> list[Message]:
    """One page, newest first. Discord: resources/message, "Get Channel Messages"."""
    seen = [message for message in messages if not message.only_for]
    seen.sort(key=lambda message: int(message.id))
    if "after" in request.query:
        later = [message for message in seen if int(message.id) > int(request.query["after"])]
        return later[:limit][::-1]
    if "around" in request.query:
        middle = int(request.query["around"])
        case_channel = sorted(seen, key=lambda message: abs(int(message.id) - middle))[:limit]
        return sorted(case_channel, key=lambda message: int(message.id), reverse=True)
    if "before" in request.query:
        seen = [message for message in seen if int(message.id) < int(request.query["before"])]
    return seen[-limit:][::-1]

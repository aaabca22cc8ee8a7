"""Channels and threads over REST. Discord: resources/channel, resources/guild, topics/threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord import errors, limits, message_writer, payloads
from tests.fakes.discord.messages import require_to_send
from tests.fakes.discord.model import (
    REQUIRE_TAG,
    Channel,
    Flag,
    GatewayIntent,
    Kind,
    Message,
    Overwrite,
    Wire,
)
from tests.fakes.discord.rest import API, answer, no_content
from tests.fakes.discord.world import GatewayEvent

if TYPE_CHECKING:
    from tests.fakes.discord.message_writer import PostedBody
    from tests.fakes.discord.world import DiscordWorld

CHANNEL = f"{API}/channels/{{channel}}"


class Channels:
    def __init__(self, world: DiscordWorld) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        archived = f"{CHANNEL}/threads/archived"
        return [
            web.get(CHANNEL, self.read),
            web.patch(CHANNEL, self.change),
            web.delete(CHANNEL, self.delete),
            web.put(f"{CHANNEL}/permissions/{{overwrite}}", self.permit),
            web.delete(f"{CHANNEL}/permissions/{{overwrite}}", self.permit),
            web.post(f"{CHANNEL}/threads", self.start),
            web.post(f"{CHANNEL}/messages/{{message}}/threads", self.start_from_message),
            web.get(f"{archived}/public", self.list_archived),
            web.get(f"{archived}/private", self.list_archived),
            web.get(f"{CHANNEL}/thread-members/{{user}}", self.joined),
            web.put(f"{CHANNEL}/thread-members/{{user}}", self.join),
            web.delete(f"{CHANNEL}/thread-members/{{user}}", self.leave),
            web.get(f"{API}/guilds/{{guild}}/channels", self.list_channels),
            web.post(f"{API}/guilds/{{guild}}/channels", self.create),
            web.get(f"{API}/guilds/{{guild}}/threads/active", self.list_active),
        ]

    async def read(self, request: web.Request) -> web.Response:
        return answer(
            payloads.channel(self.world, self.world.visible(request.match_info["channel"]))
        )

    async def create(self, request: web.Request) -> web.Response:
        """A channel of the guild; overwrites may name only what the bot has in the guild itself."""
        world, body = self.world, (await message_writer.read_body(request)).data
        held = world.in_guild(request.match_info["guild"], "MANAGE_CHANNELS")
        limits.check_channel(body, needs_name=True)
        kind = Kind(body.get("type") or 0)
        # Names of text channels are written small and joined by dashes.
        name = str(body["name"])
        name = name.lower().replace(" ", "-") if kind == Kind.TEXT else name
        channel = Channel(world.new_id(), kind, name, topic=body.get("topic"))
        channel.parent = str(body.get("parent_id") or "")
        channel.overwrites = read_overwrites(body.get("permission_overwrites") or [])
        if any(
            (overwrite.allow | overwrite.deny) & ~held for overwrite in channel.overwrites.values()
        ):
            raise errors.missing_permissions()
        world.add_channel(channel)
        return answer(payloads.channel(world, channel), 201)

    async def change(self, request: web.Request) -> web.Response:
        channel = self.world.visible(request.match_info["channel"])
        body = (await message_writer.read_body(request)).data
        limits.check_channel({"type": int(channel.kind)} | body, needs_name=False)
        if channel.is_thread:
            self._change_thread(channel, body)
        else:
            self._change_channel(channel, body)
        self.world.changed(channel)
        return answer(payloads.channel(self.world, channel))

    def _change_channel(self, channel: Channel, body: Wire) -> None:
        needed = ["MANAGE_ROLES"] if "permission_overwrites" in body else ["MANAGE_CHANNELS"]
        if not self.world.may(channel, *needed):
            raise errors.missing_permissions()
        channel.name = str(body.get("name", channel.name))
        channel.topic = body.get("topic", channel.topic)
        channel.parent = str(body.get("parent_id", channel.parent) or "")
        if "permission_overwrites" in body:
            channel.overwrites = read_overwrites(body["permission_overwrites"] or [])

    def _change_thread(self, thread: Channel, body: Wire) -> None:
        """Discord: topics/threads, "Editing & Deleting Threads"."""
        bot, manages = self.world.bot.id, self.world.may(thread, "MANAGE_THREADS")
        takes_back = set(body) == {"archived"} and not body["archived"]
        if thread.locked and not manages:
            raise errors.missing_permissions()
        if takes_back:
            allowed = manages or bot in thread.joined
        elif "locked" in body or "rate_limit_per_user" in body:
            allowed = manages
        else:
            allowed = manages or thread.owner == bot
        if not allowed:
            raise errors.missing_permissions()
        if thread.archived and body.get("archived", True):
            raise errors.thread_archived()
        thread.archived = bool(body.get("archived", thread.archived))
        thread.locked = bool(body.get("locked", thread.locked))
        thread.name = str(body.get("name", thread.name))
        thread.archive_after = int(body.get("auto_archive_duration", thread.archive_after))
        thread.applied_tags = list(body.get("applied_tags", thread.applied_tags))
        thread.changed_at = self.world.now()

    async def delete(self, request: web.Request) -> web.Response:
        channel = self.world.visible(request.match_info["channel"])
        needed = "MANAGE_THREADS" if channel.is_thread else "MANAGE_CHANNELS"
        if not self.world.may(channel, needed):
            raise errors.missing_permissions()
        data = payloads.channel(self.world, channel)
        del self.world.channels[channel.id]
        name = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        self.world.tell(GatewayEvent(name, GatewayIntent.GUILDS, data))
        return answer(data)

    async def permit(self, request: web.Request) -> web.Response:
        channel = self.world.visible(request.match_info["channel"], "MANAGE_ROLES")
        target = request.match_info["overwrite"]
        if request.method == "DELETE":
            channel.overwrites.pop(target, None)
        else:
            body = (await message_writer.read_body(request)).data
            channel.overwrites |= read_overwrites([body | {"id": target}])
        self.world.changed(channel)
        return no_content()

    async def start(self, request: web.Request) -> web.Response:
        """A thread without a message, or a post of a forum, which is one with its first message."""
        parent = self.world.visible(request.match_info["channel"])
        body = await message_writer.read_body(request)
        limits.check_channel(body.data, needs_name=True)
        if parent.kind == Kind.FORUM:
            return answer(self._post(parent, body), 201)
        if parent.kind != Kind.TEXT:
            raise errors.wrong_kind()
        kind = Kind(body.data.get("type", Kind.PRIVATE_THREAD))
        public = kind == Kind.PUBLIC_THREAD
        self.world.visible(parent.id, f"CREATE_{'PUBLIC' if public else 'PRIVATE'}_THREADS")
        thread = self._open(parent, self.world.new_id(), body.data, kind)
        return answer(payloads.thread(self.world, thread), 201)

    def _post(self, forum: Channel, body: PostedBody) -> Wire:
        """Needs only SEND_MESSAGES; the first message has the id of the thread."""
        world, first = self.world, body.inner("message")
        if not world.may(forum, "SEND_MESSAGES"):
            raise errors.missing_permissions()
        tags = list(body.data.get("applied_tags") or ())
        if forum.flags & REQUIRE_TAG and not tags:
            raise errors.tag_required()
        thread_id = world.new_id()
        draft = Channel(thread_id, Kind.PUBLIC_THREAD, parent=forum.id)
        require_to_send(world, draft, first)
        world.channels[thread_id] = draft
        try:
            message = message_writer.write(
                world, draft, first, author=world.bot, message_id=thread_id
            )
        except errors.DiscordRefused:
            del world.channels[thread_id]
            raise
        thread = self._open(forum, thread_id, body.data, Kind.PUBLIC_THREAD)
        thread.applied_tags = tags
        message_writer.store(world, thread, message)
        return payloads.thread(world, thread) | {"message": world.message_wire(message)}

    async def start_from_message(self, request: web.Request) -> web.Response:
        """The thread has the id of its message, and begins with a message that refers to it."""
        world = self.world
        parent = world.visible(request.match_info["channel"], "CREATE_PUBLIC_THREADS")
        above = world.message(parent, request.match_info["message"])
        if parent.kind != Kind.TEXT:
            raise errors.wrong_kind()
        if above.flags & Flag.HAS_THREAD:
            raise errors.thread_exists()
        body = (await message_writer.read_body(request)).data
        limits.check_channel(body, needs_name=True)
        above.flags |= Flag.HAS_THREAD
        thread = self._open(parent, above.id, body, Kind.PUBLIC_THREAD)
        starter = Message(world.new_id(), thread.id, above.author, world.now())
        starter.type = payloads.STARTER
        thread.messages[starter.id] = starter
        world.tell_message("MESSAGE_UPDATE", above)
        return answer(payloads.thread(world, thread), 201)

    def _open(self, parent: Channel, thread_id: str, body: Wire, kind: Kind) -> Channel:
        world = self.world
        thread = Channel(thread_id, kind, str(body["name"]), parent=parent.id, owner=world.bot.id)
        thread.archive_after = int(body.get("auto_archive_duration") or 4320)
        thread.changed_at = world.now()
        thread.joined[world.bot.id] = world.now()
        return world.add_channel(thread)

    async def joined(self, request: web.Request) -> web.Response:
        thread, who = self._thread(request)
        if who not in thread.joined:
            raise errors.unknown("Member")
        return answer({"id": thread.id, "user_id": who, "flags": 0})

    async def join(self, request: web.Request) -> web.Response:
        thread, who = self._thread(request)
        if thread.archived:
            raise errors.thread_archived()
        if who not in self.world.members:
            raise errors.unknown("Member")
        thread.joined.setdefault(who, self.world.now())
        return no_content()

    async def leave(self, request: web.Request) -> web.Response:
        thread, who = self._thread(request)
        thread.joined.pop(who, None)
        return no_content()

    def _thread(self, request: web.Request) -> tuple[Channel, str]:
        thread = self.world.visible(request.match_info["channel"])
        if not thread.is_thread:
            raise errors.wrong_kind()
        user = request.match_info["user"]
        return thread, self.world.bot.id if user == "@me" else user

    async def list_channels(self, request: web.Request) -> web.Response:
        """Threads are not in it."""
        self.world.in_guild(request.match_info["guild"])
        channels = [channel for channel in self.world.channels.values() if channel.in_guild]
        seen = [channel for channel in channels if not channel.is_thread]
        return answer([payloads.channel(self.world, channel) for channel in seen])

    async def list_active(self, request: web.Request) -> web.Response:
        self.world.in_guild(request.match_info["guild"])
        return answer(self._threads(archived=False))

    async def list_archived(self, request: web.Request) -> web.Response:
        parent = self.world.visible(request.match_info["channel"], "READ_MESSAGE_HISTORY")
        return answer(self._threads(archived=True, parent=parent.id) | {"has_more": False})

    def _threads(self, *, archived: bool, parent: str = "") -> Wire:
        world = self.world
        channels = [
            channel
            for channel in world.channels.values()
            if channel.is_thread and channel.archived == archived and parent in ("", channel.parent)
        ]
        channels = [channel for channel in channels if world.may(channel, "VIEW_CHANNEL")]
        channels.sort(key=lambda channel: channel.changed_at, reverse=True)
        mine = [
            payloads.thread_member(channel, world.bot.id)
            for channel in channels
            if world.bot.id in channel.joined
        ]
        return {
            "threads": [payloads.thread(world, channel) for channel in channels],
            "members": mine,
        }


def read_overwrites(wires: list[Wire]) -> dict[str, Overwrite]:
    return {
        str(wire["id"]): Overwrite(
            str(wire["id"]),
            int(wire["type"]),
            int(wire.get("allow") or 0),
            int(wire.get("deny") or 0),
        )
        for wire in wires
    }

"""How a message comes to be and changes, whoever writes it: a person, the bot, an interaction."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.discord import errors, limits
from tests.fakes.discord.model import File, Flag, Kind, Message, User, Wire, walk

if TYPE_CHECKING:
    from tests.fakes.discord.model import Channel
    from tests.fakes.discord.world import DiscordWorld

NONCE_LASTS_S = 300.0  # "in the past few minutes": resources/message, `enforce_nonce`
SETTABLE = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2 | Flag.EPHEMERAL


@dataclass(frozen=True)
class FilePart:
    """One `files[n]` part. Discord: reference, "Uploading Files"."""

    index: str
    name: str
    data: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True)
class PostedBody:
    """What was posted: its JSON, and the files beside it."""

    data: Wire
    uploads: tuple[FilePart, ...] = ()

    def inner(self, name: str) -> PostedBody:
        """The body of the message in it: `data` of a callback, `message` of a forum post."""
        return PostedBody(self.data.get(name) or {}, self.uploads)


async def read_body(request: web.Request) -> PostedBody:
    """Raises DiscordRefused: no JSON (50109), another content type (50035), too large (40005)."""
    if not request.body_exists:
        return PostedBody({})
    if request.content_type == "multipart/form-data":
        return await _read_parts(request)
    if request.content_type != "application/json":
        raise errors.DiscordRefused(400, 50035, "Invalid Form Body")
    try:
        data = json.loads(await request.read())
    except ValueError as error:
        says = "The request body contains invalid JSON."
        raise errors.DiscordRefused(400, 50109, says) from error
    return PostedBody(data if isinstance(data, dict) else {"list": data})


async def _read_parts(request: web.Request) -> PostedBody:
    form = await request.post()
    uploads = list[FilePart]()
    for name, value in form.items():
        if isinstance(value, web.FileField) and (match := re.fullmatch(r"files\[(\d+)\]", name)):
            data = value.file.read()
            uploads.append(FilePart(match[1], value.filename, data, value.content_type))
    if any(len(upload.data) > limits.FILE_BYTES for upload in uploads):
        raise errors.too_large()
    if sum(len(upload.data) for upload in uploads) > limits.REQUEST_BYTES:
        raise errors.too_large()
    return PostedBody(json.loads(str(form.get("payload_json", "{}"))), tuple(uploads))


def write(
    world: DiscordWorld,
    channel: Channel,
    body: PostedBody,
    *,
    author: User,
    message_id: str = "",
    pings_everyone_by_default: bool = True,
) -> Message:
    """A new message, checked, not yet stored. Raises DiscordRefused."""
    data = body.data
    limits.check_message(data, files=len(body.uploads))
    message = Message(message_id or world.new_id(), channel.id, author, world.now())
    message.flags = int(data.get("flags") or 0) & SETTABLE
    message.nonce = None if data.get("nonce") is None else str(data["nonce"])
    message.reply_to = (data.get("message_reference") or {}).get("message_id")
    _take(world, message, body)
    allowed = data.get("allowed_mentions")
    if allowed is None:
        kinds = ["users", "roles"] + ["everyone"] * pings_everyone_by_default
        allowed = {"parse": kinds}
    ping(world, message, allowed)
    limits.check_not_empty(message)
    return message


def edit(world: DiscordWorld, message: Message, body: PostedBody) -> None:
    """Changes what the body names and leaves the rest. A DiscordRefused leaves all as it was."""
    data = body.data
    was_v2 = message.flags & Flag.COMPONENTS_V2
    limits.check_message({"flags": was_v2} | data, files=len(body.uploads))
    after = Message(message.id, message.channel, message.author, message.at)
    after.content, after.embeds = message.content, message.embeds
    after.components, after.files = message.components, list(message.files)
    if "attachments" in data:  # only files that it lists stay
        kept = {str(attachment["id"]) for attachment in data["attachments"] or ()}
        after.files = [file for file in after.files if file.id in kept]
    _take(world, after, body)
    limits.check_not_empty(after)
    message.content, message.embeds = after.content, after.embeds
    message.components, message.files = after.components, after.files
    new_flags = int(data.get("flags") or 0) & (Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2)
    message.flags = message.flags & ~Flag.LOADING | new_flags
    message.edited_at = world.now()
    ping(world, message, data.get("allowed_mentions") or {"parse": ["users"]})


def _take(world: DiscordWorld, message: Message, body: PostedBody) -> None:
    data = body.data
    if "content" in data:
        message.content = str(data["content"] or "").strip()
    if "embeds" in data:
        message.embeds = [{"type": "rich"} | embed for embed in data["embeds"] or ()]
    if "components" in data:
        message.components = numbered(data["components"] or [])
    described = {
        str(attachment.get("id")): attachment for attachment in data.get("attachments") or ()
    }
    for upload in body.uploads:
        says = described.get(upload.index, {}).get("description")
        file = File(world.new_id(), upload.name, upload.data, upload.media_type, says)
        message.files.append(file)


def numbered(components: list[Wire]) -> list[Wire]:
    """Each component gets an `id` where it has none. Discord: components/reference."""
    copy: list[Wire] = json.loads(json.dumps(components))
    for number, part in enumerate(walk(copy), 1):
        part["id"] = part.get("id") or number
    return copy


def ping(world: DiscordWorld, message: Message, allowed: Wire) -> None:
    """Who is mentioned in the text, and may be. Discord: resources/message, "Allowed Mentions"."""
    parse, named = allowed.get("parse", ()), set(map(str, allowed.get("users") or ()))
    mentioned = world.mentioned(message.content)
    message.pings = [who for who in mentioned if "users" in parse or who.id in named]
    everyone = re.search(r"@(?:everyone|here)\b", message.content)
    message.pings_everyone = bool(everyone) and "everyone" in parse
    first = world.channels[message.channel].messages.get(message.reply_to or "")
    if first and allowed.get("replied_user", "parse" not in allowed):
        message.pings.append(first.author)


def seen_before(world: DiscordWorld, channel: Channel, message: Message) -> Message | None:
    """The same author's message of the same nonce, said a moment ago."""
    for other in reversed(channel.messages.values()):
        if world.now() - other.at > NONCE_LASTS_S:
            return None
        if other.author is message.author and other.nonce == message.nonce is not None:
            return other
    return None


def store(world: DiscordWorld, channel: Channel, message: Message) -> Message:
    """Puts it in its channel and tells who listens; a thread that was archived is active again.

    Source: Discord: topics/threads, "Active & Archived Threads".
    """
    if channel.kind == Kind.FORUM:
        raise errors.no_text_channel()
    channel.messages[message.id] = message
    if channel.archived:
        channel.archived, channel.changed_at = False, world.now()
        world.changed(channel)
    world.tell_message("MESSAGE_CREATE", message)
    return message

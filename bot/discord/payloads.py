"""Translates a message of Discord into an incoming message. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.handles import MessageHandle
from bot.discord.rooms import id_in
from core.conversation.messages.message import Attachment, IncomingMessage, MessageKind
from core.text.redacted import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.places import Place

SAID = (discord.MessageType.default, discord.MessageType.reply)


def heard_of(message: discord.Message, *, place: Place, me: int) -> IncomingMessage | None:
    """The message; None for our own, other bots', webhooks' messages and Discord's notices.

    me: our own id. Said to us by name, as a reply to us, or to us alone is a mention.
    """
    if message.author.bot or message.author.id == me or message.webhook_id is not None:
        return None
    if message.type not in SAID:
        return None
    to_us = place.is_direct or _names_us(message, me)
    text, files = _text(message, me), _attachments(message)
    if not (to_us or text or files):  # a sticker; or Discord keeps from us what it says
        return None
    ref = f"{message.channel.id}/{message.id}"
    return IncomingMessage(
        place=place,
        key=ref,
        by=str(message.author.id),
        manner=MessageKind.MENTION if to_us else MessageKind.MESSAGE,
        text=text,
        said_at=message.created_at,
        ref=ref,
        attachments=tuple(
            attachment(
                {"id": file.id, "filename": file.filename, "size": file.size, "url": file.url},
                channel_id=message.channel.id,
                message_id=message.id,
            )
            for file in files
        ),
        handle="" if place.is_direct else str(_handle_of(message)),
        to_another=not to_us and _is_to_another(message, me),
    )


def _handle_of(message: discord.Message) -> MessageHandle:
    return MessageHandle(channel=str(message.channel.id), message=str(message.id))


def attachment(
    described: dict[str, Any], *, channel_id: str | int, message_id: str | int
) -> Attachment:
    """A file as Discord's API describes it, with its message, for when its address expires.

    Raises UnparsableDelivery.
    """
    source = {
        "id": id_in(described["id"]),
        "url": described["url"],
        "channel": id_in(channel_id),
        "message": id_in(message_id),
    }
    return Attachment(
        id=source["id"],
        name=one_line(described["filename"]),
        size=int(described.get("size") or 0),
        source=json.dumps(source),
    )


def attached_to(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Files of a message as Discord's API gives it, and of the messages it forwards."""
    forwarded = [
        file
        for forwarded_message in _forwarded(message)
        for file in forwarded_message.get("attachments") or []
    ]
    return [*(message.get("attachments") or []), *forwarded]


def lines_of(message: dict[str, Any]) -> str:
    """All words of a message as Discord's API gives it; other programs' posts are embeds."""
    parts = [message.get("content") or ""]
    parts += map(lines_of, _forwarded(message))
    for embed in message.get("embeds") or []:
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [f"{field['name']}: {field['value']}" for field in embed.get("fields") or []]
    return "\n".join(part for part in parts if part)


def _forwarded(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Forwarded messages (resources/message, "Message Snapshot Object")."""
    for snapshot in message.get("message_snapshots") or []:
        yield snapshot["message"]


def _attachments(message: discord.Message) -> list[discord.Attachment]:
    forwarded = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    return [*message.attachments, *forwarded]


def _names_us(message: discord.Message, me: int) -> bool:
    """Whether the bot's name or the role that Discord made for it is mentioned."""
    if any(user.id == me for user in message.mentions):
        return True
    guild = message.guild
    role = guild.self_role if guild is not None else None
    return role is not None and role.id in message.raw_role_mentions


def _is_to_another(message: discord.Message, me: int) -> bool:
    first = re.match(r"\s*<@[!&]?(\d+)>", message.content)
    if first is not None:
        return int(first[1]) != me
    reference = message.reference.resolved if message.reference else None
    if message.message_snapshots:  # what is forwarded is shown here, not answered
        return False
    return isinstance(reference, discord.Message) and reference.author.id != me


def _text(message: discord.Message, me: int) -> str:
    """The text without the bot's name; other people by the names that people see."""
    ours = {me}
    if message.guild is not None and message.guild.self_role is not None:
        ours.add(message.guild.self_role.id)
    text = _without(message.content, ours)
    for user in message.mentions:
        name = f"@{one_line(user.display_name)}"
        text = text.replace(f"<@{user.id}>", name).replace(f"<@!{user.id}>", name)
    for channel in message.channel_mentions:
        text = text.replace(f"<#{channel.id}>", f"#{getattr(channel, 'name', channel.id)}")
    return "\n".join(
        part for part in (text.strip(), *map(_quoted, message.message_snapshots)) if part
    )


def _quoted(forwarded: discord.MessageSnapshot) -> str:
    """The words of a forwarded message, embeds included."""
    embeds = [embed.to_dict() for embed in forwarded.embeds]
    return lines_of({"content": forwarded.content, "embeds": embeds})


def _without(text: str, names: Iterable[int]) -> str:
    ids = "|".join(map(str, names))
    text = re.sub(rf"^\s*<@[!&]?(?:{ids})>[\s,:]*", "", text)
    return re.sub(rf"<@[!&]?(?:{ids})>", "", text)

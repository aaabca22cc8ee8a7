"""How things are written on the wire. Discord: resources/user, guild, channel, message."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.fakes.discord.clock import iso
from tests.fakes.discord.model import (
    Channel,
    File,
    Flag,
    GuildMember,
    Kind,
    Message,
    Role,
    User,
    Wire,
)

if TYPE_CHECKING:
    from tests.fakes.discord.world import DiscordWorld


def user(who: User) -> Wire:
    return {
        "id": who.id,
        "username": who.name,
        "discriminator": "0",
        "global_name": who.name,
        "avatar": None,
        "bot": who.bot,
        "public_flags": 0,
        "flags": 0,
    }


def role(what: Role) -> Wire:
    return {
        "id": what.id,
        "name": what.name,
        "permissions": str(what.permissions),  # serialized as strings: topics/permissions
        "position": what.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
        "icon": None,
        "unicode_emoji": None,
    }


def member(who: GuildMember, *, with_user: bool = True) -> Wire:
    wire: Wire = {
        "roles": list(who.roles),
        "nick": who.nick,
        "avatar": None,
        "joined_at": iso(who.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": who.pending,
        "flags": 0,
        "communication_disabled_until": None,
    }
    return wire | ({"user": user(who.user)} if with_user else {})


def channel(world: DiscordWorld, what: Channel) -> Wire:
    if what.is_thread:
        return thread(world, what)
    last = next(reversed(what.messages), None)
    wire: Wire = {"id": what.id, "type": int(what.kind), "last_message_id": last, "flags": 0}
    if what.kind == Kind.DM:
        return wire | {"recipients": [user(who) for who in what.recipients]}
    wire |= {
        "guild_id": world.guild_id,
        "name": what.name,
        "position": 0,
        "parent_id": what.parent or None,
        "topic": what.topic,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "flags": what.flags,
        "permission_overwrites": [
            {
                "id": overwrite.id,
                "type": overwrite.type,
                "allow": str(overwrite.allow),
                "deny": str(overwrite.deny),
            }
            for overwrite in what.overwrites.values()
        ],
    }
    if what.kind == Kind.FORUM:
        tags = {"available_tags": what.tags, "default_reaction_emoji": None}
        wire |= tags | {"default_sort_order": None, "default_forum_layout": 0}
    return wire


def thread(world: DiscordWorld, what: Channel) -> Wire:
    count = sum(message.type != STARTER for message in what.messages.values())
    wire: Wire = {
        "id": what.id,
        "type": int(what.kind),
        "guild_id": world.guild_id,
        "name": what.name,
        "parent_id": what.parent,
        "owner_id": what.owner,
        "last_message_id": next(reversed(what.messages), None),
        "rate_limit_per_user": 0,
        "message_count": count,
        "total_message_sent": count,
        "member_count": len(what.joined),
        "applied_tags": what.applied_tags,
        "flags": what.flags,
        "thread_metadata": {
            "archived": what.archived,
            "locked": what.locked,
            "auto_archive_duration": what.archive_after,
            "archive_timestamp": iso(what.changed_at),
            "create_timestamp": iso(what.changed_at),
        },
    }
    bot = world.bot.id
    return wire | ({"member": thread_member(what, bot)} if bot in what.joined else {})


def thread_member(what: Channel, user_id: str) -> Wire:
    joined = iso(what.joined[user_id])
    return {"id": what.id, "user_id": user_id, "join_timestamp": joined, "flags": 0}


STARTER = 21  # message type THREAD_STARTER_MESSAGE: it only refers to the one above the thread


def message(
    world: DiscordWorld, what: Message, *, content: bool = True, fresh: bool = False
) -> Wire:
    """content: without the MESSAGE_CONTENT intent the five fields with content are empty.

    fresh: it was created just now; only then Discord tells its nonce.
    Source: Discord: events/gateway, "Message Content Intent"; resources/message.
    """
    wire: Wire = {
        "id": what.id,
        "channel_id": what.channel,
        "type": what.type,
        "author": user(what.author),
        "timestamp": iso(what.at),
        "edited_timestamp": iso(what.edited_at) if what.edited_at else None,
        "content": what.content if content else "",
        "embeds": what.embeds if content else [],
        "components": what.components if content else [],
        "attachments": [attachment(world, what, file) for file in what.files] if content else [],
        "mentions": [user(who) for who in what.pings],
        "mention_roles": [],
        "mention_everyone": what.pings_everyone,
        "pinned": what.pinned,
        "tts": False,
        "flags": what.flags,
    }
    wire |= _extras(world, what)
    if what.forwards and content:
        wire |= _forwarded(world, what.forwards)
    return wire | ({"nonce": what.nonce} if fresh and what.nonce is not None else {})


def _forwarded(world: DiscordWorld, what: Message) -> Wire:
    """Source: Discord: resources/message, "Message Snapshot Object"."""
    whole = message(world, what)
    kept = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags")
    snapshot = {name: whole[name] for name in (*kept, "mentions", "mention_roles")}
    reference = {"type": 1, "channel_id": what.channel, "message_id": what.id}
    return {"message_reference": reference, "message_snapshots": [{"message": snapshot}]}


def _extras(world: DiscordWorld, what: Message) -> Wire:
    wire: Wire = {}
    if what.asked_with:
        wire["interaction_metadata"] = what.asked_with
    if what.webhook:
        wire |= {"webhook_id": what.webhook, "application_id": what.webhook}
    if what.reply_to:
        wire["message_reference"] = {"type": 0, "channel_id": what.channel} | {
            "message_id": what.reply_to
        }
    if what.type == STARTER:
        parent = world.channels[what.channel].parent
        wire["message_reference"] = {"channel_id": parent, "message_id": what.channel}
    if what.flags & Flag.HAS_THREAD and what.id in world.channels:
        wire["thread"] = thread(world, world.channels[what.id])
    if what.reactions:
        wire["reactions"] = [_reaction(world, *reaction) for reaction in what.reactions.items()]
    return wire


def _reaction(world: DiscordWorld, emoji: str, who: set[str]) -> Wire:
    counts = {"count_details": {"burst": 0, "normal": len(who)}, "burst_colors": []}
    mine = {"me": world.bot.id in who, "me_burst": False}
    return {"emoji": {"id": None, "name": emoji}, "count": len(who)} | mine | counts


def attachment(world: DiscordWorld, where: Message, file: File) -> Wire:
    url = f"{world.url}/{attachment_path(world, where.channel, file, lasts_s=world.urls_last_s)}"
    return {
        "id": file.id,
        "filename": file.name,
        "size": len(file.data),
        "url": url,
        "proxy_url": url,
        "content_type": file.media_type,
        **({"description": file.description} if file.description else {}),
    }


def attachment_path(world: DiscordWorld, channel_id: str, file: File, *, lasts_s: float) -> str:
    """A signed address with its `ex`, `is` and `hm`: a new one each time it is told.

    Source: Discord: reference, "Signed Attachment CDN URLs".
    """
    now = world.now()
    issued, expires = f"{int(now):x}", f"{int(now + lasts_s):x}"
    path = f"attachments/{channel_id}/{file.id}/{quote(file.name)}"
    signed = signature(world, channel_id, file.id, issued, expires)
    return f"{path}?ex={expires}&is={issued}&hm={signed}&"


def signature(world: DiscordWorld, *parts: str) -> str:
    return hmac.new(world.secret, "/".join(parts).encode(), hashlib.sha256).hexdigest()

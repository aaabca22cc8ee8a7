"""Channels: what there is, making them, inviting, naming.

Slack: docs.slack.dev/reference/methods/conversations.NAME for arguments, scopes and errors.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from tests.fakes.slack import events
from tests.fakes.slack.calls import CallArguments, SlackRefused, method, need
from tests.fakes.slack.chat_methods import room_scopes
from tests.fakes.slack.history_methods import cursor, read_cursor
from tests.fakes.slack.model import Channel, Json, Kind, Message, Room

if TYPE_CHECKING:
    from tests.fakes.slack.stage import SlackStage

NAME, TOPIC, INVITED = 80, 250, 100
_WRITE = ("channels:manage", "groups:write")
_MANY = ("channels:read", "groups:read", "im:read", "mpim:read")
_PREFIX = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def channel_json(stage: SlackStage, channel: Channel, *, count: bool = False) -> Json:
    """docs.slack.dev/reference/objects/conversation-object."""
    shown: Json = {
        "id": channel.id,
        "created": int(time.time()),
        "is_archived": channel.archived,
        "is_im": channel.room is Room.IM,
        "is_org_shared": False,
        "context_team_id": stage.team.id,
    }
    if channel.room is Room.IM:
        other = next(iter(channel.members - {stage.app.bot_user}), "")
        return shown | {"user": other, "is_open": True, "is_user_deleted": False}
    shown |= {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_mpim": False,
        "is_private": channel.room is Room.PRIVATE,
        "is_general": channel.name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_member": stage.is_member(channel),
        "creator": channel.creator,
        "topic": {"value": channel.topic, "creator": channel.creator, "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": channel.creator, "last_set": 0},
        "previous_names": [],
    }
    return shown | ({"num_members": len(channel.members)} if count else {})


@method("conversations.info", tier=3, required=("channel",))
def info(stage: SlackStage, given: CallArguments) -> Json:
    channel = stage.visible_channel(given.text("channel"))
    need(stage, room_scopes(channel, "read"))
    count = given.flag("include_num_members")
    return {"channel": channel_json(stage, channel, count=count)}


@method("conversations.list", tier=2, scopes=_MANY)
def listing(stage: SlackStage, given: CallArguments) -> Json:
    seen = [
        channel
        for channel in stage.team.channels.values()
        if channel.room is Room.PUBLIC or stage.is_member(channel)
    ]
    return _page(stage, seen, given)


@method("users.conversations", tier=3, scopes=_MANY)
def conversations_of(stage: SlackStage, given: CallArguments) -> Json:
    who = given.text("user") or stage.app.bot_user
    mine = [
        channel
        for channel in stage.team.channels.values()
        if who in channel.members and (channel.room is Room.PUBLIC or stage.is_member(channel))
    ]
    return _page(stage, mine, given)


@method("conversations.members", tier=4, required=("channel",))
def members(stage: SlackStage, given: CallArguments) -> Json:
    channel = stage.visible_channel(given.text("channel"))
    need(stage, room_scopes(channel, "read"))
    return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}


@method("conversations.create", tier=2, scopes=_WRITE, required=("name",))
def create(stage: SlackStage, given: CallArguments) -> Json:
    name, private = given.text("name"), given.flag("is_private")
    need(stage, "groups:write" if private else "channels:manage")
    _check_name(name)
    # Archived channels keep their name.
    if any(channel.name == name for channel in stage.team.channels.values()):
        raise SlackRefused("name_taken")
    if not stage.team.members_may_create_channels:
        raise SlackRefused("restricted_action")
    room = Room.PRIVATE if private else Room.PUBLIC
    channel = stage.team.add_channel(name, stage.app.bot_user, room=room)
    channel.creator = stage.app.bot_user
    return {"channel": channel_json(stage, channel)}


@method(
    "conversations.invite",
    tier=3,
    scopes=(*_WRITE, "channels:write.invites", "groups:write.invites"),
    required=("channel", "users"),
)
def invite(stage: SlackStage, given: CallArguments) -> Json:
    channel = _own_channel(stage, given)
    users = given.names("users")
    if len(users) > INVITED:
        raise SlackRefused("too_many_users")
    faults = {user: fault for user in users if (fault := _cannot_invite(stage, channel, user))}
    if faults and not (given.flag("force") and len(faults) < len(users)):
        listed = [{"user": user, "ok": False, "error": fault} for user, fault in faults.items()]
        raise SlackRefused(next(iter(faults.values())), errors=listed)
    for user in users:
        if user not in faults:
            join_channel(stage, channel, user, inviter=stage.app.bot_user)
    return {"channel": channel_json(stage, channel)}


@method("conversations.join", tier=3, scopes=("channels:join",), required=("channel",))
def join(stage: SlackStage, given: CallArguments) -> Json:
    channel = stage.visible_channel(given.text("channel"))
    if channel.room is not Room.PUBLIC:
        raise SlackRefused("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackRefused("is_archived")
    if stage.is_member(channel):
        shown = channel_json(stage, channel)
        return {"channel": shown, "warning": "already_in_channel"}
    join_channel(stage, channel, stage.app.bot_user)
    return {"channel": channel_json(stage, channel)}


@method("conversations.open", tier=3, scopes=("im:write", "mpim:write", *_WRITE))
def open_direct(stage: SlackStage, given: CallArguments) -> Json:
    """With one person only: conversations of several are not modelled."""
    users = given.names("users")
    if not users:
        raise SlackRefused("users_list_not_supplied")
    person = stage.team.people.get(users[0])
    if person is None:
        raise SlackRefused("user_not_found")
    if person.kind is Kind.DELETED:
        raise SlackRefused("user_disabled")
    need(stage, "im:write")
    channel = stage.team.im_of(stage.app.bot_user, person.id)
    shown = channel_json(stage, channel) if given.flag("return_im") else {"id": channel.id}
    return {"channel": shown}


@method(
    "conversations.setTopic",
    tier=2,
    scopes=(*_WRITE, "channels:write.topic", "groups:write.topic"),
    required=("channel", "topic"),
)
def set_topic(stage: SlackStage, given: CallArguments) -> Json:
    """A message in the channel tells of it."""
    channel = _own_channel(stage, given)
    if len(given.text("topic")) > TOPIC:
        raise SlackRefused("too_long")
    channel.topic = given.text("topic")
    _tell(stage, channel, "channel_topic", f"set the channel topic: {channel.topic}")
    return {"channel": channel_json(stage, channel)}


@method(
    "conversations.setPurpose",
    tier=2,
    scopes=(*_WRITE, "channels:write.topic", "groups:write.topic"),
    required=("channel", "purpose"),
)
def set_purpose(stage: SlackStage, given: CallArguments) -> Json:
    channel = _own_channel(stage, given)
    if len(given.text("purpose")) > TOPIC:
        raise SlackRefused("too_long")
    channel.purpose = given.text("purpose")
    _tell(stage, channel, "channel_purpose", f"set the channel description: {channel.purpose}")
    return {"channel": channel_json(stage, channel)}


def join_channel(stage: SlackStage, channel: Channel, user: str, *, inviter: str = "") -> None:
    """Somebody is in a channel now, which a message and an event tell."""
    channel.members.add(user)
    text, extra = f"<@{user}> has joined the channel", {"inviter": inviter} if inviter else {}
    _tell(stage, channel, "channel_join", text, user=user, extra=extra)
    stage.happened(events.member_joined(stage, channel, user, inviter), channel)


def _tell(
    stage: SlackStage,
    channel: Channel,
    subtype: str,
    text: str,
    *,
    user: str = "",
    extra: Json | None = None,
) -> None:
    who = user or stage.app.bot_user
    ts = stage.team.new_ts()
    stage.add_message(Message(ts, channel.id, who, text, subtype=subtype, extra=extra or {}))


def _check_name(name: str) -> None:
    """At most 80 characters, lower case, without spaces and periods."""
    if not name:
        raise SlackRefused("invalid_name_required")
    if len(name) > NAME:
        raise SlackRefused("invalid_name_maxlength")
    if re.fullmatch(r"[-_]+", name):
        raise SlackRefused("invalid_name_punctuation")
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise SlackRefused("invalid_name_specials")


def _own_channel(stage: SlackStage, given: CallArguments) -> Channel:
    channel = stage.visible_channel(given.text("channel"))
    if channel.room is Room.IM:
        raise SlackRefused("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackRefused("is_archived")
    if not stage.is_member(channel):
        raise SlackRefused("not_in_channel")
    return channel


def _cannot_invite(stage: SlackStage, channel: Channel, user: str) -> str:
    person = stage.team.people.get(user)
    if person is None or person.kind is Kind.DELETED:
        return "user_not_found"
    if user == stage.app.bot_user:
        return "cant_invite_self"
    if user in channel.members:
        return "already_in_channel"
    return {
        Kind.GUEST: "user_is_restricted",
        Kind.SINGLE_GUEST: "ura_max_channels",
        Kind.STRANGER: "no_external_invite_permission",
    }.get(person.kind, "")


def _page(stage: SlackStage, channels: list[Channel], given: CallArguments) -> Json:
    """Of the kinds asked for, each of which needs its scope; public ones if none is."""
    types = given.names("types") or ["public_channel"]
    for kind in types:
        need(stage, f"{_PREFIX.get(kind, 'channels')}:read")
    wanted = [
        channel
        for channel in channels
        if channel.room in types and not (channel.archived and given.flag("exclude_archived"))
    ]
    start, size = read_cursor(given.text("cursor")), given.number("limit", 100)
    page, rest = wanted[start : start + size], wanted[start + size :]
    return {
        "channels": [channel_json(stage, channel) for channel in page],
        "response_metadata": {"next_cursor": cursor(start + size) if rest else ""},
    }

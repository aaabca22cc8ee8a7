"""Events as the Events API gives them.

Slack: docs.slack.dev/apis/events-api (the outer envelope), docs.slack.dev/reference/events/NAME.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from tests.fakes.slack.model import Channel, Json, Message, Room, StoredFile

if TYPE_CHECKING:
    from tests.fakes.slack.stage import SlackStage

# What an event needs besides the subscription: docs.slack.dev/reference/events/NAME, "scopes".
SCOPES = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "file_shared": ("files:read",),
    "member_joined_channel": ("channels:read",),
    "channel_archive": ("channels:read",),
}
_KINDS = {Room.PUBLIC: "channel", Room.PRIVATE: "group", Room.IM: "im"}
_MESSAGES = {Room.PUBLIC: "channels", Room.PRIVATE: "groups", Room.IM: "im"}


def subscription(event: Json, channel: Channel) -> str:
    """The name an app subscribes to it by: messages have one for each kind of channel."""
    if event["type"] == "message":
        return f"message.{_MESSAGES[channel.room]}"
    return str(event["type"])


def envelope(stage: SlackStage, event: Json) -> Json:
    """The outer event. A retry carries the same `event_id`."""
    return {
        "token": stage.app.verification_token,
        "team_id": stage.team.id,
        "context_team_id": stage.team.id,
        "context_enterprise_id": None,
        "api_app_id": stage.app.id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": stage.team.id,
                "user_id": stage.app.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


def file_json(stage: SlackStage, file: StoredFile) -> Json:
    """docs.slack.dev/reference/objects/file-object."""
    if file.stub:
        # Slack: docs.slack.dev/apis/slack-connect: files of others come as a stub.
        return {"id": file.id, "mode": "file_access", "file_access": "check_file_info"}
    return full_file_json(stage, file)


def full_file_json(stage: SlackStage, file: StoredFile) -> Json:
    address = f"{stage.url}/files-pri/{stage.team.id}-{file.id}"
    channels = [stage.team.channels[share] for share in file.shares]
    public = {
        channel.id: file.shares[channel.id] for channel in channels if channel.room is Room.PUBLIC
    }
    private = {
        channel.id: file.shares[channel.id]
        for channel in channels
        if channel.room is not Room.PUBLIC
    }
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": "text/plain",
        "filetype": "text",
        "pretty_type": "Plain Text",
        "user": file.user,
        "user_team": stage.team.id,
        "editable": False,
        "size": len(file.content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(public),
        "public_url_shared": False,
        "url_private": f"{address}/{file.name}",
        "url_private_download": f"{address}/download/{file.name}",
        "permalink": f"https://{stage.team.domain}.slack.com/files/{file.user}/{file.id}",
        "channels": list(public),
        "groups": [channel_id for channel_id in private if channel_id.startswith("C")],
        "ims": [channel_id for channel_id in private if channel_id.startswith("D")],
        "shares": {
            room: {channel_id: [{"ts": ts} for ts in times] for channel_id, times in shared.items()}
            for room, shared in (("public", public), ("private", private))
            if shared
        },
        "has_rich_preview": False,
        "file_access": "visible",
    }


def message_json(stage: SlackStage, message: Message, *, metadata: bool = True) -> Json:
    """docs.slack.dev/reference/events/message, as events and conversations.history show it."""
    channel = stage.team.channels[message.channel]
    shown: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": stage.team.id,
        **message.extra,
    }
    for name in ("subtype", "client_msg_id", "blocks"):
        if value := getattr(message, name):
            shown[name] = value
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
        if parent := channel.messages.get(message.thread_ts):
            shown["parent_user_id"] = parent.user
    shown |= _bot_json(stage) if message.by_app else {}
    if message.files:
        shown |= {"files": [file_json(stage, file) for file in message.files], "upload": False}
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.edited}
    shown |= {"metadata": message.metadata} if metadata and message.metadata else {}
    return shown | _thread_json(channel, message)


def _thread_json(channel: Channel, message: Message) -> Json:
    replies = channel.replies(message.ts)
    if not replies:
        return {}
    people = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "reply_users": people,
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def _bot_json(stage: SlackStage) -> Json:
    app = stage.app
    profile = {"id": app.bot_id, "app_id": app.id, "name": app.name, "team_id": stage.team.id}
    return {"bot_id": app.bot_id, "app_id": app.id, "bot_profile": profile}


def message_event(stage: SlackStage, message: Message) -> Json:
    channel = stage.team.channels[message.channel]
    return message_json(stage, message) | {
        "channel": channel.id,
        "channel_type": _KINDS[channel.room],
        "event_ts": message.ts,
    }


def mention_event(stage: SlackStage, message: Message) -> Json:
    """The same message once more, without its subtype and the kind of channel."""
    event = message_event(stage, message) | {"type": "app_mention"}
    return {name: value for name, value in event.items() if name not in ("subtype", "channel_type")}


def file_shared(stage: SlackStage, message: Message, file: StoredFile) -> Json:
    """Ids only: the rest is to be had from files.info."""
    return {
        "type": "file_shared",
        "file_id": file.id,
        "user_id": message.user,
        "file": {"id": file.id},
        "channel_id": message.channel,
        "event_ts": stage.team.new_ts(),
    }


def changed(stage: SlackStage, message: Message, before: Json) -> Json:
    """`message_changed`: hidden, with the message as it is and as it was."""
    channel = stage.team.channels[message.channel]
    now = stage.team.new_ts()
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message_json(stage, message),
        "previous_message": before,
        "channel": channel.id,
        "channel_type": _KINDS[channel.room],
        "hidden": True,
        "ts": now,
        "event_ts": now,
    }


def deleted(stage: SlackStage, message: Message) -> Json:
    channel = stage.team.channels[message.channel]
    now = stage.team.new_ts()
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": message_json(stage, message),
        "deleted_ts": message.ts,
        "channel": channel.id,
        "channel_type": _KINDS[channel.room],
        "hidden": True,
        "ts": now,
        "event_ts": now,
    }


def member_joined(stage: SlackStage, channel: Channel, user: str, inviter: str = "") -> Json:
    event = {
        "type": "member_joined_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "C" if channel.room is Room.PUBLIC else "G",
        "team": stage.team.id,
        "event_ts": stage.team.new_ts(),
    }
    return event | ({"inviter": inviter} if inviter else {})

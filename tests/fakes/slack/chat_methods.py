"""chat.postMessage, chat.update, chat.postEphemeral, chat.delete.

Slack: docs.slack.dev/reference/methods/NAME for arguments and errors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import blocks, events
from tests.fakes.slack.calls import CallArguments, SlackRefused, method
from tests.fakes.slack.limits import POST_IN_CHANNEL, POST_IN_WORKSPACE
from tests.fakes.slack.model import Channel, Json, Kind, Message, Room

if TYPE_CHECKING:
    from tests.fakes.slack.stage import SlackStage

TEXT, UPDATED_TEXT, MARKDOWN_TEXT = 40_000, 4_000, 12_000
# Metadata: docs.slack.dev/messaging/message-metadata: the JSON may have 16 kB.
METADATA_BYTES = 16_000


@method("chat.postMessage", tier=0, scopes=("chat:write",), required=("channel",))
def post_message(stage: SlackStage, given: CallArguments) -> Json:
    channel = _target(stage, given.text("channel"))
    if channel.archived:
        raise SlackRefused("is_archived")
    if not stage.is_member(channel) and "chat:write.public" not in stage.app.scopes:
        raise SlackRefused("not_in_channel")
    _within_rate(stage, channel)
    content = _content(given)
    thread_ts = _thread(channel, given.text("thread_ts"))
    ts = stage.team.new_ts()
    message = Message(
        ts,
        channel.id,
        stage.app.bot_user,
        thread_ts=thread_ts,
        by_app=True,
        metadata=_metadata(given),
        broadcast=given.flag("reply_broadcast"),
        arguments=given.given,
        **content,
    )
    stage.add_message(message)
    answer: Json = {"channel": channel.id, "ts": ts, "message": events.message_json(stage, message)}
    if len(given.text("text")) > TEXT:
        # docs.slack.dev/changelog/2018-04-truncating-really-long-messages
        answer["warning"] = "message_truncated"
    return answer


@method("chat.update", tier=3, scopes=("chat:write",), required=("channel", "ts"))
def update(stage: SlackStage, given: CallArguments) -> Json:
    message = _own_message(stage, given, refusal="cant_update_message")
    if stage.team.channels[message.channel].archived:
        raise SlackRefused("is_inactive")
    if len(given.text("text")) > UPDATED_TEXT:
        raise SlackRefused("msg_too_long")
    content, before = _content(given), events.message_json(stage, message)
    message.text = content["text"]
    # "If you don't include this field, the message's previous blocks will be retained. To remove
    # previous blocks, include an empty array": docs.slack.dev/reference/methods/chat.update
    if given.given.get("blocks") is not None:
        message.blocks = content["blocks"]
    if given.given.get("metadata") is not None:
        message.metadata = _metadata(given)
    message.edited = stage.team.new_ts()
    channel = stage.team.channels[message.channel]
    stage.happened(events.changed(stage, message, before), channel)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": events.message_json(stage, message),
    }


@method("chat.postEphemeral", tier=4, scopes=("chat:write",), required=("channel", "user"))
def post_ephemeral(stage: SlackStage, given: CallArguments) -> Json:
    channel = stage.visible_channel(given.text("channel"), names=True)
    if channel.archived:
        raise SlackRefused("is_archived")
    if not stage.is_member(channel):
        raise SlackRefused("not_in_channel")
    if given.text("user") not in channel.members:
        raise SlackRefused("user_not_in_channel")
    thread_ts = _thread(channel, given.text("thread_ts"))
    message = Message(
        stage.team.new_ts(),
        channel.id,
        stage.app.bot_user,
        thread_ts=thread_ts,
        by_app=True,
        only_for=given.text("user"),
        # "Ephemeral messages in threads are only shown if there is already an active thread."
        shown=not thread_ts or bool(channel.replies(thread_ts)),
        arguments=given.given,
        **_content(given),
    )
    channel.ephemeral.append(message)
    return {"message_ts": message.ts}


@method("chat.delete", tier=3, scopes=("chat:write",), required=("channel", "ts"))
def delete(stage: SlackStage, given: CallArguments) -> Json:
    message = _own_message(stage, given, refusal="cant_delete_message")
    channel = stage.team.channels[message.channel]
    event = events.deleted(stage, message)
    del channel.messages[message.ts]
    stage.happened(event, channel)
    return {"channel": channel.id, "ts": message.ts}


def content_of(given: Json) -> Json:
    """`text` and `blocks` of an answer that came by acknowledgement or response_url."""
    return _content(CallArguments(given))


def _target(stage: SlackStage, wanted: str) -> Channel:
    """A person's id stands for the direct conversation with them (chat.postMessage#channels)."""
    person = stage.team.people.get(wanted)
    if person is None:
        return stage.visible_channel(wanted, names=True)
    if person.kind in (Kind.DELETED, Kind.BOT):
        raise SlackRefused("channel_not_found")
    return stage.team.im_of(stage.app.bot_user, person.id)


def _within_rate(stage: SlackStage, channel: Channel) -> None:
    rates = {f"post {channel.id}": POST_IN_CHANNEL, "post": POST_IN_WORKSPACE}
    if wait_s := stage.limits.take(**rates):
        raise SlackRefused("ratelimited", retry_after_s=wait_s)


def _content(given: CallArguments) -> Json:
    """`text` and `blocks`, checked."""
    listed: Any = given.json("blocks", otherwise="invalid_blocks_format")
    text, markdown = given.text("text"), given.text("markdown_text")
    if markdown and (text or listed):
        raise SlackRefused("markdown_text_conflict")
    if len(markdown) > MARKDOWN_TEXT:
        raise SlackRefused("msg_too_long")
    checked = blocks.check_message(listed) if listed else []
    if not (text or markdown or checked or given.given.get("attachments")):
        raise SlackRefused("no_text")
    return {"text": (text or markdown)[:TEXT], "blocks": checked}


def _metadata(given: CallArguments) -> Json | None:
    metadata = given.json("metadata", otherwise="invalid_metadata_format")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= set(metadata):
        raise SlackRefused("invalid_metadata_format")
    if not isinstance(metadata["event_payload"], dict):
        raise SlackRefused("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_BYTES:
        raise SlackRefused("metadata_too_large")
    return metadata


def _thread(channel: Channel, thread_ts: str) -> str:
    """The parent of a thread. A reply is no parent: "use its parent instead"."""
    if not thread_ts:
        return ""
    parent = channel.messages.get(thread_ts)
    if parent is None:
        # Named by conversations.replies; what chat.postMessage does is not documented.
        raise SlackRefused("thread_not_found")
    if parent.thread_ts not in ("", parent.ts):
        raise SlackRefused("cannot_reply_to_message")
    return thread_ts


def _own_message(stage: SlackStage, given: CallArguments, *, refusal: str) -> Message:
    """Ephemeral messages are no messages to these methods, and ids of people no channels."""
    channel = stage.visible_channel(given.text("channel"))
    message = channel.messages.get(given.text("ts"))
    if message is None:
        raise SlackRefused("message_not_found")
    if not message.by_app or message.subtype:
        raise SlackRefused(refusal)
    return message


def is_in_history(message: Message) -> bool:
    """Replies are in their thread alone, unless they were broadcast."""
    return message.thread_ts in ("", message.ts) or message.broadcast


def room_scopes(channel: Channel, what: str) -> str:
    """`channels:history`, `groups:history` or `im:history`, by the kind of channel."""
    prefix = {Room.PUBLIC: "channels", Room.PRIVATE: "groups", Room.IM: "im"}[channel.room]
    return f"{prefix}:{what}"

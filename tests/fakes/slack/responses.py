"""What an app answers to an interaction, with its acknowledgement or at a response_url.

Slack: docs.slack.dev/interactivity/handling-user-interaction (response_url: five times within 30
minutes, `response_type`, `replace_original`, `delete_original`), docs.slack.dev/surfaces/modals
(`response_action`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.fakes.slack import events, modals
from tests.fakes.slack.calls import SlackRefused
from tests.fakes.slack.chat_methods import content_of
from tests.fakes.slack.model import Channel, Json, Message, View
from tests.fakes.slack.stage import RESPONSE_USES
from tests.fakes.slack.view_methods import new_view

if TYPE_CHECKING:
    from tests.fakes.slack.stage import SlackStage


def respond(stage: SlackStage, key: str, given: Json) -> Message | None:
    """Raises SlackRefused(expired_url) or SlackRefused(used_url)."""
    known = stage.response_urls.get(key)
    if known is None or time.monotonic() > known.until:
        raise SlackRefused("expired_url")
    if known.uses >= RESPONSE_USES:
        raise SlackRefused("used_url")
    known.uses += 1
    if known.message and given.get("delete_original"):
        _remove(stage, known.channel, known.message)
        return None
    if known.message and given.get("replace_original"):
        return _replace(stage, known.channel, known.message, given)
    return reply(stage, known.channel, known.user, given)


def reply(stage: SlackStage, channel: Channel, user: str, given: Json) -> Message | None:
    """A new message; for the one person alone unless `response_type` is `in_channel`."""
    if not (given.get("text") or given.get("blocks")):
        return None
    everyone = given.get("response_type") == "in_channel"
    message = Message(
        stage.team.new_ts(),
        channel.id,
        stage.app.bot_user,
        thread_ts=str(given.get("thread_ts") or ""),
        by_app=True,
        only_for="" if everyone else user,
        arguments=given,
        **content_of(given),
    )
    if everyone:
        return stage.add_message(message)
    channel.ephemeral.append(message)
    return message


def submitted(stage: SlackStage, view: View, answer: Json) -> dict[str, str]:
    """What becomes of a modal that was sent; the errors that it shows, by block_id."""
    action = answer.get("response_action")
    if action == "errors":
        return dict(answer["errors"])
    if action == "update":
        view.content, view.hash = modals.check(answer["view"]), modals.new_hash()
    elif action == "push":
        new_view(stage, view.user, modals.check(answer["view"]), below=view)
    else:
        _close(view, everything=action == "clear")
    return {}


def _close(view: View, *, everything: bool) -> None:
    view.open = False
    if everything and view.below:
        _close(view.below, everything=True)


def _remove(stage: SlackStage, channel: Channel, message: Message) -> None:
    if message.only_for:
        channel.ephemeral.remove(message)
        return
    event = events.deleted(stage, message)
    del channel.messages[message.ts]
    stage.happened(event, channel)


def _replace(stage: SlackStage, channel: Channel, message: Message, given: Json) -> Message:
    before = events.message_json(stage, message)
    content = content_of(given)
    message.text, message.blocks = content["text"], content["blocks"]
    if not message.only_for:
        message.edited = stage.team.new_ts()
        stage.happened(events.changed(stage, message, before), channel)
    return message

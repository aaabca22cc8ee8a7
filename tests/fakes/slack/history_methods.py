"""conversations.history and conversations.replies, page by page.

Slack: docs.slack.dev/reference/methods/conversations.history and .../conversations.replies.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from tests.fakes.slack import events
from tests.fakes.slack.calls import CallArguments, SlackRefused, method, need
from tests.fakes.slack.chat_methods import is_in_history, room_scopes

if TYPE_CHECKING:
    from tests.fakes.slack.model import Channel, Json, Message
    from tests.fakes.slack.stage import SlackStage

LARGEST_PAGE, USUAL_PAGE = 999, 100


@method("conversations.history", tier=3, required=("channel",))
def history(stage: SlackStage, given: CallArguments) -> Json:
    """Newest first, without replies in threads."""
    channel = _readable(stage, given)
    inside = [m for m in channel.messages.values() if is_in_history(m) and _within(m, given)]
    newest_first = sorted(inside, key=lambda message: message.ts, reverse=True)
    return _page(stage, newest_first, given, usual=USUAL_PAGE) | {"pin_count": 0}


@method("conversations.replies", tier=3, required=("channel", "ts"))
def replies(stage: SlackStage, given: CallArguments) -> Json:
    """The parent, always, then its replies, oldest first."""
    channel = _readable(stage, given)
    asked = channel.messages.get(given.text("ts"))
    parent = asked and channel.messages.get(asked.thread_ts or asked.ts)
    if parent is None:
        raise SlackRefused("thread_not_found")
    below = [m for m in channel.replies(parent.ts) if _within(m, given)]
    return _page(stage, [parent, *below], given, usual=LARGEST_PAGE)


def _readable(stage: SlackStage, given: CallArguments) -> Channel:
    channel = stage.visible_channel(given.text("channel"))
    need(stage, room_scopes(channel, "history"))
    if not stage.is_member(channel):
        # "Only user tokens can access public channels they are not in."
        raise SlackRefused("not_in_channel")
    return channel


def _within(message: Message, given: CallArguments) -> bool:
    """Between `oldest` and `latest`, both exclusive unless `inclusive`."""
    ts, inclusive = float(message.ts), given.flag("inclusive")
    oldest, latest = _time(given, "oldest", 0.0), _time(given, "latest", float("inf"))
    return oldest < ts < latest or (inclusive and ts in (oldest, latest))


def _time(given: CallArguments, name: str, otherwise: float) -> float:
    try:
        return float(given.text(name) or otherwise)
    except ValueError as error:
        raise SlackRefused(f"invalid_ts_{name}") from error


def _page(stage: SlackStage, messages: list[Message], given: CallArguments, *, usual: int) -> Json:
    start = _read_cursor(given.text("cursor"))
    size = min(given.number("limit", usual) or usual, LARGEST_PAGE)
    page, rest = messages[start : start + size], messages[start + size :]
    metadata = given.flag("include_all_metadata")
    answer: Json = {
        "messages": [events.message_json(stage, message, metadata=metadata) for message in page],
        "has_more": bool(rest),
    }
    if rest:
        answer["response_metadata"] = {"next_cursor": cursor(start + size)}
    return answer


def cursor(start: int) -> str:
    """docs.slack.dev/apis/web-api/pagination: an opaque text."""
    return base64.b64encode(f"next:{start}".encode()).decode()


def _read_cursor(given: str) -> int:
    if not given:
        return 0
    try:
        return int(base64.b64decode(given, validate=True).decode().removeprefix("next:"))
    except (ValueError, binascii.Error) as error:
        raise SlackRefused("invalid_cursor") from error


read_cursor = _read_cursor

"""What a reader of a message sees, presses, and is rung up by."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.blocks import texts

if TYPE_CHECKING:
    from tests.fakes.slack.model import Json, Message

# Slack: docs.slack.dev/messaging/formatting-message-text: these ping people where text is mrkdwn.
_PING = re.compile(r"<(![a-z]+(?:\^\w+)?|@[UW]\w+)(?:\|[^>]*)?>")


def words(message: Message) -> str:
    """Everything that a message says: its blocks, or its text where it has none."""
    drawn = [_block(block) for block in message.blocks] or [message.text]
    return html.unescape("\n".join(drawn))


def _block(block: Json) -> str:
    """A section of rich text runs on; other texts stand by themselves."""
    if block.get("type") == "rich_text":
        return "\n".join("".join(texts(section)) for section in block["elements"])
    return "\n".join(texts(block))


def buttons(message: Message) -> dict[str, str]:
    """Labels of buttons, with their action_ids."""
    return {
        button["text"]["text"]: button.get("action_id", "")
        for button in _of_type(message.blocks, "button")
    }


def pings(message: Message) -> list[str]:
    """Who is notified: `!channel`, `@U…`. Empty where nobody is."""
    marked = [message.text] + [text["text"] for text in _of_type(message.blocks, "mrkdwn")]
    names = [name for text in marked for name in _PING.findall(text)]
    names += [f"!{broadcast['range']}" for broadcast in _of_type(message.blocks, "broadcast")]
    names += [f"@{user['user_id']}" for user in _of_type(message.blocks, "user")]
    return names + [
        f"!subteam^{group['usergroup_id']}" for group in _of_type(message.blocks, "usergroup")
    ]


def _of_type(value: Any, kind: str) -> list[Json]:
    if isinstance(value, list):
        return [inner for element in value for inner in _of_type(element, kind)]
    if not isinstance(value, dict):
        return []
    here = [value] if value.get("type") == kind else []
    return here + [inner for element in value.values() for inner in _of_type(element, kind)]

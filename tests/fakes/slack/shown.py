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
    said = [_block(block) for block in message.blocks] or [message.text]
    return html.unescape("\n".join(said))


def _block(block: Json) -> str:
    """A section of rich text runs on; other texts stand by themselves."""
    if block.get("type") == "rich_text":
        return "\n".join("".join(texts(section)) for section in block["elements"])
    return "\n".join(texts(block))


def buttons(message: Message) -> dict[str, str]:
    """Labels of buttons, with their action_ids."""
    return {
        one["text"]["text"]: one.get("action_id", "") for one in _of_type(message.blocks, "button")
    }


def pings(message: Message) -> list[str]:
    """Who is notified: `!channel`, `@U…`. Empty where nobody is."""
    marked = [message.text] + [one["text"] for one in _of_type(message.blocks, "mrkdwn")]
    found = [name for text in marked for name in _PING.findall(text)]
    found += [f"!{one['range']}" for one in _of_type(message.blocks, "broadcast")]
    found += [f"@{one['user_id']}" for one in _of_type(message.blocks, "user")]
    return found + [
        f"!subteam^{one['usergroup_id']}" for one in _of_type(message.blocks, "usergroup")
    ]


def _of_type(found: Any, kind: str) -> list[Json]:
    if isinstance(found, list):
        return [inner for one in found for inner in _of_type(one, kind)]
    if not isinstance(found, dict):
        return []
    here = [found] if found.get("type") == kind else []
    return here + [inner for one in found.values() for inner in _of_type(one, kind)]

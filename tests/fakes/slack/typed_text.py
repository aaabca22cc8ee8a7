"""What becomes of a text that a person types.

Slack: docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>` become entities, names
become `<@U…>` and `<#C…|name>`, addresses `<https://…>`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.slack.model import Json
    from tests.fakes.slack.stage import SlackStage

BROADCASTS = ("channel", "here", "everyone")
_TOKENS = re.compile(r"(?P<url>https?://[^\s<>]+)|@(?P<person>[\w.-]+)|#(?P<channel>[\w-]+)")


def as_sent(stage: SlackStage, text: str) -> str:
    """The `text` of the message."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    people = {person.name.lower(): person.id for person in stage.team.people.values()}
    channels = {
        channel.name: channel.id for channel in stage.team.channels.values() if channel.name
    }

    def link(match: re.Match[str]) -> str:
        if match["url"]:
            return f"<{match['url']}>"
        if match["person"] in BROADCASTS:
            return f"<!{match['person']}>"
        if person := people.get((match["person"] or "").lower()):
            return f"<@{person}>"
        if channel := channels.get(match["channel"] or ""):
            return f"<#{channel}|{match['channel']}>"
        return match[0]

    return _TOKENS.sub(link, escaped)


def as_blocks(text: str) -> list[Json]:
    """Messages of people have a rich_text block; in it nothing is escaped."""
    if not text:
        return []
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}]

"""Extracts the words of any message, whichever of its parts they are in. Pure.

Monitoring writes little into `text` and the rest into blocks and attachments. Shapes:
docs.slack.dev/reference/block-kit and docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]

_LINK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def lines_of(message: Json) -> list[str]:
    """All texts of a message, each once. What a person writes is in `text` as a whole."""
    text = typed(str(message.get("text") or ""))
    lines = [text] if text else []
    posted = bool(message.get("bot_id")) or message.get("subtype") == "bot_message"
    blocks = message.get("blocks") if posted or not text else ()
    for line in (*_in_blocks(blocks), *_in_attachments(message.get("attachments"))):
        if line.strip() and _words(line) not in _words("\n".join(lines)):
            lines.append(line.strip())
    return lines


def typed(text: str) -> str:
    """Slack's markup as the person typed it: links, mentions and fences unwrapped."""
    return unescaped(_LINK.sub(_unwrap, text).replace("```", "\n")).strip()


def unescaped(text: str) -> str:
    """Unescape; to be done last, so that an escaped `<` never starts a link."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _in_attachments(attachments: Iterable[Json] | None) -> Iterator[str]:
    """Texts of attachments; `fallback` only where there is no other."""
    for attachment in attachments or ():
        parts = [typed(str(attachment.get(part) or "")) for part in ("pretext", "title", "text")]
        fields = (_pair(field) for field in attachment.get("fields") or ())
        texts = [part for part in (*parts, *fields, *_in_blocks(attachment.get("blocks"))) if part]
        yield from texts or [typed(str(attachment.get("fallback") or ""))]


def _pair(field: Json) -> str:
    title, value = (typed(str(field.get(part) or "")) for part in ("title", "value"))
    return f"{title}: {value}" if title and value else title or value


def _in_blocks(blocks: Iterable[Json] | None) -> Iterator[str]:
    for block in blocks or ():
        match block.get("type"):
            case "rich_text":
                yield from _in_rich_text(block)
            case "section":
                yield _plain(block.get("text"))
                yield from (_plain(field) for field in block.get("fields") or ())
            case "header" | "markdown":
                yield _plain(block.get("text"))
            case "context":
                yield from (_plain(element) for element in block.get("elements") or ())


def _plain(text: Json | str | None) -> str:
    """The text of a text object; "" for an image."""
    if isinstance(text, str):
        return text
    value = str((text or {}).get("text") or "")
    return typed(value) if (text or {}).get("type") == "mrkdwn" else unescaped(value)


def _in_rich_text(part: Json) -> Iterator[str]:
    """Sections, quotes and code; each point of a list is a section."""
    elements = part.get("elements") or ()
    inner = [
        element for element in elements if str(element.get("type", "")).startswith("rich_text_")
    ]
    if not inner:
        yield "".join(_element(element) for element in elements)
    for element in inner:
        yield from _in_rich_text(element)


def _element(element: Json) -> str:
    """An element of a line, as it would have been typed."""
    match element.get("type"):
        case "link":
            url = str(element.get("url") or "")
            return f"{element['text']} {url}" if element.get("text") else url
        case "user" | "usergroup":
            return f"@{element.get('user_id') or element.get('usergroup_id')}"
        case "channel":
            return f"#{element.get('channel_id')}"
        case "broadcast":
            return f"@{element.get('range')}"
        case "emoji":
            return f":{element.get('name')}:"
        case _:
            return str(element.get("text") or element.get("fallback") or "")


def _words(text: str) -> str:
    """Words with single blanks, to find one text in another whatever their line breaks."""
    return f" {' '.join(text.split())} "


def _unwrap(match: re.Match[str]) -> str:
    """`<http://x|x>` was typed as `x`; `<@U2|dana>` is @dana, `<!here>` is @here."""
    target, label = match[1], match[2]
    if target[:1] in ("@", "#"):
        return f"{target[0]}{label or target[1:]}"
    if target[:1] == "!":
        return label or f"@{target[1:].partition('^')[0]}"
    return label if label and target.endswith(label) else f"{label or ''} {target}".strip()

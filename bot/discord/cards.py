"""Renders a card as the payload of a Discord message. Pure.

A card is one embed: its rows are lines of the description, its buttons stand below. What does not
fit, and what is folded, is on further pages that the button `More` shows to one person; a
document, such as a report, is a file. Icons only repeat what the words say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.discord.buttons import LONGEST_ID, MORE, MOST_BUTTONS, Pressed, button, button_of, rows_of
from bot.discord.escapes import FENCE, code, code_block, escaped
from bot.platform import ICONS
from core.conversation.cards.card import CASE_LINES, Card, Link, Mark, Row, Voice, voices
from core.text.redacted import legible, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEAF = 3_800  # characters of one leaf; Discord takes 4,096 in a description
NO_MENTIONS: dict[str, Any] = {"parse": []}

_COLOURS = {
    Mark.FIRING: 0xD83A34,
    Mark.WATCHING: 0xE0A526,
    Mark.RESOLVED: 0x2E9E5B,
    Mark.ANSWER: 0x3B7DD8,
    Mark.REFUSED: 0x8B5BB5,
    Mark.PROGRESS: 0x8A8F98,
}
# The url of an embed without a title is not drawn, and it is kept with the message: that is where
# our own name of the message travels. RFC 2606: nobody can own a name under `.invalid`.
_MARKER_URL = "https://faultmaven.invalid/"
_LONGEST_ROW = LEAF // 2  # a longer text goes on in the next line
_LONGEST_CITATION = 120
_NOTHING = "\u200b"  # a description may not be empty


@dataclass(frozen=True, kw_only=True)
class DiscordDocument:
    """What is sent as a file of its own. media_type: of a text in Markdown, unless it is said."""

    name: str
    content: bytes
    media_type: str = "text/markdown; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class DiscordMessage:
    """A message as Discord's API takes it, and the files that go with it."""

    body: dict[str, Any]
    documents: tuple[DiscordDocument, ...] = ()


def message_of(card: Card, *, marker: str = "", leaf: int = 0) -> DiscordMessage:
    """The card, or one further page of it; `marker` is in the message, but invisible."""
    pages = leaves(card)
    page = min(leaf, len(pages) - 1)
    embed: dict[str, Any] = {"description": pages[page], "color": _COLOURS[card.mark]}
    if marker:
        embed["url"] = f"{_MARKER_URL}{marker}"
    actions = [] if page else [button_of(action, card.case_number) for action in card.actions]
    more = [_more_button(card, page + 1)] if page + 1 < len(pages) else []
    body = {
        "embeds": [embed],
        "components": rows_of([*actions[: MOST_BUTTONS - 1], *more]),
        "allowed_mentions": NO_MENTIONS,
    }
    return DiscordMessage(body=body, documents=() if page else _documents(card, pages))


def carries(message: dict[str, Any], marker: str) -> bool:
    """Whether the message, as Discord's API gives it, was made with `marker`."""
    marker_url = f"{_MARKER_URL}{marker}"
    return any(embed.get("url") == marker_url for embed in message.get("embeds") or [])


def leaves(card: Card) -> tuple[str, ...]:
    """The pages of a card, each as one description; the first is what the message shows."""
    icon = ICONS.get(card.mark, "")
    glanced = card.mark.is_glanced
    rows = card.rows[:CASE_LINES] if glanced else card.rows
    lines = _lines(rows, listed=not glanced)
    between = "\n" if lines and lines[0].startswith(FENCE) else " "  # it begins its own line
    first = f"{icon}{between}{lines[0]}".strip() if lines else icon
    front = _pages([first or _NOTHING, *lines[1:]])
    folded = [row for row in (*card.rows[len(rows) :], *card.fold) if not row.is_document]
    return (*front, *_pages(_lines(folded, listed=True)))


def apology(text: str) -> dict[str, Any]:
    """A message for one person that says what went wrong."""
    return {
        "embeds": [{"description": f"{ICONS[Mark.REFUSED]} {text}"}],
        "allowed_mentions": NO_MENTIONS,
    }


def _lines(rows: Sequence[Row], *, listed: bool) -> list[str]:
    """The rows as lines of markdown; those below a heading are a list."""
    drawn: list[str] = []
    headed = False
    for row in rows:
        lines = _row(row, bullet="- " if listed and headed and not row.strong else "")
        headed = headed or bool(row.strong and lines)
        drawn += lines
    return drawn


def _row(row: Row, *, bullet: str) -> list[str]:
    """The lines of one row; a text that is too long for one line takes several."""
    if row.code:
        command = row.text.text[:_LONGEST_ROW].strip()
        return [code_block(command)] if command else []
    parts = [one_line(part) for part in _parts(row.text.text)]
    lines = [_struck(_formatted(part, strong=row.strong), row) for part in parts if part]
    if lines and (cited := code(_cut_citation(row.citation or ""))):
        lines[-1] += f"  {cited}"
    if lines and row.links:
        lines[-1] += "".join(f"  {_link(link)}" for link in row.links)
    return [f"{bullet}{line}" for line in lines]


def _link(link: Link) -> str:
    """A masked link whose words name the host; no bracket of the address ends it."""
    url = link.url.replace("(", "%28").replace(")", "%29").replace(">", "%3E")
    return f"[{escaped(link.text)}]({url})"


def _formatted(text: str, *, strong: bool) -> str:
    """A line with commands in code and what matters in bold."""
    drawn = "".join(_styled(voice, part, strong=strong) for voice, part in voices(text))
    return f"**{drawn}**" if strong else drawn


def _struck(drawn: str, row: Row) -> str:
    return f"~~{drawn}~~" if row.struck else drawn


def _styled(voice: Voice, part: str, *, strong: bool) -> str:
    if voice is Voice.TYPED:
        return code(part)
    return f"**{escaped(part)}**" if voice is Voice.KEY and not strong else escaped(part)


def _cut_citation(citation: str) -> str:
    """The citation, cut at its start: the end holds the line number."""
    if len(citation) <= _LONGEST_CITATION:
        return citation
    return f"…{citation[-_LONGEST_CITATION:]}"


def _parts(text: str) -> list[str]:
    """Parts that fit into a line once escaped: escaping at most doubles a text."""
    room = _LONGEST_ROW // 2
    return [
        paragraph[start : start + room]
        for paragraph in text.split("\n")
        for start in range(0, len(paragraph), room)
    ]


def _pages(lines: Iterable[str]) -> list[str]:
    pages: list[str] = []
    for line in lines:
        if pages and len(pages[-1]) + 1 + len(line) <= LEAF:
            pages[-1] += f"\n{line}"
        else:
            pages.append(line)
    return pages


def _more_button(card: Card, leaf: int) -> dict[str, Any] | None:
    """The button `More`; None where the card's key is too long for an id (a file is sent then)."""
    pressed_button = Pressed(verb=MORE, argument=f"{leaf}:{card.key}", case_number=card.case_number)
    return button(pressed_button, "More")


def _documents(card: Card, pages: Sequence[str]) -> tuple[DiscordDocument, ...]:
    number = "" if card.case_number is None else f"-{card.case_number}"
    kind = card.key.split(":", 1)[0]
    texts = [legible(row.text.text) for row in card.fold if row.is_document]
    named = [DiscordDocument(name=f"report{number}.md", content=text.encode()) for text in texts]
    longest = Pressed(verb=MORE, argument=f"1:{card.key}", case_number=card.case_number).custom_id
    if len(pages) > 1 and len(longest) > LONGEST_ID:
        named.append(DiscordDocument(name=f"{kind}{number}.md", content="\n".join(pages).encode()))
    return tuple(named)

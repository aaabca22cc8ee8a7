"""Renders a card as Slack blocks. Pure.

Text from outside goes into the text elements of rich text, in which no mention, link or markup
takes effect. `text`, which is what notifications show, is escaped, and sent with markup and
parsing turned off. Limits: docs.slack.dev/reference/block-kit/blocks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bot.platform import ICONS
from core.conversation.cards.card import CASE_LINES, Action, Card, Mark, Row, Voice, voices
from core.text.redacted import legible, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.conversation.messages.message import Opening

Block = dict[str, Any]

MORE = "more"
ACTION = "fm"
BUTTONS = 25  # in one block
LABEL = 75
VALUE = 2000
_LINE = 200  # characters of a line that is read at a glance; core keeps it below 80
_PARAGRAPH = 2800  # characters of any other line
_IN_BLOCK = 3000
_IN_MESSAGE = 9000  # of about 13,000 above which Slack answers msg_blocks_too_long
_NOTIFICATION = 700  # characters; escaped, they are at most five times as many, and 4,000 may be
_CITATION = 80
_BESIDE = "   "  # between a text and what it rests on

_EMOJI = {
    Mark.FIRING: "red_circle",
    Mark.WATCHING: "large_yellow_circle",
    Mark.RESOLVED: "white_check_mark",
    Mark.REFUSED: "no_entry",
    Mark.PROGRESS: "hourglass_flowing_sand",
}


@dataclass(frozen=True, kw_only=True)
class SlackDocument:
    """A folded text of many lines, such as a report: a file in the thread.

    name: the same for the same text, so that it can be looked for.
    """

    name: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class SlackMessage:
    """A message as it is sent. `text` stands in where the blocks cannot be shown."""

    text: str
    blocks: list[Block]
    documents: tuple[SlackDocument, ...] = ()

    def in_words(self) -> SlackMessage:
        """The message without the blocks, which Slack may refuse to draw."""
        return replace(self, blocks=[])


@dataclass(frozen=True)
class Line:
    """One drawn row. listed: a bullet point below a heading; code: preformatted."""

    elements: tuple[Block, ...]
    size: int
    listed: bool = False
    code: bool = False


def message_of(card: Card, *, unfolded: bool = False) -> SlackMessage:
    """The card as a message. unfolded: show all, for the one person who asked."""
    rows = [*card.rows, *card.fold] if unfolded else list(card.rows)
    shown = rows[: _rows_that_fit(card, rows)]
    more = bool(folded(card)) and not unfolded
    blocks = [*blocks_of(_lines(card, shown)), *_buttons(card, more=more)]
    return SlackMessage(text=notification(card), blocks=blocks, documents=documents(card))


def folded(card: Card) -> tuple[Row, ...]:
    """The rows that the message does not show in full, without those sent as documents."""
    shown = _rows_that_fit(card, card.rows)
    cut = (row for row in card.rows[:shown] if len(row.text.text) > _PARAGRAPH)
    return (*cut, *card.rows[shown:], *(row for row in card.fold if not row.is_document))


def announcement_of(opening: Opening, channel: str) -> SlackMessage:
    """One line that names the channel of a case. It is never edited, so it holds no state."""
    headline = _cut(f"Case #{opening.number} opened: {one_line(opening.title.text)}", _LINE)
    elements = [_text(headline), _text("  →  "), {"type": "channel", "channel_id": channel}]
    return SlackMessage(text=escaped(headline), blocks=[_rich(elements)])


def remark_of(*lines: str) -> SlackMessage:
    """A plain message that is posted below another one."""
    text = _cut(" ".join(one_line(line) for line in lines if line), _NOTIFICATION)
    return SlackMessage(text=escaped(text), blocks=[_rich([_text(text)])])


def documents(card: Card) -> tuple[SlackDocument, ...]:
    """Folded documents of the card, as files with the card's headline as their title."""
    title = one_line(card.rows[0].text.text)[:_LINE] if card.rows else "FaultMaven"
    return tuple(
        SlackDocument(name=_name_of(card, row.text.text), title=title, text=legible(row.text.text))
        for row in card.fold
        if row.is_document
    )


def notification(card: Card) -> str:
    """The card in plain words, with nothing that Slack would read as a mention or a link."""
    icon = ICONS.get(card.mark)
    text = "\n".join(one_line(row.text.text) for row in card.rows[:CASE_LINES])
    return escaped(_cut(f"{icon} {text}" if icon else text or "FaultMaven", _NOTIFICATION))


def escaped(text: str) -> str:
    """Escape the three special characters: docs.slack.dev/messaging/formatting-message-text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def blocks_of(lines: Iterable[Line]) -> list[Block]:
    """Rich text, in as few blocks as can hold it."""
    blocks: list[list[Line]] = []
    room = 0
    for line in lines:
        if line.size > room:
            blocks.append([])
            room = _IN_BLOCK
        blocks[-1].append(line)
        room -= line.size
    return [{"type": "rich_text", "elements": list(_grouped(block))} for block in blocks]


def pieces(row: Row) -> list[Line]:
    """A row of any length, in lines that fit into a block; the citation is on the last."""
    text = legible(row.text.text)
    parts = [text[at : at + _PARAGRAPH] for at in range(0, len(text), _PARAGRAPH)] or [""]
    cited = [None] * (len(parts) - 1) + [row.citation]
    return [
        _line(_row(row, part, citation), listed=not row.strong, code=row.code)
        for part, citation in zip(parts, cited, strict=True)
    ]


def _rows_that_fit(card: Card, rows: Sequence[Row]) -> int:
    """The number of rows that fit into a message."""
    room = _IN_MESSAGE - sum(
        len(action.label.text) + len(action.argument) for action in card.actions
    )
    most = CASE_LINES if card.mark.is_glanced else len(rows)
    for nth, row in enumerate(rows[:most]):
        room -= min(len(row.text.text), _PARAGRAPH) + len(row.citation or "")
        if room < 0:
            return nth
    return min(most, len(rows))


def _lines(card: Card, rows: Sequence[Row]) -> Iterator[Line]:
    """The drawn rows, icon first; below a heading each row is a bullet point."""
    head, headed = tuple(_head(card)), False
    glanced = card.mark.is_glanced
    for row in rows:
        drawn = _row_elements(row, most=_LINE if glanced else _PARAGRAPH, glanced=glanced)
        listed = headed and not row.strong and not glanced
        yield _line((*head, *drawn), listed=listed, code=row.code)
        head, headed = (), headed or row.strong


def _head(card: Card) -> list[Block]:
    name = _EMOJI.get(card.mark)
    return [{"type": "emoji", "name": name}, _text(" ")] if name else []


def _row_elements(row: Row, *, most: int, glanced: bool = True) -> list[Block]:
    text = one_line(row.text.text) if glanced else legible(row.text.text)
    return _row(row, _cut(text, most), row.citation)


def _row(row: Row, text: str, citation: str | None) -> list[Block]:
    """The elements of a row; a command is its text alone, so that copying gives nothing more."""
    if row.code:
        return [_text(text or " ")]
    elements = _elements(text, citation, strong=row.strong, struck=row.struck)
    return [*elements, *_links(row)]


def _elements(text: str, citation: str | None, *, strong: bool, struck: bool) -> list[Block]:
    """A line's text, with what matters in bold, and its citation."""
    drawn = [
        _code(part)
        if voice is Voice.TYPED
        else _text(part, bold=strong or voice is Voice.KEY, strike=struck)
        for voice, part in voices(text)
    ]
    if cited := one_line(citation or ""):
        drawn += [_text(_BESIDE), _code(_cut_start(cited, _CITATION))]
    return drawn or [_text(" ")]


def _links(row: Row) -> list[Block]:
    """The addresses of a row, each with its host in sight."""
    return [
        element
        for link in row.links
        for element in (_text(_BESIDE), {"type": "link", "url": link.url, "text": link.text})
    ]


def _grouped(lines: Iterable[Line]) -> Iterator[Block]:
    for (code, listed), group in groupby(lines, key=lambda line: (line.code, line.listed)):
        members = [list(line.elements) for line in group]
        if code:
            joined = [element for line in members for element in (_text("\n"), *line)][1:]
            yield {"type": "rich_text_preformatted", "elements": joined}
        elif listed:
            points = [{"type": "rich_text_section", "elements": element} for element in members]
            yield {"type": "rich_text_list", "style": "bullet", "elements": points}
        else:
            joined = [element for line in members for element in (_text("\n"), *line)][1:]
            yield {"type": "rich_text_section", "elements": joined}


def _line(elements: Sequence[Block], *, listed: bool = False, code: bool = False) -> Line:
    size = sum(len(str(element.get("text", ""))) for element in elements) + 1
    return Line(tuple(elements), size, listed, code)


def _rich(elements: list[Block]) -> Block:
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "elements": [section]}


def _text(text: str, *, bold: bool = False, strike: bool = False) -> Block:
    style = {name: True for name, on in (("bold", bold), ("strike", strike)) if on}
    element: Block = {"type": "text", "text": text}
    return element | {"style": style} if style else element


def _code(text: str) -> Block:
    return {"type": "text", "text": text, "style": {"code": True}}


def _buttons(card: Card, *, more: bool) -> list[Block]:
    """The card's buttons. An action_id is unique in its block, so repeated verbs are numbered."""
    pressed = [_button(card, action, nth) for nth, action in enumerate(card.actions)]
    buttons = [component for component in pressed if component is not None]
    if more:
        value = f"{card.case_number or 0} {card.key}"[:VALUE]
        buttons.append(_element(f"{ACTION}:{MORE}", "More", value))
    rows = [buttons[at : at + BUTTONS] for at in range(0, len(buttons), BUTTONS)]
    return [{"type": "actions", "elements": row} for row in rows[:4]]


def _button(card: Card, action: Action, nth: int) -> Block | None:
    """None for an argument that is too long: cut, it would mean something else."""
    value = f"{card.case_number or 0} {action.argument}".strip()
    if len(value) > VALUE:
        return None
    repeated = any(earlier.verb == action.verb for earlier in card.actions[:nth])
    name = f"{ACTION}:{action.verb}:{nth}" if repeated else f"{ACTION}:{action.verb}"
    return _element(name, one_line(action.label.text) or action.verb, value)


def _element(action_id: str, label: str, value: str) -> Block:
    text = {"type": "plain_text", "text": _cut(label, LABEL), "emoji": False}
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def _name_of(card: Card, text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return f"case-{card.case_number or 0}-{digest}.md"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _cut_start(text: str, most: int) -> str:
    """The citation, cut at its start: the end holds the line number."""
    return text if len(text) <= most else f"…{text[1 - most :]}"

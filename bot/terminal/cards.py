"""How does a card look in a terminal? A pure function from card to lines, none wider than asked.

Cards that are read at a glance (the case) never wrap: what does not fit is cut, and what a line
rests on keeps its place at the end. Others wrap below their text. Icon and colour only repeat
what the words say.
"""

from __future__ import annotations

import re
import unicodedata
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.text import Text

from core.conversation.model import Action, Card, Mark, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

GLANCED = (Mark.FIRING, Mark.WATCHING, Mark.RESOLVED)
CASE_LINES = 6
GAP = 2  # columns between a text and what it rests on

_ICONS = {
    Mark.FIRING: "●",
    Mark.WATCHING: "◐",
    Mark.RESOLVED: "✔",
    Mark.ANSWER: " ",
    Mark.REFUSED: "✖",
    Mark.PROGRESS: "…",
}
_COLOURS = {
    Mark.FIRING: "red",
    Mark.WATCHING: "yellow",
    Mark.RESOLVED: "green",
    Mark.ANSWER: "blue",
    Mark.REFUSED: "magenta",
    Mark.PROGRESS: "bright_black",
}
_MARGIN = 4  # the bar, a space, the icon, a space
_NARROWEST = 20
_SHARE = re.compile(r"(?<=— )(\d+ %|confirmed|rejected)")
_LEAD = re.compile(r"^(for|against|check|Next|Cause|Fix)(?=:)")
_WRAPPER = Console(file=StringIO(), width=80)


def draw(card: Card, *, width: int) -> Group:
    """The card as lines of at most `width` columns."""
    return Group(*lines(card, width=width))


def lines(card: Card, *, width: int) -> list[Text]:
    """The same, line by line. A card to glance at has at most `CASE_LINES`."""
    room = max(width, _NARROWEST) - _MARGIN
    if card.mark in GLANCED:
        body = _glanced(card, room)
    else:
        body = [line for row in card.rows for line in _wrapped(row, room)]
        body += _actions(card.actions, room)
        body += [line for row in card.fold for line in _wrapped(row, room)]
    bar, icon = Text("▌ ", style=_COLOURS[card.mark]), _ICONS[card.mark]
    heads = [icon, *[" "] * len(body)]
    styled = zip(heads, body, strict=False)
    return [Text.assemble(bar, (head, _COLOURS[card.mark]), " ", line) for head, line in styled]


def plain(text: str) -> str:
    """Without anything that a terminal would obey or that would reorder what is read."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n":
        return character
    if character == "\t":
        return " "
    # Cc: escape sequences. Cf: bidirectional overrides. Both can make a log line lie.
    return "�" if unicodedata.category(character) in {"Cc", "Cf"} else character


def _glanced(card: Card, room: int) -> list[Text]:
    body = [_one_line(row, room) for row in card.rows[:CASE_LINES]]
    hints = _hints(card.actions)
    if len(body) < CASE_LINES:
        return [*body, *_actions(card.actions, room)]
    if body[-1].cell_len + GAP + cell_len(hints) <= room:
        body[-1] = _at_end(body[-1], hints, room)
    return body


def _one_line(row: Row, room: int) -> Text:
    text = " ".join(plain(row.text.text).split())
    cited = plain(row.citation or "")
    left = room - (cell_len(cited) + GAP if cited else 0)
    line = _styled(_cut(text, left), strong=row.strong)
    return _at_end(line, cited, room) if cited else line


def _wrapped(row: Row, room: int) -> list[Text]:
    cited = plain(row.citation or "")
    written = []
    for paragraph in plain(row.text.text).split("\n"):
        text = _styled(paragraph, strong=row.strong)
        written += list(text.wrap(_WRAPPER, room)) or [Text()]
    if not cited:
        return written
    if written[-1].cell_len + GAP + cell_len(cited) <= room:
        written[-1] = _at_end(written[-1], cited, room)
        return written
    return [*written, _at_end(Text(), _cut(cited, room), room)]


def _styled(text: str, *, strong: bool) -> Text:
    line = Text(text, style="bold" if strong else "")
    line.highlight_regex(_SHARE, "bold cyan")
    line.highlight_regex(_LEAD, "cyan")
    return line


def _at_end(line: Text, ending: str, room: int) -> Text:
    """`ending` at the right edge of the line."""
    spaces = max(room - line.cell_len - cell_len(ending), 1)
    return Text.assemble(line, " " * spaces, (ending, "dim"))


def _cut(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, max(room - 1, 0)).rstrip() + "…"


def _actions(actions: Iterable[Action], room: int) -> list[Text]:
    hints = _hints(actions)
    return [Text(_cut(hints, room), style="dim")] if hints else []


def _hints(actions: Iterable[Action]) -> str:
    """What to type, as there are no buttons."""
    return " · ".join(plain(f"{one.verb} {one.argument}".strip()) for one in actions)

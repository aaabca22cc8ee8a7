"""Renders a card for a terminal: a pure function from card to lines, none wider than asked.

Cards that are read at a glance (the case) never wrap: what does not fit is cut, and what a line
rests on keeps its place at the end. Others wrap below their text. Icon and colour only repeat
what the words say.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.text import Text

from core.conversation.cards.card import CASE_LINES, TO_TYPE, Action, Card, Mark, Row
from core.text.redacted import legible, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
_HANGING = 2
_NARROWEST = 20
_SHARE = re.compile(r"(?<=— )(\d+ %|confirmed|rejected)")
_LEAD = re.compile(r"^(for|against|check|Next|Cause|Fix|Hurts|Trigger|Shown by|Do now)(?=:)")
_REFERENCE = re.compile(r" @\S+")  # which version of a runbook was shown
_END = re.compile(r" (?:—|· after) [^—·]*$")
_WRAPPER = Console(file=StringIO(), width=80)


def draw(card: Card, *, width: int) -> Group:
    """The card as lines of at most `width` columns."""
    return Group(*lines(card, width=width))


def lines(card: Card, *, width: int) -> list[Text]:
    """The card's lines as rich text. A case card has at most `CASE_LINES`."""
    room = max(width, _NARROWEST) - _MARGIN
    if card.mark.is_glanced:
        body = _case_lines(card, room)
    else:
        body = [line for row, by in _indented(card) for line in _wrapped(row, room, by)]
        body += _actions(card.actions, room)
    bar, icon = Text("▌ ", style=_COLOURS[card.mark]), _ICONS[card.mark]
    heads = [icon, *[" "] * len(body)]
    styled = zip(heads, body, strict=False)
    return [Text.assemble(bar, (head, _COLOURS[card.mark]), " ", line) for head, line in styled]


def _case_lines(card: Card, room: int) -> list[Text]:
    """Rows of a case card, with hints in the last row's free space, and its fold below."""
    body = [_one_line(row, room) for row in card.rows[:CASE_LINES]]
    hints = _hints(card.actions)
    if hints and body and body[-1].cell_len + GAP + cell_len(hints) <= room:
        body[-1] = _at_end(body[-1], hints, room)
    folded = [line for row in card.fold for line in _wrapped(row, room - _HANGING, _HANGING)]
    return [*body, *folded]


def _indented(card: Card) -> Iterator[tuple[Row, int]]:
    """Rows below a heading stand a little to the right of it."""
    headed = False
    for row in card.rows:
        headed = headed or row.strong
        yield row, 0 if row.strong or not headed else _HANGING
    for row in card.fold:
        yield row, 0 if row.is_document else _HANGING


def _one_line(row: Row, room: int) -> Text:
    text = one_line("  ".join([row.text.text, *(link.text for link in row.links)]))
    cited = _cut_start(one_line(row.citation or ""), room // 2)
    left = room - (cell_len(cited) + GAP if cited else 0)
    line = _styled(_cut_before_end(text, left), row)
    return _at_end(line, cited, room) if cited else line


def _wrapped(row: Row, room: int, indent: int) -> list[Text]:
    cited = _cut_start(one_line(row.citation or ""), room // 2)
    written = [
        Text(" " * (indent + (_HANGING if nth else 0))).append_text(line)
        for paragraph in [*legible(row.text.text).split("\n"), *_addresses(row)]
        for nth, line in enumerate(_paragraph(paragraph, room - indent, row))
    ]
    if not cited:
        return written
    if written[-1].cell_len + GAP + cell_len(cited) > room:
        written.append(Text())
    return [*written[:-1], _at_end(written[-1], cited, room)]


def _addresses(row: Row) -> list[str]:
    return [f"{link.label.text} {link.url}" for link in row.links]


def _paragraph(text: str, room: int, row: Row) -> list[Text]:
    line = _styled(text, row)
    if line.cell_len <= room:
        return [line]
    wrapped = line.wrap(_WRAPPER, room - _HANGING)
    for part in wrapped:
        part.rstrip()
    return list(wrapped)


def _styled(text: str, row: Row) -> Text:
    if row.code:
        return Text(text, style="green")
    if row.struck:
        return Text(text, style="strike dim")
    line = Text(text, style="bold" if row.strong else "")
    line.highlight_regex(_SHARE, "bold cyan")
    line.highlight_regex(_LEAD, "cyan")
    line.highlight_regex(TO_TYPE, "cyan")
    return line


def _at_end(line: Text, ending: str, room: int) -> Text:
    """`ending` at the right edge of the line."""
    spaces = max(room - line.cell_len - cell_len(ending), 1)
    return Text.assemble(line, " " * spaces, (ending, "dim"))


def _cut(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, max(room - 1, 0)).rstrip() + "…"


def _cut_before_end(text: str, room: int) -> str:
    """Cut before the line's end, which holds a probability or a duration."""
    end = _END.search(text)
    if end is None or cell_len(end[0]) > room // 2:
        return _cut(text, room)
    return _cut(text[: end.start()], room - cell_len(end[0])) + end[0]


def _cut_start(text: str, room: int) -> str:
    """Cut the start of a citation: its end is the line number."""
    if cell_len(text) <= room:
        return text
    return "…" + set_cell_size(text[::-1], max(room - 1, 0))[::-1].lstrip()


def _actions(actions: Iterable[Action], room: int) -> list[Text]:
    hints = _hints(actions)
    return [Text(_cut(hints, room), style="dim")] if hints else []


def _hints(actions: Iterable[Action]) -> str:
    """What to type, as there are no buttons; what only a button has to say is left out."""
    words = (f"{action.verb} {_REFERENCE.sub('', action.argument)}" for action in actions)
    return " · ".join(map(one_line, words))

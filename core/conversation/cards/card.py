"""What people are shown, on any platform."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from core.text.redacted import Clean

CASE_LINES = 6  # of a case's own card, at most


class Mark(StrEnum):
    """What a card's first glance says; renderers choose icon and colour, never colour alone."""

    FIRING = "firing"
    WATCHING = "watching"
    RESOLVED = "resolved"
    ANSWER = "answer"
    REFUSED = "refused"
    PROGRESS = "progress"

    @property
    def is_glanced(self) -> bool:
        """Is it a case's own card, which is read at a glance?"""
        return self in (Mark.FIRING, Mark.WATCHING, Mark.RESOLVED)


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button, or the words that do the same where there are no buttons: `confirm 1`."""

    verb: str
    argument: str
    label: Clean


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a card. `citation` is what the line rests on, drawn at its end.

    code: a command, to be copied as it stands. struck: it was said, and does not hold.
    """

    text: Clean
    citation: str | None = None
    strong: bool = False
    code: bool = False
    struck: bool = False

    @property
    def is_document(self) -> bool:
        """A text of many lines, such as a report, stands by itself."""
        return not self.code and "\n" in self.text.text


@dataclass(frozen=True, kw_only=True)
class Card:
    """One message, on any platform. The same `key` with a higher `version` edits it in place.

    `rows` are the card itself (a case's own has at most `CASE_LINES`); `fold` is what long things
    are folded into: a thread, a file, or lines below. `case_number` is the case it is about.
    """

    key: str
    version: int
    mark: Mark
    rows: tuple[Row, ...]
    actions: tuple[Action, ...] = ()
    fold: tuple[Row, ...] = ()
    case_number: int | None = None

    def emptied(self) -> Card:
        """What is left of it when nothing that it said may be."""
        return replace(self, rows=(), actions=(), fold=())

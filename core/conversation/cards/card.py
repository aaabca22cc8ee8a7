"""The card model that every platform renders, its fold, and the emphasis within a line.

Our own texts put what is to be typed between backticks. Text from outside may look the same, or
say `Next:`; then it stands out as well, and that is all that comes of it. The rows before the fold
are chosen by the lines that they take on a phone.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.text.redacted import UNBROKEN, RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CASE_LINES = 6  # of a case's own card, at most
PHONE = 48  # columns of a chat on a phone
_BULLET = 2  # columns before what stands under a heading
SHOWN = 15  # lines of it that are read before anything is unfolded
SHOWN_CHARACTERS = 1200


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
        """True for the marks of a case's own card."""
        return self in (Mark.FIRING, Mark.WATCHING, Mark.RESOLVED)


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button, or the words that do the same where there are no buttons: `confirm 1`."""

    verb: str
    argument: str
    label: RedactedText


@dataclass(frozen=True, kw_only=True)
class Link:
    """An address that people may open; what is drawn names its host. `url` begins with http."""

    label: RedactedText
    url: str

    @property
    def text(self) -> str:
        """`Runbook wiki.example.com`: whoever presses it sees where it leads."""
        return f"{self.label.text} {urlsplit(self.url).netloc}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a card. `citation` is what the line rests on, drawn at its end.

    code: a command, to be copied as it stands. struck: it was said, and does not hold.
    links: drawn after the text.
    """

    text: RedactedText
    citation: str | None = None
    strong: bool = False
    code: bool = False
    struck: bool = False
    links: tuple[Link, ...] = ()

    @property
    def is_document(self) -> bool:
        """A text of many lines, such as a report, stands by itself."""
        return not self.code and "\n" in self.text.text


@dataclass(frozen=True, kw_only=True)
class Card:
    """One message, on any platform. The same `key` with a higher `version` edits it in place.

    `rows` are the card itself (a case's own has at most `CASE_LINES`); `fold` is what long things
    are folded into: a thread, a file, or lines below. `case_number` is the case it is about.
    broadcast: it stands in a thread, and the channel around that is to hear of it.
    """

    key: str
    version: int
    mark: Mark
    rows: tuple[Row, ...]
    actions: tuple[Action, ...] = ()
    fold: tuple[Row, ...] = ()
    case_number: int | None = None
    broadcast: bool = False

    def says_the_same(self, other: Card) -> bool:
        """Whether a reader sees no difference: versions are for us."""
        return replace(self, version=other.version) == other

    def emptied(self) -> Card:
        """What is left of it when nothing that it said may be."""
        return replace(self, rows=(), actions=(), fold=())


# Two backticks in a row are nobody's words to type.
TO_TYPE = re.compile(r"(?<!`)`(?=\S)([^`\n]{1,80})(?<=\S)`(?!`)")
_TITLE = r"^(?:Next|Cause|Fix|Hurts|Trigger|Do now|Root cause(?:, confirmed| \d+\s%))(?=:)"
_KEY = rf"({_TITLE}|(?<=— )(?:\d+\s%|confirmed|rejected))"
_PARTS = re.compile(f"{TO_TYPE.pattern}|{_KEY}")
_SHARE = re.compile(r"(?:(?<=— )|(?<=^Root cause ))(\d+) %")


class Voice(Enum):
    """How a part of a line is said."""

    PLAIN = 0
    TYPED = 1  # to be typed as it stands
    KEY = 2  # what a glance looks for: the share of a hypothesis, the word before a colon


def voices(line: str) -> Iterator[tuple[Voice, str]]:
    """The parts of a line, none of them empty; `72 %` is not broken at its end."""
    unbroken = _SHARE.sub(rf"\1{UNBROKEN}%", line)
    for nth, part in enumerate(_PARTS.split(unbroken)):
        if part:
            yield Voice(nth % len(Voice)), part


@dataclass(frozen=True, kw_only=True)
class RankedRow:
    """A row and its rank: the lowest is shown first. `below` is how it reads under the fold.

    A row that stands under a heading has a higher rank than the heading.
    """

    row: Row
    rank: int
    below: Row | None = None


def line_count(row: Row) -> int:
    """Lines that the row takes on a phone, with what it rests on."""
    parts = [row.text.text, *(link.text for link in row.links), row.citation or ""]
    text = "   ".join(filter(None, parts))  # as the widest of the platforms puts them
    return max(1, len(textwrap.wrap(text, PHONE if row.strong else PHONE - _BULLET)))


def fold_rows(ranked: Sequence[RankedRow], *, room: int = SHOWN) -> tuple[list[Row], list[Row]]:
    """The rows that fit into `room` lines, by rank, and the others; both in the order given."""
    shown, left = set[int](), room
    for place in sorted(range(len(ranked)), key=lambda place: ranked[place].rank):
        left -= line_count(ranked[place].row)
        if left < 0:
            break
        shown.add(place)
    rows = [entry.row for place, entry in enumerate(ranked) if place in shown]
    others = [entry.below or entry.row for place, entry in enumerate(ranked) if place not in shown]
    return rows, others


def one_screen(card: Card) -> Card:
    """The card as chat shows it: what is over a phone's screen goes to its fold, in its order.

    A case's own card is short by itself. Of a single row that is longer, its beginning is shown.
    """
    if card.mark.is_glanced:
        return card
    fitting = _fitting_rows(card.rows)
    if fitting == len(card.rows):
        return card
    if fitting:
        rest = card.rows[fitting:]
        return replace(card, rows=card.rows[:fitting], fold=(*rest, *card.fold))
    first = card.rows[0]
    beginning = replace(first, text=first.text.line().cut((SHOWN - 2) * PHONE))
    return replace(card, rows=(beginning,), fold=(*card.rows, *card.fold))


def _fitting_rows(rows: Sequence[Row]) -> int:
    """How many of them fit on a phone's screen."""
    lines, characters = SHOWN, SHOWN_CHARACTERS
    for nth, row in enumerate(rows):
        lines -= line_count(row)
        characters -= len(row.text.text) + len(row.citation or "")
        if lines < 0 or characters < 0:
            return nth
    return len(rows)

"""Chooses the rows of a card that stand before the fold, by the lines they take on a phone."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversation.cards.card import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

PHONE = 48  # columns of a chat on a phone
_BULLET = 2  # columns before what stands under a heading
SHOWN = 15  # lines of it that are read before anything is unfolded


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
    text = f"{row.text.text}  {row.citation}" if row.citation else row.text.text
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

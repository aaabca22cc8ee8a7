"""Reads what Salt changed from what `state.apply` prints: the state, its difference, and the clock.

Salt tells the clock of each state and no day. Source: Salt 3006, the output `highstate`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import polars as pl

_COMMENT = re.compile(r"^ {4,12}Comment: (?P<said>\S.*)$")
_STARTED = re.compile(r"^ {4,12}Started: (?P<clock>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)")
_BEGINS = re.compile(r"^ {4,12}ID: ")
_ENDS = re.compile(r"^-{6,}\s*$|^\s*$|^Summary for ")
_DIFFERENCE = re.compile(r"^\s{8,40}(?P<told>[+-](?![+-])\s{0,20}\S.{0,200})$")
_MOST_LINES = 200  # of one state
_MOST_ABOVE = 6
_MOST_TOLD = 4


class SaltState(NamedTuple):
    """The rows of a state, from its first line to its last difference, and all in words."""

    row: int
    end: int
    text: str
    clock: str


def changed_state(lines: pl.Series, row: int) -> SaltState | None:
    """The state that this row comments on; None where it is no comment of a state."""
    comment = _COMMENT.match(lines[row])
    if comment is None:
        return None
    first = next(
        (at for at in range(row, max(-1, row - _MOST_ABOVE), -1) if _BEGINS.match(lines[at])), row
    )
    clock, end, differences = "", row, []
    for at in range(row + 1, min(len(lines), row + _MOST_LINES)):
        if _ENDS.match(lines[at]):
            break
        if started := _STARTED.match(lines[at]):
            clock = started["clock"]
        elif difference := _DIFFERENCE.match(lines[at]):
            differences.append(difference["told"])
            end = at
    words = [comment["said"], "; ".join(differences[:_MOST_TOLD])]
    return SaltState(first, end, ": ".join(filter(None, words)), clock)

"""Lines without what a chat, a terminal or a diff puts in front of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

# What quotes, numbers or names the source of a line: `> `, `web-1  | `, `+`, `  693  `.
_PREFIX = re.compile(
    r"(?:>[ ]?|\d{4}-\d\d-\d\dT[\d:.]{8,18}Z[ ](?:##\[[a-z]{3,8}\][ ]?)?"
    r"|[\w.-]{1,40}[ ]{1,8}\|[ ]|\+|[ ]{1,4}\d{1,5}[ ]{2})"
)


class ReadAccounts:
    """The lines that were read below headings of accounts.

    A line below two headings is read once as long as no account came before it, and once after:
    what follows is the same for both. waiting, listed: the numbers of lines that were read so.
    """

    def __init__(self) -> None:
        self.waiting = self.listed = range(0)


class BareLines:
    """Lines without what a chat, a terminal or a diff puts in front of each."""

    def __init__(self, lines: Sequence[str] | pl.Series) -> None:
        self._lines = lines
        self._bare: dict[int, str] = {}  # each is asked for by many of those above it
        # What was read already, so that a text of nothing but headings is not read anew for each.
        self.declared: dict[int, tuple[int, bool]] = {}  # by depth, of `_declared`
        self.accounts = ReadAccounts()

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, number: int) -> str:
        line = self._bare.get(number)
        if line is None:
            line = self._bare[number] = self.raw(number)[self.offset(number) :]
        return line

    def raw(self, number: int) -> str:
        """The line with what stands in front of it."""
        return self._lines[number] or ""

    def offset(self, number: int) -> int:
        match = _PREFIX.match(self._lines[number] or "")
        return match.end() if match else 0


def following(lines: BareLines, number: int, count: int) -> Iterator[tuple[int, str]]:
    """At most `count` lines below that one, with their numbers."""
    for at in range(number + 1, min(number + 1 + count, len(lines))):
        yield at, lines[at]

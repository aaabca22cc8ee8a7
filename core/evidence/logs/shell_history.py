"""What somebody ran by hand, by the history that a shell keeps: `#1795552789`, then the command."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

_STAMP = re.compile(r"#(1\d{9})\s*")
_SHOWN = 0.2  # of the lines at least are stamps: commands of several lines have one


class RanCommand(NamedTuple):
    """row: of the command in its block. at: naive UTC. line: as zsh keeps it, on one line."""

    row: int
    at: datetime
    line: str


def is_history(lines: pl.Series) -> bool:
    """Whether a block is of the history that bash keeps where it is told to keep the times."""
    first = next((line for line in lines if line.strip()), "")
    if not _STAMP.fullmatch(first):
        return False
    stamps = lines.str.contains(rf"^{_STAMP.pattern}$").sum()
    return bool(stamps >= _SHOWN * len(lines))


def commands_in(lines: pl.Series) -> Iterator[RanCommand]:
    """The first line of each command, with its time."""
    stamp = None
    for row, line in enumerate(lines):
        if stamped := _STAMP.fullmatch(line):
            stamp = int(stamped[1])
        elif stamp is not None and line.strip():
            at = datetime.fromtimestamp(stamp, UTC).replace(tzinfo=None)
            yield RanCommand(row, at, f": {stamp}:0;{line.strip()}")
            stamp = None

"""What begins in a log that is silent most of the time: a job, a script, somebody's deed.

No word of such a line need be known. A log of a few lines a day that speaks again says that
something was begun then, in whatever language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.evidence.logs.chat_lines import is_chatter
from core.evidence.logs.levels import guess_level
from core.evidence.model import COMPLAINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from core.evidence.lines import Block

BEGUN = "work_began"
MOST_LINES = 80  # of a quiet log
_SILENCE = timedelta(minutes=5)
_LONGER = 10  # times as long as the longest pause in what was said before


@dataclass
class Silence:
    """Sees the blocks of a log in order."""

    _latest: datetime | None = None
    _pause: timedelta = timedelta(0)  # the longest since the last silence
    _is_quiet: bool = True

    def broken_in(self, block: Block, columns: pl.DataFrame) -> Iterator[int]:
        """The rows of a block that break a silence, and complain of nothing.

        None of a log that has many lines.
        """
        self._is_quiet = self._is_quiet and block.number + len(block.lines) - 1 <= MOST_LINES
        if not self._is_quiet:
            return
        for row, moment in enumerate(columns["time"]):
            if moment is None:
                continue
            pause = moment - (self._latest or moment)
            self._latest = moment
            if pause < max(_SILENCE, _LONGER * self._pause):
                self._pause = max(pause, self._pause)
                continue
            self._pause = timedelta(0)
            if _is_calm(block.lines[row]):
                yield row


def _is_calm(text: str) -> bool:
    return guess_level(text) not in COMPLAINTS and not is_chatter(text)

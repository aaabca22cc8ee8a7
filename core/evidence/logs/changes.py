"""What was changed, by the log: each release, reload and start on its own, with time and service.

Unlike other lines these are not counted by kind: which one came just before the failure matters.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from core.evidence.logs.levels import read_level
from core.evidence.model import Level
from core.signatures import Role, match, signals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from core.evidence.reading.lines import Block

MAX_CHANGES = 60  # of one log, the latest ones
MAX_MINOR = 20  # starts of processes and other things that weigh little
_MAX_LOOKED_AT = 400  # lines of a block that hold a word of a change
_MAX_ORDINARY = 20_000
_MINOR = 1.0  # weight of a signal, in nats, under which a change is minor
_LOOK_AT = 2_000
_SERVICE = re.compile(r"(?i)\b(?:service|svc|app|deployment|component)[=:]\s?[\"']?([a-z][\w.-]*)")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line that tells of a change, and where it is. `at` is naive UTC."""

    text: str
    level: Level | None
    at: datetime | None
    service: str | None
    signals: tuple[str, ...]
    line: int
    byte_start: int
    byte_end: int


@dataclass
class ChangeFinder:
    """Sees the blocks of a log in order, with what the layout read of them."""

    major: deque[Change] = field(default_factory=lambda: deque(maxlen=MAX_CHANGES))
    minor: deque[Change] = field(default_factory=lambda: deque(maxlen=MAX_MINOR))
    _ordinary: set[int] = field(default_factory=set)  # kinds of lines that tell of no change

    def watch(self, block: Block, columns: pl.DataFrame) -> None:
        """Note the changes of a block."""
        hits = block.lines.str.contains_any(_words(), ascii_case_insensitive=True)
        rows = hits.fill_null(value=False).arg_true()
        keys = columns["key"].gather(rows)
        told = ~keys.is_in(list(self._ordinary))
        looked = zip(rows.filter(told), keys.filter(told), strict=True)
        for row, key in islice(_unlike(looked, self._ordinary), _MAX_LOOKED_AT):
            change = _read(block, columns, row)
            if change.signals:
                weight = max(signals()[name].weight for name in change.signals)
                (self.minor if weight < _MINOR else self.major).append(change)
            elif len(self._ordinary) < _MAX_ORDINARY:
                self._ordinary.add(key)

    def found(self) -> list[Change]:
        """All that are kept, in the log's order."""
        return sorted([*self.major, *self.minor], key=lambda change: change.line)


def _unlike(looked: Iterable[tuple[int, int]], ordinary: set[int]) -> Iterator[tuple[int, int]]:
    """Rows whose kind is not known to be ordinary by now: it grows while they are looked at."""
    return ((row, key) for row, key in looked if key not in ordinary)


def is_change(name: str) -> bool:
    """Does a signal of this name tell of a change?"""
    return signals()[name].role is Role.CHANGE


@cache
def _words() -> list[str]:
    return sorted(
        {need for name, one in signals().items() if is_change(name) for need in one.needs}
    )


def _read(block: Block, columns: pl.DataFrame, row: int) -> Change:
    text = block.lines[row][:_LOOK_AT]
    told = columns.row(row, named=True)
    level = read_level(told["level"]) if told["level"] else None
    named = _SERVICE.search(text)
    return Change(
        text=text,
        level=level,
        at=told["time"],
        service=told["service"] or (named[1] if named else None),
        signals=tuple(name for name in match(text, level) if is_change(name)),
        line=block.number + row,
        byte_start=int(block.starts[row]),
        byte_end=int(block.starts[row + 1]),
    )

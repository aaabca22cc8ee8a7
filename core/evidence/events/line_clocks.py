"""Which lines of a text were written within two times of the day, by the clocks they show.

A line without a clock belongs to the one before it: a stack trace, a wrapped message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.evidence.events.line_search import TextLine

# Also behind the year of an access log: `23/Nov/2026:13:05:07`.
_CLOCK = re.compile(
    r"(?:(?<=\d{4}:)|(?<![\d:]))([01]\d|2[0-3]|(?<=\s)\d):([0-5]\d):([0-5]\d)(?!\d)"
)


@dataclass(frozen=True)
class ClockSpan:
    """What the clock of a line may show, whole seconds; `since` after `until` holds a midnight."""

    since: time | None = None
    until: time | None = None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None

    def holds(self, clock: time) -> bool:
        """Whether it lies within."""
        after = self.since is None or self.since <= clock
        before = self.until is None or clock <= self.until
        if self.since is not None and self.until is not None and self.since > self.until:
            return after or before
        return after and before

    def of(self, lines: Iterable[TextLine]) -> Iterator[TextLine]:
        """The lines within. Of a text whose lines show no clock, all."""
        is_within = True
        for line in lines:
            if match := _CLOCK.search(line.text):
                hour, minute, second = map(int, match.groups())
                is_within = self.holds(time(hour, minute, second))
            if is_within:
                yield line


ANY = ClockSpan()

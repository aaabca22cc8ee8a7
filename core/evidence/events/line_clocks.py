"""Which lines of a text were written within two times of the day, by the clocks they show.

A line without a clock belongs to the one before it: a stack trace, a wrapped message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.evidence.events.line_search import TextLine

# Also behind the year of an access log: `23/Nov/2026:13:05:07`.
_CLOCK = re.compile(
    r"(?:(?<=\d{4}:)|(?<![\d:]))([01]\d|2[0-3]|(?<=\s)\d):([0-5]\d):([0-5]\d)(?!\d)"
)


# Or seconds, or parts of one, since 1970: where a line begins, or a field says that it is a time.
_EPOCH = re.compile(
    r"(?:^\W{0,3}|(?i:\b(?:ts|time|timestamp|date|at)[\"']?\s?[=:]\s?[\"']?))"
    r"(1[5-9]\d{8})(?:\d{3}|\d{6}|\d{9})?(?![\w:-])"
)


def clock_of(line: str) -> time | None:
    """The time of the day that a line shows, whole seconds; of an epoch, that of UTC."""
    if match := _CLOCK.search(line):
        hour, minute, second = map(int, match.groups())
        return time(hour, minute, second)
    epoch = _EPOCH.search(line)
    return datetime.fromtimestamp(int(epoch[1]), UTC).time() if epoch else None


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
            if clock := clock_of(line.text):
                is_within = self.holds(clock)
            if is_within:
                yield line


ANY = ClockSpan()

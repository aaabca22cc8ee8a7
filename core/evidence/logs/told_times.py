"""When what a text tells of was: by the clock in its line and the day above it.

What people write down, and what a terminal shows, tells the day once at most.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from itertools import chain
from typing import TYPE_CHECKING

from core.clock import from_iso
from core.evidence.logs.date_stamps import find_moment, find_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

MAX_ABOVE = 200  # lines between what was done and the time that its tool, or its writer, told
_LOOK_AT = 200  # characters
_CLOCK = re.compile(
    r"(?<![\d:.,/-])(?P<hour>[01]?\d|2[0-3])[:h](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    r"(?![\d:]|\s?(?:min|sec|hours?\b|ms\b))"
)

# `Starting Liquibase at 02:02:33 using Java 17`: what is told below was then.
_BEGAN = re.compile(
    r"(?i)\b(?:start|began|begin)\w{0,6}\b.{0,40}\bat "
    r"(?P<clock>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)\b"
)


def lines_above(lines: pl.Series, row: int) -> Iterator[str]:
    """Those in which the time of a line that tells none is looked for, the nearest first."""
    return (lines[place] for place in range(row - 1, max(-1, row - MAX_ABOVE), -1))


def exact_moment(text: str) -> datetime | None:
    """The time that a cell or a field tells in ISO 8601, naive UTC as in tables; None if none."""
    moment = from_iso(text)
    return moment.replace(tzinfo=None) if moment else None


def told_moment(lines: pl.Series, row: int, *, reference: datetime) -> datetime | None:
    """The moment, UTC, of what a line tells; None where neither it nor a line above says.

    reference: about when the text was written, for the day where no line tells one.
    """
    above = (text[:_LOOK_AT] for text in lines_above(lines, row))
    if own := own_moment(lines, row, reference=reference):
        return own
    for text in above:
        if moment := find_moment(text):
            return moment
        if began := _BEGAN.search(text):
            return on_day_of(reference, began["clock"])
    return None


def own_moment(lines: pl.Series, row: int, *, reference: datetime) -> datetime | None:
    """The moment, UTC, that the line itself tells, if only by its clock; None where it does not.

    reference: as for `told_moment`.
    """
    line = lines[row][:_LOOK_AT]
    if moment := find_moment(line):
        return moment
    clock = _CLOCK.search(line)
    if clock is None:
        return None
    above = (text[:_LOOK_AT] for text in lines_above(lines, row))
    stamp = next(filter(None, map(find_stamp, chain([line], above))), None)
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second"))
    return datetime.combine((stamp or reference).date(), time(hour, minute, second), UTC)


def on_day_of(reference: datetime, clock: str) -> datetime:
    """The moment of a clock, `01:45:09`, on the day when a text was written, UTC."""
    return datetime.combine(reference.date(), time.fromisoformat(clock), UTC)


class LatestTime:
    """Sees the times of a log's lines in order, a block at a time."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def fill(self, times: pl.Series) -> pl.Series:
        """With the latest time for lines that tell none, those of earlier blocks too."""
        if times.null_count():
            times = times.fill_null(strategy="forward")
            times = times if self._latest is None else times.fill_null(self._latest)
        if len(times):
            latest = times[-1]
            self._latest = latest if isinstance(latest, datetime) else None
        return times

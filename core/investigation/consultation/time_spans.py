"""A span of time that a model asks for, by times of the day of the incident."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from core.evidence.events.line_clocks import ClockSpan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.evidence.model import Finding

_DAY = timedelta(days=1)
_EVER = datetime(2000, 1, 2, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)  # by which zones differ
_PRINTED = re.compile(r"(?<![\d.])([01]\d|2[0-3]|(?<=\s)\d):([0-5]\d):([0-5]\d)(?!\d)")
_LOOK_AT = 200  # characters of a line, in which its clock stands


class TimeSpan(NamedTuple):
    """A span of time; without an end on a side where it has None."""

    since: datetime | None
    until: datetime | None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None

    def clocks(self, ahead: timedelta) -> ClockSpan:
        """What lines written in it show. ahead: how far their clock is ahead of UTC.

        A span without an end is half a day long: times of the day tell no more.
        """
        if not self:
            return ClockSpan()
        since = self.since or (self.until or _EVER) - _DAY / 2
        until = self.until or since + _DAY / 2
        return ClockSpan((since + ahead).time(), (until + ahead).time())

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies in it."""
        return (self.since is None or self.since <= moment) and (
            self.until is None or moment <= self.until
        )

    def touches(self, finding: Finding) -> bool:
        """Whether a line that the finding stands for may lie in it."""
        if not self or finding.first is None or finding.last is None:
            return not self
        return (self.until is None or finding.first <= self.until) and (
            self.since is None or finding.last >= self.since
        )


def clock_ahead(findings: Iterable[Finding]) -> timedelta:
    """How far the clock that a log shows is ahead of UTC, by the first line that tells it."""
    for finding in findings:
        shown = _PRINTED.search(finding.text.text[:_LOOK_AT])
        if shown is not None and finding.first is not None:
            hour, minute, second = map(int, shown.groups())
            printed = finding.first.replace(hour=hour, minute=minute, second=second)
            ahead = round((printed - finding.first) / _QUARTER) * _QUARTER
            return (ahead + _DAY / 2) % _DAY - _DAY / 2
    return timedelta()


def span_near(day: datetime, since: str, until: str) -> TimeSpan:
    """The span between two times of the day, each the nearest to `day`; what is none bounds not."""
    return TimeSpan(_moment(since, day), _moment(until, day))


def _moment(words: str, day: datetime) -> datetime | None:
    """A time of the day that is nearest to `day`; None where it is none."""
    try:
        clock = time.fromisoformat(words.removesuffix("Z").strip())
    except ValueError:
        return None
    moment = day.replace(
        hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=clock.microsecond
    )
    nearby = (moment - _DAY, moment, moment + _DAY)
    return min(nearby, key=lambda each: abs(each - day))

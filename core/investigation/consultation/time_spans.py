"""A span of time that a model asks for, by times of the day of the incident."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from core.evidence.events.line_clocks import ClockSpan

if TYPE_CHECKING:
    from core.evidence.model import Finding

_DAY = timedelta(days=1)


class TimeSpan(NamedTuple):
    """A span of time; without an end on a side where it has None."""

    since: datetime | None
    until: datetime | None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def clocks(self) -> ClockSpan:
        """What lines written in it show."""
        since, until = (end.time() if end else None for end in self)
        return ClockSpan(since, until)

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

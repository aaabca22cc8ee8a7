"""Which days and times of day does a question name? `at 14:05`, `on 13 October`, `2026-03-02`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_ISO = re.compile(r"\b\d{4}-(\d{2})-(\d{2})\b")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}\b")
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\.? (\d{{1,2}})(?:st|nd|rd|th)?\b")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")
_ABOUT = timedelta(minutes=5)
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Days as (month, day), times of day in minutes; UTC."""

    days: frozenset[tuple[int, int]]
    minutes: frozenset[int]

    @classmethod
    def of(cls, question: str) -> Self:
        """Those that the question names."""
        asked = question.casefold()
        days = {(int(month), int(day)) for month, day in _ISO.findall(asked)}
        days |= {(_MONTHS.index(month) + 1, int(day)) for day, month in _DAY_FIRST.findall(asked)}
        days |= {(_MONTHS.index(month) + 1, int(day)) for month, day in _MONTH_FIRST.findall(asked)}
        minutes = {int(hour) * 60 + int(minute) for hour, minute in _CLOCK.findall(asked)}
        return cls(days=frozenset(days), minutes=frozenset(minutes))

    def names(self, at: datetime) -> bool:
        """Is it on one of the days, about one of the times?"""
        if not self.days and not self.minutes:
            return False
        moment = at.astimezone(UTC)
        on_day = not self.days or (moment.month, moment.day) in self.days
        return on_day and (not self.minutes or self._is_about(moment.hour * 60 + moment.minute))

    def _is_about(self, minute: int) -> bool:
        about = int(_ABOUT.total_seconds() // 60)
        apart = (abs(minute - one) for one in self.minutes)
        return any(min(gap, _DAY_MINUTES - gap) <= about for gap in apart)

"""Finds the moment that a line of a tool's output begins with, ends with or consists of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from core.evidence.logs.timestamps import ZONE, offset_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<name>(?i:{'|'.join(_MONTHS)}))[a-z]{{0,6}}\.?"
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?"
_FRACTION = r"(?:[.,](?P<part>\d{1,6})\d{0,3})?"
_CLOCK = rf"(?P<hour>\d{{1,2}}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d){_FRACTION})?"
_HALF = r"(?:[ \u202f]?(?P<half>[AaPp])\.?[Mm]\.?)?"
_ZONE = rf"(?P<zone>{ZONE})?"
_YEAR, _DAY = r"(?P<year>20\d\d)", r"(?P<day>[0-3]?\d)"
_FORMS = (
    rf"{_YEAR}[-/.](?P<month>[01]\d)[-/.](?P<day>[0-3]\d)(?:T| {{1,3}}){_CLOCK}{_HALF}{_ZONE}",
    rf"(?P<first>[0-3]?\d)[/.](?P<other>[0-3]?\d)[/.]{_YEAR},? {{1,3}}{_CLOCK}{_HALF}{_ZONE}",
    rf"{_WEEKDAY}{_MONTH} {{1,2}}{_DAY} {{1,2}}{_CLOCK}{_HALF}{_ZONE} {_YEAR}",
    rf"{_WEEKDAY}{_DAY}[ -]{_MONTH}[ -]{_YEAR},? {{1,2}}{_CLOCK}{_HALF}{_ZONE}",
    rf"{_WEEKDAY}{_MONTH} {{1,2}}{_DAY},? {_YEAR},? {{1,2}}{_CLOCK}{_HALF}{_ZONE}",
    r"(?P<epoch>1\d{9})(?:\.\d{1,9})?",
)
_DATED = tuple(re.compile(rf"(?<![\w./:-]){form}(?![\w:/])") for form in _FORMS)
_CLOCK_ALONE = re.compile(rf"(?<![\w./:-]){_CLOCK}{_HALF}(?![\w:/])")
_DATE = re.compile(
    rf"(?:{_YEAR}-(?P<month>[01]\d)-(?P<day>[0-3]\d)"
    r"|(?P<first>[0-3]?\d)[/.](?P<other>[0-3]?\d)[/.](?P<short>(?:20)?\d\d))(?!\d)"
)
_MAY_TELL = re.compile(r"\d:[0-5]\d|1\d{9}")
_YEAR_OR_EPOCH = re.compile(r"(?<!\d)20\d\d(?!\d)|1\d{9}")
_SECONDS_NEEDED = 8  # characters of a clock alone that tells its seconds
_BACK = 12 * 3600.0  # seconds that a clock goes back at midnight, at least
_DAY_LONG = 86_400.0


@dataclass(frozen=True)
class Moment:
    """A moment in a line, from `start` to `end` (characters). seconds: since 1970, or midnight."""

    seconds: float
    start: int
    end: int
    is_dated: bool

    def is_all_of(self, text: str) -> bool:
        """Whether a text has nothing beside it but brackets or quotes."""
        return len(text.strip()) <= self.end - self.start + 2


@lru_cache(maxsize=8)  # a line is asked for as a whole, then as a row
def find_moment(line: str) -> Moment | None:
    """The first dated moment of a line, else its first clock with seconds; None without one."""
    if not _MAY_TELL.search(line):
        return None
    for pattern in _DATED if _YEAR_OR_EPOCH.search(line) else ():
        match = pattern.search(line)
        seconds = _seconds(match) if match else None
        if match and seconds is not None:
            return Moment(seconds, match.start(), match.end(), is_dated=True)
    clock = _CLOCK_ALONE.search(line)
    if clock is None or len(clock[0]) < _SECONDS_NEEDED or clock["second"] is None:
        return None
    seconds = _clock(clock)
    return None if seconds is None else Moment(seconds, clock.start(), clock.end(), is_dated=False)


def find_date(line: str) -> float | None:
    """The midnight, UTC, of a date by itself in a line, as sysstat's heading has it."""
    match = _DATE.search(line)
    return _midnight(match.groupdict()) if match else None


def _seconds(match: re.Match[str]) -> float | None:
    parts = match.groupdict()
    if epoch := parts.get("epoch"):
        return float(epoch)
    midnight, clock = _midnight(parts), _clock(match)
    if midnight is None or clock is None:
        return None
    offset = offset_of(parts["zone"]) if parts.get("zone") else None
    return midnight + clock - (offset or timedelta()).total_seconds()


def _clock(match: re.Match[str]) -> float | None:
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23:  # noqa: PLR2004 - hours of a day
        return None
    fraction = float(f"0.{match['part'] or 0}")
    return hour * 3600.0 + int(match["minute"]) * 60 + int(match["second"] or 0) + fraction


def _midnight(parts: dict[str, str | None]) -> float | None:
    """Of `11/25/2026` the month stands first where that can be; of `25.11.2026` the day."""
    year = int(parts.get("year") or parts.get("short") or 0)
    if name := parts.get("name"):
        month, day = _MONTHS.index(name.lower()) + 1, int(parts["day"] or 0)
    elif parts.get("first"):
        month, day = int(parts["first"] or 0), int(parts["other"] or 0)
        if month > 12:  # noqa: PLR2004 - months of a year
            month, day = day, month
    else:
        month, day = int(parts["month"] or 0), int(parts["day"] or 0)
    try:
        return datetime(year + 2000 * (year < 100), month, day, tzinfo=UTC).timestamp()  # noqa: PLR2004 - two digits
    except ValueError:
        return None


class Calendar:
    """Dates the clocks of a file, by the last date it told; past midnight the next day begins."""

    def __init__(self, written: datetime) -> None:
        self._midnight = written.timestamp() // _DAY_LONG * _DAY_LONG
        self._last: float | None = None

    def set_date(self, midnight: float) -> None:
        """The day of the clocks that follow."""
        self._midnight, self._last = midnight, None

    def date(self, moment: Moment) -> float:
        """Seconds since 1970."""
        if moment.is_dated:
            self._midnight, self._last = moment.seconds // _DAY_LONG * _DAY_LONG, None
            return moment.seconds
        if self._last is not None and moment.seconds < self._last - _BACK:
            self._midnight += _DAY_LONG
        self._last = moment.seconds
        return self._midnight + moment.seconds

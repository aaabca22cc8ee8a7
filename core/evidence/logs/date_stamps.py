"""Dates for lines that tell the clock alone, by the date that a line above them tells.

The output of a job begins with the date once, then tells hours, minutes and seconds; past midnight
these begin anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.logs.timestamps import ZONE, offset_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_ABOVE = 20_000  # lines above the first stamp
_LOOK_AT = 200  # characters of a line in which a date stamp stands
_EARLY = 30  # characters of a line before a stamp between other lines
_MIDNIGHT = timedelta(hours=3)  # lines out of order are less than that apart
_LONG_BEFORE = timedelta(hours=18)  # what a stamp of when it was exported is not
_IN_ADVANCE = timedelta(days=2)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<name>(?i:{'|'.join(_MONTHS)}))[a-z]{{0,6}}"
_CLOCK = r"(?P<hour>[0-2]\d):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
_STAMPS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\w./-])(?P<year>20\d\d)[-/](?P<month>[01]\d)[-/](?P<day>[0-3]\d)"
        rf"(?:[T ]{{1,2}}{_CLOCK}|(?![-/\w]|\.\w))",
        rf"(?<![\w./-])(?P<day>\d{{1,2}})[ /-]{_MONTH}[ /-](?P<year>20\d\d)"
        rf"(?:[ :T]{{1,2}}{_CLOCK})?",
        r"(?<![\w./-])(?P<day>[0-3]?\d)\.(?P<month>[01]?\d)\.(?P<year>20\d\d)(?![./-]?\w)"
        rf"(?:,?[T ]{{1,2}}{_CLOCK})?",
        rf"\b{_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK} (?:[A-Z]{{2,5}} )?(?P<year>20\d\d)\b",
        rf"\b{_MONTH} {{1,2}}(?P<day>\d{{1,2}}),? (?P<year>20\d\d)\b",
    )
)
_OF_ANOTHER_DAY = re.compile(
    r"(?i)\b(?:expir\w{0,8}|until|valid|not ?after|due|deadline|since|releas\w{0,4}|version|built"
    r"|copyright|eol|last|latest|previous|prior|next|scheduled|planned|yesterday|tomorrow|baseline"
    r"|compar\w{0,5}|retain\w{0,4}|older|newer|before|after)\b"
)
# The parts of a job's log begin and end so. Source: GitLab's runner, custom collapsible sections.
_SECTION = re.compile(r"[^\w\n]{0,8}section_(?:start|end):(1\d{9}):")
_BEGINS_WITH_CLOCK = re.compile(r"(?:[A-Z]{1,8}:?[ |]{1,3}|\[[A-Z]{4,8}\] )?[\[(<]?\d\d?:\d\d:\d\d")
_ZONE = re.compile(rf"(?:\.\d{{1,9}})?({ZONE})")
_CONTINUES = re.compile(r"[\s\"'{}|)\],]")
_LEADS_IN = re.compile(r"\W{0,8}(?:[A-Za-z]{1,12}:? ){0,2}\W{0,3}")


@dataclass
class DateStamps:
    """Dates the times of a log that tells the clock alone, block by block.

    Lines above the first stamp stay as they were read; where the first MAX_ABOVE lines have no
    stamp, all do. reference: about when the file was written: stamps of later days mean another's.
    """

    reference: datetime
    _lines: int = 0
    _last: datetime | None = None
    _back: timedelta = _LONG_BEFORE
    _within: int = _LOOK_AT

    def date(self, lines: Iterable[str], columns: pl.DataFrame) -> pl.DataFrame:
        """The columns of the next lines, each `time` on the day that is told above it."""
        if self._last is None and self._lines > MAX_ABOVE:
            return columns
        dated = list(map(self._date, lines, columns["time"]))
        self._lines += len(dated)
        if self._last is None:
            return columns
        return columns.with_columns(pl.Series("time", dated, dtype=columns.schema["time"]))

    def _date(self, line: str, moment: datetime | None) -> datetime | None:
        if _BEGINS_WITH_CLOCK.match(line):
            self._within = _EARLY  # what stands between lines begins its line
        elif stamp := find_stamp(line[:_LOOK_AT], within=self._within):
            latest = self.reference.astimezone(UTC).replace(tzinfo=None) + _IN_ADVANCE
            if stamp <= latest:
                self._last, self._back = stamp, _LONG_BEFORE
                return None if moment is None else stamp
        if moment is None or self._last is None:
            return moment
        on_day = datetime.combine(self._last.date(), moment.time())
        is_next = on_day < self._last - self._back
        self._last, self._back = (on_day + timedelta(days=1) if is_next else on_day), _MIDNIGHT
        return self._last


def find_stamp(line: str, *, within: int = _LOOK_AT) -> datetime | None:
    """The date that a line is of, with its clock if it tells one; None where it tells another's.

    within: characters before it, at most; where these are few, it has to begin the line.
    """
    stamp = _search(line, within)
    return _moment(stamp.groupdict()) if stamp else None


def find_moment(line: str) -> datetime | None:
    """The moment, UTC, that a line is of; None where it tells no clock, or another's date."""
    if section := _SECTION.match(line):
        return datetime.fromtimestamp(int(section[1]), UTC)
    stamp = _search(line[:_LOOK_AT], _LOOK_AT)
    if stamp is None or stamp.groupdict().get("hour") is None:
        return None
    moment = _moment(stamp.groupdict())
    zone = _ZONE.match(line, stamp.end())
    offset = (offset_of(zone[1]) if zone else None) or timedelta()
    return (moment - offset).replace(tzinfo=UTC) if moment else None


def _search(line: str, within: int) -> re.Match[str] | None:
    if not any(map(str.isdigit, line)) or _CONTINUES.match(line):
        return None
    for pattern in _STAMPS:
        stamp = pattern.search(line)
        if stamp is None:
            continue
        above = line[: stamp.start()]
        is_near = within >= _LOOK_AT or _LEADS_IN.fullmatch(above) is not None
        if len(above) <= within and is_near and not _OF_ANOTHER_DAY.search(above):
            return stamp
    return None


def _moment(parts: Mapping[str, str | None]) -> datetime | None:
    name = (parts.get("name") or "").lower()
    month = _MONTHS.index(name) + 1 if name else int(parts["month"] or 0)
    hour, minute, second = (int(parts.get(part) or 0) for part in ("hour", "minute", "second"))
    try:
        day = datetime(int(parts["year"] or 0), month, int(parts["day"] or 0))  # noqa: DTZ001 - as the file says it
        return day.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        return None

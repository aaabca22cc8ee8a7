"""From when to when? Times as people give them become moments, counted from what the files tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from core.errors import WrongUsage


@dataclass(frozen=True)
class DayStart:
    """The midnight (UTC) with which a day began: today's where `ago` is 0, yesterday's where 1."""

    ago: int


# How long ago, a moment, or a time of day (UTC) on the day that it can only mean.
Edge = timedelta | datetime | time | DayStart

_DAY = timedelta(days=1)
_DAYS = {"today": DayStart(0), "yesterday": DayStart(1)}
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": _DAY,
    "w": timedelta(weeks=1),
}
_LENGTH = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s?(s|m|h|d|w)[a-z]*")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?\s?(am|pm)?\s?(?:z|utc)?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[t ].{1,32})?")


class CountedFrom(StrEnum):
    """What "the last hour" is counted back from."""

    NEWEST = "newest event"
    AT = "--at"


@dataclass(frozen=True, kw_only=True)
class Window:
    """As it was asked for. None leaves an end open."""

    since: Edge | None = None
    until: Edge | None = None


@dataclass(frozen=True, kw_only=True)
class Settled:
    """Moments at last: the first one in it, and the first one after it.

    counted_from: what relative times were counted from, which is at `anchor`; None without any.
    known: False where it cannot be told, as no file tells a time: nothing is in it then.
    """

    since: datetime | None = None
    until: datetime | None = None
    counted_from: CountedFrom | None = None
    anchor: datetime | None = None
    known: bool = True

    def holds(self, moment: datetime) -> bool:
        """Is it within the window?"""
        begun = self.since is None or moment >= self.since
        return self.known and begun and (self.until is None or moment < self.until)


def settle(
    window: Window, *, at: datetime | None, first: datetime | None, newest: datetime | None
) -> Settled:
    """The window as moments. first, newest: of the events; without times only `at` can tell.

    Nothing after `at` is in it, where that is given.
    """
    anchor = at or newest
    since = _moment(window.since, anchor, first)
    until = _moment(window.until, anchor, first)
    if since and until and since >= until and isinstance(window.since, time):
        since -= _DAY  # between 23:50 and 00:10
    if at and until is None:
        until = at + timedelta.resolution
    counted = CountedFrom.AT if at else CountedFrom.NEWEST
    edges = (window.since, window.until)
    is_relative = any(isinstance(edge, timedelta | DayStart) for edge in edges)
    return Settled(
        since=since,
        until=until,
        counted_from=counted if anchor and (is_relative or at) else None,
        anchor=anchor,
        known=anchor is not None or all(isinstance(one, datetime | None) for one in edges),
    )


def read_edge(text: str) -> Edge:
    """`1h`, `90 min`, `14:05`, `2:05 pm`, `today`, `2026-11-20T14:05Z`. Raises WrongUsage."""
    said = text.strip().lower()
    if said in _DAYS:
        return _DAYS[said]
    if match := _LENGTH.fullmatch(said):
        return read_length(float(match[1]), match[2])
    if match := _CLOCK.fullmatch(said):
        return _clock(match, said)
    if _MOMENT.fullmatch(said):
        try:
            moment = datetime.fromisoformat(said.replace("utc", "").strip().upper())
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError) as error:  # 0001-01-01T00:00+02:00 is before all time
            raise _misread(said) from error
    raise _misread(said)


def read_length(count: float, unit: str) -> timedelta:
    """unit: its first letter tells. Raises WrongUsage for what is longer than time."""
    try:
        return count * _UNITS[unit[0]]
    except OverflowError as error:
        raise _misread(f"{count:g}{unit}") from error


def _clock(match: re.Match[str], said: str) -> time:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        hour = hour % 12 + (12 if match[4] == "pm" else 0)
    try:
        return time(hour, minute, second)
    except ValueError as error:
        raise _misread(said) from error


def _misread(said: str) -> WrongUsage:
    step = "Write 90m, 1h or 2d, 14:05, or 2026-11-20T14:05Z."
    return WrongUsage(f"{said[:40]} is no time that is understood", next_step=step)


def _moment(edge: Edge | None, anchor: datetime | None, first: datetime | None) -> datetime | None:
    match edge:
        case None:
            return None
        case datetime():
            return edge
        case timedelta():
            return _before(anchor, edge)
        case DayStart():
            today = _on(anchor, time()) if anchor else None
            return _before(today, edge.ago * _DAY)
        case time():
            return _on_its_day(edge, anchor, first)


def _before(anchor: datetime | None, length: timedelta) -> datetime | None:
    if anchor is None:
        return None
    try:
        return anchor - length
    except OverflowError:  # before year 1: everything
        return None


def _on_its_day(clock: time, anchor: datetime | None, first: datetime | None) -> datetime | None:
    """The last time that the clock showed it; a time to come only where no event is as old."""
    if anchor is None:
        return None
    today = _on(anchor, clock)
    yesterday = today - _DAY
    if today > anchor and first is not None and yesterday >= first:
        return yesterday
    return today


def _on(moment: datetime, clock: time) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), clock, tzinfo=UTC)

"""Time windows and event queries: parsing what people write, and resolving relative times."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from core.errors import WrongUsage
from core.evidence.model import Level


@dataclass(frozen=True)
class DayStart:
    """Midnight (UTC) at the start of a day: `ago` days before today."""

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
    """The reference that relative times such as "the last hour" count back from."""

    NEWEST = "newest event"
    AT = "--at"


@dataclass(frozen=True, kw_only=True)
class Window:
    """A time window as it was asked for. None leaves an end open."""

    since: Edge | None = None
    until: Edge | None = None


@dataclass(frozen=True, kw_only=True)
class ResolvedWindow:
    """A window of absolute times: `since` is inclusive, `until` exclusive.

    counted_from: what relative times were counted from, which is at `anchor`; None without any.
    known: False where no file has times, so that the window cannot be resolved and nothing is in
    it.
    """

    since: datetime | None = None
    until: datetime | None = None
    counted_from: CountedFrom | None = None
    anchor: datetime | None = None
    known: bool = True

    def holds(self, moment: datetime) -> bool:
        """Whether this time is within the window."""
        begun = self.since is None or moment >= self.since
        return self.known and begun and (self.until is None or moment < self.until)


def resolve_window(
    window: Window, *, at: datetime | None, first: datetime | None, newest: datetime | None
) -> ResolvedWindow:
    """Resolve a window to absolute times.

    first, newest: times of the events; without them only `at` resolves relative times. Nothing
    after `at` is in the window, where it is given.
    """
    anchor = at or newest
    since = _resolve_edge(window.since, anchor, first)
    until = _resolve_edge(window.until, anchor, first)
    if since and until and since >= until and isinstance(window.since, time):
        since -= _DAY  # between 23:50 and 00:10
    if at and until is None:
        until = at + timedelta.resolution
    counted = CountedFrom.AT if at else CountedFrom.NEWEST
    edges = (window.since, window.until)
    is_relative = any(isinstance(edge, timedelta | DayStart) for edge in edges)
    return ResolvedWindow(
        since=since,
        until=until,
        counted_from=counted if anchor and (is_relative or at) else None,
        anchor=anchor,
        known=anchor is not None or all(isinstance(edge, datetime | None) for edge in edges),
    )


def parse_edge(text: str) -> Edge:
    """Parse `1h`, `90 min`, `14:05`, `2:05 pm`, `today` or `2026-11-20T14:05Z`.

    Raises WrongUsage.
    """
    value = text.strip().lower()
    if value in _DAYS:
        return _DAYS[value]
    if match := _LENGTH.fullmatch(value):
        return parse_length(float(match[1]), match[2])
    if match := _CLOCK.fullmatch(value):
        return _parse_clock(match, value)
    if _MOMENT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.replace("utc", "").strip().upper())
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError) as error:  # 0001-01-01T00:00+02:00 is before all time
            raise _misread_error(value) from error
    raise _misread_error(value)


def parse_length(count: float, unit: str) -> timedelta:
    """Parse a duration.

    unit: recognised by its first letter. Raises WrongUsage where it overflows.
    """
    try:
        return count * _UNITS[unit[0]]
    except OverflowError as error:
        raise _misread_error(f"{count:g}{unit}") from error


def _parse_clock(match: re.Match[str], text: str) -> time:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        hour = hour % 12 + (12 if match[4] == "pm" else 0)
    try:
        return time(hour, minute, second)
    except ValueError as error:
        raise _misread_error(text) from error


def _misread_error(text: str) -> WrongUsage:
    step = "Write 90m, 1h or 2d, 14:05, or 2026-11-20T14:05Z."
    return WrongUsage(f"{text[:40]} is no time that is understood", next_step=step)


def _resolve_edge(
    edge: Edge | None, anchor: datetime | None, first: datetime | None
) -> datetime | None:
    match edge:
        case None:
            return None
        case datetime():
            return edge
        case timedelta():
            return _time_before(anchor, edge)
        case DayStart():
            today = _at_clock(anchor, time()) if anchor else None
            return _time_before(today, edge.ago * _DAY)
        case time():
            return _on_day_of(edge, anchor, first)


def _time_before(anchor: datetime | None, length: timedelta) -> datetime | None:
    if anchor is None:
        return None
    try:
        return anchor - length
    except OverflowError:  # before year 1: everything
        return None


def _on_day_of(clock: time, anchor: datetime | None, first: datetime | None) -> datetime | None:
    """The latest day with this time; in the future only where no event is as old."""
    if anchor is None:
        return None
    today = _at_clock(anchor, clock)
    yesterday = today - _DAY
    if today > anchor and first is not None and yesterday >= first:
        return yesterday
    return today


def _at_clock(moment: datetime, clock: time) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), clock, tzinfo=UTC)


_NO_KIND = 2**31
DEFAULT_LIMIT = 50  # rows that are shown where nobody says how many
MAX_LIMIT = 1_000
_LEVEL_SPELLINGS = {
    **{level.value: level for level in Level},
    "warn": Level.WARNING,
    "err": Level.ERROR,
    "critical": Level.FATAL,
    "trace": Level.DEBUG,
}


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """A query for events. None and empty match every event.

    at: what relative times count back from, else the newest event. level: the lowest one included.
    service: its name, or a part of it. templates: by their numbers in a file.
    """

    window: Window = field(default_factory=Window)
    at: datetime | None = None
    level: Level | None = None
    service: str | None = None
    host: str | None = None
    id: str | None = None
    templates: tuple[int, ...] = ()
    limit: int = DEFAULT_LIMIT
    oldest_first: bool = False


@dataclass(frozen=True, kw_only=True)
class EventQueryText:
    """A query as people and scripts write it: `error`, `1h`, `14:05`, `2026-11-20T14:05Z`."""

    level: str | None = None
    since: str | None = None
    until: str | None = None
    at: str | None = None
    service: str | None = None
    host: str | None = None
    id: str | None = None
    kind: int | None = None
    limit: int = DEFAULT_LIMIT
    oldest_first: bool = False

    def read(self) -> EventQuery:
        """Parse the query. Raises WrongUsage."""
        if not 1 <= self.limit <= MAX_LIMIT:
            step = "A window that is narrower shows the rest."
            raise WrongUsage(f"a limit is from 1 to {MAX_LIMIT}", next_step=step)
        if self.kind is not None and not 0 <= self.kind < _NO_KIND:
            step = "`faultmaven extract FILE` numbers the kinds of its lines from 0."
            raise WrongUsage("no kind of line has that number", next_step=step)
        return EventQuery(
            window=Window(
                since=parse_edge(self.since) if self.since else None,
                until=parse_edge(self.until) if self.until else None,
            ),
            at=_parse_anchor(self.at) if self.at else None,
            level=_parse_level(self.level) if self.level else None,
            service=self.service or None,
            host=self.host or None,
            id=self.id or None,
            templates=() if self.kind is None else (self.kind,),
            limit=self.limit,
            oldest_first=self.oldest_first,
        )


def _parse_level(text: str) -> Level:
    level = _LEVEL_SPELLINGS.get(text.strip().lower())
    if level is None:
        step = f"One of: {', '.join(Level)}."
        raise WrongUsage(f"{text[:40]} is no level", next_step=step)
    return level


def _parse_anchor(text: str) -> datetime:
    edge = parse_edge(text)
    if not isinstance(edge, datetime):
        step = "For example 2026-11-20T14:05Z."
        raise WrongUsage("what to count back from needs its date", next_step=step)
    return edge

"""Parses the time, place, id and order that a question names.

A clause of time is taken out of the question, so that what is left can be compared with the
examples of an intent; the others fill slots and stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.errors import WrongUsage
from core.evidence.events.window import DayStart, Edge, Window, parse_edge, parse_length
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Callable

AROUND, AT_A_SECOND = timedelta(minutes=5), timedelta(seconds=30)
MOST = 1_000


class Subject(StrEnum):
    """What is to be shown."""

    EVENTS = "events"
    CHANGES = "changes"
    SHARED_IDS = "ids in several files"


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Which lines are asked for. within: files or services by name; on: a host, or one of them.

    text: words that a line must hold. limit: None where nobody said how many. oldest_first: None
    where nobody said which end. every_file: ids in all files, and not only in several. near: the
    moment around which lines are wanted, the nearest first.
    """

    subject: Subject = Subject.EVENTS
    window: Window = field(default_factory=Window)
    level: Level | None = None
    within: tuple[str, ...] = ()
    on: str | None = None
    id: str | None = None
    limit: int | None = None
    oldest_first: bool | None = None
    every_file: bool = False
    text: str = ""
    near: Edge | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it says when, where or whose."""
        return bool(self.window != Window() or self.within or self.on or self.id or self.text)


_BARE = re.compile(
    r"(?<=\s)(since|after|before|until|till|at|around|about|from|between|and|to|by|@|~)\s?"
    r"([01]?\d|2[0-3])(?:[.h]?([0-5]\d)|(?<=\d\d)h)(?=\s)"
)
_SIGNED = re.compile(r"(?<=\s)([@~])\s?(?=\d)")
_PREPOSITIONS = {"@": "at", "~": "around"}


def with_clocks(text: str) -> str:
    """The same with `1405`, `14.05` and `14h` after a word of time as clocks, `@` and `~` as words.

    said: in lower case, with single spaces.
    """
    padded = _BARE.sub(lambda match: f"{match[1]} {match[2]}:{match[3] or '00'}", f" {text} ")
    return _SIGNED.sub(lambda match: f"{_PREPOSITIONS[match[1]]} ", padded).strip()


def _between(lookup: Lookup, match: re.Match[str]) -> Lookup:
    window = Window(since=parse_edge(_clock(match[1])), until=parse_edge(_clock(match[2])))
    return replace(lookup, window=window)


def _last(lookup: Lookup, match: re.Match[str]) -> Lookup:
    """`the last hour`, `past 10 minutes`."""
    length = parse_length(_NUMBERS.get(match[1] or "", 0) or float(match[1] or 1), match[2])
    return replace(lookup, window=replace(lookup.window, since=length))


def _ago(lookup: Lookup, match: re.Match[str]) -> Lookup:
    """`errors 1h`, `10m errors`: the last of it, where no other time is told."""
    return _alone(lookup, Window(since=parse_length(float(match[1]), match[2])))


def _since(lookup: Lookup, match: re.Match[str]) -> Lookup:
    return replace(lookup, window=replace(lookup.window, since=parse_edge(_clock(match[1]))))


def _until(lookup: Lookup, match: re.Match[str]) -> Lookup:
    return replace(lookup, window=replace(lookup.window, until=parse_edge(_clock(match[1]))))


def _at(lookup: Lookup, match: re.Match[str]) -> Lookup:
    """`at 14:05` is that minute, `at 14:05:20` half of one to either side, `around` is five."""
    edge = parse_edge(_clock(match[2]))
    if match[1] == "at" and match[2].count(":") < 2:  # noqa: PLR2004 - no seconds
        return _alone(lookup, Window(since=edge, until=_moved(edge, timedelta(minutes=1))))
    side = AT_A_SECOND if match[1] == "at" else AROUND
    window = Window(since=_moved(edge, -side), until=_moved(edge, side))
    return replace(_alone(lookup, window), near=edge)


def _day(lookup: Lookup, match: re.Match[str]) -> Lookup:
    """`yesterday`, `on 2026-11-20`: all of that day; `today` beside a time of day says no more."""
    if match[1] == "today" and lookup.window != Window():
        return lookup
    edge = parse_edge(match[1])
    return _alone(lookup, Window(since=edge, until=_moved(edge, timedelta(days=1))))


def _part_of_day(lookup: Lookup, match: re.Match[str]) -> Lookup:
    """`this morning` is since midnight, `this afternoon` since noon."""
    since: Edge = DayStart(0) if match[1] == "morning" else parse_edge("12:00")
    return _alone(lookup, Window(since=since))


def _alone(lookup: Lookup, window: Window) -> Lookup:
    """Raises WrongUsage where the question tells another time, too."""
    if lookup.window != Window():
        raise WrongUsage("two times, and no word for how they go together")
    return replace(lookup, window=window)


def _moved(edge: Edge, by: timedelta) -> Edge:
    """Raises WrongUsage where that is before or after all time."""
    try:
        if isinstance(edge, time):
            return (datetime.combine(datetime(2000, 1, 2), edge) + by).time()  # noqa: DTZ001
        if isinstance(edge, DayStart):
            return DayStart(edge.ago - by.days)
        return edge + by
    except OverflowError as error:
        raise WrongUsage("no such time") from error


def _clock(text: str) -> str:
    """`2 pm` and `noon` as the rest of us write them."""
    text = {"noon": "12:00", "midnight": "00:00"}.get(text, text)
    return re.sub(r"^(\d{1,2})(?:$|\s?(am|pm))", r"\1:00 \2", text).strip()


def _order(lookup: Lookup, match: re.Match[str]) -> Lookup:
    count = next((number for number in (match["before"], match["after"]) if number), None)
    limit = None if count is None else int(_NUMBERS.get(count, 0) or count)
    if limit == 0:
        raise WrongUsage("none at all?")
    is_oldest = match["end"] in ("first", "earliest", "oldest")
    return replace(lookup, limit=min(limit, MOST) if limit else None, oldest_first=is_oldest)


def _id(lookup: Lookup, match: re.Match[str]) -> Lookup:
    return replace(lookup, id=next(group for group in match.groups() if group))


def _on(lookup: Lookup, match: re.Match[str]) -> Lookup:
    return replace(lookup, on=match[1])


def _within(lookup: Lookup, match: re.Match[str]) -> Lookup:
    return replace(lookup, within=tuple(name for name in match.groups() if name))


_NUMBERS = {
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "forty five": 45,
    "sixty": 60,
    "four": 4,
    "six": 6,
    "couple of": 2,
    "a couple of": 2,
    "couple": 2,
    "few": 5,
    "half": 0.5,
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "five": 5,
    "ten": 10,
    "half an": 0.5,
}
_NUMBER = (
    r"\d{1,4}(?:\.\d)?|half an|half|a couple of|couple of|couple|few|an?|one|two|three|four|five"
    r"|six|ten|fifteen|twenty|thirty|forty five|forty|sixty"
)
_UNIT = r"s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?"
_MOMENT = (
    r"((?:\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"
    r"|\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]m)?|\d{1,2}\s?[ap]m|noon|midnight|today|yesterday)"
    r"(?:\s?(?:z|utc)\b)?)"
)
_TIME = rf"{_MOMENT}(?=\s)"
# Between two times a number is an hour.
_HOUR = _MOMENT.replace(r"|noon|", r"|\d{1,2}(?!\S)|noon|")
_TO = r"(?:\s(?:and|to|until|till)\s|\s?[-\u2013]\s?)"
WHOSE = "request|trace|correlation|session"
# What is said of evidence as such, and so names neither a file nor a service nor a host.
_NO_NAME = (
    r"(?!(?:the|this|that|all|any|both|every|each|it|here|common|log|logs|file|files|case"
    r"|evidence|time|order)\s)"
)
_NAME = rf"{_NO_NAME}([a-z_][\w./-]{{1,80}})"
_THING = r"(?:the\s)?(?:service\s|file\s|log\s|logs\sof\s|log\sof\s)?"
_AFTER_NAME = r"(?:\s(?:service|file|logs?))?(?=\s)"
_TIMES: tuple[tuple[re.Pattern[str], Callable[[Lookup, re.Match[str]], Lookup]], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"\s(?:between|from)\s{_HOUR}{_TO}{_HOUR}(?=\s)", _between),
        (rf"\s{_MOMENT}{_TO}{_TIME}", _between),
        (
            r"\s(?:(?:from|in|during|over|within|for|of|since)\s)?(?:the\s)?(?:last|past|previous)\s"
            rf"(?:({_NUMBER})\s?)?({_UNIT})(?=\s)",
            _last,
        ),
        (rf"\s(?:since|from)\s({_NUMBER})\s?({_UNIT})(?:\sago)?(?=\s)", _last),
        (r"\sfrom\s(today|yesterday)(?=\s)", _day),
        (rf"\s(?:since|after|from|starting at|starting from)\s{_TIME}", _since),
        (r"\s(?:from\s)?this\s(morning|afternoon)(?=\s)", _part_of_day),
        (rf"\s(?:before|until|till|up to|prior to)\s{_TIME}", _until),
        (rf"\s(at|around|about|near)\s{_TIME}", _at),
        (r"\s(?:(?:of|on|for)\s)?(today|yesterday|\d{4}-\d\d-\d\d)(?:'s)?(?=\s)", _day),
        (r"\s-?(\d{1,4})\s?(s|secs?|m|mins?|h|hrs?|hours?|minutes?|d|days?)(?=\s(?!ago\s))", _ago),
    )
)
_SLOTS: tuple[tuple[re.Pattern[str], Callable[[Lookup, re.Match[str]], Lookup]], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (
            r"\s(?:the\s)?(?:(?P<before>\d{1,4})\s)?"
            r"(?P<end>last|latest|newest|most recent|recent|first|earliest|oldest)"
            r"(?:\s(?P<after>\d{1,4}|two|three|five|ten))?(?=\s)",
            _order,
        ),
        (
            rf"\s(?:(?:with|for|of|having|about)\s)?(?:the\s)?(?:(?:{WHOSE}|span)[ _-]?)?"
            r"id(?:[:=]\s?|\s(?=\S{0,127}\d))([\w.:/-]{3,128})(?=\s)"
            r"|\s(?:with|for|of|containing|about)\s(?:request\s|trace\s)?"
            r"(?=[^\s]{0,127}\d)([\w.:/-]{4,128})(?=\s)",
            _id,
        ),
        (rf"\son\s(?:the\s)?(?:host\s|node\s|machine\s|server\s|pod\s)?{_NAME}(?=\s)", _on),
        (rf"\sfrom\s(?:the\s)?(?:host|node|machine|server|pod)\s{_NAME}(?=\s)", _on),
        (rf"\sin\s(?:both\s)?{_THING}{_NAME}\sand\s(?:in\s)?{_THING}{_NAME}{_AFTER_NAME}", _within),
        (rf"\s(?:in|of|from|by|for)\s{_THING}{_NAME}{_AFTER_NAME}", _within),
    )
)


def without_times(text: str, *, mark: str) -> tuple[str, Lookup]:
    """The text with each clause of time replaced by a mark, and the window they tell together.

    text: in lower case, with single spaces. Raises WrongUsage where it tells no possible time, or
    two of them.
    """
    rest, lookup = f" {with_clocks(text)} ", Lookup()
    for pattern, read in _TIMES:
        if match := pattern.search(rest):
            lookup = read(lookup, match)
            rest = f"{rest[: match.start()]} {mark} {rest[match.end() :]}"
    return rest, lookup


def with_slots(lookup: Lookup, text: str) -> Lookup:
    """The look-up with the order, id, host and names that a text without times tells.

    Raises WrongUsage where none at all are wanted.
    """
    rest = f" {text} "
    for pattern, read in _SLOTS:
        if match := pattern.search(rest):
            lookup = read(lookup, match)
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    return lookup

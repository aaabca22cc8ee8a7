"""Does a question ask for lines of the evidence by their time, level, service, host or id?

A small grammar of plain English: every clause that is known is taken out of the question, and what
is left must be a subject ("errors", "what changed", "which request ids fail") and words that say
nothing. One word more, and it is a question for somebody else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.conversation.spelling import respelt
from core.errors import WrongUsage
from core.evidence.events.window import DayStart, Edge, Window, read_edge, read_length
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 300  # characters; a longer text is a story, not a look-up
AROUND = timedelta(minutes=5)
MOST = 1_000


class Subject(StrEnum):
    """What is to be shown."""

    EVENTS = "events"
    CHANGES = "changes"
    SHARED_IDS = "ids in several files"


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """A question, understood. within: files or services that it names; on: a host, or one of them.

    limit: None where nobody said how many. oldest_first: None where nobody said which end.
    every_file: ids in all files, and not only in several.
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

    @property
    def is_narrow(self) -> bool:
        """Does it say when, where or whose?"""
        return bool(self.window != Window() or self.within or self.on or self.id)


def lookup_in(question: str) -> Lookup | None:
    """What is to be looked up; None where anything in the question is not understood."""
    if len(question) > LONGEST:
        return None
    said = " ".join(question.casefold().replace(",", " ").split()).strip("?!. ")
    found = _read(said)
    return _read(respelt(said, _SPELT)) if found is None else found


def _read(said: str) -> Lookup | None:
    rest, found = f" {said} ", Lookup()
    try:
        for pattern, read in _CLAUSES:
            if match := pattern.search(rest):
                found = read(found, match)
                rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    except WrongUsage:  # 25:00 is no time
        return None
    return _about(found, rest)


def _about(found: Lookup, rest: str) -> Lookup | None:
    for pattern, read in _SUBJECTS:
        if match := pattern.search(rest):
            words = set(f"{rest[: match.start()]} {rest[match.end() :]}".split())
            return read(found, match, words) if words <= _SAYS_NOTHING else None
    return found if found.id and set(rest.split()) <= _SAYS_NOTHING else None


def _events(found: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:
    said = set(match[0].split())
    levels = [level for level, spelt in _LEVELS.items() if said & spelt]
    pick = min if said & {"and", "or"} else max  # fatal errors; errors and warnings
    found = replace(found, level=pick(levels, key=list(Level).index, default=None))
    if said & _MANY:
        is_counted = "many" in words  # how many there are of a cause, the case itself knows
        return found if found.is_narrow or not is_counted else None
    if found.oldest_first is None:
        return found if found.is_narrow else None
    if found.oldest_first and not found.is_narrow:  # the case itself knows its first error
        return None
    return replace(found, limit=found.limit or 1)


def _happened(found: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:  # noqa: ARG001
    """`what happened at 14:05`: everything."""
    return found if found.window != Window() else None


def _changes(found: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:  # noqa: ARG001
    """Without a window the case knows the answer, and what it means for the causes."""
    if found.window == Window() or "many" in words:
        return None
    return replace(found, subject=Subject.CHANGES)


def _shared_ids(found: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:  # noqa: ARG001
    level = Level.ERROR if match["fails"] else None
    if match["where"] is None and len(found.within) < 2:  # noqa: PLR2004 - files to compare
        return None
    every = bool(set((match["where"] or "").split()) & {"all", "every", "each"})
    return replace(found, subject=Subject.SHARED_IDS, level=level, every_file=every)


def _between(found: Lookup, match: re.Match[str]) -> Lookup:
    window = Window(since=read_edge(_clock(match[1])), until=read_edge(_clock(match[2])))
    return replace(found, window=window)


def _last(found: Lookup, match: re.Match[str]) -> Lookup:
    """`the last hour`, `past 10 minutes`."""
    length = read_length(_NUMBERS.get(match[1] or "", 0) or float(match[1] or 1), match[2])
    return replace(found, window=replace(found.window, since=length))


def _since(found: Lookup, match: re.Match[str]) -> Lookup:
    return replace(found, window=replace(found.window, since=read_edge(_clock(match[1]))))


def _until(found: Lookup, match: re.Match[str]) -> Lookup:
    return replace(found, window=replace(found.window, until=read_edge(_clock(match[1]))))


def _at(found: Lookup, match: re.Match[str]) -> Lookup:
    """`at 14:05` is that minute, `around 14:05` five to either side."""
    edge = read_edge(_clock(match[2]))
    if match[1] == "at":
        return _alone(found, Window(since=edge, until=_moved(edge, timedelta(minutes=1))))
    return _alone(found, Window(since=_moved(edge, -AROUND), until=_moved(edge, AROUND)))


def _day(found: Lookup, match: re.Match[str]) -> Lookup:
    """`yesterday`, `on 2026-11-20`: all of that day."""
    edge = read_edge(match[1])
    return _alone(found, Window(since=edge, until=_moved(edge, timedelta(days=1))))


def _alone(found: Lookup, window: Window) -> Lookup:
    """Raises WrongUsage where the question tells another time, too."""
    if found.window != Window():
        raise WrongUsage("two times, and no word for how they go together")
    return replace(found, window=window)


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


def _clock(said: str) -> str:
    """`2 pm` and `noon` as the rest of us write them."""
    said = {"noon": "12:00", "midnight": "00:00"}.get(said, said)
    return re.sub(r"^(\d{1,2})(?:$|\s?(am|pm))", r"\1:00 \2", said).strip()


def _order(found: Lookup, match: re.Match[str]) -> Lookup:
    count = next((one for one in (match["before"], match["after"]) if one), None)
    limit = None if count is None else int(_NUMBERS.get(count, 0) or count)
    if limit == 0:
        raise WrongUsage("none at all?")
    is_oldest = match["end"] in ("first", "earliest", "oldest")
    return replace(found, limit=min(limit, MOST) if limit else None, oldest_first=is_oldest)


def _id(found: Lookup, match: re.Match[str]) -> Lookup:
    return replace(found, id=next(one for one in match.groups() if one))


def _on(found: Lookup, match: re.Match[str]) -> Lookup:
    return replace(found, on=match[1])


def _within(found: Lookup, match: re.Match[str]) -> Lookup:
    return replace(found, within=tuple(one for one in match.groups() if one))


_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "five": 5, "ten": 10, "half an": 0.5}
_NUMBER = r"\d{1,4}(?:\.\d)?|half an|an?|one|two|three|five|ten"
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
_WHOSE = "request|trace|correlation|session"
# What is said of evidence as such, and so names neither a file nor a service nor a host.
_NO_NAME = (
    r"(?!(?:the|this|that|all|any|both|every|each|it|here|log|logs|file|files|case|evidence)\s)"
)
_NAME = rf"{_NO_NAME}([a-z_][\w./-]{{1,80}})"
_THING = r"(?:the\s)?(?:service\s|file\s|log\s|logs\sof\s|log\sof\s)?"
_AFTER_NAME = r"(?:\s(?:service|file|logs?))?(?=\s)"
_CLAUSES: tuple[tuple[re.Pattern[str], Callable[[Lookup, re.Match[str]], Lookup]], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"\s(?:between|from)\s{_HOUR}{_TO}{_HOUR}(?=\s)", _between),
        (rf"\s{_MOMENT}\s?[-\u2013]\s?{_TIME}", _between),
        (
            r"\s(?:(?:from|in|during|over|within|for|of|since)\s)?(?:the\s)?(?:last|past|previous)\s"
            rf"(?:({_NUMBER})\s?)?({_UNIT})(?=\s)",
            _last,
        ),
        (rf"\s(?:since|from)\s({_NUMBER})\s?({_UNIT})\sago(?=\s)", _last),
        (r"\sfrom\s(today|yesterday)(?=\s)", _day),
        (rf"\s(?:since|after|from|starting at|starting from)\s{_TIME}", _since),
        (rf"\s(?:before|until|till|up to)\s{_TIME}", _until),
        (rf"\s(at|around|about)\s{_TIME}", _at),
        (r"\s(?:(?:of|on|for)\s)?(today|yesterday|\d{4}-\d\d-\d\d)(?:'s)?(?=\s)", _day),
        (
            r"\s(?:the\s)?(?:(?P<before>\d{1,4})\s)?"
            r"(?P<end>last|latest|newest|most recent|recent|first|earliest|oldest)"
            r"(?:\s(?P<after>\d{1,4}|two|three|five|ten))?(?=\s)",
            _order,
        ),
        (
            rf"\s(?:(?:with|for|of|having|about)\s)?(?:the\s)?(?:(?:{_WHOSE}|span)[ _-]?)?"
            r"id[:=\s]\s?([\w.:/-]{3,128})(?=\s)"
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
_LEVELS = {
    Level.FATAL: {"fatal", "fatals", "critical", "criticals", "panics"},
    Level.ERROR: {"error", "errors", "failure", "failures"},
    Level.WARNING: {"warn", "warns", "warning", "warnings"},
    Level.INFO: {"info"},
    Level.DEBUG: {"debug"},
}
_MANY = {
    *("errors", "failures", "fatals", "criticals", "panics", "warns", "warnings"),
    *("lines", "events", "entries", "records", "messages", "logs", "everything", "anything"),
}
_WORD = "|".join(
    sorted({"line", "event", "entry", "message", *_MANY, *set().union(*_LEVELS.values())})
)
_SUBJECTS: tuple[
    tuple[re.Pattern[str], Callable[[Lookup, re.Match[str], set[str]], Lookup | None]], ...
] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (
            rf"\s(?:(?:{_WHOSE})[ _-]?)?(?:ids?|requests|traces)\s"
            r"(?:that\s|which\s)?(?P<fails>(?:have\s)?(?:fail|error|break|broke)\w{0,6}\s)?"
            r"(?:(?:are|appear|occur|show up|is|be)\s)?(?:found\s|seen\s)?"
            r"(?P<where>(?:in\s|across\s)?"
            r"(?:both|all|several|multiple|two|every|each|more than one)\s)?",
            _shared_ids,
        ),
        (
            r"\s(?:changed|changes?|deploy(?:ed|s|ments?)?|releas(?:ed?|es)|restart(?:ed|s)?"
            r"|rolled out|rollouts?)(?=\s)",
            _changes,
        ),
        (rf"\s(?:log\s)?(?:{_WORD})(?:\s(?:and\s|or\s)?(?:{_WORD})){{0,2}}(?=\s)", _events),
        (r"\swhat\shappened(?=\s)", _happened),
    )
)
_SAYS_NOTHING = frozenset(
    {
        *("a", "all", "and", "any", "anything", "every", "just", "me", "now", "only", "our", "out"),
        *("are", "been", "can", "could", "did", "do", "does", "get", "got", "had", "has", "have"),
        *("case", "evidence", "file", "files", "from", "here", "how", "i", "in", "is", "it", "log"),
        *("display", "fetch", "find", "for", "give", "let's", "list", "many", "of", "please"),
        *("happen", "happened", "happening", "logged", "logs", "print", "s", "see", "show", "some"),
        *("tell", "that", "the", "there", "these", "this", "to", "us", "want", "was", "we", "were"),
        *("what", "which", "with", "you"),
    }
)
# Every word above that somebody may misspell, and those that a misspelling may not be taken for.
_SPELT = frozenset(
    {
        *("both", "changed", "changes", "containing", "deploys", "deployed", "each", "entry"),
        *("event", "fail", "failed", "host", "line", "message", "multiple", "node", "released"),
        *("request", "requests", "restarted", "restarts", "service", "session", "several"),
        *("trace", "traces", "when", "where", "why"),
        *("after", "around", "before", "between", "during", "midnight", "noon", "over", "past"),
        *("previous", "since", "till", "today", "until", "within", "yesterday"),
        *(
            "day",
            "days",
            "hour",
            "hours",
            "minute",
            "minutes",
            "second",
            "seconds",
            "week",
            "weeks",
        ),
        *("earliest", "first", "last", "latest", "most", "newest", "oldest", "recent", "half"),
        *_MANY,
        *_SAYS_NOTHING,
        *set().union(*_LEVELS.values()),
    }
)

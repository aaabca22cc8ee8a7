"""Parses questions for lines of the evidence by time, level, service, host or id.

Every known clause (`clauses.py`) is taken out of the question, and what is left must be a subject
("errors", "what changed", "which request ids fail") and filler words. One word more must be the
name of a service or file; otherwise the question is not a look-up.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import WrongUsage
from core.evidence.events.window import Window
from core.evidence.model import Level
from core.investigation.answering.clauses import (
    CLAUSES,
    WHOSE,
    Lookup,
    Subject,
    expanded,
    respelt,
    with_clocks,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 300  # characters; a longer text is a story, not a look-up


def lookup_in(question: str) -> Lookup | None:
    """What is to be looked up; None where anything in the question is not understood."""
    if len(question) > LONGEST:
        return None
    folded = question.casefold().replace(",", " ").replace("\u2019", "'")
    text = " ".join(folded.split()).strip("?!. ")
    short = expanded(text)
    read = [_read(spelt) for spelt in dict.fromkeys((text, short, respelt(short, _SPELT)))]
    lookups = [lookup for lookup in read if lookup is not None]
    return next(
        (lookup for lookup in lookups if not lookup.is_guess), lookups[-1] if lookups else None
    )


def _read(text: str) -> Lookup | None:
    text = f" {with_clocks(text)} "
    rest, lookup = text, Lookup()
    try:
        for pattern, read in CLAUSES:
            if match := pattern.search(rest):
                lookup = read(lookup, match)
                rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    except WrongUsage:  # 25:00 is no time
        return None
    return _about(lookup, rest, text)


def _about(lookup: Lookup, rest: str, text: str) -> Lookup | None:
    for pattern, read in _SUBJECTS:
        if match := pattern.search(rest):
            left = {*f"{rest[: match.start()]} {rest[match.end() :]}".split()} - _SAYS_NOTHING
            left -= _LEVELS[Level.ERROR] if read is _shared_ids else set()
            named = _with_name(lookup, match[0], left, text) if left else lookup
            if named is not None:
                return read(named, match, {*rest.split()})
    return _about_id(lookup, {*rest.split()} - _SAYS_NOTHING)


def _about_id(lookup: Lookup, left: set[str]) -> Lookup | None:
    """`trace 7f3a-11`: nothing is left but an id."""
    left = left - {"trace", "request", "follow", "id"}
    if lookup.id is None and len(left) == 1 and _AN_ID.fullmatch(word := left.pop()):
        return replace(lookup, id=word)
    return lookup if lookup.id and not left else None


def _with_name(lookup: Lookup, subject: str, left: set[str], text: str) -> Lookup | None:
    """`checkout errors`, `errors checkout`: the one word left may be a name, beside the subject."""
    if lookup.within or len(left) != 1 or not _A_NAME.fullmatch(name := next(iter(left))):
        return None
    beside = f"{subject} {name} " in text or f" {name}{subject}" in text
    if name in _SPELT or not beside or subject.strip() not in _MANY:
        return None
    return replace(lookup, within=(name,), is_guess=True)


def _events(lookup: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:
    words_of_subject = set(match[0].split())
    levels = [level for level, spelt in _LEVELS.items() if words_of_subject & spelt]
    pick = min if words_of_subject & {"and", "or"} else max  # fatal errors; errors and warnings
    lookup = replace(lookup, level=pick(levels, key=list(Level).index, default=None))
    if words_of_subject & _MANY:
        is_counted = "many" in words  # how many there are of a cause, the case itself knows
        return lookup if lookup.is_narrow or not is_counted else None
    if lookup.oldest_first is None:
        return lookup if lookup.is_narrow else None
    if lookup.oldest_first and not lookup.is_narrow:  # the case itself knows its first error
        return None
    return replace(lookup, limit=lookup.limit or 1)


def _failing(lookup: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:  # noqa: ARG001
    """`what failed in the last hour`; without a time the case itself knows what fails."""
    return replace(lookup, level=Level.ERROR) if lookup.window != Window() else None


def _happened(lookup: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:  # noqa: ARG001
    """`what happened at 14:05`: everything."""
    return lookup if lookup.window != Window() else None


def _changes(lookup: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:  # noqa: ARG001
    """Without a window the case knows the answer, and what it means for the causes."""
    if lookup.window == Window() or "many" in words:
        return None
    return replace(lookup, subject=Subject.CHANGES)


def _shared_ids(lookup: Lookup, match: re.Match[str], words: set[str]) -> Lookup | None:  # noqa: ARG001
    """Where and how they fail may stand before and after them."""
    around = match.string
    level = Level.ERROR if _FAIL.search(around) else None
    where = _WHERE.search(around)
    if where is None and len(lookup.within) < 2:  # noqa: PLR2004 - files to compare
        return None
    every_file = where is not None and bool({*where[0].split()} & {"all", "every", "each"})
    return replace(lookup, subject=Subject.SHARED_IDS, level=level, every_file=every_file)


_LEVELS = {
    Level.FATAL: {"fatal", "fatals", "critical", "criticals", "panics"},
    Level.ERROR: {"error", "errors", "failure", "failures", "exception", "exceptions"},
    Level.WARNING: {"warn", "warns", "warning", "warnings"},
    Level.INFO: {"info"},
    Level.DEBUG: {"debug"},
}
_MANY = {
    *("errors", "failures", "exceptions", "fatals", "criticals", "panics", "warns", "warnings"),
    *("lines", "events", "entries", "records", "messages", "logs", "everything", "anything"),
}
_WORD = "|".join(
    sorted({"line", "event", "entry", "message", *_MANY, *set().union(*_LEVELS.values())})
)
_FAILS = r"(?:fail(?:s|ed|ing)?|error(?:ed|ing|s out)|break(?:s|ing)?|broken?|crash(?:es|ed|ing)?)"
_FAIL = re.compile(rf"\s(?:{_FAILS}|errors?|failures?)(?=\s)")
_WHERE = re.compile(
    r"\s(?:both|all|several|multiple|two|every|each|more than one|shared|common)(?=\s)"
)
# A word with a digit and a letter, that is no count with its unit.
_AN_ID = re.compile(r"(?=[^\d]*\d)(?=[^a-z]*[a-z])[\w.:/-]{5,128}")
_A_NAME = re.compile(r"[a-z_][\w./-]{1,80}")
_SUBJECTS: tuple[
    tuple[re.Pattern[str], Callable[[Lookup, re.Match[str], set[str]], Lookup | None]], ...
] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (
            rf"\s(?:{_FAILS}\s)?(?:(?:{WHOSE})[ _-]?)?(?:ids?|requests|traces)(?=\s)"
            rf"(?:\s(?:that|which|with|have|are|is|be|keep|{_FAILS})(?=\s)){{0,4}}"
            r"(?:\s(?:appear|occur|show up|turn up|are|found|seen)(?=\s)){0,2}"
            r"(?:\s(?:in|across))?(?=\s)",
            _shared_ids,
        ),
        (
            r"\s(?:changed|changes?|deploy(?:ed|s|ments?)?|releas(?:ed?|es)|restart(?:ed|s)?"
            r"|rolled out|rollouts?)(?=\s)",
            _changes,
        ),
        (rf"\s(?:log\s)?(?:{_WORD})(?:\s(?:and\s|or\s)?(?:{_WORD})){{0,2}}(?=\s)", _events),
        (rf"\s{_FAILS}(?=\s)", _failing),
        (r"\s(?:what|what's)\s(?:was |is )?(?:happened|happening|going on)(?=\s)", _happened),
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
        *("what", "which", "with", "you", "what's", "that's", "there's", "i'm", "i've"),
        *("let", "lemme", "grep", "need", "look", "pull", "up", "quickly", "again", "also"),
        *(
            "right",
            "shortly",
            "immediately",
            "exactly",
            "made",
            "occurred",
            "ok",
            "hey",
            "hi",
            "so",
        ),
        *("them", "both", "two", "common", "shared", "across", "utc", "be", "they"),
        *("my", "search", "dump", "thing", "things", "appear", "or"),
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

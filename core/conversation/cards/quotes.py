"""How is a line of evidence quoted where people read? Short, by what it says; its place beside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.cases.hypotheses import Citation

QUOTED = 160  # characters

# What a structured line says, in this order; its other fields are for machines.
_TELLING = ("msg", "message", "event", "error", "err", "exception", "reason", "detail")
_FIELD = re.compile(r'"([A-Za-z_.]{1,40})"\s{0,4}:\s{0,4}"((?:[^"\\]|\\.)*)"')

# ISO 8601 and what loggers make of it; in logfmt with its key.
_DATED = re.compile(
    r"(?:(?:ts|time|timestamp)=)?[\[\x22]?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"(?:Z| UTC|[+-]\d\d:?\d\d)?[\]\x22]?\s+(?=\S)"
)

# The most telling kind first.
KINDS = {
    FindingKind.FIRST_ERROR: Clean.say("First error"),
    FindingKind.SIGNAL: Clean.say("Known sign"),
    FindingKind.ERROR_RATE: Clean.say("Error rate"),
    FindingKind.BURST: Clean.say("Burst"),
    FindingKind.FIRST_SEEN: Clean.say("New"),
    FindingKind.VANISHED: Clean.say("Gone"),
    FindingKind.STACK_TRACE: Clean.say("Stack trace"),
    FindingKind.CHANGE: Clean.say("Change"),
    FindingKind.SPAN: Clean.say("Spans"),
    FindingKind.PATH: Clean.say("Critical path"),
    FindingKind.METRIC: Clean.say("Metric"),
    FindingKind.ANOMALY: Clean.say("Stands out"),
    FindingKind.CORRELATION: Clean.say("Move together"),
    FindingKind.SKEW: Clean.say("Clocks"),
    FindingKind.TEMPLATE: Clean.say("Line"),
    FindingKind.RARE: Clean.say("Rare"),
    FindingKind.CALL: Clean.say("Call"),
    FindingKind.MOVES: Clean.say("Series"),
    FindingKind.PACE: Clean.say("Pace"),
    FindingKind.NOTE: Clean.say("Note"),
    FindingKind.STEP: Clean.say("Step"),
}
_COUNTED = (
    FindingKind.SIGNAL,
    FindingKind.FIRST_ERROR,
    FindingKind.STACK_TRACE,
    FindingKind.TEMPLATE,
    FindingKind.CHANGE,
)


def quote(text: Clean, *, room: int = QUOTED) -> Clean:
    """One line of at most `room` characters; of a JSON record, what it says."""
    line = text.line()
    if line.text.startswith("{"):
        said = Clean.join(" · ", list(dict.fromkeys(_telling(line))))
        line = said or line
    return _undated(line).cut(room)


def _undated(line: Clean) -> Clean:
    """Without the time at its beginning, which is said beside it anyway."""
    dated = _DATED.match(line.text)
    return line.part(dated.end(), len(line.text)) if dated else line


def told(one: Finding, *, quoted: bool = True, timed: bool = True) -> Clean:
    """A finding in words, without its place: what, when, how often, and the line itself."""
    parts = [KINDS[one.kind]]
    if timed and one.first is not None and one.kind is not FindingKind.TEMPLATE:
        parts.append(Clean.say("{at}", at=one.first))
    if one.kind is FindingKind.BURST:
        parts.append(_rate(one))
    elif one.count > 1 and one.kind in _COUNTED:
        parts.append(Clean.say("{n} times", n=one.count))
    said = Clean.join(", ", parts)
    return Clean.say("{said}: {text}", said=said, text=quote(one.text)) if quoted else said


def argued(lines: Iterable[Citation]) -> Iterator[tuple[Citation, Clean]]:
    """Each line with its reason in words; a line that gives several reasons is quoted once."""
    seen = set[Clean]()
    for line in lines:
        text, why = quote(line.text), line.why.line()
        if not why or why == text:
            yield line, text
        elif line.text in seen:
            yield line, why
        else:
            yield line, Clean.say("{why}: {text}", why=why, text=text)
        seen.add(line.text)


def _rate(one: Finding) -> Clean:
    """`at most 96/min, 0.2/min before`."""
    minutes = _number(one.data.get("minutes_per_bucket", 1))
    per = Clean.say("min") if minutes == 1 else Clean.say("{n} min", n=minutes)
    peak, usual = _number(one.data.get("peak")), _number(one.data.get("usual"))
    return Clean.say("at most {peak}/{per}, {usual}/{per} before", peak=peak, usual=usual, per=per)


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        return 0
    return int(value) if value == int(value) else value


def _telling(line: Clean) -> Iterator[Clean]:
    fields: dict[str, tuple[int, int]] = {}
    for match in _FIELD.finditer(line.text):
        if match[2]:
            fields.setdefault(match[1].lower(), match.span(2))
    for name in _TELLING:
        if name in fields:
            yield line.part(*fields[name])

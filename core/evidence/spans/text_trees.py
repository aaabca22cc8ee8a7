"""Spans as a tree that somebody printed: a span a line, below the one that it is part of.

A line without a branch tells when a trace began, and mostly its id; then come spans with their
service, operation and duration (`└─ orders POST /orders 120 ms ERROR timeout`). Who stands further
right is part of who stands above. Where a span began within the one above is rarely told: its
parts are then taken to follow each other, or to begin with it where they would not fit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.clock import EPOCH, from_iso, micros
from core.evidence.lines import read_blocks
from core.evidence.logs.date_stamps import find_moment
from core.evidence.spans import values
from core.evidence.spans.model import Span, SpanPlace, SpanReading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.model import Original

_LEAST_BRANCHES = 3
_LEAST_KNOWN = 0.8  # of the lines, that are spans or begin a trace
_SAMPLE = 80  # lines
_MAX_LINE = 1_000  # characters
_UNITS = {"ns": 1e-3, "us": 1.0, "µs": 1.0, "μs": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}
_LENGTH = r"(?P<{0}>\d{{1,12}}(?:\.\d{{1,9}})?) ?(?P<{0}_unit>ns|us|µs|μs|ms|s|m)"
_BRANCH = r"(?:[├└╰┌╭]|\|--|\|-|`--|`-|\+--|\+-|\\_|\\-)[─\-┬>* ]{0,4}"
_RAILS = r"(?:[\s│┃]|\|(?!-))*+"
_LEAD = re.compile(rf"{_RAILS}(?:{_BRANCH})?")
_BRANCHED = re.compile(rf"{_RAILS}{_BRANCH}\S")
_SPAN = re.compile(
    rf"(?P<what>\S.{{0,400}}?)[ \t:,·—-]{{1,8}}[(\[]?{_LENGTH.format('length')}\b[)\]]?(?P<rest>.*)"
)
_OFFSET = re.compile(rf"(?:\+|@ ?\+?){_LENGTH.format('offset')}\b")
_OWNER = re.compile(r"\[?(?P<service>[A-Za-z][\w.-]{0,80})\]?(?::|/| -| ·)? +(?P<operation>\S.*)")
_ISO = re.compile(
    r"[12]\d{3}-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d:[0-5]\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
)
_TRACE = re.compile(
    r"(?i)\btrace(?:[ _-]?id)?\b\W{0,3}(?P<id>[0-9a-f-]{6,40})?|\b(?P<hex>[0-9a-f]{16,32})\b"
)
_FAILED = re.compile(r"(?i)\b(?:error|failed|failure|exception|fault|timed? ?out|5\d\d)\b|[✗✘❌]")
_SAYS = re.compile(r"(?i)^[\W_]*(?:error|err|failed|status)?[\W_]*(.*?)[\W_]*$")


@dataclass
class _Open:
    """A span whose parts may follow. free: where its next part begins, in µs since 1970."""

    column: int
    id: str
    end: int
    start: int
    free: int = field(init=False)

    def __post_init__(self) -> None:
        self.free = self.start

    def begin(self, duration: int) -> int:
        """Where a part of this duration begins."""
        start = self.free if self.free + duration <= self.end else self.start
        self.free = start + duration
        return start


def is_tree(start: str) -> bool:
    """Whether a text begins like such trees, each below the time at which it began."""
    lines = [line[:_MAX_LINE] for line in start.split("\n")[:_SAMPLE] if line.strip()]
    spans = [line for line in lines if _is_span(line)]
    begun = [line for line in lines if not _BRANCHED.match(line) and _trace_begun(line)]
    if not lines or not _TRACE.search(lines[0]):  # other trees are of tests, files and units
        return False
    if sum(bool(_BRANCHED.match(line)) for line in spans) < _LEAST_BRANCHES or not begun:
        return False
    return lines[0] in begun and len(spans) + len(begun) >= _LEAST_KNOWN * len(lines)


def read(original: Original, reading: SpanReading) -> Iterator[Span]:
    """A span a line. Lines with a branch that are no spans, or of no dated trace, are damaged."""
    tree = _Tree(reading)
    for block in read_blocks(original):
        starts = block.starts.tolist()
        for row, line in enumerate(block.lines.to_list()):
            number = block.number + row
            reading.lines, reading.size = number, starts[row + 1]
            place = SpanPlace(number, number, starts[row], starts[row + 1])
            yield from tree.take(line[:_MAX_LINE], place)


class _Tree:
    """The traces of a text, line by line."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading
        self._trace, self._begun = "", 0
        self._open: list[_Open] = []

    def take(self, line: str, place: SpanPlace) -> Iterator[Span]:
        """The span of a line; none where it begins a trace, is blank or damaged."""
        begun = None if _BRANCHED.match(line) else _trace_begun(line)
        if begun is not None:
            self._trace, self._begun = begun[0] or f"line-{place.line_start}", begun[1]
            self._open.clear()
        elif _is_span(line) and self._begun:
            yield self._span(line, place)
        elif line.strip(" │|┃\t\r"):
            self._reading.damaged += bool(_BRANCHED.match(line))

    def _span(self, line: str, place: SpanPlace) -> Span:
        lead = _LEAD.match(line)
        column = lead.end() if lead else 0
        parts = _SPAN.match(line, column)
        if parts is None:  # which `_is_span` rules out
            raise ValueError(line)
        while self._open and self._open[-1].column >= column:
            self._open.pop()
        above = self._open[-1] if self._open else None
        duration = round(float(parts["length"]) * _UNITS[parts["length_unit"]])
        offset = _OFFSET.search(parts["rest"]) or _OFFSET.search(parts["what"])
        if offset is not None:
            start = self._begun + round(float(offset["offset"]) * _UNITS[offset["offset_unit"]])
        else:
            start = above.begin(duration) if above else self._begun
        identifier = f"{self._trace}-{place.line_start}"
        self._open.append(_Open(column, identifier, start + duration, start))
        service, operation = _names(_OFFSET.sub("", parts["what"]).strip())
        rest = _OFFSET.sub("", parts["rest"])
        failed = _FAILED.search(rest) is not None
        says = _SAYS.match(rest)
        return Span(
            trace=self._trace,
            id=identifier,
            parent=above.id if above else "",
            service=service,
            operation=operation,
            start=start,
            duration=duration,
            place=place,
            failed=failed,
            says=values.text(says[1], 300) if failed and says else "",
            clock=service,
        )


def _is_span(line: str) -> bool:
    lead = _LEAD.match(line)
    return _SPAN.match(line, lead.end() if lead else 0) is not None


def _trace_begun(line: str) -> tuple[str, int] | None:
    """The id, if told, and the µs at which a trace began; None for a line without a time."""
    named = _TRACE.search(line)
    exact = _ISO.search(line)
    at = from_iso(exact[0].replace(",", ".")) if exact else find_moment(line)
    if at is None or at <= EPOCH or (named is None and _is_span(line)):
        return None
    identifier = (named["id"] or named["hex"] or "") if named else ""
    return values.identifier(identifier), micros(at)


def _names(what: str) -> tuple[str, str]:
    """The service and the operation of `orders POST /orders`, `orders: POST` or `[orders] POST`."""
    owner = _OWNER.fullmatch(what)
    if owner is None:
        return values.text(what), values.text(what)
    return values.text(owner["service"]), values.text(owner["operation"])

"""A span, where it stands in its file, and by how much the clocks of two hosts differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from core.text.sentences import sentences

say = sentences("evidence.span_reading")


class SpanKind(StrEnum):
    """The side of a call that a span is on, as OpenTelemetry and Zipkin name it."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    INTERNAL = "internal"


class SpanPlace(NamedTuple):
    """Lines (1-based, inclusive) and bytes (half open) of a span in its file."""

    line_start: int
    line_end: int
    byte_start: int
    byte_end: int


class Span(NamedTuple):
    """One piece of work of one request. `start` is in µs since 1970, `duration` in µs.

    `parent` is "" for a root. `clock` is whose clock the times are of: a host, else the service.
    `says` is what the error says, not redacted. `peer` is whom a call goes to, where the span
    itself tells (a database that writes no spans). `waited` is False where the parent goes on
    without it (a message, a `followsFrom`).
    """

    trace: str
    id: str
    parent: str
    service: str
    operation: str
    start: int
    duration: int
    place: SpanPlace
    kind: SpanKind = SpanKind.INTERNAL
    failed: bool = False
    says: str = ""
    peer: str = ""
    clock: str = ""
    waited: bool = True
    shared: bool = False

    @property
    def end(self) -> int:
        return self.start + self.duration


@dataclass
class SpanReading:
    """Counts of what was read from a file, and of what was left out, and why."""

    lines: int = 0
    size: int = 0
    spans: int = 0
    damaged: int = 0  # spans that are no spans: not JSON, no id, no time
    oversized: int = 0  # longer than one span may be
    beyond: int = 0  # over the number that is kept
    is_cut_off: bool = False  # the file ends inside of something
    negative: int = 0  # durations below zero, taken as zero
    remarks: list[str] = field(default_factory=list)

    @property
    def problem(self) -> str | None:
        """Describe in words what could not be read; None where all could."""
        problems = [
            (self.is_cut_off, say.raw("cut_off")),
            (self.damaged > 0, say.raw("damaged", n=self.damaged)),
            (self.oversized > 0, say.raw("oversized", n=self.oversized)),
            (self.beyond > 0, say.raw("beyond", n=self.spans, beyond=self.beyond)),
            (self.negative > 0, say.raw("negative", n=self.negative)),
        ]
        return "; ".join([text for holds, text in problems if holds] + self.remarks) or None

"""What is a piece of evidence, and what can be found in it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.text.redacted import Clean

Scalar = str | int | float | bool | None


class DataType(StrEnum):
    """What a file is, by its content. The first eight are evidence, the rest are not."""

    LOG = "log"
    CONFIG = "config"
    TRACE = "trace"
    METRIC = "metric"
    PROFILE = "profile"
    CODE = "code"
    TEXT = "text"
    IMAGE = "image"
    ARCHIVE = "archive"
    BINARY = "binary"
    EMPTY = "empty"


class FindingKind(StrEnum):
    """What sort of thing was found."""

    TEMPLATE = "template"  # a kind of log line, with its count
    BURST = "burst"  # a template whose rate jumped
    FIRST_SEEN = "first_seen"  # a template that began after the log had gone on for a while
    VANISHED = "vanished"  # a template that came steadily and stopped
    RARE = "rare"  # a template of very few lines
    FIRST_ERROR = "first_error"
    ERROR_RATE = "error_rate"
    STACK_TRACE = "stack_trace"
    SIGNAL = "signal"  # lines that a failure signature knows
    CHANGE = "change"  # a deploy, restart or change of configuration
    METRIC = "metric"  # a series that changed level
    ANOMALY = "anomaly"  # points of a series that stand out
    CORRELATION = "correlation"  # series that move together
    SPAN = "span"  # an operation that is slow or fails
    PATH = "path"  # the critical path of a request
    CALL = "call"  # one service calls another, by a topology or by traces
    SKEW = "skew"  # clocks of two hosts that differ
    MOVES = "moves"  # all that a service's series did, for the ranking of causes; told by nobody
    PACE = "pace"  # how a service's calls went minute by minute, for the same; told by nobody
    NOTE = "note"  # prose of a person
    STEP = "step"  # what a person writes that one should do, with its commands


class Level(StrEnum):
    """How serious a line or finding says it is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    FATAL = "fatal"


@dataclass(frozen=True, kw_only=True)
class Locus:
    """Where a citation points: lines (1-based, inclusive) and bytes (half open) of one file.

    In metrics `series` with its window from `first` to `last`, in traces the id of a `span`.
    """

    file: str
    line_start: int
    line_end: int
    byte_start: int = 0
    byte_end: int = 0
    series: str | None = None
    first: datetime | None = None
    last: datetime | None = None
    span: str | None = None

    @property
    def label(self) -> str:
        """`db.log:4182`, or `db.log:4182-4190`."""
        span = "" if self.line_end == self.line_start else f"-{self.line_end}"
        return f"{self.file}:{self.line_start}{span}"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found in one file.

    `text` is the redacted example line (or a sentence of ours); `count` how many lines are like
    it; `first` and `last` when, where the file tells times. `signals` names the signature signals
    that the line carries (`core.signatures`). `buckets` counts lines per minute
    since 1970, for bursts and onset; bounded, and empty where times are unknown. `data` holds
    what only its kind has, in plain values.
    """

    kind: FindingKind
    level: Level
    text: Clean
    locus: Locus
    count: int = 1
    first: datetime | None = None
    last: datetime | None = None
    service: str | None = None
    signals: tuple[str, ...] = ()
    buckets: Mapping[int, int] = field(default_factory=dict)
    data: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def is_digest(self) -> bool:
        """Is it for the ranking of causes alone, and told to nobody?"""
        return self.kind in (FindingKind.MOVES, FindingKind.PACE)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened, by one file: a record of a log, a point, a span.

    The common schema of what is asked for ("errors of the last hour"). `text` is its first line,
    read again from the original and redacted.
    """

    at: datetime | None
    level: Level
    text: Clean
    locus: Locus
    service: str | None = None


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """All that was found in one file.

    `events` counts records (log lines with their continuation lines as one); `problem` says what
    could not be read. `first` and `last` are the file's own time span, `onset` is when it went
    wrong, as far as this file alone can tell. `decoded` is set where offsets are those of a
    rendition (`core.evidence.original.Shelf`) and not of the original. `reason` is why it is taken
    for what it is.
    """

    data_type: DataType
    extractor: str
    confidence: float
    events: int
    lines: int
    size: int
    errors: int = 0
    findings: tuple[Finding, ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    onset: datetime | None = None
    service: str | None = None
    decoded: bool = False
    problem: str | None = None
    reason: str = ""


class FileState(StrEnum):
    """How far a file has come."""

    RECEIVED = "received"  # being read, or waiting for it; also once more
    PROCESSED = "processed"
    FAILED = "failed"
    CANCELLED = "cancelled"  # a person stopped the reading
    DELETED = "deleted"  # by a person; nothing is left but that it was there


@dataclass(frozen=True, kw_only=True)
class EvidenceFile:
    """A file of a case. `number` is per case (people say `e7`); `blob` is its content hash.

    `decoded` and `onset` are those of its Extraction. `let_go_at` is when its original, and what
    was derived of it for looking things up, was given up; what was found stays.
    """

    id: str
    tenant_id: str
    case_id: str
    number: int
    name: Clean
    service: str | None
    blob: str
    size: int
    received_at: datetime
    received_from: str
    state: FileState = FileState.RECEIVED
    data_type: DataType | None = None
    extractor: str | None = None
    events: int = 0
    lines: int = 0
    errors: int = 0
    first: datetime | None = None
    last: datetime | None = None
    problem: Clean | None = None
    decoded: bool = False
    onset: datetime | None = None
    let_go_at: datetime | None = None

    @property
    def is_kept(self) -> bool:
        """Does its original rest with us?"""
        return self.let_go_at is None

    @property
    def tag(self) -> Clean:
        return Clean.tag("e", self.number)

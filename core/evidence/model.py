"""The evidence model: files, their originals, findings, events and extractions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Protocol

from core.jobs.model import Scalar
from core.text.redacted import RedactedText


class DataType(StrEnum):
    """The type of a file, by its content. The first eight are evidence, the rest are not."""

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
    """The kinds of findings that extractors report."""

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
    ORIGIN = "origin"  # who wrote a log, by its lines; told by nobody
    SETTINGS = (
        "settings"  # what a file sets, to be compared with its other versions; told by nobody
    )
    PROFILE = "profile"  # a function or a path that much of a program's time or memory goes to
    THREADS = "threads"  # threads that lock each other up, or wait in numbers at one place
    PROFILE_SHARES = (
        "profile_shares"  # of a profile by function, to be compared with others; told by nobody
    )
    HAZARD = "hazard"  # a setting that is dangerous
    CODE = "code"  # what a file of code defines, for stack traces to be found in; told by nobody
    IDENTIFIERS = (
        "identifiers"  # the ids of a file, hashed, to be compared with others; told by nobody
    )
    FUNCTION = "function"  # the function that stack traces end in
    NOTE = "note"  # prose of a person
    STEP = "step"  # what a person writes that one should do, with its commands


_DIGESTS = frozenset(
    {
        FindingKind.MOVES,
        FindingKind.PACE,
        FindingKind.ORIGIN,
        FindingKind.SETTINGS,
        FindingKind.PROFILE_SHARES,
        FindingKind.CODE,
        FindingKind.IDENTIFIERS,
    }
)


class Level(StrEnum):
    """The severity of a line or finding, in ascending order."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    FATAL = "fatal"


# At which a program complains, of itself or of others.
COMPLAINTS = frozenset({Level.WARNING, Level.ERROR, Level.FATAL})


@dataclass(frozen=True, kw_only=True)
class Locus:
    """The place a citation points to: lines (1-based, inclusive) and bytes (half open) of one file.

    For metrics also `series` and its window from `first` to `last`; for traces the id of a `span`.
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

    @classmethod
    def of_line(cls, file: str, line: int, *, starts: Sequence[int]) -> Locus:
        """One line. starts: the byte at which each line of the file begins, and that of its end."""
        begin, end = starts[line - 1], starts[line]
        return cls(file=file, line_start=line, line_end=line, byte_start=begin, byte_end=end)

    def through(self, other: Locus) -> Locus:
        """Both places of one file and what lies between them."""
        return replace(
            self,
            line_start=min(self.line_start, other.line_start),
            line_end=max(self.line_end, other.line_end),
            byte_start=min(self.byte_start, other.byte_start),
            byte_end=max(self.byte_end, other.byte_end),
        )

    @property
    def label(self) -> str:
        """`db.log:4182`, or `db.log:4182-4190`."""
        span = "" if self.line_end == self.line_start else f"-{self.line_end}"
        return f"{self.file}:{self.line_start}{span}"


EARNEST = "earnest_after_s"  # of a finding's data: how long after its first line, in seconds


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One observation in one file.

    `text` is the redacted example line, or a sentence of ours; `count` is the number of similar
    lines; `first` and `last` are their times, where the file has times. `signals` names the
    signature signals that the line carries (`core.evidence.signatures`). `buckets` counts lines per
    minute since 1970, for bursts and onset; it is bounded, and empty where times are unknown.
    `data` holds the plain values that only this kind of finding has.
    """

    kind: FindingKind
    level: Level
    text: RedactedText
    locus: Locus
    count: int = 1
    first: datetime | None = None
    last: datetime | None = None
    service: str | None = None
    signals: tuple[str, ...] = ()
    buckets: Mapping[int, int] = field(default_factory=dict)
    data: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def began(self) -> datetime | None:
        """When it did in earnest: one line long before is of something else."""
        after = self.data.get(EARNEST)
        if self.first is None or not isinstance(after, int | float):
            return self.first
        return self.first + timedelta(seconds=after)

    @property
    def is_digest(self) -> bool:
        """Whether the finding only feeds the ranking of causes and is never shown to people."""
        return self.kind in _DIGESTS


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of a file: a log record, a data point or a span.

    The common schema for queries ("errors of the last hour"). `text` is its first line, read again
    from the original and redacted.
    """

    at: datetime | None
    level: Level
    text: RedactedText
    locus: Locus
    service: str | None = None


@dataclass(frozen=True, kw_only=True)
class UnpackedMember:
    """A member of an archive, as it was unpacked into the rendition of that.

    path: in the archive, harmless, not redacted. service: whose it is, where its place says so.
    start, size: in the rendition, in bytes.
    """

    path: str
    service: str | None
    start: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """The result of extracting one file.

    `events` counts records (a log line with its continuation lines is one); `problem` says what
    could not be read. `first` and `last` are the time span of the file; `onset` is when the trouble
    began, judged from this file alone. `decoded` is set where offsets refer to the rendition
    (`ArtifactStore.rendition`) and not to the original. `reason` explains the detected type.
    `members` are those of an archive, `events` their number; each is to become a file of its own.
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
    members: tuple[UnpackedMember, ...] = ()


NO_EXTRACTOR = "none"  # who takes a file that no extractor takes
UNPACKER = "archive"  # who takes an archive


class Coverage(StrEnum):
    """How much of a file was read, so far."""

    WHOLE = "read"
    PART = "in_part"
    NONE = "not_read"
    WAITING = "being_read"


class FileState(StrEnum):
    """The processing state of a file."""

    RECEIVED = "received"  # being read, or waiting for it; also once more
    PROCESSED = "processed"
    FAILED = "failed"
    CANCELLED = "cancelled"  # a person stopped the reading
    DELETED = "deleted"  # by a person; nothing is left but that it was there


@dataclass(frozen=True, kw_only=True)
class EvidenceFile:
    """A file of a case. `number` counts per case (people write `e7`); `blob` is its content hash.

    `decoded` and `onset` are those of its Extraction. `let_go_at` is when its original and the
    artifacts derived from it were deleted; its findings stay. `blob` is empty where the content
    never came in: it was too large, or could not be opened. `archive_id` is the file that it was
    unpacked of, if any; `events` of an archive counts what was.
    """

    id: str
    tenant_id: str
    case_id: str
    number: int
    name: RedactedText
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
    problem: RedactedText | None = None
    decoded: bool = False
    onset: datetime | None = None
    let_go_at: datetime | None = None
    archive_id: str | None = None

    @property
    def is_unpacked(self) -> bool:
        """Whether it is an archive whose members are files of the case."""
        return self.extractor == UNPACKER

    @property
    def is_kept(self) -> bool:
        """Whether the original is still stored."""
        return self.let_go_at is None

    @property
    def was_stored(self) -> bool:
        """Whether the content ever came in."""
        return bool(self.blob)

    @property
    def coverage(self) -> Coverage:
        """How much of it was read; `problem` says why not all of it."""
        if self.state is FileState.RECEIVED:
            return Coverage.WAITING
        if self.state is not FileState.PROCESSED or self.extractor == NO_EXTRACTOR:
            return Coverage.NONE
        return Coverage.WHOLE if self.problem is None else Coverage.PART

    @property
    def is_read(self) -> bool:
        """Whether something of it was read, if not all."""
        return self.coverage in (Coverage.WHOLE, Coverage.PART)

    @property
    def tag(self) -> RedactedText:
        return RedactedText.tag("e", self.number)


@dataclass(frozen=True, kw_only=True)
class StoredContent:
    """Content that is stored but does not belong to a case yet.

    blob: its SHA-256. size: bytes. slot: identifies this particular upload of the content.
    """

    blob: str
    size: int
    slot: str = ""


class Original(Protocol):
    """The bytes of a file as they are read; encryption at rest is transparent to the reader."""

    @property
    def size(self) -> int:
        """Its size in bytes."""

    @property
    def written(self) -> datetime:
        """Approximate time of writing, used for timestamps without a year."""

    def open(self) -> IO[bytes]:
        """Open a new seekable stream at its start. Raises NotFound, StoreUnavailable."""


@dataclass(frozen=True)
class PlainFile:
    """An unencrypted file on a disk."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def written(self) -> datetime:
        return datetime.fromtimestamp(self.path.stat().st_mtime, tz=UTC)

    def open(self) -> IO[bytes]:
        return self.path.open("rb")


class WritableOriginal(Protocol):
    """The place where an original is about to be written."""

    def create(self) -> IO[bytes]:
        """Open a stream for one sequential write, which takes effect when the stream is closed."""

    def original(self) -> Original:
        """The written content, for reading."""


class ArtifactStore(Protocol):
    """The places of the artifacts derived from one file; None means that they are not kept."""

    @property
    def table(self) -> Path | None:
        """The path for its event table (`core.evidence.events.table`)."""

    @property
    def rendition(self) -> WritableOriginal | None:
        """The place for its text as UTF-8, where the original is compressed or in another encoding.

        Byte offsets of loci refer to this text. Of an archive, it is for what is unpacked of it,
        until each member is a file of its own.
        """


@dataclass(frozen=True, kw_only=True)
class PlainArtifactStore:
    """An artifact store that keeps at most an event table, unencrypted on a disk."""

    table: Path | None = None
    rendition: None = None

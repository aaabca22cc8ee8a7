"""Queries over the events of files, answered with redacted lines, their times and places."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import polars as pl

from core.clock import wire_time
from core.errors import NotFound, StoreUnavailable
from core.evidence.events.query import EventFilter, Hit, find, shared_ids
from core.evidence.events.table import StoredEvents, read_table
from core.evidence.events.window import EventQuery, ResolvedWindow, resolve_window
from core.evidence.lines import MAX_LINE_BYTES, without_escapes
from core.evidence.model import ArtifactStore, Event, EvidenceFile, Finding, Level, Locus, Original
from core.redaction.cut_lines import may_be_cut
from core.redaction.headed_columns import cells_in
from core.redaction.multiline import HIDDEN_VALUE, MARK, hide_over_lines, runs_over_lines
from core.redaction.open_tables import MOST_HEADINGS, headings_in
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from core.redaction.engine import Redactor

MAX_SHOWN_CHARACTERS = 1_000  # characters of a line that is shown
# How ids are spelt: in a field of their own a colon is part of them, after a name it is not.
_ID_PATTERNS = (re.compile(r"\w[\w.:/-]{0,127}"), re.compile(r"\w[\w-]{0,127}"))
_NAME_SEPARATORS = re.compile(r"[-_./ ]+")


@dataclass(frozen=True, kw_only=True)
class EventSource:
    """A file that was read and whose events can be queried.

    text: what the byte offsets of its table point into. service: the service that owns the file.
    services: those that its lines are known to name.
    """

    name: str
    table: StoredEvents
    text: Original
    service: str | None = None
    services: frozenset[str] = frozenset()

    @property
    def all_services(self) -> set[str]:
        return {*self.services, *([self.service] if self.service else [])}


@dataclass(frozen=True, kw_only=True)
class EventAnswer:
    """The answer to a query: up to the limit of `events`, of `total`; `files` were searched."""

    window: ResolvedWindow
    events: tuple[Event, ...]
    total: int
    files: int
    kinds: tuple[int | None, ...] = field(default=(), repr=False)  # the template of each event


@dataclass(frozen=True, kw_only=True)
class SharedIdAnswer:
    """One id that occurs in several files. `text` is its words, None where redaction hides it."""

    text: RedactedText | None
    count: int
    events: tuple[Event, ...]  # the first one of each file


def find_events(
    sought: EventQuery, sources: Sequence[EventSource], *, redactor: Redactor
) -> EventAnswer:
    """Find the events sought. Raises NotFound and StoreUnavailable where an original is missing."""
    window = resolve_for_sources(sought, sources)
    asked = [
        (source.table, filter_for(sought, window, source, sources))
        for source in sources
        if window.known
    ]
    total, hits = find(asked, limit=sought.limit, oldest_first=sought.oldest_first)
    return EventAnswer(
        window=window,
        events=tuple(read_hits(hits, sources, redactor=redactor)),
        total=total,
        files=len(sources),
        kinds=tuple(hit.template for hit in hits),
    )


def find_shared_ids(
    sources: Sequence[EventSource],
    *,
    level: Level | None,
    of_files: int,
    limit: int,
    redactor: Redactor,
) -> tuple[int, list[SharedIdAnswer]]:
    """Count the ids in events of at least `of_files` files; return those with the most events."""
    total, shared = shared_ids(
        [source.table for source in sources], level=level, of_files=of_files, limit=limit
    )
    hits = [hit for shared_id in shared for hit in shared_id.hits]
    event_of = dict(zip(hits, read_hits(hits, sources, redactor=redactor), strict=True))
    return total, [
        SharedIdAnswer(
            text=_spelled_id(
                shared_id.hash,
                [event_of[hit] for hit in shared_id.hits],
                sources[shared_id.hits[0].file].table,
            ),
            count=shared_id.count,
            events=tuple(event_of[hit] for hit in shared_id.hits),
        )
        for shared_id in shared
    ]


def resolve_for_sources(sought: EventQuery, sources: Sequence[EventSource]) -> ResolvedWindow:
    """Resolve the window of a query to absolute times, by the times of the files."""
    first_times = [source.table.first for source in sources if source.table.first]
    last_times = [source.table.last for source in sources if source.table.last]
    return resolve_window(
        sought.window,
        at=sought.at,
        first=min(first_times, default=None),
        newest=max(last_times, default=None),
    )


def match_services(wanted_name: str, services: Iterable[str]) -> list[str]:
    """Services of that name; else those with it as a part: `checkout` of `checkout-api`."""
    names, wanted_name = sorted(set(services)), wanted_name.casefold()
    own = [name for name in names if name.casefold() == wanted_name]
    return own or [name for name in names if wanted_name in _NAME_SEPARATORS.split(name.casefold())]


def answer_document(sought: EventQuery, answered: EventAnswer) -> dict[str, Any]:
    """The answer as JSON-ready values for scripts."""
    window = answered.window
    return {
        "since": _wire(window.since),
        "until": _wire(window.until),
        "counted_from": window.counted_from,
        "anchor": _wire(window.anchor),
        "order": "oldest first" if sought.oldest_first else "newest first",
        "events": [
            {**event_row(event), "kind": kind}
            for event, kind in zip(answered.events, answered.kinds, strict=True)
        ],
        "total": answered.total,
        "shown": len(answered.events),
        "files": answered.files,
    }


def event_row(event: Event) -> dict[str, Any]:
    """One event as JSON-ready values for scripts."""
    locus = event.locus
    return {
        "at": _wire(event.at),
        "level": event.level,
        "service": event.service,
        "text": event.text.text,
        "locus": {
            "file": locus.file,
            "line_start": locus.line_start,
            "line_end": locus.line_end,
            "byte_start": locus.byte_start,
            "byte_end": locus.byte_end,
        },
    }


def filter_for(
    sought: EventQuery, window: ResolvedWindow, source: EventSource, sources: Sequence[EventSource]
) -> EventFilter:
    """The filter for one source.

    A service name matches the services of all sources that carry it.
    """
    services = list[str]()
    if sought.service is not None:
        all_services = {name for source in sources for name in source.all_services}
        services = [sought.service, *match_services(sought.service, all_services)]
    return EventFilter(
        since=window.since,
        until=window.until,
        level=sought.level,
        services=tuple(services),
        unnamed=source.service in services,
        host=sought.host,
        id=sought.id,
        templates=sought.templates,
    )


def read_hits(
    hits: Sequence[Hit], sources: Sequence[EventSource], *, redactor: Redactor
) -> Iterable[Event]:
    """Read the redacted line of each hit from its source. Raises NotFound, StoreUnavailable."""
    starts: dict[int, list[int]] = defaultdict(list)
    for hit in hits:
        starts[hit.file].append(hit.byte_start)
    lines = {
        file: _lines_of(sources[file], of_file, redactor=redactor)
        for file, of_file in starts.items()
    }
    names = {file: _names(sources[file], redactor) for file in starts}
    for hit in hits:
        yield Event(
            at=hit.at,
            level=hit.level,
            text=lines[hit.file][hit.byte_start],
            locus=Locus(
                file=sources[hit.file].name,
                line_start=hit.line_start,
                line_end=hit.line_end,
                byte_start=hit.byte_start,
                byte_end=hit.byte_end,
            ),
            service=names[hit.file].get(hit.service),
        )


def _lines_of(
    source: EventSource, starts: Iterable[int], *, redactor: Redactor
) -> dict[int, RedactedText]:
    """Read lines of a source.

    NotFound and StoreUnavailable name the file: others may still be readable.
    """
    try:
        return read_lines(source.text, starts, redactor=redactor, room=MAX_SHOWN_CHARACTERS)
    except (NotFound, StoreUnavailable) as error:
        raise type(error)(f"{source.name}: {error}", next_step=error.next_step) from error


def _names(source: EventSource, redactor: Redactor) -> dict[int | None, str | None]:
    """Map the hash of each known service to its redacted name; None to the service of the file."""
    names = sorted(source.all_services)
    shown = [redactor.clean(name).text for name in names]
    shown_by_hash = dict[int | None, str | None](
        zip(source.table.hashes_of(names), shown, strict=True)
    )
    own = redactor.clean(source.service).text if source.service else None
    return {None: own} | shown_by_hash


def _spelled_id(hashed: int, events: Sequence[Event], table: StoredEvents) -> RedactedText | None:
    """The id as a line spells it: the word of its text that has this hash."""
    for event in events:
        spans = [
            word.span() for pattern in _ID_PATTERNS for word in pattern.finditer(event.text.text)
        ]
        hashes = table.hashes_of([event.text.text[slice(*span)] for span in spans])
        if hashed in hashes:
            return event.text.part(*spans[hashes.index(hashed)])
    return None


def _wire(moment: datetime | None) -> str | None:
    return wire_time(moment) if moment else None


# A private key is hidden only by who sees it from its begin: so far before a line we look for one.
_PRIVATE_KEY_BYTES = 64 * 2**10
_LINE_BLOCK_BYTES = 64 * 2**10
_LINES_BELOW = 12
_NAME_BYTES = 8 * 2**10  # before a value that stands below its name
_TABLE_BYTES = 16 * 2**20  # at the start of a text, in which headings of tables are looked for


def read_lines(
    original: Original, starts: Iterable[int], *, redactor: Redactor, room: int
) -> dict[int, RedactedText]:
    """Read the line at each byte offset, redacted whole and then cut to `room` characters.

    Of a line longer than MAX_LINE_BYTES only the beginning. Raises NotFound, StoreUnavailable.
    """
    wanted = sorted(set(starts))
    if not wanted:
        return {}
    with original.open() as text:
        headings = _headings_before(text, wanted[-1])
        lines = {start: _line_at(text, start, headings) for start in wanted}
    return {start: redactor.clean(line).cut(room) for start, line in lines.items()}


def _headings_before(text: IO[bytes], end: int) -> list[tuple[int, str]]:
    """The headings of tables with secrets, each with where it begins: their rows may be far below.

    Of a long text, those at its start and those before its end.
    """
    text.seek(0)
    parts = [(0, text.read(min(end, _TABLE_BYTES)))]
    if end > 2 * _TABLE_BYTES:
        text.seek(end - _TABLE_BYTES)
        parts.append((end - _TABLE_BYTES, text.read(_TABLE_BYTES)))
    elif end > _TABLE_BYTES:
        parts.append((_TABLE_BYTES, text.read(end - _TABLE_BYTES)))
    return [heading for begin, raw in parts for heading in _headings_of(raw, begin)]


def _headings_of(raw: bytes, begin: int) -> Iterator[tuple[int, str]]:
    text = pl.Series([raw.decode("utf-8", errors="replace")], dtype=pl.String)
    lines = text.str.split("\n").explode().str.strip_chars_end("\r")
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n"))
    for number, heading in headings_in(lines)[-MOST_HEADINGS:]:
        yield begin + (int(ends[number - 1]) + 1 if number else 0), heading


def read_numbered_lines(
    original: Original, first: int, last: int, *, redactor: Redactor, room: int
) -> list[tuple[int, RedactedText]]:
    """Read the lines from `first` to `last` (from 1), as `read_lines` does, with their numbers."""
    starts: dict[int, int] = {}
    with original.open() as text:
        begin = 0
        for number, line in enumerate(islice(_whole_lines(text), last), 1):
            if number >= first:
                starts[number] = begin
            begin += line
    lines = read_lines(original, starts.values(), redactor=redactor, room=room)
    return [(number, lines[start]) for number, start in starts.items()]


def _whole_lines(text: IO[bytes]) -> Iterator[int]:
    """The length of each line in bytes; a line is never held whole."""
    length = 0
    while block := text.readline(_LINE_BLOCK_BYTES):
        length += len(block)
        if block.endswith(b"\n"):
            yield length
            length = 0
    if length:
        yield length


def _line_at(text: IO[bytes], start: int, headings: Sequence[tuple[int, str]]) -> str:
    begin = max(0, start - _PRIVATE_KEY_BYTES)
    text.seek(begin)
    raw = text.read(start - begin + MAX_LINE_BYTES)
    before, (line, *below) = raw[: start - begin], raw[start - begin :].split(b"\n", _LINES_BELOW)
    near, is_cut = before[-_NAME_BYTES:] + line, may_be_cut(before + line)
    bare = _decode_line(line)
    if MARK in before or is_cut or runs_over_lines(near):
        above = [_decode_line(part) for part in before.split(b"\n")[:-1]]
        below = below[: _LINES_BELOW - 1] if is_cut else []  # a secret may go on in them
        lines = [*above, bare, *map(_decode_line, below)]
        hidden, _ = hide_over_lines(pl.Series("line", lines, dtype=pl.String))
        bare = hidden[len(above)]
    for at, heading in headings:
        if at < start:
            bare = _without_cells(bare, heading)
    return bare


def _without_cells(row: str, heading: str) -> str:
    for begin, end in sorted(cells_in(row, heading), reverse=True):
        row = f"{row[:begin]}{HIDDEN_VALUE}{row[end:]}"
    return row


def _decode_line(raw: bytes) -> str:
    """Decode a line the way `core.evidence.lines` does."""
    return without_escapes(
        raw.decode("utf-8", errors="replace").replace("\0", "\ufffd").rstrip("\r")
    )


@dataclass(frozen=True, kw_only=True)
class ReadableFile:
    """A file whose events can be queried, with its findings."""

    file: EvidenceFile
    source: EventSource
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class CaseSources:
    """The files of a case.

    unread: logs whose table is missing or was written by another version.
    """

    readable: tuple[ReadableFile, ...] = ()
    unread: tuple[EvidenceFile, ...] = ()
    waiting: int = 0  # files that are being read

    @property
    def sources(self) -> list[EventSource]:
        return [readable.source for readable in self.readable]


def open_source(
    file: EvidenceFile,
    findings: Sequence[Finding],
    original: Original,
    shelf: ArtifactStore,
    key: bytes,
) -> EventSource | None:
    """Open a file with its event table; None where it has none, or one of another version."""
    table = read_table(shelf.table, key=key)
    if table is None:
        return None
    return EventSource(
        name=file.name.text,
        table=table,
        text=_text_of(file, original, shelf),
        service=file.service,
        services=frozenset(finding.service for finding in findings if finding.service),
    )


def _text_of(file: EvidenceFile, original: Original, shelf: ArtifactStore) -> Original:
    """The text that offsets refer to."""
    if file.decoded and shelf.rendition is not None:
        return shelf.rendition.original()
    return original

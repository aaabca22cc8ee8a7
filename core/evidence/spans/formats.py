"""Detects the format of the spans of a file and reads them in bounded memory."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from core.errors import UnreadableEvidence
from core.evidence.lines import read_text
from core.evidence.spans import columns, text_trees
from core.evidence.spans.json_formats import Jaeger, JaegerSpans, Otlp, Zipkin
from core.evidence.spans.model import Span, SpanReading
from core.evidence.spans.values import JsonObject, JsonWalker
from core.evidence.spans.vendor_formats import (
    Datadog,
    SkyWalking,
    SkyWalkingSegments,
    XRay,
    XRayLines,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from core.evidence.model import Original
    from core.evidence.spans.model import SpanPlace

MAX_SPANS = 400_000  # kept of one file; about half a KiB each
MAX_LINE_BYTES = 32 * 2**20  # of one line that is a document
_HEAD = 16_000  # characters that tell the format
_OTLP = re.compile(r'"(?:resourceSpans|resource_spans|scopeSpans|instrumentationLibrarySpans)"\s*:')
_BATCHES = re.compile(r'"batches"\s*:\s*\[\s*\{\s*"resource"')
# Logs tell trace ids, too: only with what a span alone has is it one.
_JAEGER = (re.compile(r'"traceID"\s*:'), re.compile(r'"(?:operationName|spans)"\s*:'))
# One span a document or an element, as Jaeger keeps them in Elasticsearch, in hits.
_JAEGER_ALONE = re.compile(r'[\[\s]*\{[^{}\[\]]*"spanID"\s*:|[^}]{0,2000}"_source"\s*:\s*\{')
_ZIPKIN = (
    re.compile(r'"traceId"\s*:\s*"[0-9a-f]{16,32}"'),
    re.compile(r'"id"\s*:\s*"[0-9a-f]{16}"'),
    re.compile(r'"timestamp"\s*:\s*\d{16}\b'),
)
_DATADOG = tuple(re.compile(rf'"{key}"\s*:\s*"?\d') for key in ("trace_id", "span_id", "start"))
_DATADOG_DURATION = re.compile(r'"duration"\s*:\s*\d')
# The id of a trace tells when it began; documents that are kept as texts have their quotes escaped.
_XRAY = (
    re.compile(r'"trace_id\\?"\s*:\s*\\?"1-[0-9a-f]{8}-[0-9a-f]{24}'),
    re.compile(r'"start_time\\?"\s*:\s*[\d.]'),
)
_SKYWALKING = (
    re.compile(r'"parentSpanId"\s*:\s*-?\d'),
    re.compile(r'"(?:segmentId|traceSegmentId)"'),
)


class SpanFormat(StrEnum):
    """In the words of their makers."""

    JAEGER = "Jaeger"
    JAEGER_SPANS = "Jaeger, a span each"
    ZIPKIN = "Zipkin"
    OTLP = "OTLP"
    DATADOG = "Datadog"
    XRAY = "X-Ray"
    XRAY_LINES = "X-Ray, a segment each"
    SKYWALKING = "SkyWalking"
    SKYWALKING_SEGMENTS = "SkyWalking, in segments"
    CSV = "CSV"
    TREE = "a tree as text"


class SpanReader(Protocol):
    """One format of JSON. Is told its pieces in order."""

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None: ...  # noqa: FBT001

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]: ...

    def end(self) -> Iterator[Span]:
        """Yield the spans that the pieces since the last end amount to."""


_READERS: dict[SpanFormat, Callable[[SpanReading], SpanReader]] = {
    SpanFormat.JAEGER: Jaeger,
    SpanFormat.JAEGER_SPANS: JaegerSpans,
    SpanFormat.ZIPKIN: Zipkin,
    SpanFormat.OTLP: Otlp,
    SpanFormat.DATADOG: Datadog,
    SpanFormat.XRAY: XRay,
    SpanFormat.XRAY_LINES: XRayLines,
    SpanFormat.SKYWALKING: SkyWalking,
    SpanFormat.SKYWALKING_SEGMENTS: SkyWalkingSegments,
}

_TEXT_READERS: dict[SpanFormat, Callable[[Original, SpanReading], Iterator[Span]]] = {
    SpanFormat.CSV: columns.read,
    SpanFormat.TREE: text_trees.read,
}


def detect_format(head: str) -> SpanFormat | None:
    """Detect it by the names in the first characters of a file; None where they are of no spans."""
    start = head.lstrip("\ufeff \t\r\n")[:_HEAD]
    if not start.startswith(("{", "[")):
        if columns.is_heading(start.partition("\n")[0]):
            return SpanFormat.CSV
        return SpanFormat.TREE if text_trees.is_tree(start) else None
    if _OTLP.search(start) or _BATCHES.search(start):
        return SpanFormat.OTLP
    if all(pattern.search(start) for pattern in _JAEGER):
        return SpanFormat.JAEGER_SPANS if _JAEGER_ALONE.match(start) else SpanFormat.JAEGER
    if all(pattern.search(start) for pattern in _ZIPKIN):
        return SpanFormat.ZIPKIN
    return _format_of_vendor(start)


def _format_of_vendor(start: str) -> SpanFormat | None:
    if all(pattern.search(start) for pattern in _SKYWALKING):
        is_segment = '"traceSegmentId"' in start
        return SpanFormat.SKYWALKING_SEGMENTS if is_segment else SpanFormat.SKYWALKING
    if all(pattern.search(start) for pattern in _XRAY):
        is_listed = start.startswith("[") or '"Segments"' in start
        return SpanFormat.XRAY if is_listed else SpanFormat.XRAY_LINES
    if all(pattern.search(start) for pattern in (*_DATADOG, _DATADOG_DURATION)):
        return SpanFormat.DATADOG
    return None


def read_spans(original: Original, form: SpanFormat) -> tuple[list[Span], SpanReading]:
    """At most MAX_SPANS, in the order of the file, and how the reading went.

    Raises UnreadableEvidence where there is no span in it.
    """
    reading = SpanReading()
    if form in _TEXT_READERS:
        read = _TEXT_READERS[form](original, reading)
    else:
        read = _read_json(original, _READERS[form](reading), reading)
    names: dict[str, str] = {}
    spans = [_kept(span, names, reading) for span in islice(read, MAX_SPANS)]
    reading.spans = len(spans)
    reading.beyond = sum(1 for _ in read)
    if not spans:
        message = f"it begins like spans of {form} but holds none that can be read"
        raise UnreadableEvidence(reading.problem or message)
    return spans, reading


def _kept(span: Span, names: dict[str, str], reading: SpanReading) -> Span:
    """With each name held once, and no time that runs backwards."""
    if span.duration < 0:
        reading.negative += 1
    return span._replace(
        trace=names.setdefault(span.trace, span.trace),
        service=names.setdefault(span.service, span.service),
        operation=names.setdefault(span.operation, span.operation),
        clock=names.setdefault(span.clock, span.clock),
        says=names.setdefault(span.says, span.says),
        duration=max(0, span.duration),
    )


def _read_json(original: Original, reader: SpanReader, reading: SpanReading) -> Iterator[Span]:
    walk = JsonWalker(reader.wanted)
    for piece in _pieces(read_text(original), walk, reading):
        yield from _taken(piece, reader, reading)
    yield from reader.end()
    reading.lines = walk.lines
    reading.size += walk.size
    reading.is_cut_off = walk.is_cut_off


def _taken(piece: JsonObject, reader: SpanReader, reading: SpanReading) -> Iterator[Span]:
    if piece.name.startswith("/"):
        yield from reader.end()
    elif not piece.raw:
        reading.oversized += 1
    else:
        try:
            fields = orjson.loads(piece.raw)
            yield from [span for span in reader.take(piece.name, fields, piece.place) if span.id]
        except (ValueError, TypeError, AttributeError, KeyError):
            reading.damaged += 1


def _pieces(
    chunks: Iterable[bytes], walk: JsonWalker, reading: SpanReading
) -> Iterator[JsonObject]:
    """A file of one document a line is read by lines: what is wrong with one harms no other."""
    chunks = iter(chunks)
    head = next(chunks, b"")
    first = head.partition(b"\n")[0].strip()
    alone = JsonWalker(walk.wanted)
    by_line = b"\n" in head.strip() and first[:1] == b"{" and alone.is_whole(first)
    rest = _chained(head, chunks)
    ended = _ended(rest, reading)
    yield from _by_line(ended, walk, reading) if by_line else walk.read(ended)


def _by_line(
    chunks: Iterable[bytes], walk: JsonWalker, reading: SpanReading
) -> Iterator[JsonObject]:
    for block in _whole_lines(chunks):
        if walk.is_whole(block):
            yield from walk.read([block])
            continue
        for line in block.splitlines(keepends=True):
            line_walk = JsonWalker(walk.wanted, size=walk.size, lines=walk.lines)
            yield from line_walk.read([line])
            reading.damaged += line_walk.is_cut_off
            walk.size, walk.lines = line_walk.size, line_walk.lines


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield rest + chunk[:cut]
            rest = b""
        rest += chunk[cut:]
        if len(rest) > MAX_LINE_BYTES:
            message = f"a line of more than {MAX_LINE_BYTES // 2**20} MiB"
            raise UnreadableEvidence(message, next_step="Split the file at its batches.")
    if rest:
        yield rest


def _ended(chunks: Iterable[bytes], reading: SpanReading) -> Iterator[bytes]:
    """With a line feed behind the last line, which is no byte of the file."""
    last = b"\n"
    for chunk in chunks:
        yield chunk
        last = chunk[-1:] or last
    if last != b"\n":
        reading.size -= 1
        yield b"\n"


def _chained(head: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest

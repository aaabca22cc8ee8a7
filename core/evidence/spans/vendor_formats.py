"""Reads spans from the JSON of three products that have a form of their own, object by object.

Datadog: `/v0.4/traces` of its agent, an array of traces, each an array of spans; ids are decimal
numbers, times nanoseconds (an export of its pages has seconds). Source: its documentation, "Send
traces to the Agent by API".

X-Ray: segment documents with subsegments in them, alone, in a list or a line each, or as texts in
what BatchGetTraces answers. Times are seconds. Source: the developer guide, "AWS X-Ray segment
documents". A subsegment has the service of its segment; a remote one is a call of it.

SkyWalking: spans of `queryTrace`, and segments as its agents send them. Times are milliseconds; a
span is numbered within its segment, a reference leads to the segment above. Source: its query and
trace data protocols, v3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from core.evidence.spans import values
from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.spans.model import SpanPlace, SpanReading

_NO_TIME = "it tells no time"
_MICROS = 1_000_000  # of a second
_EPOCHS = ((10**17, 1e-3), (10**14, 1.0), (10**11, 1e3), (10**8, 1e6))  # least number, µs of one
_LONGEST_ID = 200
_DEEPEST = 40  # subsegments in subsegments
_SERVES = frozenset({"web", "server", "rpc"})
_CALLS = frozenset({"http", "client", "sql", "db", "cache", "redis", "memcached", "cassandra"})
_DATADOG_PEERS = ("peer.service", "out.host", "db.instance", "db.name", "network.destination.name")
_DATADOG_MESSAGES = ("error.message", "error.msg")
_SKYWALKING_KINDS = {
    "entry": SpanKind.SERVER,
    "exit": SpanKind.CLIENT,
    "local": SpanKind.INTERNAL,
}
_NAMED_KINDS = {kind.value: kind for kind in SpanKind}


class Datadog:
    """Each span stands for itself."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        is_element = len(path) > 1 and path[-1] == "" and is_object
        is_keyed = is_object and path[-2:-1] == ("spans",)
        is_holder = is_element and path[-2] in {"traces", "chunks", "data"}
        return "span" if (is_element or is_keyed) and not is_holder else None

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        del name
        meta: Mapping[str, object] = fields.get("meta") or {}
        start, unit = _epoch(fields.get("start"))
        service = values.text(fields.get("service"))
        failed = values.whole(fields.get("error")) not in (0, None) or values.has_failed(meta)
        yield Span(
            trace=values.identifier(fields["trace_id"]),
            id=values.identifier(fields["span_id"]),
            parent=values.identifier(fields.get("parent_id")),
            service=service,
            operation=values.text(fields.get("resource")) or values.text(fields.get("name")),
            start=start,
            duration=round(float(fields.get("duration") or 0) * unit),
            place=place,
            kind=_datadog_kind(meta, values.text(fields.get("type")).lower()),
            failed=failed,
            says=_first(meta, _DATADOG_MESSAGES, 300) or values.error_message(meta)
            if failed
            else "",
            peer=_first(meta, _DATADOG_PEERS),
            clock=values.text(meta.get("_dd.hostname")) or values.host(meta) or service,
        )

    def end(self) -> Iterator[Span]:
        yield from ()


def _datadog_kind(meta: Mapping[str, object], sort: str) -> SpanKind:
    stated = _NAMED_KINDS.get(values.text(meta.get("span.kind")).lower())
    if stated is not None:
        return stated
    if sort in _SERVES:
        return SpanKind.SERVER
    return SpanKind.CLIENT if sort in _CALLS else SpanKind.INTERNAL


def _first(attributes: Mapping[str, object], keys: tuple[str, ...], limit: int = 200) -> str:
    return next((text for key in keys if (text := values.text(attributes.get(key), limit))), "")


def _epoch(value: object) -> tuple[int, float]:
    """µs since 1970 of a number whose size tells its unit, and the µs of that unit."""
    number = value if isinstance(value, int | float) else 0
    unit = next((unit for least, unit in _EPOCHS if number >= least), 0.0)
    micros = number // 1000 if isinstance(number, int) and unit < 1 else round(number * unit)
    start = values.moment(micros) if unit else None
    if start is None:
        raise ValueError(_NO_TIME)
    return start, unit


class XRay:
    """A segment with all that is in it; a damaged subsegment is left out with what is in it."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        if not is_object:
            return None
        is_stored = path[-2:] == ("Segments", "")
        return "segment" if is_stored or path == ("", "") else None

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        del name
        stored = fields.get("Document")
        document = orjson.loads(stored) if isinstance(stored, str) else fields
        trace = values.identifier(document["trace_id"])
        service = values.text(document.get("name"))
        if document.get("type") == "subsegment":  # sent by itself, without its segment
            yield from self._subsegments([document], (trace, "", ""), place, _DEEPEST)
            return
        segment = _xray_span(document, (trace, values.identifier(document.get("parent_id"))), place)
        yield segment._replace(
            service=service,
            operation=_xray_request(document) or service,
            kind=SpanKind.SERVER,
            clock=service,
        )
        under = (trace, segment.id, service)
        yield from self._subsegments(document.get("subsegments") or (), under, place, _DEEPEST)

    def _subsegments(
        self, documents: Any, under: tuple[str, str, str], place: SpanPlace, depth: int
    ) -> Iterator[Span]:
        """under: the trace, the span above and the service."""
        trace, parent, service = under
        for document in documents if depth else ():
            try:
                above = parent or values.identifier(document.get("parent_id"))
                span = _xray_span(document, (trace, above), place)
            except (ValueError, TypeError, AttributeError, KeyError):
                self._reading.damaged += 1
                continue
            name = values.text(document.get("name"))
            is_call = document.get("namespace") in {"remote", "aws"}
            yield span._replace(
                service=service or name,
                operation=_xray_operation(document, name),
                kind=SpanKind.CLIENT if is_call else SpanKind.INTERNAL,
                peer=name if is_call else "",
                clock=service or name,
            )
            below = document.get("subsegments") or ()
            yield from self._subsegments(below, (trace, span.id, service), place, depth - 1)

    def end(self) -> Iterator[Span]:
        yield from ()


class XRayLines(XRay):
    """A segment a document, one after the other."""

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        return "segment" if is_object and path == ("",) else None


def _xray_span(document: Mapping[str, Any], under: tuple[str, str], place: SpanPlace) -> Span:
    start = values.moment(round(float(document["start_time"]) * _MICROS))
    end = values.moment(round(float(document["end_time"]) * _MICROS))
    if start is None or end is None:
        raise ValueError(_NO_TIME)
    status = ((document.get("http") or {}).get("response") or {}).get("status")
    failed = document.get("fault") is True or document.get("throttle") is True
    failed = failed or values.has_failed({"http.status_code": status})
    return Span(
        trace=under[0],
        id=values.identifier(document["id"]),
        parent=under[1],
        service="",
        operation="",
        start=start,
        duration=end - start,
        place=place,
        failed=failed,
        says=_xray_message(document.get("cause")) if failed else "",
    )


def _xray_message(cause: object) -> str:
    """Of the first exception; a cause may also be the id of one that is told elsewhere."""
    exceptions = cause.get("exceptions") if isinstance(cause, dict) else None
    first = exceptions[0] if isinstance(exceptions, list) and exceptions else {}
    return values.text(first.get("message"), 300) if isinstance(first, dict) else ""


def _xray_request(document: Mapping[str, Any]) -> str:
    """`GET /checkout`: without host and query, which differ from call to call."""
    request = (document.get("http") or {}).get("request") or {}
    path = values.text(request.get("url")).partition("?")[0]
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return f"{values.text(request.get('method'))} {path}".strip()


def _xray_operation(document: Mapping[str, Any], name: str) -> str:
    operation = values.text((document.get("aws") or {}).get("operation"))
    return f"{name} {operation}" if operation else name


class SkyWalking:
    """Each span stands for itself."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        return "span" if is_object and path[-2:] == ("spans", "") else None

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        del name
        segment = values.text(fields["segmentId"], _LONGEST_ID)
        owners = (
            values.text(fields.get("serviceCode")),
            values.text(fields.get("serviceInstanceName")),
        )
        yield _skywalking_span(fields, (fields["traceId"], segment), owners, place)

    def end(self) -> Iterator[Span]:
        yield from ()


class SkyWalkingSegments:
    """A segment an element or a document, with its spans."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        return "segment" if is_object and path in {("",), ("", "")} else None

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        del name
        segment = values.text(fields["traceSegmentId"], _LONGEST_ID)
        owners = values.text(fields.get("service")), values.text(fields.get("serviceInstance"))
        for span in fields["spans"]:
            try:
                yield _skywalking_span(span, (fields["traceId"], segment), owners, place)
            except (ValueError, TypeError, AttributeError, KeyError):
                self._reading.damaged += 1

    def end(self) -> Iterator[Span]:
        yield from ()


def _skywalking_span(
    fields: Mapping[str, Any],
    segment: tuple[object, str],
    owners: tuple[str, str],
    place: SpanPlace,
) -> Span:
    start = values.moment(int(fields["startTime"]) * 1000)
    end = values.moment(int(fields["endTime"]) * 1000)
    if start is None or end is None:
        raise ValueError(_NO_TIME)
    tags = {str(tag.get("key")): tag.get("value") for tag in fields.get("tags") or ()}
    failed = fields.get("isError") is True
    kind = _SKYWALKING_KINDS.get(
        values.text(fields.get("type") or fields.get("spanType")).lower(), SpanKind.INTERNAL
    )
    return Span(
        trace=values.text(segment[0], _LONGEST_ID).lower(),
        id=f"{segment[1]}.{int(fields['spanId'])}",
        parent=_skywalking_parent(fields, segment[1]),
        service=owners[0],
        operation=values.text(fields.get("endpointName") or fields.get("operationName")),
        start=start,
        duration=end - start,
        place=place,
        kind=kind,
        failed=failed,
        says=_skywalking_message(fields, tags) if failed else "",
        peer=values.text(fields.get("peer")) if kind is SpanKind.CLIENT else "",
        clock=owners[1] or owners[0],
    )


def _skywalking_parent(fields: Mapping[str, Any], segment: str) -> str:
    """The span above in its segment, else the one in another segment that refers to it."""
    parent = int(fields.get("parentSpanId", -1))
    if parent >= 0:
        return f"{segment}.{parent}"
    for reference in fields.get("refs") or ():
        above = reference.get("parentSegmentId") or reference.get("parentTraceSegmentId")
        if above:
            return f"{values.text(above, _LONGEST_ID)}.{int(reference.get('parentSpanId', 0))}"
    return ""


def _skywalking_message(fields: Mapping[str, Any], tags: Mapping[str, object]) -> str:
    """What its logs tell of the error: pairs with the keys `message`, `error.kind`, `stack`."""
    for log in fields.get("logs") or ():
        pairs = {str(pair.get("key")): pair.get("value") for pair in log.get("data") or ()}
        if message := values.error_message({"message": pairs.get("message")} | pairs):
            return message
    return values.error_message(tags)

"""Reads spans from the JSON of Jaeger, Zipkin and OpenTelemetry (OTLP), object by object.

Formats: jaegertracing/jaeger, `model/json/model.go` (1.x; v2 exports the same): traces with spans
and processes, as its UI and `/api/traces` export them. openzipkin/zipkin-api, `zipkin2-api.yaml`:
an array of spans, an array of traces, or a span a line; a server's span may share its client's id.
open-telemetry/opentelemetry-proto, `trace/v1/trace.proto`, and the OTLP specification, "JSON
Protobuf Encoding": resources with scopes with spans, one document or one a line; ids are hex there
and base64 in protobuf's own JSON, 64-bit numbers are texts. Before 1.0 scopes were
`instrumentationLibrarySpans`; Tempo calls resources `batches`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.evidence.spans import values, zipkin_v1
from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.spans.model import SpanPlace, SpanReading

_FOLLOWS = "FOLLOWS_FROM"
_OTLP_GROUPS = frozenset({"resourceSpans", "resource_spans", "batches"})
_NUMBERED_KINDS = dict(
    enumerate((SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER), start=1)
) | {5: SpanKind.CONSUMER}
_OTLP_ERROR = 2
_OTLP_VALUES = (
    *("stringValue", "boolValue", "intValue", "doubleValue"),
    *("string_value", "bool_value", "int_value", "double_value"),
)


class Jaeger:
    """Keeps the spans of a trace until its processes are known: they stand behind them."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading
        self._waiting: list[tuple[Span, str]] = []
        self._processes: dict[str, tuple[str, str]] = {}

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        if path[-2:] == ("spans", "") and is_object:
            return "span"
        if path[-1] == "processes":
            return "processes"
        is_trace = is_object and path in {("",), ("", ""), ("", "data", "")}
        return "/trace" if is_trace else None

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        if name == "span":
            self._waiting.append(_jaeger_span(fields, place))
        elif name == "processes":
            self._processes |= {key: _jaeger_process(process) for key, process in fields.items()}
        yield from ()

    def end(self) -> Iterator[Span]:
        """The spans of a trace, with their services."""
        for span, process in self._waiting:
            service, clock = self._processes.get(process, (span.service, span.clock))
            yield span._replace(service=service, clock=clock or service)
        self._waiting.clear()
        self._processes.clear()


class JaegerSpans:
    """Spans outside of traces, one a document or an element: each with its own process, if any."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        return "span" if is_object and path in {("",), ("", "")} else None

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        del name
        yield _jaeger_span(fields.get("_source") or fields, place)[0]

    def end(self) -> Iterator[Span]:
        yield from ()


def _jaeger_span(fields: Mapping[str, Any], place: SpanPlace) -> tuple[Span, str]:
    tags = _jaeger_tags(fields.get("tags"))
    logs = [_jaeger_tags(log.get("fields")) for log in fields.get("logs") or ()]
    parent, waited = _jaeger_parent(fields)
    start = values.moment(fields.get("startTime"))
    if start is None:
        message = "it tells no time"
        raise ValueError(message)
    own = fields.get("process")
    service, clock = _jaeger_process(own) if isinstance(own, dict) else ("", "")
    failed = (
        values.is_true(tags.get("error"))
        or tags.get("otel.status_code") == "ERROR"
        or values.has_failed(tags)
    )
    span = Span(
        trace=values.identifier(fields["traceID"]),
        id=values.identifier(fields["spanID"]),
        parent=parent,
        service=service,
        operation=values.text(fields.get("operationName")),
        start=start,
        duration=values.whole(fields.get("duration")) or 0,
        place=place,
        kind=_NAMED_KINDS.get(values.text(tags.get("span.kind")).lower(), SpanKind.INTERNAL),
        failed=failed,
        says=_jaeger_message(tags, logs) if failed else "",
        peer=values.peer(tags),
        clock=clock or service,
        waited=waited,
    )
    return span, values.text(fields.get("processID"))


_NAMED_KINDS = {kind.value: kind for kind in SpanKind}


def _jaeger_message(tags: Mapping[str, object], logs: list[dict[str, object]]) -> str:
    described = values.text(tags.get("otel.status_description"), 300)
    return described or next(
        (
            message
            for attributes_of_event in (*logs, tags)
            if (message := values.error_message(attributes_of_event))
        ),
        "",
    )


def _jaeger_parent(fields: Mapping[str, Any]) -> tuple[str, bool]:
    """The first CHILD_OF of the same trace, else the first of any kind."""
    own = [
        reference
        for reference in fields.get("references") or ()
        if reference.get("traceID") in (None, fields.get("traceID"))
    ]
    own.sort(key=lambda reference: reference.get("refType") == _FOLLOWS)
    if own:
        return values.identifier(own[0].get("spanID")), own[0].get("refType") != _FOLLOWS
    return values.identifier(fields.get("parentSpanID")), True


def _jaeger_process(fields: Mapping[str, Any]) -> tuple[str, str]:
    return values.text(fields.get("serviceName")), values.host(_jaeger_tags(fields.get("tags")))


def _jaeger_tags(value: object) -> dict[str, object]:
    """A list of keys and values, or (in some stores) an object of them."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        return {}
    return {str(item.get("key")): item.get("value") for item in value if isinstance(item, dict)}


class Zipkin:
    """Each span stands for itself."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        return "span" if is_object and not any(path) else None

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        if zipkin_v1.is_first_version(fields):
            yield from zipkin_v1.spans_of(fields, place)
            return
        tags: Mapping[str, object] = fields.get("tags") or {}
        local, remote = fields.get("localEndpoint") or {}, fields.get("remoteEndpoint") or {}
        start = values.moment(fields.get("timestamp"))
        if start is None:
            message = "it tells no time"
            raise ValueError(message)
        kind = _NAMED_KINDS.get(values.text(fields.get("kind")).lower(), SpanKind.INTERNAL)
        service = values.text(local.get("serviceName"))
        failed = _is_zipkin_error(tags) or values.has_failed(tags)
        yield Span(
            trace=values.identifier(fields["traceId"]),
            id=values.identifier(fields["id"]),
            parent=values.identifier(fields.get("parentId")),
            service=service,
            operation=values.text(fields.get("name")),
            start=start,
            duration=values.whole(fields.get("duration")) or 0,
            place=place,
            kind=kind,
            failed=failed,
            says=values.text(tags.get("otel.status_description"), 300) or values.error_message(tags)
            if failed
            else "",
            # Of a server the remote endpoint is who called it.
            peer=""
            if kind is SpanKind.SERVER
            else values.text(remote.get("serviceName")) or values.peer(tags),
            clock=values.text(local.get("ipv4") or local.get("ipv6")) or service,
            waited=kind is not SpanKind.CONSUMER,
            shared=fields.get("shared") is True,
        )

    def end(self) -> Iterator[Span]:
        return iter(())


def _is_zipkin_error(tags: Mapping[str, object]) -> bool:
    """Zipkin: a tag `error` with any value is an error."""
    if "error" in tags:
        return str(tags["error"]).lower() != "false"
    return tags.get("otel.status_code") == "ERROR"


class Otlp:
    """Keeps the spans of a resource until it is known whose they are."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading
        self._waiting: list[Span] = []
        self._resource: dict[str, object] = {}

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        if path[-1] == "" and is_object and path[-2:-1] == ("spans",):
            return "span"
        if path[-1] == "resource" and is_object:
            return "resource"
        return "/resource" if path[-1] == "" and path[-2:-1] and path[-2] in _OTLP_GROUPS else None

    def take(self, name: str, fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        if name == "resource":
            self._resource = _otlp_attributes(fields.get("attributes"))
        else:
            self._waiting.append(_otlp_span(fields, place))
        yield from ()

    def end(self) -> Iterator[Span]:
        """The spans of a resource, with its service."""
        service = values.text(self._resource.get("service.name"))
        clock = values.host(self._resource) or service
        for span in self._waiting:
            yield span._replace(service=service, clock=clock)
        self._waiting.clear()
        self._resource = {}


def _otlp_span(fields: Mapping[str, Any], place: SpanPlace) -> Span:
    start = values.moment(_otlp_field(fields, "startTimeUnixNano"), per_micro=1000)
    end = values.moment(_otlp_field(fields, "endTimeUnixNano"), per_micro=1000)
    if start is None:
        message = "it tells no time"
        raise ValueError(message)
    attributes, status = _otlp_attributes(fields.get("attributes")), fields.get("status") or {}
    failed = status.get("code") in (_OTLP_ERROR, "STATUS_CODE_ERROR", "2") or (
        not status.get("code") and values.has_failed(attributes)
    )
    kind = _otlp_kind(fields.get("kind"))
    return Span(
        trace=values.identifier(_otlp_field(fields, "traceId")),
        id=values.identifier(_otlp_field(fields, "spanId")),
        parent=values.identifier(_otlp_field(fields, "parentSpanId")),
        service="",
        operation=values.text(fields.get("name")),
        start=start,
        duration=(start if end is None else end) - start,
        place=place,
        kind=kind,
        failed=failed,
        says=_otlp_message(fields, status, attributes) if failed else "",
        peer=values.peer(attributes),
        waited=kind is not SpanKind.CONSUMER,
    )


def _otlp_message(
    fields: Mapping[str, Any], status: Mapping[str, Any], attributes: Mapping[str, object]
) -> str:
    raised = [_otlp_attributes(event.get("attributes")) for event in fields.get("events") or ()]
    return values.text(status.get("message"), 300) or next(
        (
            message
            for attributes_of_event in (*raised, attributes)
            if (message := values.error_message(attributes_of_event))
        ),
        "",
    )


def _otlp_field(fields: Mapping[str, Any], name: str) -> object:
    """Return a field by protobuf's JSON name, or by the name in the .proto file."""
    if name in fields:
        return fields[name]
    return fields.get(
        "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    )


def _otlp_kind(stated: object) -> SpanKind:
    if isinstance(stated, str):
        named = stated.removeprefix("SPAN_KIND_").lower()
        return next((kind for kind in SpanKind if kind.value == named), SpanKind.INTERNAL)
    return (
        _NUMBERED_KINDS.get(stated, SpanKind.INTERNAL)
        if isinstance(stated, int)
        else SpanKind.INTERNAL
    )


def _otlp_attributes(value: object) -> dict[str, object]:
    if not isinstance(value, list):
        return {}
    return {
        str(item.get("key")): _otlp_value(item.get("value"))
        for item in value
        if isinstance(item, dict)
    }


def _otlp_value(value: object) -> object:
    """Of an AnyValue; arrays and maps say nothing that is asked here."""
    if not isinstance(value, dict):
        return value
    return next((value[key] for key in _OTLP_VALUES if key in value), None)

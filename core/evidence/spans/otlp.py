"""OTLP's JSON: resources with scopes with spans; one document, or one a line (file exporter).

Format: open-telemetry/opentelemetry-proto, `trace/v1/trace.proto`, and the OTLP specification,
"JSON Protobuf Encoding": ids are hex there and base64 in protobuf's own JSON, 64-bit numbers are
texts. Before 1.0 scopes were `instrumentationLibrarySpans`; Tempo calls resources `batches`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.evidence.spans import values
from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.spans.model import SpanPlace, SpanReading

_GROUPS = frozenset({"resourceSpans", "resource_spans", "batches"})
_KINDS = dict(
    enumerate((SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER), start=1)
) | {5: SpanKind.CONSUMER}
_ERROR = 2
_PLAIN = (
    *("stringValue", "boolValue", "intValue", "doubleValue"),
    *("string_value", "bool_value", "int_value", "double_value"),
)


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
        return "/resource" if path[-1] == "" and path[-2:-1] and path[-2] in _GROUPS else None

    def take(self, name: str, found: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        if name == "resource":
            self._resource = _attributes(found.get("attributes"))
        else:
            self._waiting.append(_span(found, place))
        yield from ()

    def end(self) -> Iterator[Span]:
        """The spans of a resource, with its service."""
        service = values.text(self._resource.get("service.name"))
        clock = values.host(self._resource) or service
        for span in self._waiting:
            yield span._replace(service=service, clock=clock)
        self._waiting.clear()
        self._resource = {}


def _span(found: Mapping[str, Any], place: SpanPlace) -> Span:
    start = values.moment(_get(found, "startTimeUnixNano"), per_micro=1000)
    end = values.moment(_get(found, "endTimeUnixNano"), per_micro=1000)
    if start is None:
        message = "it tells no time"
        raise ValueError(message)
    attributes, status = _attributes(found.get("attributes")), found.get("status") or {}
    failed = status.get("code") in (_ERROR, "STATUS_CODE_ERROR", "2") or (
        not status.get("code") and values.has_failed(attributes)
    )
    kind = _kind(found.get("kind"))
    return Span(
        trace=values.identifier(_get(found, "traceId")),
        id=values.identifier(_get(found, "spanId")),
        parent=values.identifier(_get(found, "parentSpanId")),
        service="",
        operation=values.text(found.get("name")),
        start=start,
        duration=(start if end is None else end) - start,
        place=place,
        kind=kind,
        failed=failed,
        says=_says(found, status, attributes) if failed else "",
        peer=values.peer(attributes),
        waited=kind is not SpanKind.CONSUMER,
    )


def _says(
    found: Mapping[str, Any], status: Mapping[str, Any], attributes: Mapping[str, object]
) -> str:
    raised = [_attributes(event.get("attributes")) for event in found.get("events") or ()]
    return values.text(status.get("message"), 300) or next(
        (said for one in (*raised, attributes) if (said := values.complaint(one))), ""
    )


def _get(found: Mapping[str, Any], name: str) -> object:
    """By protobuf's JSON name, or by the name in the .proto file."""
    if name in found:
        return found[name]
    return found.get("".join(f"_{one.lower()}" if one.isupper() else one for one in name))


def _kind(said: object) -> SpanKind:
    if isinstance(said, str):
        named = said.removeprefix("SPAN_KIND_").lower()
        return next((kind for kind in SpanKind if kind.value == named), SpanKind.INTERNAL)
    return _KINDS.get(said, SpanKind.INTERNAL) if isinstance(said, int) else SpanKind.INTERNAL


def _attributes(found: object) -> dict[str, object]:
    if not isinstance(found, list):
        return {}
    return {str(one.get("key")): _value(one.get("value")) for one in found if isinstance(one, dict)}


def _value(found: object) -> object:
    """Of an AnyValue; arrays and maps say nothing that is asked here."""
    if not isinstance(found, dict):
        return found
    return next((found[key] for key in _PLAIN if key in found), None)

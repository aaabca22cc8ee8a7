"""Reads spans of Zipkin's first JSON, whose annotations tell what the second has fields for.

`cs` and `cr` are the client's start and end, `sr` and `ss` the server's; a span may have both, and
be two sides of one call. Tags are `binaryAnnotations`. Source: openzipkin/zipkin-api,
`zipkin-api.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.evidence.spans import values
from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.spans.model import SpanPlace

_SIDES = {SpanKind.CLIENT: ("cs", "cr"), SpanKind.SERVER: ("sr", "ss")}
_Endpoint = dict[str, Any]


def is_first_version(fields: Mapping[str, Any]) -> bool:
    """Whether a span tells its service in annotations."""
    if "localEndpoint" in fields or "kind" in fields:
        return False
    annotations = fields.get("annotations") or ()
    return "binaryAnnotations" in fields or any("endpoint" in each for each in annotations)


def spans_of(fields: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
    """A span for each side that it tells of. Raises ValueError where it tells no time."""
    events = {each.get("value"): each for each in fields.get("annotations") or ()}
    tagged = [each for each in fields.get("binaryAnnotations") or () if isinstance(each, dict)]
    tags = {str(each.get("key")): each.get("value") for each in tagged}
    local = next((_endpoint(each) for each in tagged if each.get("value") is not True), {})
    sides = [kind for kind, marks in _SIDES.items() if any(mark in events for mark in marks)]
    for kind in sides or [SpanKind.INTERNAL]:
        times = _times(fields, events, kind, is_only=len(sides) < len(_SIDES))
        endpoint = _side(events, kind) or local
        yield _span(fields, tags, endpoint, place)._replace(
            start=times[0],
            duration=times[1],
            kind=kind,
            peer="" if kind is SpanKind.SERVER else _peer(tagged) or values.peer(tags),
            shared=kind is SpanKind.SERVER and len(sides) > 1,
        )


def _span(
    fields: Mapping[str, Any], tags: Mapping[str, object], endpoint: _Endpoint, place: SpanPlace
) -> Span:
    service = values.text(endpoint.get("serviceName"))
    is_error = "error" in tags and str(tags["error"]).lower() != "false"
    failed = is_error or values.has_failed(tags)
    return Span(
        trace=values.identifier(fields["traceId"]),
        id=values.identifier(fields["id"]),
        parent=values.identifier(fields.get("parentId")),
        service=service,
        operation=values.text(fields.get("name")),
        start=0,
        duration=0,
        place=place,
        failed=failed,
        says=values.error_message(tags) if failed else "",
        clock=values.text(endpoint.get("ipv4") or endpoint.get("ipv6")) or service,
    )


def _times(
    fields: Mapping[str, Any], events: Mapping[str, Any], kind: SpanKind, *, is_only: bool
) -> tuple[int, int]:
    """Start and duration in µs: of the span where it has one side, else of that side's events."""
    marks = [events[mark].get("timestamp") for mark in _SIDES.get(kind, ()) if mark in events]
    start = values.moment(fields.get("timestamp")) if is_only else None
    begun = start if start is not None else values.moment(marks[0] if marks else None)
    if begun is None:
        message = "it tells no time"
        raise ValueError(message)
    stated = values.whole(fields.get("duration")) if is_only else None
    ended = values.moment(marks[-1] if marks else None) or begun
    return begun, stated if stated is not None else ended - begun


def _side(events: Mapping[str, Any], kind: SpanKind) -> _Endpoint:
    marks = _SIDES.get(kind, ())
    return next((_endpoint(events[mark]) for mark in marks if mark in events), {})


def _endpoint(annotation: Mapping[str, Any]) -> _Endpoint:
    endpoint = annotation.get("endpoint")
    return endpoint if isinstance(endpoint, dict) else {}


def _peer(tagged: list[dict[str, Any]]) -> str:
    """Whom it calls: the endpoint of the server's address."""
    addresses = (_endpoint(each) for each in tagged if each.get("key") == "sa")
    return next((values.text(each.get("serviceName")) for each in addresses), "")

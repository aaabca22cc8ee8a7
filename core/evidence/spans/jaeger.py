"""Jaeger's JSON, as its UI and `/api/traces` export it: traces with spans and processes.

Format: jaegertracing/jaeger, `model/json/model.go` (1.x; v2 exports the same).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.evidence.spans import values
from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.spans.model import SpanPlace, SpanReading

FOLLOWS = "FOLLOWS_FROM"


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

    def take(self, name: str, found: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        if name == "span":
            self._waiting.append(_span(found, place))
        elif name == "processes":
            self._processes |= {key: _process(one) for key, one in found.items()}
        yield from ()

    def end(self) -> Iterator[Span]:
        """The spans of a trace, with their services."""
        for span, process in self._waiting:
            service, clock = self._processes.get(process, (span.service, span.clock))
            yield span._replace(service=service, clock=clock or service)
        self._waiting.clear()
        self._processes.clear()


def _span(found: Mapping[str, Any], place: SpanPlace) -> tuple[Span, str]:
    tags = _tags(found.get("tags"))
    logs = [_tags(log.get("fields")) for log in found.get("logs") or ()]
    parent, waited = _parent(found)
    start = values.moment(found.get("startTime"))
    if start is None:
        message = "it tells no time"
        raise ValueError(message)
    own = found.get("process")
    service, clock = _process(own) if isinstance(own, dict) else ("", "")
    failed = (
        values.is_true(tags.get("error"))
        or tags.get("otel.status_code") == "ERROR"
        or values.has_failed(tags)
    )
    span = Span(
        trace=values.identifier(found["traceID"]),
        id=values.identifier(found["spanID"]),
        parent=parent,
        service=service,
        operation=values.text(found.get("operationName")),
        start=start,
        duration=values.whole(found.get("duration")) or 0,
        place=place,
        kind=_KINDS.get(values.text(tags.get("span.kind")).lower(), SpanKind.INTERNAL),
        failed=failed,
        says=_says(tags, logs) if failed else "",
        peer=values.peer(tags),
        clock=clock or service,
        waited=waited,
    )
    return span, values.text(found.get("processID"))


_KINDS = {kind.value: kind for kind in SpanKind}


def _says(tags: Mapping[str, object], logs: list[dict[str, object]]) -> str:
    described = values.text(tags.get("otel.status_description"), 300)
    return described or next((said for one in (*logs, tags) if (said := values.complaint(one))), "")


def _parent(found: Mapping[str, Any]) -> tuple[str, bool]:
    """The first CHILD_OF of the same trace, else the first of any kind."""
    own = [
        one
        for one in found.get("references") or ()
        if one.get("traceID") in (None, found.get("traceID"))
    ]
    own.sort(key=lambda one: one.get("refType") == FOLLOWS)
    if own:
        return values.identifier(own[0].get("spanID")), own[0].get("refType") != FOLLOWS
    return values.identifier(found.get("parentSpanID")), True


def _process(found: Mapping[str, Any]) -> tuple[str, str]:
    return values.text(found.get("serviceName")), values.host(_tags(found.get("tags")))


def _tags(found: object) -> dict[str, object]:
    """A list of keys and values, or (in some stores) an object of them."""
    if isinstance(found, dict):
        return found
    if not isinstance(found, list):
        return {}
    return {str(one.get("key")): one.get("value") for one in found if isinstance(one, dict)}

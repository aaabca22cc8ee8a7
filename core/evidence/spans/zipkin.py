"""Zipkin's JSON, version 2: an array of spans, an array of traces, or a span a line.

Format: openzipkin/zipkin-api, `zipkin2-api.yaml`. A server's span may share its client's id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.evidence.spans import values
from core.evidence.spans.model import Span, SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.spans.model import SpanPlace, SpanReading


class Zipkin:
    """Each span stands for itself."""

    def __init__(self, reading: SpanReading) -> None:
        self._reading = reading

    @staticmethod
    def wanted(path: tuple[str, ...], is_object: bool) -> str | None:  # noqa: FBT001 - a callback
        return "span" if is_object and not any(path) else None

    def take(self, name: str, found: Mapping[str, Any], place: SpanPlace) -> Iterator[Span]:
        """Raises ValueError, TypeError, AttributeError where it is no such object."""
        tags: Mapping[str, object] = found.get("tags") or {}
        local, remote = found.get("localEndpoint") or {}, found.get("remoteEndpoint") or {}
        start = values.moment(found.get("timestamp"))
        if start is None:
            message = "it tells no time"
            raise ValueError(message)
        kind = _KINDS.get(values.text(found.get("kind")).lower(), SpanKind.INTERNAL)
        service = values.text(local.get("serviceName"))
        failed = _is_error(tags) or values.has_failed(tags)
        yield Span(
            trace=values.identifier(found["traceId"]),
            id=values.identifier(found["id"]),
            parent=values.identifier(found.get("parentId")),
            service=service,
            operation=values.text(found.get("name")),
            start=start,
            duration=values.whole(found.get("duration")) or 0,
            place=place,
            kind=kind,
            failed=failed,
            says=values.text(tags.get("otel.status_description"), 300) or values.complaint(tags)
            if failed
            else "",
            # Of a server the remote endpoint is who called it.
            peer=""
            if kind is SpanKind.SERVER
            else values.text(remote.get("serviceName")) or values.peer(tags),
            clock=values.text(local.get("ipv4") or local.get("ipv6")) or service,
            waited=kind is not SpanKind.CONSUMER,
            shared=found.get("shared") is True,
        )

    def end(self) -> Iterator[Span]:
        return iter(())


_KINDS = {kind.value: kind for kind in SpanKind}


def _is_error(tags: Mapping[str, object]) -> bool:
    """Zipkin: a tag `error` with any value is an error."""
    if "error" in tags:
        return str(tags["error"]).lower() != "false"
    return tags.get("otel.status_code") == "ERROR"

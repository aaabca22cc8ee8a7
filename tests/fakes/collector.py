"""A collector of spans on loopback, that reads what OTLP's own protobuf reads.

Source: opentelemetry.io/docs/specs/otlp, OTLP/HTTP: `POST /v1/traces`, binary protobuf.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opentelemetry.proto.common.v1.common_pb2 import AnyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

FOREVER_S = 60.0


@dataclass
class FakeCollector:
    """status: what it answers. is_silent: it takes a request and never answers."""

    url: str = ""
    status: int = 200
    is_silent: bool = False
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def requests(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    @property
    def spans(self) -> list[Span]:
        """All that came, in the order they began."""
        spans = [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(spans, key=lambda span: span.start_time_unix_nano)

    @property
    def resource(self) -> dict[str, Any]:
        return attributes(self.requests[0].resource_spans[0].resource)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        is_packed = request.headers.get("Content-Encoding") == "gzip"
        self.bodies.append(gzip.decompress(body) if is_packed else body)
        self.headers.append(request.headers)
        self.was_asked.set()
        if self.is_silent:
            await asyncio.sleep(FOREVER_S)
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(status=self.status, body=answer, content_type="application/x-protobuf")


def attributes(holder: Any) -> dict[str, Any]:
    """Those of a span or a resource, as plain values."""
    return {pair.key: _plain(pair.value) for pair in holder.attributes}


def _plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _plain(pair.value) for pair in value.kvlist_value.values}
    return getattr(value, kind) if kind else None


@asynccontextmanager
async def fake_collector(**more: Any) -> AsyncIterator[FakeCollector]:
    """On a port of its own; its `url` is what FAULTMAVEN_OTLP_URL holds."""
    collector = FakeCollector(**more)
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        await runner.cleanup()

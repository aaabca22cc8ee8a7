"""Spans of the OpenTelemetry SDK, sent to the collector. Copied beside each service."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind

_names = {"service.name": os.environ["SERVICE"], "service.version": os.environ["VERSION"]}
_provider = TracerProvider(
    resource=Resource(_names),
    sampler=ParentBased(TraceIdRatioBased(float(os.environ["TRACE_RATIO"]))),
)
_provider.add_span_processor(
    BatchSpanProcessor(OTLPSpanExporter(f"{os.environ['COLLECTOR_URL']}/v1/traces"))
)
trace.set_tracer_provider(_provider)
_tracer = trace.get_tracer("http")


def serve(name: str, headers: Mapping[str, str]) -> AbstractContextManager[Span]:
    """The span of one answer; a child of what the caller's headers say."""
    around = propagate.extract(dict(headers))
    return _tracer.start_as_current_span(name, context=around, kind=SpanKind.SERVER)


def call(name: str, peer: str) -> AbstractContextManager[Span]:
    """The span of one call to `peer`."""
    span: AbstractContextManager[Span] = _tracer.start_as_current_span(
        name, kind=SpanKind.CLIENT, attributes={"peer.service": peer}
    )
    return span


def headers() -> dict[str, str]:
    """For the request that the current span is about, with its trace id for our own logs."""
    carried: dict[str, str] = {}
    propagate.inject(carried)
    return carried | {"X-Trace-Id": trace_id()}


def trace_id() -> str:
    return f"{trace.get_current_span().get_span_context().trace_id:032x}"

"""Sends spans to a collector, by OTLP over HTTP, where the extra `otlp` is installed.

The provider of spans is our own, not the process's: FastAPI and other libraries trace into that
one, and their spans would leave with ours, unredacted. Headers, certificates and time limits are
OpenTelemetry's own variables, `OTEL_EXPORTER_OTLP_…`.
"""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

PATH = "/v1/traces"
SCOPE = "faultmaven.models"
FLUSH_S = 3.0  # for what is not sent yet when a process ends
TRIAL_S = 2.0
LOGGER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


def is_installed() -> bool:
    """Whether the extra is there."""
    try:
        return all(find_spec(name) for name in PACKAGES)
    except ModuleNotFoundError:  # not even the package above it
        return False


class SpanExport:
    """Spans leave in batches, from a thread of their own; what a dead collector misses is lost."""

    def __init__(self, url: str, *, version: str) -> None:
        # The seam of the extra, 0.1 s.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        name = os.environ.get("OTEL_SERVICE_NAME") or "faultmaven"
        resource = Resource.create({"service.name": name, "service.version": version})
        self._exporter = OTLPSpanExporter(endpoint=traces_url(url))
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self.tracer: Tracer = self._provider.get_tracer(SCOPE, version)

    def close(self) -> None:
        """Send what is left, for so long as FLUSH_S. Blocks."""
        flush = Thread(target=self._provider.shutdown, daemon=True)
        flush.start()
        flush.join(FLUSH_S)
        if flush.is_alive():  # it waits until it may try again
            self._exporter.shutdown()  # type: ignore[no-untyped-call]


def takes_spans(url: str) -> bool:
    """Whether a collector there takes an export, an empty one, from here. Blocks."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import SpanExportResult  # noqa: PLC0415

    exporter = OTLPSpanExporter(endpoint=traces_url(url), timeout=TRIAL_S)
    log = logging.getLogger(LOGGER)
    log.disabled = True  # whoever asks says it in words of ours
    try:
        return exporter.export([]) is SpanExportResult.SUCCESS
    finally:
        log.disabled = False
        exporter.shutdown()  # type: ignore[no-untyped-call]


def traces_url(url: str) -> str:
    """Where spans are posted: a collector has a path for each signal."""
    return url if url.endswith(PATH) else f"{url.rstrip('/')}{PATH}"

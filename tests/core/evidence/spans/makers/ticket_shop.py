"""Makes the files of spans beside it, with the SDK and exporters of OpenTelemetry.

    python tests/core/evidence/spans/makers/ticket_shop.py tests/core/evidence/spans/files

Needs opentelemetry-sdk, -exporter-otlp-json-file, -exporter-otlp-proto-common and
-exporter-zipkin-json (versions in README.md). Jaeger's file and the CSV are constructed: Jaeger
itself does not run here.

A shop sells tickets: web calls shop, shop calls seats (whose clock is 3.2 s ahead) and sends a
message to mailer; seats asks a database that writes no spans. From the 13th of 24 requests on,
seats waits 2.4 s for a connection and gives up, shop and web fail with it.
"""

# mypy: ignore-errors
# ruff: noqa: T201
import csv
import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from google.protobuf.json_format import MessageToJson
from opentelemetry import trace
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.zipkin.json.v2 import JsonV2Encoder
from opentelemetry.exporter.zipkin.node_endpoint import NodeEndpoint
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode

BEGAN = int(datetime(2026, 11, 19, 9, 30, tzinfo=UTC).timestamp() * 1e9)
MS = 1_000_000
AHEAD = {"seats": 3_200 * MS}
HEADING = "trace_id span_id parent_id service operation start duration_ms status message"
REQUESTS, FINE = 24, 12


class Seeded(IdGenerator):
    """The same ids each time."""

    chance = random.Random(7)  # noqa: S311 - the same each time

    def generate_span_id(self):
        return self.chance.getrandbits(64)

    def generate_trace_id(self):
        return self.chance.getrandbits(128)


class Shop:
    """A provider for each service, which all keep their spans in one list."""

    def __init__(self):
        self.memory = InMemorySpanExporter()
        self.tracers = {}
        for service in ("web", "shop", "seats", "mailer"):
            resource = Resource({"service.name": service, "host.name": f"{service}-0"})
            provider = TracerProvider(resource=resource, id_generator=Seeded())
            provider.add_span_processor(SimpleSpanProcessor(self.memory))
            self.tracers[service] = provider.get_tracer("ticket-shop")

    def span(self, service, name, kind, start, parent=None, **attributes):
        context = trace.set_span_in_context(parent) if parent else None
        at = start + AHEAD.get(service, 0)
        return self.tracers[service].start_span(
            name, context, kind=kind, attributes=attributes, start_time=at
        )

    def end(self, service, span, at, says=None):
        if says:
            if kind_of(span) is SpanKind.INTERNAL or service == "seats":
                span.record_exception(TimeoutError(says), timestamp=at + AHEAD.get(service, 0))
            span.set_status(Status(StatusCode.ERROR, says))
        span.end(at + AHEAD.get(service, 0))

    def request(self, start, *, is_broken):
        """web > shop > (seats > seatdb), then a message to mailer."""
        chance = Seeded.chance
        wait = 2_400 * MS if is_broken else 0
        query = (4 + chance.randrange(6)) * MS
        web = self.span("web", "POST /buy", SpanKind.SERVER, start)
        call = self.span("web", "POST", SpanKind.CLIENT, start + 2 * MS, web)
        at = start + 5 * MS
        shop = self.span("shop", "POST /orders", SpanKind.SERVER, at, call)
        ask = self.span("shop", "GET", SpanKind.CLIENT, at + 3 * MS, shop)
        seats = self.span("seats", "GET /seats/{row}", SpanKind.SERVER, at + 5 * MS, ask)
        pool = self.span("seats", "reserve", SpanKind.INTERNAL, at + 6 * MS, seats)
        end = at + 7 * MS + wait
        if not is_broken:
            names = {"db.system": "postgresql", "peer.service": "seatdb"}
            sql = self.span("seats", "SELECT seat", SpanKind.CLIENT, end, pool, **names)
            self.end("seats", sql, end + query)
        end += query + MS
        why = "QueuePool limit of size 2 overflow 0 reached, connection timed out"
        self.end("seats", pool, end, why if is_broken else None)
        self.end("seats", seats, end + MS, "no connection" if is_broken else None)
        self.end("shop", ask, end + 4 * MS, "503" if is_broken else None)
        if not is_broken:
            mail = self.span("shop", "orders send", SpanKind.PRODUCER, end + 5 * MS, shop)
            self.end("shop", mail, end + 6 * MS)
            got = self.span("mailer", "orders process", SpanKind.CONSUMER, end + 40 * MS, mail)
            self.end("mailer", got, end + 400 * MS)
        self.end("shop", shop, end + 8 * MS, "seats: 503" if is_broken else None)
        self.end("web", call, end + 10 * MS, "502" if is_broken else None)
        self.end("web", web, end + 12 * MS, "shop: 502" if is_broken else None)


def kind_of(span):
    return span.kind


def jaeger(spans):
    """As jaegertracing/jaeger `model/json/model.go` lays it out."""
    traces = {}
    for span in spans:
        key = f"{span.context.trace_id:032x}"
        of_trace = traces.setdefault(
            key, {"traceID": key, "spans": [], "processes": {}, "warnings": None}
        )
        service = span.resource.attributes["service.name"]
        of_trace["processes"][f"p-{service}"] = {
            "serviceName": service,
            "tags": [tag("hostname", span.resource.attributes["host.name"])],
        }
        of_trace["spans"].append(jaeger_span(span, key, f"p-{service}"))
    return {"data": list(traces.values()), "total": 0, "limit": 0, "offset": 0, "errors": None}


def jaeger_span(span, key, process):
    tags = [tag(name, value) for name, value in span.attributes.items()]
    tags.append(tag("span.kind", span.kind.name.lower()))
    if span.status.status_code is StatusCode.ERROR:
        tags += [
            {"key": "error", "type": "bool", "value": True},
            tag("otel.status_code", "ERROR"),
            tag("otel.status_description", span.status.description),
        ]
    kind = "FOLLOWS_FROM" if span.kind is SpanKind.CONSUMER else "CHILD_OF"
    parent = span.parent
    return {
        "traceID": key,
        "spanID": f"{span.context.span_id:016x}",
        "operationName": span.name,
        "references": [{"refType": kind, "traceID": key, "spanID": f"{parent.span_id:016x}"}]
        if parent
        else [],
        "startTime": span.start_time // 1000,
        "duration": (span.end_time - span.start_time) // 1000,
        "tags": tags,
        "logs": [
            {
                "timestamp": event.timestamp // 1000,
                "fields": [tag("event", event.name)]
                + [
                    tag(name, value)
                    for name, value in event.attributes.items()
                    if name != "exception.stacktrace"
                ],
            }
            for event in span.events
        ],
        "processID": process,
        "warnings": None,
    }


def tag(name, value):
    return {"key": name, "type": "string", "value": value}


def rows(spans):
    yield HEADING.split()
    for span in spans:
        yield [
            f"{span.context.trace_id:032x}",
            f"{span.context.span_id:016x}",
            f"{span.parent.span_id:016x}" if span.parent else "",
            span.resource.attributes["service.name"],
            span.name,
            datetime.fromtimestamp(span.start_time / 1e9, tz=UTC).isoformat(),
            (span.end_time - span.start_time) / 1e6,
            span.status.status_code.name,
            span.status.description or "",
        ]


def zipkin(spans):
    """One call of the encoder a service, as each would send its own."""
    documents = []
    for service in ("web", "shop", "seats", "mailer"):
        own = [span for span in spans if span.resource.attributes["service.name"] == service]
        node = NodeEndpoint(ipv4=f"10.0.0.{len(documents) % 250}")
        node.service_name = service  # as the exporter does, from the first span
        documents += json.loads(JsonV2Encoder().serialize(own, node))
    return documents


def main(folder):
    shop = Shop()
    for number in range(REQUESTS):
        shop.request(BEGAN + number * 10_000 * MS, is_broken=number >= FINE)
    spans = list(shop.memory.get_finished_spans())
    with (folder / "otlp_file_exporter.jsonl").open("w") as stream:
        exporter = FileSpanExporter(stream=stream)
        for at in range(0, len(spans), 40):
            exporter.export(spans[at : at + 40])
    (folder / "otlp_protobuf.json").write_text(MessageToJson(encode_spans(spans)) + "\n")
    (folder / "zipkin.json").write_text(json.dumps(zipkin(spans)) + "\n")
    (folder / "jaeger_constructed.json").write_text(json.dumps(jaeger(spans)) + "\n")
    with (folder / "spans_constructed.csv").open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows(spans))
    print(f"{len(spans)} spans")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

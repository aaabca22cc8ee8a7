"""Takes spans by OTLP over HTTP and appends them as the Collector's file exporter does."""

import base64
import gzip
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

OUT = Path(os.environ["OUT"])
IDS = ("traceId", "spanId", "parentSpanId")
lock = Lock()


class Collector(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        export = MessageToDict(
            ExportTraceServiceRequest.FromString(body), use_integers_for_enums=True
        )
        for resource in export["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    span.update({key: _hex(span[key]) for key in IDS if key in span})
        with lock, OUT.open("a") as out:
            out.write(json.dumps(export, separators=(",", ":")) + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """It says nothing."""


def _hex(identifier: str) -> str:
    """OTLP's JSON has ids in hex, protobuf's own JSON in base64."""
    return base64.b64decode(identifier).hex()


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ["BIND"], 4318), Collector).serve_forever()

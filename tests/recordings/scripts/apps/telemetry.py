"""How our small services log and count. Copied beside each of them as `telemetry.py`."""

import json
import logging
import os
import socket
import sys
import time
from datetime import UTC, datetime

from prometheus_client import Counter, Histogram

SERVICE = os.environ["SERVICE"]
VERSION = os.environ["VERSION"]
HOST = socket.gethostname()

REQUESTS = Counter("http_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "http_request_duration_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13),
)
BUILD = Counter("service_starts", "Starts of this version", ["version"])


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": _moment(record),
            "level": record.levelname.lower(),
            "service": SERVICE,
            "version": VERSION,
            "host": HOST,
            "logger": record.name,
            "msg": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = f"{record.exc_info[0].__name__}: {record.exc_info[1]}"
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line)


class Logfmt(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {"ts": _moment(record), "level": record.levelname.lower(), "svc": SERVICE}
        fields |= {"msg": record.getMessage(), **getattr(record, "fields", {})}
        if record.exc_info and record.exc_info[0]:
            text = " ".join(str(record.exc_info[1]).split())
            fields["err"] = f"{record.exc_info[0].__name__}: {text}"
        return " ".join(f"{key}={_quoted(value)}" for key, value in fields.items())


class Plain(logging.Formatter):
    default_msec_format = "%s,%03d"
    converter = time.gmtime

    def __init__(self) -> None:
        super().__init__(f"%(asctime)s %(levelname)-7s [{HOST}] %(name)s - %(message)s")


def _quoted(value: object) -> str:
    text = str(value)
    return json.dumps(text) if set(text) & set(' ="') or not text else text


def log_with(formatter: logging.Formatter) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    BUILD.labels(VERSION).inc()


def count(route: str, method: str, status: int, seconds: float) -> None:
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route).observe(seconds)

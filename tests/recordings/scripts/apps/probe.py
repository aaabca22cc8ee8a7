"""Synthetic probe: asks each URL every few seconds and says what it got. Logs plain text."""

import logging
import os
import time

import httpx
import telemetry
from prometheus_client import Gauge, start_http_server

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("probe")
UP = Gauge("probe_success", "1 if the last answer was below 500", ["target"])
SECONDS = Gauge("probe_duration_seconds", "How long the last answer took", ["target"])


def main() -> None:
    start_http_server(8000, os.environ["BIND"])
    targets = dict(pair.split("=", 1) for pair in os.environ["TARGETS"].split(","))
    with httpx.Client(timeout=5) as client:
        while True:
            for name, url in targets.items():
                _ask(client, name, url)
            time.sleep(float(os.environ["EVERY_S"]))


def _ask(client: httpx.Client, name: str, url: str) -> None:
    started = time.monotonic()
    try:
        answer = str(client.get(url).status_code)
    except httpx.TransportError as error:
        answer = type(error).__name__
    seconds = time.monotonic() - started
    good = answer.isdigit() and int(answer) < 500
    UP.labels(name).set(int(good))
    SECONDS.labels(name).set(seconds)
    level = logging.INFO if good else logging.ERROR
    log.log(level, "probe target=%s answer=%s %.0fms", name, answer, seconds * 1e3)


if __name__ == "__main__":
    main()

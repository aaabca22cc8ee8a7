"""Writes to members when a loan was renewed. A worker on a Redis queue, logs plain text."""

import logging
import os
import random
import time

import redis
import telemetry
from prometheus_client import Counter, Gauge, start_http_server

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("notices")
chance = random.Random(4)
SENT = Counter("notices_sent", "Notices by outcome", ["outcome"])
WAITING = Gauge("notices_waiting", "Notices in the queue")


def main() -> None:
    queue = redis.Redis.from_url(os.environ["REDIS_URL"])
    start_http_server(8000, os.environ["BIND"])
    while True:
        WAITING.set(queue.llen("notices"))  # type: ignore[arg-type]
        if (item := queue.blpop(["notices"], timeout=1)) is not None:
            member, loan = item[1].decode().split()  # type: ignore[index]
            _send(member, loan)


def _send(member: str, loan: str) -> None:
    time.sleep(chance.uniform(0.03, 0.15))
    if chance.random() < 0.06:
        log.warning("mail relay said 450 greylisted, tried again member=%s", member)
        time.sleep(0.4)
    log.info("notice sent member=%s loan=%s", member, loan)
    SENT.labels("sent").inc()


if __name__ == "__main__":
    main()

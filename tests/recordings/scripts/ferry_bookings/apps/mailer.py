"""Sends the confirmations that booking-api queues in Redis. A worker, logs plain text."""

import logging
import os
import random
import time

import psycopg
import redis
import telemetry
from prometheus_client import Counter, Gauge, start_http_server

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("mailer")
chance = random.Random(11)
SENT = Counter("mails_sent", "Confirmations sent")
WAITING = Gauge("mails_waiting", "Confirmations in the queue")


def main() -> None:
    queue = redis.Redis.from_url(os.environ["REDIS_URL"])
    database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    start_http_server(8000, os.environ["BIND"])
    log.info("mailer %s waiting on queue confirmations", telemetry.VERSION)
    while True:
        WAITING.set(queue.llen("confirmations"))  # type: ignore[arg-type]
        if (item := queue.blpop(["confirmations"], timeout=1)) is not None:
            number, passenger = item[1].decode().split(" ", 1)  # type: ignore[index]
            _send(database, int(number), passenger)


def _send(database: psycopg.Connection[tuple[object, ...]], number: int, passenger: str) -> None:
    started = time.monotonic()
    if chance.random() < 0.06:
        log.warning("relay mx1 answered 421 try again later, attempt 1 of 3, booking=%d", number)
        time.sleep(0.3)
    time.sleep(chance.uniform(0.02, 0.12))
    database.execute("INSERT INTO mails (booking_id, sent_at) VALUES (%s, now())", (number,))
    took = (time.monotonic() - started) * 1e3
    log.info("confirmation sent booking=%d to=%s %.0fms", number, passenger, took)
    SENT.inc()


if __name__ == "__main__":
    main()

"""Keeps each ride that began. A worker on a Redis queue, logs plain text."""

import logging
import os
import random
import time

import redis
import telemetry
from prometheus_client import Counter, Gauge, start_http_server
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("ledger")
chance = random.Random(23)
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=2, open=True)
KEPT = Counter("rides_kept", "Rides kept")
WAITING = Gauge("rides_waiting", "Rides in the queue")
KEEP = "INSERT INTO rides (dock, began) VALUES (%s, now())"


def main() -> None:
    queue = redis.Redis.from_url(os.environ["REDIS_URL"])
    start_http_server(8000, os.environ["BIND"])
    while True:
        WAITING.set(queue.llen("rides"))  # type: ignore[arg-type]
        if (item := queue.blpop(["rides"], timeout=1)) is not None:
            _keep(int(item[1]))  # type: ignore[index]


def _keep(dock: int) -> None:
    time.sleep(chance.uniform(0.01, 0.05))
    with pool.connection(timeout=5) as connection:
        connection.execute(KEEP, (dock,))
    if chance.random() < 0.03:
        log.warning("clock of dock %d is off by %d s, ours is used", dock, chance.randint(2, 9))
    log.info("ride kept dock=%d", dock)
    KEPT.inc()


if __name__ == "__main__":
    main()

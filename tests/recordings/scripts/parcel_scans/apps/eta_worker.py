"""Works out when a parcel arrives after each scan. A worker on a Redis queue, logs plain text."""

import logging
import os
import random
import time

import psycopg
import redis
import telemetry
from prometheus_client import Counter, Gauge, start_http_server
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("eta")
chance = random.Random(5)
DONE = Counter("eta_computed", "Arrival times stored", ["outcome"])
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=2, open=True)
WAITING = Gauge("eta_waiting", "Scans in the queue")
STORE = (
    "INSERT INTO parcels (parcel, eta) VALUES (%s, now() + %s * interval '1 hour')"
    " ON CONFLICT (parcel) DO UPDATE SET eta = excluded.eta"
)


def main() -> None:
    queue = redis.Redis.from_url(os.environ["REDIS_URL"])
    start_http_server(8000, os.environ["BIND"])
    log.info("eta-worker %s waiting on queue eta", telemetry.VERSION)
    while True:
        WAITING.set(queue.llen("eta"))  # type: ignore[arg-type]
        if (item := queue.blpop(["eta"], timeout=1)) is not None:
            parcel, depot = item[1].decode().split()  # type: ignore[index]
            _compute(parcel, int(depot))


def _compute(parcel: str, depot: int) -> None:
    if depot == 17:
        log.warning("no route profile for depot 17, default profile used, parcel=%s", parcel)
    hours = chance.randint(6, 72)
    time.sleep(chance.uniform(0.01, 0.06))
    try:
        with pool.connection(timeout=5) as connection:
            connection.execute(STORE, (parcel, hours))
    except psycopg.Error as error:
        log.error("eta not stored parcel=%s: %s", parcel, error)
        DONE.labels("failed").inc()
        return
    log.info("eta stored parcel=%s depot=%d hours=%d", parcel, depot, hours)
    DONE.labels("stored").inc()


if __name__ == "__main__":
    main()

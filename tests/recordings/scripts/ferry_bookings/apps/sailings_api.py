"""Timetable and free places, cached in Redis. FastAPI and psycopg, logs plain text."""

import json
import logging
import os
import time

import redis
import telemetry
import uvicorn
from fastapi import FastAPI, Request, Response
from prometheus_client import make_asgi_app
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("sailings")
app = FastAPI()
app.mount("/metrics", make_asgi_app())
cache = redis.Redis.from_url(os.environ["REDIS_URL"])
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=6, open=True)
TTL_S = int(os.environ["CACHE_TTL_S"])
FIND = (
    "SELECT s.id, s.departs, s.seats - coalesce(sum(b.seats), 0) FROM sailings s"
    " LEFT JOIN bookings b ON b.sailing_id = s.id WHERE s.route = %s GROUP BY s.id ORDER BY 1"
)


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/sailings")
def sailings(request: Request, route: str) -> Response:
    started = time.monotonic()
    body, source = _find(route)
    seconds = time.monotonic() - started
    telemetry.count("/sailings", "GET", 200, seconds)
    trace = request.headers.get("X-Trace-Id", "-")
    log.info("GET /sailings route=%s 200 %dms %s trace=%s", route, seconds * 1e3, source, trace)
    return Response(body, media_type="application/json")


def _find(route: str) -> tuple[bytes, str]:
    if (kept := cache.get(f"sailings:{route}")) is not None:
        return bytes(kept), "cache"  # type: ignore[arg-type]
    with pool.connection() as connection:
        rows = connection.execute(FIND, (route,)).fetchall()
    free = [{"id": number, "departs": str(at), "free": int(left)} for number, at, left in rows]
    body = json.dumps(free).encode()
    cache.set(f"sailings:{route}", body, ex=TTL_S)
    return body, "database"


if __name__ == "__main__":
    log.info("sailings-api %s, cache ttl %d s, pool 2..6", telemetry.VERSION, TTL_S)
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

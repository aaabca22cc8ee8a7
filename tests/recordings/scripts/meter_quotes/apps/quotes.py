"""Yearly cost at a meter. FastAPI and psycopg, logs JSON, spans to the collector.

FastAPI itself makes the spans of what it answers.
"""

import logging
import os
import time

import httpx
import telemetry
import tracing
import uvicorn
from fastapi import FastAPI, Response
from prometheus_client import make_asgi_app
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.JsonLines())
log = logging.getLogger("quotes")
app = FastAPI()
app.mount("/metrics", make_asgi_app())
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=8, open=True)
services = httpx.Client(timeout=20)
URLS = {name: os.environ[f"{name.upper()}_URL"] for name in ("tariffs", "customers")}
USED = "SELECT sum(kwh) FROM readings WHERE meter = %s"
KEEP = "INSERT INTO quotes (meter, zone, kwh) VALUES (%s, %s, %s)"


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/quotes/{meter}")
def quote(meter: int) -> Response:
    started = time.monotonic()
    zone = int(_ask("customers", f"/customers/{meter}").json()["zone"])
    with tracing.call("SELECT readings", os.environ["DATABASE_HOST"]):
        kwh = _used(meter)
    _ask("tariffs", f"/tariffs/{zone}?kwh={kwh}")
    with tracing.call("INSERT quotes", os.environ["DATABASE_HOST"]):
        with pool.connection(timeout=5) as connection:
            connection.execute(KEEP, (meter, zone, kwh))
    seconds, trace_id = time.monotonic() - started, tracing.trace_id()
    telemetry.count("/quotes/{meter}", "GET", 200, seconds)
    fields = {"trace_id": trace_id, "meter": meter, "zone": zone, "status": 200}
    log.info("quote", extra={"fields": fields | {"duration_ms": round(seconds * 1000)}})
    return Response("{}", media_type="application/json")


def _ask(service: str, path: str) -> httpx.Response:
    with tracing.call(f"GET {service}", service):
        return services.get(URLS[service] + path, headers=tracing.headers())


def _used(meter: int) -> int:
    with pool.connection(timeout=5) as connection:
        row = connection.execute(USED, (meter,)).fetchone()
    return int(row[0]) if row and row[0] else 0


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

"""Tracking of parcels, and quotes for sending one. FastAPI and psycopg, logs JSON."""

import logging
import os
import secrets
import time

import httpx
import psycopg
import telemetry
import uvicorn
from fastapi import FastAPI, Request, Response
from prometheus_client import make_asgi_app
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.JsonLines())
log = logging.getLogger("tracking")
app = FastAPI()
app.mount("/metrics", make_asgi_app())
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=8, open=True)
rates = httpx.Client(base_url=os.environ["RATES_URL"], timeout=2)
LAST = (
    "SELECT p.eta, s.depot, s.scanned_at FROM parcels p LEFT JOIN scans s USING (parcel)"
    " WHERE p.parcel = %s ORDER BY s.id DESC LIMIT 1"
)


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/parcels/{parcel}")
def parcel(request: Request, parcel: str) -> Response:
    started, trace_id = time.monotonic(), secrets.token_hex(16)
    try:
        with pool.connection(timeout=5) as connection:
            row = connection.execute(LAST, (parcel,)).fetchone()
        status = 200 if row else 404
    except psycopg.Error:
        log.exception("could not read parcel", extra={"fields": {"trace_id": trace_id}})
        status = 500
    return _answer(request, "/parcels/{parcel}", status, started, trace_id)


@app.get("/quote")
def quote(request: Request, zone: int) -> Response:
    started, trace_id = time.monotonic(), secrets.token_hex(16)
    try:
        headers = {"X-Trace-Id": trace_id}
        status = rates.get(f"/rates/{zone}", headers=headers).status_code
    except httpx.TransportError as error:
        fields = {"trace_id": trace_id, "error": f"{type(error).__name__}: {error}"}
        log.warning("rates did not answer", extra={"fields": fields})
        status = 502
    return _answer(request, "/quote", status, started, trace_id)


def _answer(request: Request, route: str, status: int, started: float, trace_id: str) -> Response:
    seconds = time.monotonic() - started
    telemetry.count(route, "GET", status, seconds)
    fields = {"trace_id": trace_id, "path": request.url.path, "status": status}
    log.info("request", extra={"fields": fields | {"duration_ms": round(seconds * 1000)}})
    return Response("{}", status_code=status, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

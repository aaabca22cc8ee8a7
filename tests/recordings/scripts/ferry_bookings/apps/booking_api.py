"""Holds a place on a sailing, charges the card, confirms. FastAPI and SQLAlchemy, logs JSON."""

import logging
import os
import time
from collections.abc import Callable
from typing import Annotated

import httpx
import redis
import telemetry
import uvicorn
from fastapi import FastAPI, Header, Request, Response
from prometheus_client import Gauge, make_asgi_app
from pydantic import BaseModel
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

telemetry.log_with(telemetry.JsonLines())
log = logging.getLogger("booking.api")
app = FastAPI()
app.mount("/metrics", make_asgi_app())

engine = create_engine(
    os.environ["DATABASE_URL"],
    pool_size=int(os.environ["DB_POOL_SIZE"]),
    max_overflow=int(os.environ["DB_MAX_OVERFLOW"]),
    pool_timeout=float(os.environ["DB_POOL_TIMEOUT_S"]),
    connect_args={"application_name": telemetry.SERVICE},
)
pool: QueuePool = engine.pool  # type: ignore[assignment]
Gauge("db_pool_size", "Connections the pool may keep").set_function(pool.size)
Gauge("db_pool_checked_out", "Connections in use").set_function(pool.checkedout)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests being worked on")
queue = redis.Redis.from_url(os.environ["REDIS_URL"])
payments = httpx.Client(timeout=10)

HOLD = text(
    "INSERT INTO bookings (sailing_id, passenger, seats, state)"
    " VALUES (:sailing_id, :passenger, :seats, 'held') RETURNING id"
)
CONFIRM = text("UPDATE bookings SET state = 'confirmed', receipt = :receipt WHERE id = :id")
SHOW = text("SELECT id, sailing_id, seats, state FROM bookings WHERE id = :id")


class Order(BaseModel):
    sailing_id: int
    passenger: str
    seats: int


@app.middleware("http")
async def record(request: Request, call_next: Callable) -> Response:  # type: ignore[type-arg]
    if request.url.path.startswith("/metrics"):
        return await call_next(request)
    started = time.monotonic()
    with IN_FLIGHT.track_inprogress():
        response = await call_next(request)
    seconds = time.monotonic() - started
    route = request.scope["route"].path if "route" in request.scope else request.url.path
    telemetry.count(route, request.method, response.status_code, seconds)
    fields = {
        "trace_id": request.headers.get("X-Trace-Id", ""),
        "method": request.method,
        "path": request.url.path,
        "status": response.status_code,
        "duration_ms": round(seconds * 1000),
    }
    log.info("request served", extra={"fields": fields})
    return response


@app.get("/healthz")
def health() -> Response:
    started = time.monotonic()
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        log.exception("health check failed")
        return Response(status_code=503)
    if (seconds := time.monotonic() - started) > 0.5:
        fields = {"duration_ms": round(seconds * 1000)}
        log.warning("health check slow", extra={"fields": fields})
    return Response("ok")


@app.post("/bookings")
def book(order: Order, x_trace_id: Annotated[str, Header()] = "") -> Response:
    fields = {"trace_id": x_trace_id, "sailing_id": order.sailing_id}
    try:
        with engine.begin() as connection:
            number = connection.execute(HOLD, order.model_dump()).scalar_one()
            receipt = charge(number, order.seats, x_trace_id)
            connection.execute(CONFIRM, {"receipt": receipt, "id": number})
    except SQLAlchemyError:
        log.exception("could not store booking", extra={"fields": fields})
        return Response("{}", status_code=500, media_type="application/json")
    queue.rpush("confirmations", f"{number} {order.passenger}")
    log.info("booking confirmed", extra={"fields": fields | {"booking": number}})
    return Response(f'{{"booking": {number}}}', status_code=201, media_type="application/json")


@app.get("/bookings/{number}")
def show(number: int, x_trace_id: Annotated[str, Header()] = "") -> Response:
    try:
        with engine.connect() as connection:
            row = connection.execute(SHOW, {"id": number}).first()
    except SQLAlchemyError:
        log.exception("could not read booking", extra={"fields": {"trace_id": x_trace_id}})
        return Response("{}", status_code=500, media_type="application/json")
    if row is None:
        return Response("{}", status_code=404, media_type="application/json")
    return Response(f'{{"booking": {row.id}, "state": "{row.state}"}}')


def charge(number: int, seats: int, trace_id: str) -> str:
    answer = payments.post(
        os.environ["PAYMENTS_URL"] + "/charges",
        json={"reference": f"B{number}", "amount_eur": 39 * seats},
        headers={"X-Trace-Id": trace_id},
    )
    return str(answer.raise_for_status().json()["receipt"])


if __name__ == "__main__":
    fields = {
        "pool_size": pool.size(),
        "max_overflow": int(os.environ["DB_MAX_OVERFLOW"]),
        "pool_timeout_s": float(os.environ["DB_POOL_TIMEOUT_S"]),
    }
    log.info("starting", extra={"fields": fields})
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

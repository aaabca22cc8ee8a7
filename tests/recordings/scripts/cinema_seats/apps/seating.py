"""Draws which seats of a show are free. Flask on gunicorn (one worker), logs plain text."""

import logging
import os
import random
import sys
import time

GUNICORN = ("-b", f"{os.environ['BIND']}:8000", "--chdir", "/srv/seating", "-k", "gthread")
WORKER = ("--threads", "12", "--graceful-timeout", "5", "app:app")
if __name__ == "__main__":
    os.environ["HOME"] = "/srv/seating"
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *GUNICORN, *WORKER])

import flask
import telemetry
from prometheus_client import generate_latest
from psycopg_pool import ConnectionPool

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("seating")
app = flask.Flask("seating")
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=6, open=True)
KEPT_BY = os.environ["MAPS_KEPT_BY"]  # show or visitor
MAP_BYTES = 800_000  # three sizes of one hall, drawn
maps: dict[str, bytes] = {}
chance = random.Random()
TAKEN = "SELECT count(*) FROM tickets WHERE show_id = %s"


def warm_up() -> None:
    started = time.monotonic()
    with pool.connection() as connection:
        halls = connection.execute("SELECT id, plan FROM halls").fetchall()
    for _ in halls:
        time.sleep(0.06)  # drawing takes its time
    log.info("%d hall plans drawn in %.1f s", len(halls), time.monotonic() - started)


@app.get("/metrics")
def metrics() -> bytes:
    return generate_latest()


@app.get("/healthz")
def health() -> str:
    return "ok"


@app.get("/shows/<int:show>/seats")
def seats(show: int) -> tuple[str, int]:
    started, visitor = time.monotonic(), flask.request.args["visitor"]
    with pool.connection() as connection:
        row = connection.execute(TAKEN, (show,)).fetchone()
    key = f"{show}:{visitor}" if KEPT_BY == "visitor" else f"{show}"
    if (source := "kept" if key in maps else "drawn") == "drawn":
        time.sleep(chance.uniform(0.02, 0.06))
        maps[key] = chance.randbytes(MAP_BYTES)
    seconds = time.monotonic() - started
    telemetry.count("/shows/{show}/seats", "GET", 200, seconds)
    trace = flask.request.headers.get("X-Trace-Id", "-")
    words = "GET /shows/%d/seats 200 %.0fms map=%s taken=%d trace=%s"
    log.info(words, show, seconds * 1e3, source, row[0] if row else 0, trace)
    return "{}", 200


log.info("seating %s, maps kept by %s", telemetry.VERSION, KEPT_BY)
warm_up()

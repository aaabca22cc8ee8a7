"""orders: a small Flask shop service on PostgreSQL, Redis and an inventory service."""

import logging
import os
import sys
import time
from pathlib import Path

import httpx
import redis
from flask import Flask, Response, jsonify, request
from sqlalchemy import create_engine, text

if "MALFORMED_RELEASE" in os.environ:
    from orders_pricing import quote  # noqa: F401  (the release forgot to ship this module)

logging.basicConfig(
    level=os.environ.get("LOG_LEVEL", "INFO"),
    format="%(asctime)s %(levelname)-7s [%(threadName)s] %(name)s - %(message)s",
    stream=sys.stdout,
)
log = logging.getLogger("orders")
app = Flask("orders")
engine = create_engine(
    os.environ.get("DATABASE_URL", "postgresql+psycopg://shop@127.0.0.1:5432/shop"),
    pool_size=int(os.environ.get("POOL_SIZE", "5")),
    max_overflow=int(os.environ.get("POOL_OVERFLOW", "2")),
    pool_timeout=float(os.environ.get("POOL_TIMEOUT", "3")),
    pool_pre_ping=True,
)
cache = redis.Redis(host=os.environ.get("REDIS_HOST", "127.0.0.1"), socket_timeout=2)
inventory = httpx.Client(base_url=os.environ.get("INVENTORY_URL", "http://127.0.0.1:8090"), timeout=float(os.environ.get("INVENTORY_TIMEOUT", "1.5")))
PRICE = os.environ.get("PRICE_COLUMN", "total_cents")
INVOICES = Path(os.environ.get("INVOICE_DIR", "/srv/data/invoices"))
kept: list[bytes] = []


@app.before_request
def start() -> None:
    request.environ["t0"] = time.monotonic()


@app.after_request
def access(response: Response) -> Response:
    took_ms = (time.monotonic() - request.environ["t0"]) * 1000
    level = logging.ERROR if response.status_code >= 500 else logging.INFO
    log.log(level, "%s %s %s %.1fms rid=%s", request.method, request.full_path.rstrip("?"), response.status_code, took_ms, request.headers.get("x-request-id", "-"))
    return response


@app.errorhandler(Exception)
def failed(error: Exception) -> tuple[Response, int]:
    log.exception("unhandled error on %s %s", request.method, request.path)
    return jsonify(error=type(error).__name__), 500


@app.get("/health")
def health() -> Response:
    return jsonify(ok=True)


@app.get("/orders/<int:number>")
def order(number: int) -> Response:
    with engine.connect() as connection:
        row = connection.execute(text(f"select id, {PRICE} from orders where id = :n"), {"n": number}).first()
    return jsonify(id=number, total=row[1] if row else None)


@app.get("/report")
def report() -> Response:
    with engine.connect() as connection:
        connection.execute(text("select pg_sleep(:s), sum(total_cents) from orders"), {"s": float(request.args.get("seconds", 1))})
    log.info("pool status: %s", engine.pool.status())
    return jsonify(ok=True)


@app.get("/stock/<int:number>")
def stock(number: int) -> Response:
    attempts = int(os.environ.get("INVENTORY_ATTEMPTS", "1"))
    for attempt in range(1, attempts + 1):
        try:
            answer = inventory.get(f"/stock/{number}")
            break
        except httpx.TransportError as error:
            if attempt == attempts:
                raise
            time.sleep(0.3)
            log.warning("inventory attempt %d/%d failed: %r, retrying", attempt, attempts, error)
    if attempts > 1 and attempt > 1:
        log.info("inventory answered on attempt %d", attempt)
    return jsonify(stock=answer.json())


@app.get("/cart/<int:number>")
def cart(number: int) -> Response:
    cache.set(f"cart:{number}", os.urandom(int(request.args.get("bytes", 2000))).hex())
    return jsonify(items=cache.strlen(f"cart:{number}"))


@app.get("/import")
def bulk_import() -> Response:
    kept.append(bytearray(int(request.args.get("mb", 10)) << 20))
    log.info("import batch %d held in memory", len(kept))
    return jsonify(batches=len(kept))


@app.get("/invoice/<int:number>")
def invoice(number: int) -> Response:
    INVOICES.mkdir(parents=True, exist_ok=True)
    (INVOICES / f"{number}.pdf").write_bytes(os.urandom(int(request.args.get("kb", 64)) << 10))
    return jsonify(ok=True)


if __name__ == "__main__":
    log.info("orders starting, version=%s", os.environ.get("VERSION", "1.14.2"))
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8080")), threaded=True)

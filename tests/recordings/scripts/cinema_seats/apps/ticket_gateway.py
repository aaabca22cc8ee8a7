"""What a visitor's browser talks to. FastAPI, logs logfmt."""

import logging
import os
import secrets
import time

import httpx
import telemetry
import uvicorn
from fastapi import FastAPI, Request, Response
from prometheus_client import make_asgi_app

telemetry.log_with(telemetry.Logfmt())
log = logging.getLogger("ticket-gateway")
app = FastAPI()
app.mount("/metrics", make_asgi_app())
upstream = httpx.AsyncClient(timeout=float(os.environ["UPSTREAM_TIMEOUT_S"]))
SEATING, PRICING = os.environ["SEATING_URL"], os.environ["PRICING_URL"]


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/shows/{show}/seats")
async def seats(request: Request, show: int, visitor: str) -> Response:
    return await _pass_on(request, "seating", f"{SEATING}/shows/{show}/seats?visitor={visitor}")


@app.get("/shows/{show}/price")
async def price(request: Request, show: int) -> Response:
    return await _pass_on(request, "pricing", f"{PRICING}/prices/{show}")


async def _pass_on(request: Request, service: str, url: str) -> Response:
    trace_id, started = secrets.token_hex(16), time.monotonic()
    try:
        answer = await upstream.get(url, headers={"X-Trace-Id": trace_id})
        status, error = answer.status_code, ""
    except httpx.TimeoutException as failed:
        status, error = 504, type(failed).__name__
    except httpx.TransportError as failed:
        status, error = 502, f"{type(failed).__name__}: {failed}"
    seconds = time.monotonic() - started
    telemetry.count(request.scope["route"].path, "GET", status, seconds)
    fields = {"path": request.url.path, "status": status, "dur_ms": round(seconds * 1000)}
    fields |= {"upstream": service, "trace_id": trace_id}
    if status >= 500:
        log.error("upstream failed", extra={"fields": fields | ({"err": error} if error else {})})
    else:
        log.info("request", extra={"fields": fields})
    return Response("{}", status_code=status, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

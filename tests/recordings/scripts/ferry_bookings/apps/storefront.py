"""What a passenger's browser talks to. FastAPI, logs logfmt."""

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
log = logging.getLogger("storefront")
app = FastAPI()
app.mount("/metrics", make_asgi_app())
upstream = httpx.AsyncClient(timeout=float(os.environ["UPSTREAM_TIMEOUT_S"]))
BOOKINGS, SAILINGS = os.environ["BOOKINGS_URL"], os.environ["SAILINGS_URL"]


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/sailings")
async def sailings(request: Request) -> Response:
    return await _pass_on(request, "sailings-api", f"{SAILINGS}/sailings?{request.url.query}")


@app.post("/bookings")
async def book(request: Request) -> Response:
    return await _pass_on(request, "booking-api", f"{BOOKINGS}/bookings")


@app.get("/bookings/{number}")
async def booking(request: Request, number: int) -> Response:
    return await _pass_on(request, "booking-api", f"{BOOKINGS}/bookings/{number}")


async def _pass_on(request: Request, service: str, url: str) -> Response:
    trace_id, started = secrets.token_hex(16), time.monotonic()
    try:
        answer = await upstream.request(
            request.method,
            url,
            content=await request.body(),
            headers={"X-Trace-Id": trace_id, "Content-Type": "application/json"},
        )
        status, body, error = answer.status_code, answer.content, ""
    except httpx.TimeoutException as failed:
        status, body, error = 504, b"{}", f"{type(failed).__name__} after upstream timeout"
    except httpx.TransportError as failed:
        status, body, error = 502, b"{}", f"{type(failed).__name__}: {failed}"
    seconds = time.monotonic() - started
    route = request.scope["route"].path
    telemetry.count(route, request.method, status, seconds)
    fields = {"method": request.method, "path": request.url.path, "status": status}
    fields |= {"dur_ms": round(seconds * 1000), "upstream": service, "trace_id": trace_id}
    if status >= 500:
        log.error("upstream failed", extra={"fields": fields | ({"err": error} if error else {})})
    else:
        log.info("request", extra={"fields": fields})
    return Response(body, status_code=status, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

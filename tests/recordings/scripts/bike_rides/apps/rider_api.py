"""What the riders' app talks to. FastAPI, logs JSON."""

import asyncio
import logging
import os
import secrets
import time

import httpx
import telemetry
import uvicorn
from fastapi import FastAPI, Request, Response
from prometheus_client import make_asgi_app

telemetry.log_with(telemetry.JsonLines())
log = logging.getLogger("rider-api")
app = FastAPI()
app.mount("/metrics", make_asgi_app())
upstream = httpx.AsyncClient(timeout=5)
DOCKS, FARES = os.environ["DOCKS_URL"], os.environ["FARES_URL"]


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/rides")
async def ride(request: Request, dock: int) -> Response:
    return await _pass_on(request, "docks", f"{DOCKS}/docks/{dock}/open")


@app.get("/fares/{zone}")
async def fare(request: Request, zone: int) -> Response:
    return await _pass_on(request, "fares", f"{FARES}/fares/{zone}")


async def _pass_on(request: Request, service: str, url: str) -> Response:
    trace_id, started = secrets.token_hex(16), time.monotonic()
    answer = await _ask(request.method, service, url, trace_id)
    seconds = time.monotonic() - started
    telemetry.count(request.scope["route"].path, request.method, answer.status_code, seconds)
    fields = {"trace_id": trace_id, "method": request.method, "path": request.url.path}
    fields |= {"status": answer.status_code, "duration_ms": round(seconds * 1000)}
    log.info("request", extra={"fields": fields})
    return Response("{}", status_code=answer.status_code, media_type="application/json")


async def _ask(method: str, service: str, url: str, trace_id: str) -> httpx.Response:
    """A request that never reached the service may be sent again."""
    for pause_s in (0.3, 0.6, 1.2, 2.4):
        try:
            return await upstream.request(method, url, headers={"X-Trace-Id": trace_id})
        except httpx.TransportError as failed:
            fields = {"trace_id": trace_id, "upstream": service}
            fields |= {"error": f"{type(failed).__name__}: {failed}"}
            log.warning("no answer, asked once more", extra={"fields": fields})
            await asyncio.sleep(pause_s)
    return await upstream.request(method, url, headers={"X-Trace-Id": trace_id})


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

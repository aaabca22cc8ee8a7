"""What the self-service desks talk to. FastAPI, logs JSON."""

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
log = logging.getLogger("desk-api")
app = FastAPI()
app.mount("/metrics", make_asgi_app())
upstream = httpx.AsyncClient(timeout=4)
LOANS, MEMBERS = os.environ["LOANS_URL"], os.environ["MEMBERS_URL"]


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/members/{member}")
async def member(request: Request, member: int) -> Response:
    return await _pass_on(request, "members", f"{MEMBERS}/members/{member}")


@app.get("/members/{member}/loans")
async def loans(request: Request, member: int) -> Response:
    return await _pass_on(request, "loans-api", f"{LOANS}/loans?member={member}")


@app.post("/loans/{loan}/renewal")
async def renew(request: Request, loan: int) -> Response:
    return await _pass_on(request, "loans-api", f"{LOANS}/renewals?loan={loan}")


async def _pass_on(request: Request, service: str, url: str) -> Response:
    trace_id, started = secrets.token_hex(16), time.monotonic()
    error = ""
    try:
        answer = await upstream.request(request.method, url, headers={"X-Trace-Id": trace_id})
        status = answer.status_code
    except httpx.TransportError as failed:
        status, error = 502, f"{type(failed).__name__}: {failed}"
    seconds = time.monotonic() - started
    telemetry.count(request.scope["route"].path, request.method, status, seconds)
    fields = {"trace_id": trace_id, "method": request.method, "path": request.url.path}
    fields |= {"status": status, "upstream": service, "duration_ms": round(seconds * 1000)}
    if status >= 500:
        fields |= {"error": error} if error else {}
        log.error("upstream answered with an error", extra={"fields": fields})
    else:
        log.info("request", extra={"fields": fields})
    return Response("{}", status_code=status, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

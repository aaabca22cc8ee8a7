"""What a customer's browser talks to. FastAPI, logs logfmt, spans to the collector.

FastAPI itself makes the spans of what it answers.
"""

import logging
import os
import time

import httpx
import telemetry
import tracing
import uvicorn
from fastapi import FastAPI, Request, Response
from prometheus_client import make_asgi_app

telemetry.log_with(telemetry.Logfmt())
log = logging.getLogger("portal")
app = FastAPI()
app.mount("/metrics", make_asgi_app())
upstream = httpx.AsyncClient(timeout=20)
QUOTES, CUSTOMERS = os.environ["QUOTES_URL"], os.environ["CUSTOMERS_URL"]


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/quotes/{meter}")
async def quote(request: Request, meter: int) -> Response:
    return await _pass_on(request, "quotes", f"{QUOTES}/quotes/{meter}")


@app.get("/accounts/{meter}")
async def account(request: Request, meter: int) -> Response:
    return await _pass_on(request, "customers", f"{CUSTOMERS}/customers/{meter}")


async def _pass_on(request: Request, service: str, url: str) -> Response:
    started, route = time.monotonic(), request.scope["route"].path
    with tracing.call(f"GET {service}", service):
        answer = await upstream.get(url, headers=tracing.headers())
    seconds, trace_id = time.monotonic() - started, tracing.trace_id()
    telemetry.count(route, "GET", answer.status_code, seconds)
    fields = {"path": request.url.path, "status": answer.status_code, "upstream": service}
    fields |= {"dur_ms": round(seconds * 1000), "trace_id": trace_id}
    log.info("request", extra={"fields": fields})
    return Response("{}", status_code=answer.status_code, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ["BIND"], port=8000, log_config=None, access_log=False)

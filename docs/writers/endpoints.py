"""The HTTP endpoints of a running server and its metrics, read from a real one."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from fastapi.routing import APIRoute
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.routing import Route

from api.bounded_routes import LONGEST_BODY
from api.capabilities import capabilities
from api.metrics import metrics_router
from api.operator import operator_router, proof_router
from api.routers import ROUTERS
from api.status import status_router
from faultmaven import __version__
from faultmaven.application import build_app
from faultmaven.connections import LONGEST_HEAD, LONGEST_URL, MOST_FIELDS
from faultmaven.settings import scratch_settings
from faultmaven.wiring import Installation, wire
from webhooks.alertmanager import alertmanager_router
from webhooks.pagerduty import pagerduty_router

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from fastapi import APIRouter
    from prometheus_client import Metric

PURPOSES = {
    "GET /health": "alive; also under `/api/v1/health`",
    "GET /readiness": "a delivery could be committed now, as of a second ago; 503 names the part"
    " that is in the way, and a refused delivery for 10 s or until the next is stored",
    "GET /v1/meta/capabilities": "what this installation can do; also under `/api/v1`",
    "POST /webhooks/alertmanager": "deliveries of Alertmanager, webhook version 4, with"
    " `FAULTMAVEN_ALERTMANAGER_TOKEN` as bearer or basic password where one is set."
    " 200: on the disk; 401: wrong secret, nothing stored; 403: from a page of another origin;"
    " 415: no secret is set and the body is not called JSON; 503: not stored, send again",
    "POST /webhooks/pagerduty": "deliveries of PagerDuty, V3 webhooks, signed with one of"
    " `FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS`. 202: on the disk, understood or not; 401: wrong"
    " signature, nothing stored; 503: not stored, sent again",
    "POST /slack/events": "events, commands and interactions of Slack, signed with"
    " `FAULTMAVEN_SLACK_SIGNING_SECRET`; 401: wrong signature, or older than 5 min",
    "POST /discord/interactions": "interactions of Discord, signed for"
    " `FAULTMAVEN_DISCORD_PUBLIC_KEY`; 401: wrong signature",
    "GET /metrics": "for Prometheus; on `FAULTMAVEN_METRICS_PORT` where one is set",
    "GET /api/v1/operator/proof": "proves, to whoever has the token, that this server has it, too;"
    " asks for none",
    "POST /api/v1/operator/commands": "a line somebody typed; answers with cards",
    "GET /api/v1/operator/messages": "cards that changed since `after`; waits up to `wait` seconds",
    "PUT /api/v1/operator/cases/{number}/files": "the body is a file, evidence of that case",
    "GET /api/v1/operator/cases/{number}/files/{file}": "an original as it came, noted in the case",
    "GET /api/v1/operator/cases/{number}/bundle": "what `export` signs, as a zip; redacted",
    "GET /api/v1/operator/cases": "every case, newest first",
    "GET /api/v1/operator/cases/{number}/events": "lines of its evidence, as `faultmaven events`",
    "GET /api/v1/operator/cases/{number}/timeline": "what happened when, as `faultmaven timeline`",
    "GET /api/v1/operator/cases/{number}/timeline/picture": "the same as a PNG or SVG",
    "GET /api/v1/operator/jobs": "jobs in a state",
    "POST /api/v1/operator/jobs/{job_id}/retry": "try a dead job again",
    "POST /api/v1/operator/jobs/{job_id}/drop": "give a dead job up",
    "POST /api/v1/operator/replay": "drive one delivery again, or all since a time",
    "GET /welcome": "the page on which whoever runs the installation makes the first admin",
    "POST /auth/authorize": "the form of that page, with a proof of it and its cookie",
    "GET /auth/authorize/provider": "the link of that page, with the same: leads to the provider",
    "GET /api/v1/docs": "these doors, to try in a browser",
    "GET /api/v1/openapi.json": "these doors, for programs",
}
# Opening a platform asks nothing of it.
CONNECTED = {
    "slack_bot_token": SecretStr("xoxb-"),
    "slack_signing_secret": SecretStr("-"),
    "discord_token": SecretStr("-"),
    "discord_public_key": "0" * 64,
    "models": ("openai/MODEL",),
}
ALIASES = {"/api/v1/health", "/api/v1/meta/capabilities"}  # listed with their short names


def endpoints() -> Iterator[str]:
    """A line for each endpoint. KeyError where a new one has no line in PURPOSES."""
    yield "# HTTP"
    yield ""
    yield "The doors of `up` and `serve`; those of chat are in `up` and, on `FAULTMAVEN_BOT_PORT`,"
    yield "in `bot`, where a token of theirs is set. What begins with `/api/v1/operator` is for the"
    yield "command line: it wants, as bearer, the token in `up.json`, in the data directory, or one"
    yield "that an admin made with the scope `operator`; an admin's access token opens it, too."
    yield "Whoever signs in at `/api/v1/auth` sends the access token they got as bearer, a program"
    yield "the token made for it; what each takes and gives is in `/api/v1/docs`. An error is"
    yield '`{"detail": …, "next_step": …}`; [errors](errors.md) says which status each has. At'
    yield '`/api/v1/auth/oauth` it is `{"error": …, "error_description": …}`, as RFC 6749 has it.'
    yield f"A body has {LONGEST_BODY // 2**20} MiB at most (413), where it is no file and no"
    yield f"delivery; a head has {LONGEST_HEAD // 2**10} KiB and {MOST_FIELDS} fields (431), its"
    yield f"address {LONGEST_URL // 2**10} KiB (414)."
    yield "Redirects are for browsers that sign in: at `/auth/authorize` and `/api/v1/auth/oidc`."
    yield "Generated by `make docs`."
    yield ""
    yield "| door | query | what it is for |"
    yield "| --- | --- | --- |"
    for endpoint, query, summary in asyncio.run(_of_a_server(_routes)):
        yield f"| `{endpoint}` | {query} | {summary or PURPOSES[endpoint]} |"


def figures() -> Iterator[str]:
    """A line for each metric of ours."""
    yield "# Metrics"
    yield ""
    yield "What `/metrics` tells, beside Python's own figures. Gauges are read from the tables, so"
    yield "that every process tells the same; counters are of one process, and begin at its start."
    yield "[Rules to be woken by](../how-to/look-after-it.md) use them. Generated by `make docs`."
    yield ""
    yield "| metric | kind | labels | what it counts |"
    yield "| --- | --- | --- | --- |"
    for metric in asyncio.run(_of_a_server(_scraped)):
        name, labels = _name(metric), _labels(metric)
        yield f"| `{name}` | {metric.type} | {labels} | {metric.documentation} |"


Answer = TypeVar("Answer")


async def _of_a_server(ask: Callable[[Sequence[APIRouter]], Awaitable[Answer]]) -> Answer:
    """What `ask` says of the routers of a server with an empty data directory."""
    with tempfile.TemporaryDirectory() as folder:
        settings = scratch_settings(Path(folder)).model_copy(update=CONNECTED)
        async with wire(settings) as installation:
            return await ask(_routers(installation))


def _routers(installation: Installation) -> Sequence[APIRouter]:
    services = installation.services
    has = capabilities(version=__version__, enterprise=False, public_url="", max_file_bytes=0)
    return (
        status_router(version=__version__, checks={}, capabilities=has),
        alertmanager_router(services=services, journal=installation.journal, token=None),
        pagerduty_router(services=services, journal=installation.journal, secrets=()),
        *(platform.router(services) for platform in installation.platforms),
        metrics_router(services, token=None, counters=(REGISTRY,)),
        proof_router(""),
        *ROUTERS,
        operator_router(services),
    )


async def _scraped(routers: Sequence[APIRouter]) -> list[Metric]:
    transport = httpx.ASGITransport(app=build_app(*routers))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        text = (await client.get("/metrics")).text
    families = text_string_to_metric_families(text)
    return [
        family
        for family in families
        if family.name.startswith("faultmaven_") and not family.name.endswith("_created")
    ]


async def _routes(routers: Sequence[APIRouter]) -> list[tuple[str, str, str]]:
    """Method and path, the names in the query, and the summary of those that have one."""
    app = build_app(*routers)
    described = app.openapi()["paths"]
    own = [route for route in app.routes if getattr(route, "path", "").startswith("/api/")]
    routes = []
    for route in (*(route for router in routers for route in router.routes), *own):
        if isinstance(route, Route) and not route.path.endswith("/") and route.path not in ALIASES:
            # A bare ASGI application says nothing of its methods: the webhook takes POST only.
            method = min((route.methods or {"POST"}) - {"HEAD"})
            query = _query(described, route.path, method)
            routes.append((f"{method} {route.path}", query, _summary(route)))
    return routes


def _summary(route: Route) -> str:
    """Of a route that is sorted under a tag."""
    return route.summary or "" if isinstance(route, APIRoute) and route.tags else ""


def _query(described: Mapping[str, Any], path: str, method: str) -> str:
    operation = described.get(path, {}).get(method.lower(), {})
    parameters = operation.get("parameters", ())
    named = (item["name"] for item in parameters if item["in"] == "query")
    return ", ".join(f"`{name}`" for name in named)


def _name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def _labels(metric: Metric) -> str:
    names = dict.fromkeys(name for sample in metric.samples for name in sample.labels)
    return "; ".join(f"`{name}`: {_values(metric, name)}" for name in names)


def _values(metric: Metric, label: str) -> str:
    return ", ".join(dict.fromkeys(sample.labels[label] for sample in metric.samples))

"""Metrics for Prometheus: jobs and deliveries by state, and open cases."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from core.alerts.model import DeliveryState
from core.cases.rows import OPEN, CaseFilter
from core.errors import Unauthorised
from core.workflows.operations import count_jobs
from core.workflows.services import Services


def metrics_router(
    services: Services, *, token: str | None, counters: Sequence[CollectorRegistry] = ()
) -> APIRouter:
    """`/metrics`. token: where given, only a bearer of it may read.

    Gauges are read from the tables at each scrape, so that every process tells the same.
    counters: registries of this process, appended to them.
    """
    router = APIRouter()
    registry = CollectorRegistry()
    jobs = Gauge("faultmaven_jobs", "Jobs by state.", ["state"], registry=registry)
    deliveries = Gauge(
        "faultmaven_journal", "Webhook deliveries kept, by state.", ["state"], registry=registry
    )
    cases = Gauge("faultmaven_cases_open", "Cases that are not resolved.", registry=registry)

    @router.get("/metrics", include_in_schema=False)
    async def metrics(authorization: Annotated[str, Header()] = "") -> Response:
        expected = f"Bearer {token}".encode()
        if token is not None and not secrets.compare_digest(authorization.encode(), expected):
            message = "metrics need a token here"
            raise Unauthorised(
                message, next_step="Set FAULTMAVEN_METRICS_PORT for a port of its own."
            )
        for state, count in (await count_jobs(services=services)).items():
            jobs.labels(state).set(count)
        async with services.reading() as unit:
            for kept in DeliveryState:
                deliveries.labels(kept).set(await unit.deliveries.count(kept))
            cases.set(await unit.case_rows.count(CaseFilter(states=OPEN)))
        body = b"".join(generate_latest(source) for source in (registry, *counters))
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return router

"""Incidents on real databases, each event delivered several times at once, in any order."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.alerts.model import AlertSource
from core.cases.events import EventKind, verify_chain
from core.cases.projection import fold
from core.clock import SystemClock, SystemRandom
from core.jobs.kinds import DELIVERY_PROCESS
from core.jobs.model import Audience, JobState
from core.workflows.delivery_batches import process_delivery
from core.workflows.delivery_intake import Journal, accept
from core.workflows.services import Services
from core.workflows.signature_failures import SignatureFailures, last_ping, refused_since
from storage.database import SqlJobs, SqlStore, open_store
from storage.jobs.runner import JobRunner
from storage.memory import MemoryFiles
from tests.core.alerts.desk import body_of
from tests.fakes.context import CONTEXT
from tests.fakes.pagerduty.events import PagerIncident, a_ping
from tests.fakes.services import SECRET, ScriptedRunner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.integration

INCIDENTS, TIMES = 6, 3


@pytest.fixture(params=["sqlite_url", "fresh_postgres_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    async with open_store(database_url) as store:
        yield store


@pytest.fixture
def services(store: SqlStore, tmp_path: Path) -> Services:
    return Services(
        store=store,
        file_store=MemoryFiles(tmp_path),
        runner=ScriptedRunner(),
        clock=SystemClock(),
        random=SystemRandom(),
        secret=SECRET,
    )


def _story(number: int) -> list[bytes]:
    incident = PagerIncident(id=f"QRACE{number}")
    return [
        incident.happens("incident.triggered"),
        incident.happens("incident.acknowledged", after=10),
        incident.tells("incident.annotated", after=20),
        incident.happens("incident.priority_updated", after=30, priority="P1"),
        *([incident.happens("incident.resolved", after=40)] if number % 2 else []),
    ]


async def test_every_event_counts_once(store: SqlStore, services: Services) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatability is the point
    stories = [_story(number) for number in range(INCIDENTS)]
    bodies = [body for story in stories for body in story] * TIMES
    chance.shuffle(bodies)
    bodies = [story[0] for story in stories] + bodies  # the rest comes after its trigger
    await _journal(bodies, services)
    await _work(store, services)

    async with store.reading(CONTEXT) as unit:
        cases = await unit.cases.listing()
        for case in cases:
            events = await unit.cases.events(case.id)
            assert verify_chain(events) == case.head
            assert fold(events, await unit.cases.texts(case.id)).case == case
            event_ids = [event.data["event_id"] for event in events if "event_id" in event.data]
            assert len(event_ids) == len(set(event_ids))
            assert len(event_ids) == (4 if case.firing else 5)
            kinds = [event.kind for event in events]
            assert kinds.count(EventKind.NOTED) == 1
            (occurrence,) = await unit.occurrences.of_case(case.id)
            assert occurrence.firing is bool(case.firing)
    assert len(cases) == INCIDENTS
    assert sorted(case.firing for case in cases) == [0, 0, 0, 1, 1, 1]
    assert {case.owner for case in cases} <= {"Dana Ruiz", None}


async def test_facts_are_kept(store: SqlStore, services: Services) -> None:
    forgeries = SignatureFailures(services, secrets=1)
    for _ in range(3):
        await forgeries.refuse()
    assert await refused_since(services=services) is not None
    await _journal([a_ping()], services)
    await _work(store, services)
    assert await refused_since(services=services) is None
    assert await last_ping(services=services) is not None


async def _journal(bodies: list[bytes], services: Services) -> None:
    journal = Journal(services.store)
    for number, body in enumerate(bodies):
        name = f"hook{number}"
        content = body_of(body)
        await accept(
            content, source=AlertSource.PAGERDUTY, name=name, journal=journal, services=services
        )


async def _work(store: SqlStore, services: Services) -> None:
    runner = JobRunner(
        SqlJobs(store.database),
        {DELIVERY_PROCESS.name: partial(process_delivery, services=services)},
        clock=services.clock,
        random=services.random,
        audiences=tuple(Audience),
        owner="races",
        concurrency=8,
    )
    while await _left(store):
        await runner.run_until_idle()
        await asyncio.sleep(0.05)


async def _left(store: SqlStore) -> bool:
    async with store.reading(CONTEXT) as unit:
        assert await unit.jobs.listing(JobState.DEAD) == []
        pending = await unit.jobs.listing(JobState.PENDING, limit=1000)
    return any(job.kind == DELIVERY_PROCESS.name for job in pending)

"""Groups that share alerts, worked on at once on real databases: nothing doubled, nothing lost."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.cases.events import verify_chain
from core.cases.projection import fold
from core.clock import SystemClock, SystemRandom
from core.jobs.kinds import DELIVERY_PROCESS
from core.jobs.model import Audience, JobState
from core.workflows.delivery_batches import process_delivery
from core.workflows.delivery_intake import Journal, accept
from core.workflows.services import Services
from storage.database import SqlJobs, SqlStore, open_store
from storage.jobs.runner import JobRunner
from storage.memory import MemoryFiles
from tests.core.alerts.desk import START, a_body, an_alert, body_of
from tests.fakes.context import CONTEXT
from tests.fakes.services import SECRET, ScriptedRunner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.jobs.model import Job

pytestmark = pytest.mark.integration

ALERTS, GROUPS, DELIVERIES = 12, 6, 90


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


async def test_shared_alerts_in_many_groups_at_once(store: SqlStore, services: Services) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatability is the point
    moments = iter(range(DELIVERIES))
    bodies = [_some_alerts(chance, next(moments)) for _ in range(DELIVERIES)]
    everything = [an_alert(pod=str(pod), starts_at=_at(DELIVERIES)) for pod in range(ALERTS)]
    await _journal([*bodies, a_body(*everything, group="the last word")], services)
    await _work(store, services)

    async with store.reading(CONTEXT) as unit:
        open_ones = await unit.occurrences.all_open()
        cases = await unit.cases.listing()
        for case in cases:
            events = await unit.cases.events(case.id)
            assert verify_chain(events) == case.head
            assert fold(events, await unit.cases.texts(case.id)).case == case
            of_case = await unit.occurrences.of_case(case.id)
            assert case.firing == sum(occurrence.firing for occurrence in of_case)
            assert case.alerts == len({occurrence.fingerprint for occurrence in of_case})
    assert len({occurrence.fingerprint for occurrence in open_ones}) == len(open_ones) == ALERTS


async def test_the_same_alert_begins_once_whoever_is_first(
    store: SqlStore, services: Services
) -> None:
    await _journal([a_body(an_alert(), group=str(group)) for group in range(8)], services)
    await _work(store, services)

    async with store.reading(CONTEXT) as unit:
        cases = await unit.cases.listing()
        (occurrence,) = await unit.occurrences.all_open()
    assert [case.firing for case in cases] == [1]
    assert occurrence.fires == 8


def _some_alerts(chance: random.Random, moment: int) -> bytes:
    """A few alerts of one group, each firing or over, at the source's next moment."""
    alerts = []
    for pod in chance.sample(range(ALERTS), k=4):
        over = _at(moment) if chance.random() < 0.5 else None
        started = _at(moment) if over is None else START
        alerts.append(an_alert(pod=str(pod), starts_at=started, ended_at=over))
    return a_body(*alerts, group=str(chance.randrange(GROUPS)))


def _at(moment: int) -> datetime:
    return START + timedelta(seconds=moment)


async def _journal(bodies: list[bytes], services: Services) -> None:
    journal = Journal(services.store)
    for body in bodies:
        await accept(body_of(body), journal=journal, services=services)


async def _work(store: SqlStore, services: Services) -> None:
    """Until every delivery is done; what lost a race for good is tried again a little later."""
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
        await asyncio.sleep(0.1)


async def _left(store: SqlStore) -> list[Job]:
    async with store.reading(CONTEXT) as unit:
        dead = await unit.jobs.listing(JobState.DEAD)
        assert dead == []
        pending = await unit.jobs.listing(JobState.PENDING, limit=1000)
    return [job for job in pending if job.kind == DELIVERY_PROCESS.name]

"""What is forged, altered or stale is refused at the endpoints; what is said again does nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from benchmarks.parts.forged import PAGERDUTY, SLACK, Kind, SignedEndpoint, SignedRequest, genuine
from bot.slack.access import SlackAccess
from bot.slack.connection import open_slack
from core.access import PersonProfile, Standing
from core.clock import SystemClock
from core.workflows.delivery_intake import Journal
from core.workflows.services import Services
from faultmaven.application import build_app
from faultmaven.worker_pool import WorkerPool, start_pool
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.chat import EVERYONE, FakeChat, in_memory
from tests.fakes.pagerduty.events import PagerIncident
from tests.fakes.slack import FakeSlack, Limits, events
from tests.fakes.slack.app import from_manifest
from webhooks.pagerduty import pagerduty_router

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECRETS = ("the secret before", "the secret that is")
EACH, DAY = 12, timedelta(days=1)


@dataclass
class SignedEndpoints:
    """Both endpoints of one product in memory, and genuine requests for them. dana: who speaks."""

    client: httpx.AsyncClient
    services: Services
    workers: WorkerPool
    known: Sequence[SignedRequest]
    dana: str

    async def post(self, request: SignedRequest) -> int:
        answer = await self.client.post(
            request.endpoint.path, content=request.body, headers=request.headers
        )
        return answer.status_code

    async def effects(self) -> tuple[int, int]:
        """Events of cases, and things that were heard of dana."""
        await self.workers.run_until_idle()
        now = self.services.clock.now()
        async with self.services.reading() as unit:
            cases = await unit.cases.listing()
            counts = [len(await unit.cases.events(case.id)) for case in cases]
            heard = await unit.incoming.count("slack", self.dana, since=now - DAY, until=now)
        return sum(counts), heard


@pytest.fixture
async def endpoints(tmp_path: Path) -> AsyncIterator[SignedEndpoints]:
    async with open_endpoints(tmp_path) as endpoints:
        yield endpoints


@asynccontextmanager
async def open_endpoints(folder: Path) -> AsyncIterator[SignedEndpoints]:
    slack = FakeSlack.of(from_manifest(), Limits())
    dana = slack.team.person("dana").id
    people = FakeChat(
        platform="slack",
        workspace_id="main",
        people={dana: PersonProfile(name="dana", standing=Standing.MEMBER)},
    )
    house = in_memory(folder, clock=SystemClock())
    services = replace(house.services, chats=(people,), readers=(people,))
    store = services.store
    assert isinstance(store, MemoryStore)
    workers = start_pool(MemoryJobs(store), services=services, audiences=EVERYONE, owner="test")
    access = SlackAccess(
        bot_token=slack.app.bot_token,
        signing_secret=slack.app.signing_secret,
        api_url="http://127.0.0.1:9/api/",
    )
    async with open_slack(access, workspace_id="main") as platform:
        app = build_app(
            pagerduty_router(services=services, journal=Journal(store), secrets=SECRETS),
            platform.router(services),
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            yield SignedEndpoints(client, services, workers, [*pages(), *mentions(slack)], dana)


def pages() -> list[SignedRequest]:
    incident = PagerIncident()
    bodies = [incident.happens(f"incident.{name}") for name in ("triggered", "escalated")]
    return [
        genuine(PAGERDUTY, body, secret, name=f"01WEBHOOK{number}")
        for number, (body, secret) in enumerate(zip(bodies, SECRETS, strict=True))
    ]


def mentions(slack: FakeSlack) -> list[SignedRequest]:
    event = {
        "type": "app_mention",
        "user": slack.team.person("dana").id,
        "text": f"<@{slack.app.bot_user}> status",
        "ts": slack.team.new_ts(),
        "channel": slack.team.channel("#incidents").id,
    }
    body = json.dumps(events.envelope(slack, event)).encode()
    return [genuine(SLACK, body, slack.app.signing_secret)]


def each(*endpoints: SignedEndpoint, forgeries: bool) -> list[object]:
    return [
        pytest.param(endpoint, kind, id=f"{endpoint.name}-{kind.__name__}")
        for endpoint in endpoints
        for kind in (endpoint.forgeries if forgeries else endpoint.repeats)
    ]


@pytest.mark.parametrize(("endpoint", "kind"), each(PAGERDUTY, SLACK, forgeries=True))
async def test_what_is_not_genuine_is_refused(
    endpoint: SignedEndpoint, kind: Kind, endpoints: SignedEndpoints
) -> None:
    rng, nothing = random.Random(5), await endpoints.effects()  # noqa: S311
    known = [request for request in endpoints.known if request.endpoint is endpoint]
    for _ in range(EACH):
        assert await endpoints.post(kind(rng.choice(known), rng)) == 401
    assert await endpoints.effects() == nothing


@pytest.mark.parametrize(("endpoint", "kind"), each(PAGERDUTY, SLACK, forgeries=False))
async def test_what_is_said_again_does_nothing(
    endpoint: SignedEndpoint, kind: Kind, endpoints: SignedEndpoints
) -> None:
    rng = random.Random(5)  # noqa: S311
    known = [request for request in endpoints.known if request.endpoint is endpoint]
    for request in known:
        assert await endpoints.post(request) in (200, 202)
    once = await endpoints.effects()
    assert sum(once) >= len(known)
    for _ in range(EACH):
        assert await endpoints.post(kind(rng.choice(known), rng)) in (200, 202)
    assert await endpoints.effects() == once

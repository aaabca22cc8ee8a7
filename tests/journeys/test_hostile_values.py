"""No value in any field of any request makes the server fail, or a job that follows."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import column, func, select, table

from core.alerts.model import DeliveryState
from core.jobs.kinds import CHAT_HEAR, CHAT_SEND, DELIVERY_PROCESS, EVIDENCE_PROCESS
from core.jobs.model import JobState
from faultmaven.operator_endpoint import read_endpoint
from storage.database import open_store
from tests.fakes.context import CONTEXT
from tests.fakes.discord.server import a_discord
from tests.fakes.slack import a_slack
from tests.journeys.alertmanagers import until
from tests.journeys.hostile import (
    SECRET,
    alertmanager,
    discord,
    operator,
    pagerduty,
    slack,
)
from tests.journeys.operator import an_operator
from tests.journeys.up import Up, seal_in, up_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from storage.database import SqlStore
    from tests.journeys.hostile import Request

pytestmark = pytest.mark.e2e

TOGETHER = 16
SHARE = 6  # of them each field has five: all of them take minutes
PATIENCE_S = 60.0
TEXTS = (
    *("18446744073709551616", "-9223372036854775809", "9" * 5_000, "1e999", "NaN", "-Infinity"),
    *("%00", "%ff%fe", "%ed%a0%80", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
    *(
        "0001-01-01T00:00:00%2B14:00",
        "10000-01-01T00:00:00Z",
        "",
        "x" * 5_000,
        "[",
        "1_0",
        "%D9%A1",
    ),
)
REFUSED = re.compile(r"Slack refused|Discord (has no|refused|does not know)")
PARAMETERS = {
    "/messages": ("after", "wait"),
    "/jobs": ("state", "limit"),
    "/cases/1/events": (
        *("level", "since", "until", "at", "service", "host", "id", "kind", "limit"),
        "oldest_first",
    ),
    "/cases/1/timeline": ("at",),
    "/cases/1/timeline/picture": ("form", "at"),
}
PATHS = (
    *("/cases/{}/events", "/cases/{}/timeline", "/cases/{}/timeline/picture", "/cases/{}/bundle"),
    *("/cases/{}/files/1", "/cases/1/files/{}"),
)
OTHERS = (
    ("POST", "/jobs/{}/retry"),
    ("POST", "/jobs/{}/drop"),
    ("PUT", "/cases/{}/files?name=a.log"),
    ("PUT", "/cases/1/files?name={}"),
    ("PUT", "/cases/1/files?name=a.log&service={}"),
)


async def test_no_value_makes_the_server_or_a_job_fail(
    tmp_path: Path, fresh_postgres_url: str
) -> None:
    async with a_slack() as team, a_discord() as guild:
        settings = {**team.settings(), **guild.settings}
        settings |= {
            "FAULTMAVEN_SLACK_APP_TOKEN": "",
            "FAULTMAVEN_DISCORD_PUBLIC_KEY": guild.public_key,
            "FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS": SECRET,
            "FAULTMAVEN_DATABASE_URL": fresh_postgres_url,
        }
        async with up_in(tmp_path, **settings) as up, httpx.AsyncClient(timeout=PATIENCE_S) as http:
            address = read_endpoint(tmp_path / "data")
            assert address is not None
            endpoints = [
                alertmanager(),
                *operator(address.token),  # that replay little, as long as little was delivered
                pagerduty(),
                *slack(team),
                *discord(guild),
            ]
            failed = []
            for endpoint in endpoints:
                failed += await failures(http, up, endpoint.requests(share=SHARE))
                failed += await failures(http, up, [endpoint.valid()])
            assert not failed, "\n".join(failed)
            async with an_operator(up) as person:
                failed = [
                    *await answers(person.client, "GET", _queries()),
                    *await answers(person.client, "GET", PATHS),
                    *[
                        problem
                        for method, path in OTHERS
                        for problem in await answers(person.client, method, [path])
                    ],
                ]
                assert not failed, "\n".join(failed)
            async with open_store(fresh_postgres_url, seal=seal_in(tmp_path / "data")) as store:
                await until(lambda: _is_worked_off(store), every_s=0.2)
            assert (await http.get(f"{up.url}/readiness")).status_code == httpx.codes.OK
        async with open_store(fresh_postgres_url, seal=seal_in(tmp_path / "data")) as store:
            assert await dead_jobs(store) == []
            async with store.reading(CONTEXT) as unit:
                assert await unit.deliveries.count(DeliveryState.UNPARSABLE) > 0


def _queries() -> list[str]:
    return [f"{path}?{name}={{}}" for path, names in PARAMETERS.items() for name in names]


async def failures(http: httpx.AsyncClient, up: Up, requests: Iterable[Request]) -> list[str]:
    """What was answered with 5xx, or not at all."""
    room = asyncio.Semaphore(TOGETHER)

    async def post(request: Request) -> str:
        async with room:
            try:
                answer = await http.post(
                    up.url + request.url, content=request.body, headers=request.headers
                )
            except httpx.TransportError as error:
                return f"{request.says}: {error!r}"
        return f"{request.says}: {answer.status_code}" if answer.is_server_error else ""

    return [problem for problem in await asyncio.gather(*map(post, requests)) if problem]


async def answers(client: httpx.AsyncClient, method: str, paths: Iterable[str]) -> list[str]:
    """The same, with every text in the place of `{}`."""
    failed = []
    for path in paths:
        for text in TEXTS:
            quoted = text if "%" in text else quote(text)
            asked = f"{method} {path.format(quoted[:60])}"
            try:
                answer = await client.request(method, "/api/v1/operator" + path.format(quoted))
            except httpx.TransportError as error:
                failed.append(f"{asked}: {error!r}")
            else:
                failed += [f"{asked}: {answer.status_code}"] * answer.is_server_error
    return failed


async def _is_worked_off(store: SqlStore) -> bool:
    """Nothing waits but cards for places that do not answer, which are tried for ever."""
    ours = column("kind").in_([DELIVERY_PROCESS.name, CHAT_HEAR.name, EVIDENCE_PROCESS.name])
    waits = column("state").in_([JobState.PENDING, JobState.RUNNING])
    query = select(func.count()).select_from(table("jobs")).where(ours, waits)
    async with store.database.reading() as work:
        waiting: int = (await work.execute(query)).scalar_one()
    return waiting == 0


async def dead_jobs(store: SqlStore) -> list[str]:
    async with store.reading(CONTEXT) as unit:
        dead = await unit.jobs.listing(JobState.DEAD, limit=1000)
    # A place that the platform does not have is refused there, and the job says so.
    return sorted(
        {
            f"{job.kind}: {job.problem}"
            for job in dead
            if job.kind != CHAT_SEND.name or not REFUSED.search(job.problem or "")
        }
    )

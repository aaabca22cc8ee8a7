"""The API on PostgreSQL and Redis, answered by `serve`, worked for by `worker`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.journeys.extension_runs import a_normal_run, an_alert_looked_into, browser_at
from tests.journeys.team import a_team
from tests.servers import a_redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.journeys.extension import Extension

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@asynccontextmanager
async def browser(folder: Path, database: str, name: str = "") -> AsyncIterator[Extension]:
    """At the door of a team whose processes share nothing but a database, a Redis and files."""
    with a_redis() as redis:
        async with (
            a_team(folder, database, redis, FAULTMAVEN_REGISTRATION="true") as team,
            team.operator() as operator,
            browser_at(str(operator.client.base_url), name) as panel,
        ):
            yield panel


async def test_a_normal_run(tmp_path: Path, fresh_postgres_url: str) -> None:
    async with browser(tmp_path, fresh_postgres_url) as panel:
        await a_normal_run(panel)


async def test_an_alert_is_looked_into(tmp_path: Path, fresh_postgres_url: str) -> None:
    async with browser(tmp_path, fresh_postgres_url, "dana") as panel:
        await an_alert_looked_into(panel)

"""The whole job through each door: one script in the terminal and in Slack and Discord.

`serve`, arq workers and `bot` on PostgreSQL and Redis; from Alertmanager, and from PagerDuty.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from core.cases.model import CaseState, HypothesisState
from core.clock import wire_time
from tests.fakes.pagerduty.events import PagerIncident, a_body
from tests.fakes.pagerduty.sender import Subscription
from tests.journeys.alertmanagers import TOKEN
from tests.journeys.stages import InTerminal, JourneyStage, in_discord, in_slack, waits_for
from tests.journeys.team import ProcessTeam, a_team
from tests.servers import Server, a_redis

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.journeys.operator import Operator

pytestmark = pytest.mark.e2e

RECORDING = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings"
FILES = ("booking-api", "deploys", "storefront")
SECRET = "a-secret-of-the-tests"  # noqa: S105
FIX = "pool size back to 10"


@pytest.fixture(scope="module")
def redis() -> Iterator[Server]:
    with a_redis() as redis:
        yield redis


async def test_in_the_terminal(tmp_path: Path, fresh_postgres_url: str, redis: Server) -> None:
    stage = InTerminal()
    async with a_team(tmp_path, fresh_postgres_url, redis) as team, team.operator() as operator:
        stage.operator = operator
        await the_whole_job(stage, team, lambda: alertmanager_fires(operator))


async def test_in_slack(tmp_path: Path, fresh_postgres_url: str, redis: Server) -> None:
    async with (
        in_slack() as stage,
        a_team(tmp_path, fresh_postgres_url, redis, **stage.settings) as team,
        team.operator() as operator,
    ):
        await the_whole_job(stage, team, lambda: alertmanager_fires(operator))


async def test_in_discord(tmp_path: Path, fresh_postgres_url: str, redis: Server) -> None:
    async with (
        in_discord() as stage,
        a_team(tmp_path, fresh_postgres_url, redis, **stage.settings) as team,
        team.operator() as operator,
    ):
        await the_whole_job(stage, team, lambda: alertmanager_fires(operator))


async def test_from_pagerduty_to_slack(
    tmp_path: Path, fresh_postgres_url: str, redis: Server
) -> None:
    """The page comes by webhook, twice; its resolution ends the case that nobody spoke in."""
    pages = {"FAULTMAVEN_PAGERDUTY_WEBHOOK_SECRETS": SECRET}
    async with (
        in_slack() as stage,
        a_team(tmp_path, fresh_postgres_url, redis, **stage.settings, **pages) as team,
        team.operator() as operator,
        httpx.AsyncClient() as client,
    ):
        url = f"{operator.client.base_url}/webhooks/pagerduty"
        pager = Subscription(url, client, (SECRET,), twice=True)

        async def fires() -> None:
            (webhook,) = await pager.send(a_page())
            assert webhook.answers == [202, 202]

        await the_whole_job(stage, team, fires)


async def the_whole_job(
    stage: JourneyStage, team: ProcessTeam, fires: Callable[[], Awaitable[None]]
) -> None:
    """From an alert to a resolved case, with nothing but what the platform lets people do."""
    await fires()
    await waits_for("no evidence: drop a log here", stage.card)

    await stage.drops(*(RECORDING / "files" / name for name in FILES), RECORDING / "topology.json")
    await waits_for("Connection pool exhausted at booking-api", stage.card)
    await waits_for("3 logs, 4 configs", stage.reads)

    reply = await stage.commands("hypotheses")
    assert "Root cause " in reply
    assert "Hurts: storefront" in reply
    assert "Shown by: " in reply
    assert "booking-api.log:1375" in reply
    number = leading(reply)
    await stage.says(f"why {number}?")
    await waits_for("a caller waited for a pooled connection and got none", stage.reads)
    assert "booking-api.log" in await stage.commands("timeline")
    assert "for +" in await stage.commands(f"why {number}")

    await stage.says("handoff")
    await waits_for("Open questions (", stage.reads)
    await stage.says("catch me up")
    await waits_for("Asked of you: ", stage.reads)

    await stage.says(f"confirm {number} the pool was cut to 2")
    await waits_for(f"cause confirmed: {number}", stage.reads)
    await stage.commands(f"resolve {FIX}")
    await waits_for(f"Fix: {FIX}", stage.card)

    view = await team.view()
    assert view.case.state is CaseState.RESOLVED
    assert view.hypotheses[0].state is HypothesisState.VALIDATED
    assert (view.hypotheses[0].cause.service, view.hypotheses[0].cause.fault) == (
        "booking-api",
        "connection_pool_exhausted",
    )


def a_page() -> bytes:
    """PagerDuty's word of the recorded alert."""
    (alert,) = json.loads((RECORDING / "alert.json").read_text())["alerts"]
    incident = PagerIncident(title=alert["annotations"]["summary"], service="storefront")
    began = datetime.fromisoformat(alert["startsAt"])
    state = incident.state() | {"created_at": wire_time(began)}
    return a_body("incident.triggered", state, at=began)


async def alertmanager_fires(operator: Operator) -> None:
    answer = await operator.client.post(
        "/webhooks/alertmanager",
        content=(RECORDING / "alert.json").read_bytes(),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert answer.status_code == httpx.codes.OK


def leading(reply: str) -> int:
    """The number of the hypothesis that leads: others may have led while files were still read."""
    named = re.search(r"Confirm (\d+)|(?m:^\s*(\d+) (?:for|check): )", reply)
    assert named is not None, reply
    return int(named[1] or named[2])

"""`serve`, `worker` and `bot` on PostgreSQL and Redis do the main job together, each its part."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from core.cases.model import CaseState
from core.conversation.cards.card import Mark
from tests.fakes.chat import words_of
from tests.journeys.alertmanagers import TOKEN, until
from tests.servers import Server, a_redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.journeys.operator import Operator
from tests.journeys.team import ProcessTeam, a_team

pytestmark = pytest.mark.e2e

RECORDING = Path(__file__).parents[2] / "faultmaven/recordings/ferry-bookings"
FILES = ("booking-api", "deploys", "storefront")


@pytest.fixture
def own_redis() -> Iterator[Server]:
    with a_redis() as redis:
        yield redis


@pytest.fixture
async def team(
    tmp_path: Path, fresh_postgres_url: str, own_redis: Server
) -> AsyncIterator[ProcessTeam]:
    async with a_team(tmp_path, fresh_postgres_url, own_redis) as team:
        yield team


async def test_three_processes_do_the_main_job(team: ProcessTeam) -> None:
    async with team.operator() as operator:
        await an_alert_is_taken_and_shown(operator)
        own = [RECORDING / "files" / name for name in FILES]
        await operator.drop(*own, RECORDING / "topology.json", case=1)
        await operator.settled()
        best = (await team.view()).hypotheses[0]
        assert (best.cause.service, best.cause.fault) == (
            "booking-api",
            "connection_pool_exhausted",
        )
        await without_redis_it_only_takes_longer(team, operator)
        await operator.say("confirm 1")
        (report,) = await operator.say("report")
        assert "booking-api.log:1375`" in words_of(report)
        await operator.say("resolve pool size back to 10")
        await operator.settled()
        (card,) = await operator.shown("case")
        assert card.mark is Mark.RESOLVED
    assert (await team.view()).case.state is CaseState.RESOLVED
    codes = [await team.end(command) for command in ("serve", "worker", "bot")]
    assert codes == [0, 0, 0]


async def an_alert_is_taken_and_shown(operator: Operator) -> None:
    answer = await operator.client.post(
        "/webhooks/alertmanager",
        content=(RECORDING / "alert.json").read_bytes(),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert answer.status_code == httpx.codes.OK

    async def shown() -> bool:
        return bool(await operator.shown("case"))

    await until(shown)
    await operator.settled()
    (card,) = await operator.shown("case")
    assert "Firing #1 Critical" in words_of(card) or card.mark is Mark.FIRING


async def without_redis_it_only_takes_longer(team: ProcessTeam, operator: Operator) -> None:
    """A worker is killed and Redis goes: the question is answered all the same."""
    await team.end("worker", signal.SIGKILL)
    team.redis.stop()
    await operator.say("ask why 1?")
    await team.start("worker")
    await operator.settled()
    (answer,) = await operator.shown("answer")
    assert "a caller waited for a pooled connection and got none" in words_of(answer)
    team.redis.start()

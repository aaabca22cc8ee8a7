from __future__ import annotations

from core.jobs.model import Audience
from storage.jobs.inprocess import InProcessWakeUp
from tests.storage.jobs.worker import a_job


async def test_only_those_who_may_claim_the_jobs_are_woken() -> None:
    rung: list[str] = []
    wake_up = InProcessWakeUp()
    wake_up.join((Audience.ANY, Audience.WORKER), lambda: rung.append("worker"))
    wake_up.join((Audience.BOT,), lambda: rung.append("bot"))
    await wake_up.wake([a_job("a", payload={}), a_job("a", payload={}, audience=Audience.WORKER)])
    assert rung == ["worker"]
    await wake_up.wake([a_job("a", payload={}, audience=Audience.BOT)])
    assert rung == ["worker", "bot"]

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from core.cases.events import EventKind
from core.errors import SourceUnavailable, Unauthorised
from core.jobs.kinds import PAGER_RECONCILE
from core.jobs.model import JobState
from core.workflows.pager_reconciliation import plan_pager_reconciliation, reconcile_pager
from tests.core.alerts.desk import AlertDesk, a_body, an_alert
from tests.core.workflows.test_alert_reconciliation import FakeAlertmanager, PolledDesk
from tests.fakes.pagerduty.events import PagerIncident

MINUTE = timedelta(minutes=1)


@dataclass
class FakePager:
    """Says what a test says; an error of `trouble` instead, where there is one."""

    opened: set[str] = field(default_factory=set)
    trouble: Exception | None = None

    async def open_incidents(self) -> frozenset[str]:
        if self.trouble is not None:
            raise self.trouble
        return frozenset(self.opened)

    async def bodies(self, incident_id: str) -> list[str]:
        return []


@dataclass
class Rounds:
    """A desk that asks PagerDuty when a test says so."""

    pager: FakePager = field(default_factory=FakePager)
    desk: AlertDesk = field(default_factory=AlertDesk)
    incident: PagerIncident = field(default_factory=PagerIncident)

    def __post_init__(self) -> None:
        self.desk.services = replace(self.desk.services, pager=self.pager)

    async def poll(self, after: timedelta = timedelta(0)) -> None:
        self.desk.clock.at += after
        async with self.desk.services.unit() as unit:
            await plan_pager_reconciliation(unit, services=self.desk.services)
        while job := await self.desk.claim():
            if job.kind == PAGER_RECONCILE.name:
                await reconcile_pager(job, services=self.desk.services)
                return
        pytest.fail("no poll was planned")


@pytest.fixture
async def rounds() -> Rounds:
    """One incident that fires here, and is not open in PagerDuty."""
    rounds = Rounds()
    await rounds.desk.page(rounds.incident.happens("incident.triggered"))
    rounds.desk.clock.advance(1)
    return rounds


async def firing(rounds: Rounds) -> int:
    return (await rounds.desk.case()).firing


async def test_missing_in_two_polls_is_over(rounds: Rounds) -> None:
    await rounds.poll()
    missing_since = rounds.desk.clock.now()
    await rounds.poll(after=MINUTE)
    assert await firing(rounds) == 1
    await rounds.poll(after=MINUTE)

    case = await rounds.desk.case()
    assert (case.firing, case.quiet_since) == (0, rounds.desk.clock.now())
    (occurrence,) = await rounds.desk.occurrences(case)
    assert occurrence.ended_at == missing_since
    ended = [
        event for event in await rounds.desk.events(case) if event.kind is EventKind.ALERT_RESOLVED
    ]
    assert ended[0].data["reason"] == "it is not open in PagerDuty any more"


async def test_open_there_is_open_here(rounds: Rounds) -> None:
    rounds.pager.opened = {rounds.incident.id}
    for _ in range(4):
        await rounds.poll(after=MINUTE)
    assert await firing(rounds) == 1


async def test_back_in_a_poll_starts_the_wait_again(rounds: Rounds) -> None:
    await rounds.poll()
    rounds.pager.opened = {rounds.incident.id}
    await rounds.poll(after=MINUTE)
    rounds.pager.opened = set()
    await rounds.poll(after=MINUTE)
    assert await firing(rounds) == 1


async def test_a_webhook_starts_the_wait_again(rounds: Rounds) -> None:
    await rounds.poll()
    rounds.desk.clock.advance(110)
    await rounds.desk.page(rounds.incident.happens("incident.escalated", after=170))
    await rounds.poll(after=timedelta(seconds=10))
    assert await firing(rounds) == 1


@pytest.mark.parametrize("trouble", [SourceUnavailable("away"), Unauthorised("wrong key")])
async def test_while_it_cannot_say_nothing_is_concluded(rounds: Rounds, trouble: Exception) -> None:
    await rounds.poll()
    rounds.pager.trouble = trouble
    await rounds.poll(after=5 * MINUTE)
    assert await firing(rounds) == 1
    async with rounds.desk.services.reading() as unit:
        pending = await unit.jobs.listing(JobState.PENDING)
    assert [job.kind for job in pending].count(PAGER_RECONCILE.name) == 1


async def test_what_only_pagerduty_knows_opens_nothing(rounds: Rounds) -> None:
    rounds.pager.opened = {rounds.incident.id, "QELSEWHERE"}
    for _ in range(3):
        await rounds.poll(after=MINUTE)
    assert len(await rounds.desk.cases()) == 1


async def test_what_was_ended_too_early_fires_again_with_the_next_event(rounds: Rounds) -> None:
    for _ in range(3):
        await rounds.poll(after=MINUTE)
    assert await firing(rounds) == 0
    rounds.desk.clock.advance(60)
    await rounds.desk.page(rounds.incident.happens("incident.reassigned", after=600))
    assert await firing(rounds) == 1


async def test_alerts_of_alertmanager_are_none_of_pagerdutys_business(rounds: Rounds) -> None:
    await rounds.desk.deliver(a_body(an_alert()))
    rounds.pager.opened = {rounds.incident.id}
    for _ in range(3):
        await rounds.poll(after=5 * MINUTE)
    assert [case.firing for case in await rounds.desk.cases()] == [1, 1]


async def test_nor_are_incidents_alertmanagers() -> None:
    watch = PolledDesk((FakeAlertmanager(),))
    await watch.desk.page(PagerIncident().happens("incident.triggered"))
    for _ in range(3):
        await watch.poll(after=5 * MINUTE)
    assert (await watch.desk.case()).firing == 1


async def test_without_a_key_nothing_is_planned() -> None:
    desk = AlertDesk()
    async with desk.services.unit() as unit:
        await plan_pager_reconciliation(unit, services=desk.services)
        assert await unit.jobs.listing(JobState.PENDING) == []

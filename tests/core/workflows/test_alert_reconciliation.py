from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from core.alerts.notification import fingerprint_of
from core.cases.events import EventKind
from core.cases.model import CaseState
from core.errors import SourceUnavailable
from core.jobs.kinds import ALERTS_RECONCILE
from core.jobs.model import JobState
from core.workflows.alert_reconciliation import ACTOR, plan_reconciliation, reconcile
from tests.core.alerts.desk import START, AlertDesk, a_body, an_alert, recorded

MINUTE = timedelta(minutes=1)
FIRES = an_alert()["fingerprint"]


@dataclass
class FakeAlertmanager:
    """Holds what a test says, since the test says; None of `holds` is nobody at home."""

    holds: set[str] | None = field(default_factory=set)
    since: datetime = START - timedelta(hours=1)
    url: str = "http://alertmanager.example.net:9093"

    async def active(self) -> frozenset[str]:
        if self.holds is None:
            message = f"{self.url} does not answer"
            raise SourceUnavailable(message)
        return frozenset(self.holds)

    async def up_since(self) -> datetime:
        await self.active()
        return self.since


@dataclass
class PolledDesk:
    """A desk with Alertmanagers, polled when a test says so."""

    sources: tuple[FakeAlertmanager, ...]
    desk: AlertDesk = field(default_factory=AlertDesk)

    def __post_init__(self) -> None:
        self.desk.services = replace(self.desk.services, alertmanagers=self.sources)

    async def poll(self, after: timedelta = timedelta(0)) -> None:
        self.desk.clock.at += after
        async with self.desk.services.unit() as unit:
            await plan_reconciliation(unit, services=self.desk.services)
        while job := await self.desk.claim():
            if job.kind == ALERTS_RECONCILE.name:
                await reconcile(job, services=self.desk.services)
                return
        pytest.fail("no poll was planned")


@pytest.fixture
async def watch() -> PolledDesk:
    """Two Alertmanagers that lack the one alert that fires."""
    watch = PolledDesk((FakeAlertmanager(), FakeAlertmanager(url="http://other.example.net:9093")))
    await watch.desk.deliver(a_body(an_alert()))
    watch.desk.clock.advance(1)
    return watch


async def test_missing_everywhere_in_two_polls_is_gone(watch: PolledDesk) -> None:
    await watch.poll()
    assert (await watch.desk.case()).firing == 1
    missing_since = watch.desk.clock.now()
    await watch.poll(after=5 * MINUTE)

    case = await watch.desk.case()
    assert (case.firing, case.quiet_since) == (0, watch.desk.clock.now())
    (occurrence,) = await watch.desk.occurrences(case)
    assert occurrence.ended_at == missing_since
    ended = [
        event for event in await watch.desk.events(case) if event.kind is EventKind.ALERT_RESOLVED
    ]
    assert [event.actor for event in ended] == [ACTOR]
    assert ended[0].data["reason"] == "no Alertmanager holds it any more"
    assert watch.desk.queued_cards()[-1].version == case.version


async def test_what_is_gone_lets_its_case_resolve(watch: PolledDesk) -> None:
    await watch.poll()
    await watch.poll(after=5 * MINUTE)
    watch.desk.clock.advance(10 * 60)
    await watch.desk.work()
    assert (await watch.desk.case()).state is CaseState.RESOLVED


async def test_polls_too_close_together_conclude_nothing(watch: PolledDesk) -> None:
    await watch.poll()
    await watch.poll(after=5 * MINUTE - timedelta(seconds=1))
    assert (await watch.desk.case()).firing == 1


async def test_one_that_holds_it_is_enough(watch: PolledDesk) -> None:
    watch.sources[1].holds = {FIRES}
    await watch.poll()
    await watch.poll(after=5 * MINUTE)
    assert (await watch.desk.case()).firing == 1


async def test_one_that_cannot_be_reached_stops_every_conclusion(watch: PolledDesk) -> None:
    await watch.poll()
    watch.sources[0].holds = None
    await watch.poll(after=5 * MINUTE)
    await watch.poll(after=5 * MINUTE)
    assert (await watch.desk.case()).firing == 1


async def test_one_that_restarted_knows_nothing_yet(watch: PolledDesk) -> None:
    await watch.poll()
    watch.sources[0].since = watch.desk.clock.now()
    await watch.poll(after=5 * MINUTE)
    assert (await watch.desk.case()).firing == 1
    await watch.poll(after=MINUTE)
    assert (await watch.desk.case()).firing == 0


async def test_one_that_comes_back_starts_the_wait_again(watch: PolledDesk) -> None:
    await watch.poll()
    watch.sources[0].holds = {FIRES}
    await watch.poll(after=4 * MINUTE)
    watch.sources[0].holds = set()
    await watch.poll(after=MINUTE)
    assert (await watch.desk.case()).firing == 1
    await watch.poll(after=5 * MINUTE)
    assert (await watch.desk.case()).firing == 0


async def test_a_delivery_starts_the_wait_again(watch: PolledDesk) -> None:
    await watch.poll()
    watch.desk.clock.advance(240)
    await watch.desk.deliver(a_body(an_alert()))
    await watch.poll(after=MINUTE)
    assert (await watch.desk.case()).firing == 1


async def test_the_next_poll_is_planned_whatever_happened(watch: PolledDesk) -> None:
    watch.sources[0].holds = None
    await watch.poll()
    async with watch.desk.services.reading() as unit:
        pending = await unit.jobs.listing(JobState.PENDING)
    (planned,) = [job for job in pending if job.kind == ALERTS_RECONCILE.name]
    assert planned.run_at == watch.desk.clock.now() + MINUTE


async def test_without_alertmanagers_nothing_is_planned() -> None:
    desk = AlertDesk()
    async with desk.services.unit() as unit:
        await plan_reconciliation(unit, services=desk.services)
        assert await unit.jobs.listing(JobState.PENDING) == []


async def test_what_truncation_hid_is_settled_when_nothing_unknown_fires(
    watch: PolledDesk,
) -> None:
    for name in ("truncated_2_of_5_firing", "truncated_says_resolved_while_one_fires"):
        await watch.desk.deliver(recorded(name))
    watch.desk.clock.advance(1)
    hidden = fingerprint_of({"alertname": "ThumbnailBacklog", "instance": "thumbs-5:9100"})
    watch.sources[0].holds = {FIRES, hidden}
    await watch.poll()
    _, truncated = await watch.desk.cases()
    assert truncated.quiet_since is None

    watch.sources[0].holds = {FIRES}
    await watch.poll(after=MINUTE)
    first, truncated = await watch.desk.cases()
    assert truncated.quiet_since == watch.desk.clock.now()
    assert (first.firing, first.quiet_since) == (1, None)

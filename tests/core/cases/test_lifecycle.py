"""How a case opens, goes quiet, resolves and comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.alerts.model import Severity
from core.cases.events import EventKind
from core.cases.investigation_state import SOLUTION
from core.cases.lifecycle import (
    SYSTEM,
    Change,
    investigate,
    is_recent,
    open_case,
    quieten,
    record,
    reopen,
    resolve,
    settle,
    speak,
)
from core.cases.model import CaseState
from core.clock import wire_time
from core.context import Rules
from core.errors import Conflict, NotAllowedNow
from core.jobs.kinds import CASE_INVESTIGATE, CASE_SETTLE
from core.jobs.model import LEASE, Audience, JobState
from core.text.redacted import RedactedText
from storage.memory import MemoryJobs, MemoryStore
from tests.core.investigation.sample_views import a_solution
from tests.fakes.clock import SetClock
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.jobs.model import Job
    from core.workflows.services import Services, Unit

TITLE = RedactedText.format("checkout answers with 5xx")
RULES = Rules(resolve_after=timedelta(minutes=10), reopen_within=timedelta(hours=2))


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def services(clock: SetClock) -> Services:
    return memory_services(clock=clock, rules=RULES)


async def opened(unit: Unit, services: Services, **given: str) -> CaseView:
    return await open_case(
        unit,
        title=TITLE,
        severity=Severity.HIGH,
        service="checkout",
        group_key=given.get("group_key", "g"),
        since=services.clock.now() - timedelta(minutes=1),
        actor="alertmanager",
        case_id=given.get("case_id"),
    )


async def pending(unit: Unit, kind: str) -> list[Job]:
    return [job for job in await unit.jobs.listing(JobState.PENDING) if job.kind == kind]


async def test_it_opens_with_its_first_turn_planned(services: Services) -> None:
    async with services.unit() as unit:
        first = await opened(unit, services)
        second = await opened(unit, services, group_key="another")
        assert (first.case.number, second.case.number) == (1, 2)
        assert first.case.opened_at == services.clock.now() - timedelta(minutes=1)
        assert len(await pending(unit, CASE_INVESTIGATE.name)) == 2
        assert await unit.cases.view(first.case.id) == first


async def test_a_group_has_one_open_case(services: Services) -> None:
    async with services.unit() as unit:
        await opened(unit, services)
    with pytest.raises(Conflict):
        async with services.unit() as unit:
            await opened(unit, services)


async def test_a_case_whose_title_was_redacted_before_keeps_its_id(services: Services) -> None:
    async with services.unit() as unit:
        assert (await opened(unit, services, case_id="case_known")).case.id == "case_known"


async def test_at_most_one_turn_waits(services: Services) -> None:
    async with services.unit() as unit:
        view = await opened(unit, services)
        for _ in range(3):
            await investigate(unit, view)
        assert len(await pending(unit, CASE_INVESTIGATE.name)) == 1


async def test_quiet_it_is_looked_at_again_after_the_set_time(
    services: Services, clock: SetClock
) -> None:
    async with services.unit() as unit:
        view = await quieten(unit, await opened(unit, services))
        (job,) = await pending(unit, CASE_SETTLE.name)
    assert view.case.quiet_since == clock.now()
    assert job.run_at == clock.now() + RULES.resolve_after
    assert job.payload == {"case_id": view.case.id, "quiet_since": wire_time(clock.now())}


async def test_a_case_that_stayed_quiet_resolves_by_itself(
    services: Services, clock: SetClock
) -> None:
    async with services.unit() as unit:
        view = await quieten(unit, await opened(unit, services))
        quiet_since = clock.now()
        clock.advance(600)
        view = await settle(unit, view, quiet_since=quiet_since)
    assert (view.case.state, view.case.resolved_by) == (CaseState.RESOLVED, SYSTEM)
    assert (view.case.resolved_at, view.case.solution) == (clock.now(), None)


async def test_one_in_which_a_person_spoke_does_not(services: Services, clock: SetClock) -> None:
    async with services.unit() as unit:
        view = await speak(unit, await opened(unit, services), by="dana")
        view = await quieten(unit, view)
        assert await settle(unit, view, quiet_since=clock.now()) == view


async def test_one_with_a_fix_is_looked_at_instead(services: Services, clock: SetClock) -> None:
    fix = SOLUTION.dump_python(a_solution(), mode="json")
    proposed = Change(kind=EventKind.SOLUTION_PROPOSED, data={"solution": fix})
    confirmed = Change(kind=EventKind.SOLUTION_CONFIRMED, data={"number": 1})
    now = clock.now()
    async with services.unit() as unit:
        view = await quieten(unit, await opened(unit, services))
        view = await record(unit, view, view.case.id, [proposed, confirmed], at=now, actor="dana")
    assert isinstance(services.store, MemoryStore)
    jobs = MemoryJobs(services.store)
    first = await jobs.claim([Audience.ANY], owner="test", at=now, lease=LEASE)
    assert first is not None
    assert first.kind == CASE_INVESTIGATE.name
    async with services.unit() as unit:
        assert await settle(unit, view, quiet_since=now) == view
        waiting = [job.kind for job in await unit.jobs.listing(JobState.PENDING)]
    assert waiting.count(CASE_INVESTIGATE.name) == 1
    assert view.case.state.is_open


async def test_one_that_fired_meanwhile_or_is_over_is_left_alone(
    services: Services, clock: SetClock
) -> None:
    async with services.unit() as unit:
        view = await quieten(unit, await opened(unit, services))
        earlier = clock.now() - timedelta(seconds=1)
        assert await settle(unit, view, quiet_since=earlier) == view
        over = await resolve(unit, view, by="dana", solution=None)
        assert await settle(unit, over, quiet_since=clock.now()) == over


async def test_a_person_resolves_with_what_fixed_it_once(services: Services) -> None:
    fix = RedactedText.format("pool size 40")
    async with services.unit() as unit:
        view = await opened(unit, services)
        view = await resolve(unit, view, by="dana", solution=fix)
        assert (view.case.solution, view.case.resolved_by) == (fix, "dana")
        with pytest.raises(NotAllowedNow, match="#1 is resolved already") as caught:
            await resolve(unit, view, by="lee", solution=None)
    assert caught.value.next_step == "Type `reopen` if it is back."


async def test_it_comes_back_with_a_turn_planned(services: Services) -> None:
    async with services.unit() as unit:
        view = await opened(unit, services)
        with pytest.raises(NotAllowedNow, match="#1 is open"):
            await reopen(unit, view, by="dana")
        view = await resolve(unit, view, by="dana", solution=None)
        view = await reopen(unit, view, by="dana")
        assert view.case.state is CaseState.DIAGNOSING
        assert len(await pending(unit, CASE_INVESTIGATE.name)) == 1


async def test_who_speaks_first_owns_it(services: Services, clock: SetClock) -> None:
    async with services.unit() as unit:
        view = await speak(unit, await opened(unit, services), by="dana")
        clock.advance(60)
        again = await speak(unit, view, by="lee")
    assert again == view
    assert (view.case.owner, view.case.spoken_at) == ("dana", clock.now() - timedelta(minutes=1))


async def test_only_what_was_resolved_a_short_while_ago_comes_back_by_itself(
    services: Services, clock: SetClock
) -> None:
    async with services.unit() as unit:
        view = await opened(unit, services)
        assert not is_recent(unit, view)
        view = await resolve(unit, view, by=SYSTEM, solution=None)
    assert is_recent(unit, view)
    clock.advance(RULES.reopen_within.total_seconds())
    assert is_recent(unit, view)
    clock.advance(1)
    assert not is_recent(unit, view)

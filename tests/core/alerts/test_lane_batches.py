"""What waits in a lane is worked off at once: to the same end, for the price of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.alerts.model import DeliveryState
from core.cases.events import verify_chain
from core.cases.model import CaseState
from core.cases.projection import fold
from core.jobs.kinds import CASE_INVESTIGATE, CASE_SETTLE, DELIVERY_PROCESS
from core.jobs.model import JobState
from core.workflows import delivery_batches
from tests.core.alerts.desk import START, AlertDesk, a_body, an_alert, recorded

if TYPE_CHECKING:
    from core.alerts.model import Delivery, Occurrence

MINUTE = timedelta(minutes=1)
FLAP = ("flap_1_firing", "flap_2_resolved", "flap_3_firing_again")
GROUP = ("group_4_firing", "group_1_resolved_3_firing", "group_all_resolved")
PAIR = ("ha_firing_peer_0", "ha_firing_peer_1", "ha_resolved_peer_0", "ha_resolved_peer_1")

HALF = delivery_batches.MOST_TOGETHER // 2  # of what one unit takes


async def journaled(desk: AlertDesk, *contents: bytes) -> list[Delivery]:
    return [await desk.journal(content) for content in contents]


async def pending(desk: AlertDesk) -> Counter[str]:
    async with desk.services.reading() as unit:
        return Counter(job.kind for job in await unit.jobs.listing(JobState.PENDING))


def told(occurrences: list[Occurrence]) -> list[dict[str, Any]]:
    """All but the names that chance gave."""
    return [vars(replace(occurrence, id="", case_id="")) for occurrence in occurrences]


@pytest.mark.parametrize("names", [FLAP, GROUP, PAIR], ids=["flap", "group", "pair"])
async def test_it_ends_as_it_would_one_by_one(names: tuple[str, ...]) -> None:
    together, apart = AlertDesk(), AlertDesk()
    await journaled(together, *map(recorded, names))
    await together.work()
    for name in names:
        await apart.deliver(recorded(name))

    case, other = await together.case(), await apart.case()
    ours, theirs = await together.occurrences(case), await apart.occurrences(other)
    assert told(ours) == told(theirs)
    state = (case.firing, case.alerts, case.severity, case.title.text, bool(case.quiet_since))
    assert state == (
        other.firing,
        other.alerts,
        other.severity,
        other.title.text,
        bool(other.quiet_since),
    )
    kinds = [kind for kind in await together.kinds(case) if kind.startswith("alert.")]
    assert kinds == [kind for kind in await apart.kinds(other) if kind.startswith("alert.")]


async def test_many_deliveries_cost_one_unit_one_card_and_one_turn() -> None:
    desk = AlertDesk()
    firing = [an_alert(pod=str(n)) for n in range(HALF)]
    sent = [a_body(alert) for alert in firing] + [
        a_body(an_alert(pod=str(n), ended_at=START + MINUTE)) for n in range(HALF)
    ]
    deliveries = await journaled(desk, *sent)
    job = await desk.claim()
    assert job
    await delivery_batches.process_delivery(job, services=desk.services)

    case = await desk.case()
    assert (case.firing, case.alerts) == (0, HALF)
    assert len(desk.queued_cards()) == 1
    left = await pending(desk)
    assert (left[DELIVERY_PROCESS.name], left[CASE_INVESTIGATE.name], left[CASE_SETTLE.name]) == (
        0,
        1,
        1,
    )
    assert {(await desk.delivery(delivery.id)).state for delivery in deliveries} == {
        DeliveryState.DONE
    }
    async with desk.services.reading() as unit:
        events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)
    assert fold(events, texts).case == case
    verify_chain(events)


async def test_no_more_than_a_unit_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_batches, "MOST_TOGETHER", 3)
    desk = AlertDesk()
    await journaled(desk, *(a_body(an_alert(pod=str(n))) for n in range(7)))
    while (await pending(desk))[DELIVERY_PROCESS.name]:
        job = await desk.claim()
        assert job
        if job.kind == DELIVERY_PROCESS.name:
            await delivery_batches.process_delivery(job, services=desk.services)
    assert len(desk.queued_cards()) == 3
    assert (await desk.case()).firing == 7


async def test_what_nobody_can_read_harms_none_beside_it() -> None:
    desk = AlertDesk()
    good, bad = a_body(an_alert(pod="1")), a_body({"status": "firing"})
    first, broken, last = await journaled(desk, good, bad, a_body(an_alert(pod="2")))
    await desk.work()

    states = [(await desk.delivery(delivery.id)).state for delivery in (first, broken, last)]
    assert states == [DeliveryState.DONE, DeliveryState.UNPARSABLE, DeliveryState.DONE]
    assert (await desk.case()).firing == 2


async def test_a_poison_one_stalls_its_group_only_when_its_turn_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = AlertDesk()
    bodies = [a_body(an_alert(pod=name)) for name in ("before", "poison", "after")]
    deliveries = await journaled(desk, *bodies)
    read = delivery_batches.effect_of_notifications

    def breaks(given: list[Delivery]) -> delivery_batches.Effect:
        if any(b"poison" in delivery.body for delivery in given):
            raise ZeroDivisionError
        return read(given)

    monkeypatch.setattr(delivery_batches, "effect_of_notifications", breaks)
    first = await desk.claim()
    assert first
    await delivery_batches.process_delivery(first, services=desk.services)
    assert (await desk.case()).firing == 1
    async with desk.services.reading() as unit:
        job = next(
            job
            for job in await unit.jobs.listing(JobState.PENDING)
            if job.payload.get("delivery_id") == deliveries[1].id
        )
    with pytest.raises(ZeroDivisionError):
        await delivery_batches.process_delivery(job, services=desk.services)
    assert (await desk.delivery(deliveries[2].id)).state is DeliveryState.PENDING


async def test_one_whose_runner_was_lost_goes_alone() -> None:
    desk = AlertDesk()
    await journaled(desk, *(a_body(an_alert(pod=str(n))) for n in range(3)))
    assert await desk.claim()
    desk.clock.advance(61)
    again = await desk.claim()
    assert again
    assert again.attempts == 2
    await delivery_batches.process_delivery(again, services=desk.services)
    assert (await desk.case()).firing == 1
    assert (await pending(desk))[DELIVERY_PROCESS.name] == 2


async def test_a_case_that_flaps_has_one_settling_that_waits_for_the_last_quiet() -> None:
    desk = AlertDesk()
    for minute in range(0, 9, 3):
        fired_at, ended_at = START + minute * MINUTE, START + (minute + 1) * MINUTE
        desk.clock.at = fired_at + MINUTE / 2
        await desk.deliver(a_body(an_alert(starts_at=fired_at)))
        desk.clock.at = ended_at
        await desk.deliver(a_body(an_alert(starts_at=fired_at, ended_at=ended_at)))
    assert (await pending(desk))[CASE_SETTLE.name] == 1

    desk.clock.advance(9 * 60)
    await desk.work()
    assert (await desk.case()).state.is_open, "the last quiet has not lasted"
    assert (await pending(desk))[CASE_SETTLE.name] == 1
    desk.clock.advance(60)
    await desk.work()
    assert (await desk.case()).state is CaseState.RESOLVED

"""Every trap that a real Alertmanager sets, from its recorded deliveries where there is one."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.model import DeliveryState, Severity
from core.cases.events import verify_chain
from core.cases.lifecycle import resolve, speak
from core.cases.model import CaseState
from core.cases.projection import fold
from core.jobs.kinds import CASE_INVESTIGATE
from core.jobs.model import JobState
from core.workflows.delivery_batches import process_delivery
from tests.core.alerts.desk import START, AlertDesk, a_body, an_alert, recorded

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk() -> AlertDesk:
    return AlertDesk()


async def test_an_alert_opens_a_case_with_its_first_turn_and_its_card(desk: AlertDesk) -> None:
    delivery = await desk.journal(recorded("single_firing"))
    job = await desk.claim()
    assert job is not None
    await process_delivery(job, services=desk.services)

    case = await desk.case()
    assert (case.number, case.state, case.firing, case.alerts) == (1, CaseState.CONSULTING, 1, 1)
    assert (case.severity, case.service) == (Severity.CRITICAL, "checkout")
    assert case.title.text == "CheckoutErrors on checkout-1:9100"
    assert (await desk.delivery(delivery.id)).state is DeliveryState.DONE
    async with desk.services.reading() as unit:
        kinds = {job.kind for job in await unit.jobs.listing(JobState.PENDING)}
        assert CASE_INVESTIGATE.name in kinds
    assert [card.case_number for card in desk.queued_cards()] == [1]


async def test_a_repeat_changes_counters_and_nothing_else(desk: AlertDesk) -> None:
    await desk.deliver(recorded("single_firing"))
    before = await desk.case()
    events, cards = await desk.kinds(before), len(desk.queued_cards())
    desk.clock.advance(15)
    await desk.deliver(recorded("single_repeat_firing"))

    case = await desk.case()
    assert case == before
    assert await desk.kinds(case) == events
    assert len(desk.queued_cards()) == cards
    (occurrence,) = await desk.occurrences(case)
    assert occurrence.fires == 2
    assert occurrence.last_seen_at == desk.clock.now()


async def test_a_resolved_alert_ends_at_the_sources_time_and_quietens_the_case(
    desk: AlertDesk,
) -> None:
    for name in ("single_firing", "single_repeat_firing", "single_resolved"):
        await desk.deliver(recorded(name))

    case = await desk.case()
    assert case.firing == 0
    assert case.state.is_open
    assert case.quiet_since is not None
    (occurrence,) = await desk.occurrences(case)
    assert f"{occurrence.ended_at:%H:%M:%S.%f}" == "07:57:00.518000"


async def test_a_quiet_case_resolves_by_itself(desk: AlertDesk) -> None:
    await desk.deliver(recorded("single_firing"))
    await desk.deliver(recorded("single_resolved"))
    desk.clock.advance(10 * 60)
    await desk.work()

    case = await desk.case()
    assert (case.state, case.resolved_by) == (CaseState.RESOLVED, "system")
    assert desk.queued_cards()[-1].version == case.version


async def test_a_case_in_which_a_person_spoke_does_not_resolve_by_itself(desk: AlertDesk) -> None:
    await desk.deliver(recorded("single_firing"))
    await desk.deliver(recorded("single_resolved"))
    case = await desk.case()
    async with desk.services.unit() as unit:
        view = await unit.cases.view(case.id, lock=True)
        await speak(unit, view, by="dana")
    desk.clock.advance(10 * 60)
    await desk.work()

    assert (await desk.case()).state.is_open


async def test_a_partly_resolved_group_shows_what_still_fires(desk: AlertDesk) -> None:
    await desk.deliver(recorded("group_4_firing"))
    assert (await desk.case()).firing == 4
    await desk.deliver(recorded("group_1_resolved_3_firing"))

    case = await desk.case()
    assert (case.firing, case.alerts, case.quiet_since) == (3, 4, None)
    await desk.deliver(recorded("group_all_resolved"))
    case = await desk.case()
    assert case.firing == 0
    assert case.quiet_since is not None


async def test_a_group_without_a_common_summary_is_named_by_its_alert(desk: AlertDesk) -> None:
    await desk.deliver(recorded("group_4_firing"))
    assert (await desk.case()).title.text == "search: HighLatency"


async def test_a_pair_of_alertmanagers_counts_once(desk: AlertDesk) -> None:
    for peer in (0, 1):
        await desk.deliver(recorded(f"ha_firing_peer_{peer}"))
    case = await desk.case()
    assert (case.firing, case.alerts) == (2, 2)
    assert {occurrence.fires for occurrence in await desk.occurrences(case)} == {2}

    for peer in (0, 1):
        await desk.deliver(recorded(f"ha_resolved_peer_{peer}"))
    case = await desk.case()
    assert (case.firing, case.alerts) == (0, 2)
    kinds = await desk.kinds(case)
    assert (kinds.count("alert.resolved"), kinds.count("case.quietened")) == (2, 1)


async def test_the_late_firing_of_a_peer_does_not_bring_an_ended_alert_back(
    desk: AlertDesk,
) -> None:
    for name in ("ha_firing_peer_0", "ha_resolved_peer_0", "ha_firing_peer_1"):
        await desk.deliver(recorded(name))

    case = await desk.case()
    assert (case.firing, case.alerts) == (0, 2)


async def test_a_flap_re_opens_the_alert_in_the_same_case(desk: AlertDesk) -> None:
    for name in ("flap_1_firing", "flap_2_resolved", "flap_3_firing_again"):
        await desk.deliver(recorded(name))

    case = await desk.case()
    assert (case.firing, case.alerts, case.quiet_since) == (1, 1, None), "one alert, twice"
    desk.clock.advance(10 * 60)
    await desk.work()
    assert (await desk.case()).state.is_open, "it fires again, so the settling is off"


async def test_an_old_end_does_not_end_a_new_firing(desk: AlertDesk) -> None:
    for name in ("flap_1_firing", "flap_2_resolved", "flap_3_firing_again", "flap_2_resolved"):
        await desk.deliver(recorded(name))

    assert (await desk.case()).firing == 1


async def test_an_old_end_does_not_end_a_restart_that_nobody_saw_end(desk: AlertDesk) -> None:
    """Between two flushes it ended and fired again: only the new start is ever told."""
    for name in ("flap_1_firing", "flap_3_firing_again", "flap_2_resolved"):
        await desk.deliver(recorded(name))

    case = await desk.case()
    assert (case.firing, case.alerts) == (1, 1)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_any_order_ends_in_the_sources_last_word(
    desk: AlertDesk, order: tuple[int, ...]
) -> None:
    names = ("flap_1_firing", "flap_2_resolved", "flap_3_firing_again")
    for place in order:
        await desk.deliver(recorded(names[place]))

    assert (await desk.case()).firing == 1


async def test_truncated_and_resolved_closes_nothing(desk: AlertDesk) -> None:
    await desk.deliver(recorded("truncated_2_of_5_firing"))
    await desk.deliver(recorded("truncated_says_resolved_while_one_fires"))

    case = await desk.case()
    assert (case.firing, case.quiet_since, case.state.is_open) == (0, None, True)
    desk.clock.advance(24 * 3600)
    await desk.work()
    assert (await desk.case()).state.is_open


async def test_a_full_notification_settles_what_a_truncated_one_left_open(desk: AlertDesk) -> None:
    alerts = [an_alert(instance=str(n)) for n in range(3)]
    ended = [an_alert(instance=str(n), ended_at=START + MINUTE) for n in range(3)]
    await desk.deliver(a_body(*alerts[:2], truncated=1))
    await desk.deliver(a_body(*ended[:2], truncated=1))
    assert (await desk.case()).quiet_since is None
    await desk.deliver(a_body(ended[2]))

    assert (await desk.case()).quiet_since is not None


async def test_a_fire_soon_after_the_resolution_re_opens_the_case(desk: AlertDesk) -> None:
    await desk.deliver(recorded("flap_1_firing"))
    await desk.deliver(recorded("flap_2_resolved"))
    desk.clock.advance(10 * 60)
    await desk.work()
    assert (await desk.case()).state is CaseState.RESOLVED

    desk.clock.advance(3600)
    await desk.deliver(recorded("flap_3_firing_again"))
    case = await desk.case()
    assert (case.state, case.firing, case.resolved_at) == (CaseState.DIAGNOSING, 1, None)


def lines(desk: AlertDesk) -> list[str]:
    """What is said with a line of its own, beside the card."""
    news = (card for card in desk.queued_cards() if card.key.startswith("news:"))
    return [" · ".join(row.text.text for row in card.rows) for card in news]


async def test_a_case_that_comes_back_says_so_in_its_thread_and_in_the_channel(
    desk: AlertDesk,
) -> None:
    await desk.deliver(recorded("flap_1_firing"))
    await desk.deliver(recorded("flap_2_resolved"))
    desk.clock.advance(10 * 60)
    await desk.work()
    assert lines(desk) == []
    desk.clock.advance(3600)
    await desk.deliver(recorded("flap_3_firing_again"))
    (back,) = [card for card in desk.queued_cards() if card.key.startswith("news:")]
    assert back.broadcast
    assert "Back after 1 h: its alerts fire again." in lines(desk)[0]


async def test_a_case_that_gets_worse_says_so_and_one_that_goes_on_does_not(
    desk: AlertDesk,
) -> None:
    await desk.deliver(a_body(an_alert(severity="warning")))
    await desk.deliver(a_body(an_alert("Slow", severity="info")))
    assert lines(desk) == []
    await desk.deliver(a_body(an_alert("Down", severity="critical")))
    (line,) = lines(desk)
    assert "Worse: Warning before, Critical now · 3 alerts firing" in line


async def test_alerts_that_flap_are_no_news_and_after_a_long_quiet_they_are(
    desk: AlertDesk,
) -> None:
    at = desk.clock.now()
    for quiet in (timedelta(minutes=1), timedelta(minutes=40)):
        await desk.deliver(a_body(an_alert(starts_at=at)))
        (case,) = [await desk.case()]
        async with desk.services.unit() as unit:  # else it would be resolved by itself
            await speak(unit, await unit.cases.view(case.id, lock=True), by="dana")
        await desk.deliver(a_body(an_alert(starts_at=at, ended_at=at + MINUTE)))
        desk.clock.advance(60 + int(quiet.total_seconds()))
        at = desk.clock.now()
    assert lines(desk) == []
    await desk.deliver(a_body(an_alert(starts_at=at)))
    (line,) = lines(desk)
    assert "It was quiet for 41 min." in line


async def test_a_fire_long_after_the_resolution_opens_another_case(desk: AlertDesk) -> None:
    await desk.deliver(recorded("flap_1_firing"))
    await desk.deliver(recorded("flap_2_resolved"))
    desk.clock.advance(10 * 60)
    await desk.work()
    desk.clock.advance(2 * 3600 + 1)
    await desk.deliver(recorded("flap_3_firing_again"))

    first, second = await desk.cases()
    assert (first.state, second.state) == (CaseState.RESOLVED, CaseState.CONSULTING)
    assert first.group_key == second.group_key


async def test_prometheus_back_from_an_outage_keeps_the_old_start(desk: AlertDesk) -> None:
    """Its alerts were ended by the resolve time-out meanwhile; they fire, so they count."""
    ended_at = START + 5 * MINUTE
    await desk.deliver(a_body(an_alert()))
    desk.clock.at = ended_at + MINUTE
    await desk.deliver(a_body(an_alert(ended_at=ended_at)))
    assert (await desk.case()).firing == 0

    desk.clock.at = ended_at + 6 * MINUTE
    await desk.deliver(a_body(an_alert()))
    assert (await desk.case()).firing == 1


async def test_an_alert_that_was_posted_without_a_start_ends_like_any_other(
    desk: AlertDesk,
) -> None:
    """Alertmanager gave it the start of its end, which is yet to come."""
    await desk.deliver(a_body(an_alert(starts_at=desk.clock.now() + 10 * MINUTE)))
    desk.clock.advance(60)
    await desk.deliver(a_body(an_alert(ended_at=desk.clock.now())))
    assert (await desk.case()).firing == 0


async def test_an_alert_in_two_groups_has_one_case(desk: AlertDesk) -> None:
    await desk.deliver(a_body(an_alert(), group="by service"))
    await desk.deliver(a_body(an_alert(), group="by team"))
    case = await desk.case()
    assert case.firing == 1

    await desk.deliver(a_body(an_alert(ended_at=START + MINUTE), group="by team"))
    case = await desk.case()
    assert case.firing == 0
    assert case.quiet_since is not None


async def test_a_group_opens_its_own_case_for_what_fires_nowhere_else(desk: AlertDesk) -> None:
    await desk.deliver(a_body(an_alert(), group="one"))
    await desk.deliver(a_body(an_alert(), an_alert(instance="2"), group="two"))

    assert [(case.firing, case.alerts) for case in await desk.cases()] == [(1, 1), (1, 1)]


async def test_an_alert_that_was_never_seen_firing_resolves_to_nothing(desk: AlertDesk) -> None:
    delivery = await desk.deliver(recorded("single_resolved"))

    assert await desk.cases() == []
    assert delivery.state is DeliveryState.DONE


async def test_repeats_do_not_bring_back_what_a_person_resolved(desk: AlertDesk) -> None:
    await desk.deliver(a_body(an_alert()))
    await _resolved_by_a_person(desk)
    desk.clock.advance(4 * 3600)
    await desk.deliver(a_body(an_alert()))

    assert (await desk.case()).state is CaseState.RESOLVED


async def test_a_new_firing_after_a_person_resolved_is_never_swallowed(desk: AlertDesk) -> None:
    """Its end was never told (a silence ate it), so its occurrence is open in a resolved case."""
    await desk.deliver(a_body(an_alert()))
    await _resolved_by_a_person(desk)
    desk.clock.advance(24 * 3600)
    await desk.deliver(a_body(an_alert(starts_at=desk.clock.now() - MINUTE)))

    first, second = await desk.cases()
    assert (first.firing, second.firing, second.state.is_open) == (0, 1, True)


async def test_a_replay_changes_nothing(desk: AlertDesk) -> None:
    names = ("flap_1_firing", "flap_2_resolved", "flap_3_firing_again")
    bodies = [await desk.deliver(recorded(name)) for name in names]
    case, occurrences = await desk.case(), await desk.occurrences(await desk.case())
    desk.clock.advance(3600)
    async with desk.services.reading() as unit:
        done = await unit.jobs.listing(JobState.DONE)
    again = [
        job
        for job in done
        if job.payload.get("delivery_id") in {delivery.id for delivery in bodies}
    ]
    for job in again:
        async with desk.services.unit() as unit:
            await unit.jobs.add(replace(job, id=f"{job.id}-again", state=JobState.PENDING))
    await desk.work()

    assert len(again) == 3
    assert await desk.case() == case
    assert await desk.occurrences(case) == occurrences


async def test_the_log_folds_into_what_readers_see(desk: AlertDesk) -> None:
    for name in ("group_4_firing", "group_1_resolved_3_firing", "group_all_resolved"):
        await desk.deliver(recorded(name))
    case = await desk.case()
    async with desk.services.reading() as unit:
        events, texts = await unit.cases.events(case.id), await unit.cases.texts(case.id)

    assert fold(events, texts).case == case
    assert verify_chain(events) == case.head


async def test_secrets_in_labels_and_annotations_are_nowhere_in_the_tables(desk: AlertDesk) -> None:
    secret = "hunter2-hunter2"  # noqa: S105
    alert = an_alert(
        annotations={"summary": f"login of eve@example.com failed, password={secret}"},
        password=secret,
    )
    await desk.deliver(a_body(alert, group=f"password={secret}"))

    case = await desk.case()
    async with desk.services.reading() as unit:
        texts = await unit.cases.texts(case.id)
        jobs = await unit.jobs.listing(JobState.DONE)
    kept = repr((case, await desk.occurrences(case), await desk.events(case), texts, jobs))
    kept += repr(desk.queued_cards())
    assert secret not in kept
    assert "eve@example.com" not in kept


async def test_two_groups_with_the_same_alert_at_once_do_not_double_it(desk: AlertDesk) -> None:
    for group in ("one", "two"):
        await desk.journal(a_body(an_alert(), group=group))
    jobs = [await desk.claim(), await desk.claim()]
    await asyncio.gather(*(process_delivery(job, services=desk.services) for job in jobs if job))

    assert [case.firing for case in await desk.cases()] == [1]


async def _resolved_by_a_person(desk: AlertDesk) -> None:
    case = await desk.case()
    async with desk.services.unit() as unit:
        view = await unit.cases.view(case.id, lock=True)
        await resolve(unit, view, by="dana", solution=None)

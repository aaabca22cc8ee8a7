from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import NotFound
from core.workflows.delivery_intake import replay
from tests.core.alerts.desk import START, AlertDesk, a_body, an_alert, recorded


async def test_a_replay_of_everything_changes_nothing() -> None:
    desk = AlertDesk()
    for name in ("group_4_firing", "group_1_resolved_3_firing", "group_all_resolved"):
        await desk.deliver(recorded(name))
        desk.clock.advance(1)
    case = await desk.case()
    before = (case, await desk.occurrences(case), await desk.events(case), desk.queued_cards())

    desk.clock.advance(300)
    planned = await replay(since=START, services=desk.services)
    assert len(planned) == 3
    assert await desk.work() == 1, "what waits in a lane is done together"
    case = await desk.case()
    after = (case, await desk.occurrences(case), await desk.events(case), desk.queued_cards())
    assert after == before


async def test_since_leaves_out_what_is_older() -> None:
    desk = AlertDesk()
    await desk.deliver(a_body(an_alert()))
    desk.clock.advance(60)
    later = await desk.deliver(a_body(an_alert()))

    assert await replay(since=desk.clock.now(), services=desk.services) == [later.id]


async def test_one_by_its_id_and_an_unparsable_one_too() -> None:
    desk = AlertDesk()
    broken = await desk.deliver(b"not json")
    assert await replay(ids=[broken.id], services=desk.services) == [broken.id]
    assert await desk.work() > 0
    assert (await desk.delivery(broken.id)).state == broken.state


async def test_an_unknown_id_plans_nothing_at_all() -> None:
    desk = AlertDesk()
    known = await desk.deliver(a_body(an_alert()))
    with pytest.raises(NotFound):
        await replay(ids=[known.id, "delivery_of_nobody"], services=desk.services)
    assert await desk.work() == 0


async def test_a_delivery_that_a_restore_brought_back_takes_effect() -> None:
    """Journaled, but its job and its effects are gone: as after a restore of an older backup."""
    desk = AlertDesk()
    delivery = await desk.journal(a_body(an_alert()))
    job = await desk.claim()
    assert job is not None
    async with desk.services.unit() as unit:
        await unit.jobs.done(job, at=desk.clock.now())
    desk.clock.advance(timedelta(hours=1).total_seconds())
    await replay(ids=[delivery.id], services=desk.services)
    await desk.work()

    assert (await desk.case()).firing == 1

"""Who sees which case, and what accounts asked, in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.accounts.model import CaseRole
from core.cases.events import EventKind, seal
from core.cases.rows import CaseFilter
from core.conversation.messages.exchange import DataOrigin
from core.errors import NotFound
from core.jobs.model import JobState
from core.text.redacted import redacted
from tests.contracts.samples import (
    CONTEXT,
    NOON,
    a_job,
    a_member,
    an_account,
    an_exchange,
    later,
    put_case,
)
from tests.fakes.claims import claim_one

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.cases.rows import ListedCase
    from core.workflows.services import Store, Unit
    from tests.contracts.conftest import Backend


async def a_case_and_two(unit: Unit) -> tuple[str, str, str]:
    """The ids of a case and of two accounts."""
    view = await put_case(unit)
    dana, lee = an_account(), an_account(username="lee", email=None)
    assert await unit.accounts.add(dana)
    assert await unit.accounts.add(lee)
    return view.case.id, dana.id, lee.id


class TestMembers:
    async def test_each_is_one_by_case_and_account(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id, dana, lee = await a_case_and_two(unit)
            owner = a_member(case_id, dana, role=CaseRole.OWNER)
            viewer = a_member(case_id, lee, role=CaseRole.VIEWER, since=later(5))
            await unit.members.put(viewer)
            await unit.members.put(owner)
        async with store.reading(CONTEXT) as unit:
            assert await unit.members.of_case(case_id) == [owner, viewer]
            assert await unit.members.of_account(lee) == [viewer]
            of_cases = await unit.members.of_cases([case_id, "case_other"])
            assert of_cases == {case_id: [owner, viewer]}
            assert await unit.members.cases() == {case_id}
            assert await unit.members.of_case("case_other") == []

    async def test_another_role_keeps_since_when(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id, dana, _ = await a_case_and_two(unit)
            member = a_member(case_id, dana)
            await unit.members.put(member)
            await unit.members.put(replace(member, role=CaseRole.OWNER, since=later(9)))
            assert await unit.members.of_case(case_id) == [replace(member, role=CaseRole.OWNER)]

    async def test_one_who_is_removed_is_none_any_more(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id, dana, lee = await a_case_and_two(unit)
            await unit.members.put(a_member(case_id, dana))
            assert not await unit.members.remove(case_id, lee)
            assert await unit.members.remove(case_id, dana)
            assert await unit.members.of_case(case_id) == []
            assert await unit.members.cases() == set()

    async def test_a_case_of_a_channel_is_not_the_teams(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id, dana, lee = await a_case_and_two(unit)
            closed = (await put_case(unit, closed_to="slack:w1:C0PRIVATE")).case
            assert await unit.members.cases() == {closed.id}
            assert await unit.members.cases(among=[case_id]) == set()
            assert await unit.members.cases(among=[case_id, closed.id]) == {closed.id}
            assert [row.case.id for row in await listed(unit, lee)] == [case_id]
            await unit.members.put(a_member(closed.id, dana))
            assert len(await listed(unit, dana)) == 2
            await unit.members.remove(closed.id, dana)
        async with store.reading(CONTEXT) as unit:
            assert await unit.members.cases() == {closed.id}, "its members do not make it so"
            assert [row.case.id for row in await listed(unit, dana)] == [case_id]
            assert (await unit.cases.view(closed.id)).case.closed_to == closed.closed_to

    async def test_a_case_that_everybody_reads_again_is_the_teams(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            known, dana, lee = await a_case_and_two(unit)
            view = await put_case(unit, closed_to="slack:w1:C0PRIVATE")
            await widen(unit, view)
            assert await unit.members.cases() == set()
            assert {row.case.id for row in await listed(unit, lee)} == {known, view.case.id}
            view = await put_case(unit, closed_to="slack:w1:C0PRIVATE")
            await unit.members.put(a_member(view.case.id, dana))
            await widen(unit, view)
            assert await unit.members.cases() == {view.case.id}, "whoever joined since stays"


async def widen(unit: Unit, view: CaseView) -> None:
    case = replace(view.case, closed_to="", version=2)
    event = seal(case.id, 2, EventKind.WIDENED, at=NOON, actor="a", data={}, previous=case.head)
    await unit.cases.append([event], replace(view, case=case))


async def listed(unit: Unit, viewer: str) -> list[ListedCase]:
    return await unit.case_rows.page(CaseFilter(viewer=viewer), limit=9)


class TestExchanges:
    async def test_come_back_as_they_were(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id, dana, _ = await a_case_and_two(unit)
            exchange = an_exchange(
                case_id,
                dana,
                origin=DataOrigin.PASTE,
                files=("file_1", "file_2"),
                message_id="utt_1",
                job_id="job_1",
                reply=redacted("Done."),
                answered_at=later(3),
            )
            assert await unit.exchanges.add(exchange)
        async with store.reading(CONTEXT) as unit:
            assert await unit.exchanges.get(exchange.id) == exchange
            assert await unit.exchanges.of_key(dana, case_id, exchange.key) == exchange
            assert await unit.exchanges.of_key(dana, "", exchange.key) is None

    async def test_a_key_is_good_once_in_a_case_for_an_account(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id, dana, lee = await a_case_and_two(unit)
            first = an_exchange(case_id, dana, key="the-same")
            assert await unit.exchanges.add(first)
            assert not await unit.exchanges.add(an_exchange(case_id, dana, key="the-same"))
            assert await unit.exchanges.add(an_exchange(case_id, lee, key="the-same", number=2))
            opening = an_exchange(case_id, dana, key="the-same", number=0)
            assert await unit.exchanges.add(opening)
            assert not await unit.exchanges.add(replace(opening, id="exchange_other"))
            assert await unit.exchanges.of_key(dana, "", "the-same") == opening
            assert await unit.exchanges.of_key(dana, case_id, "the-same") == first

    async def test_are_listed_by_number_without_the_opening(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id, dana, lee = await a_case_and_two(unit)
            second = an_exchange(case_id, lee, number=2)
            first = an_exchange(case_id, dana, number=1)
            for exchange in (second, first, an_exchange(case_id, dana, number=0)):
                assert await unit.exchanges.add(exchange)
            assert await unit.exchanges.of_case(case_id) == [first, second]
            assert await unit.exchanges.last_numbers([case_id, "case_none"]) == {case_id: 2}
            assert await unit.exchanges.last_numbers([]) == {}

    async def test_change_in_place(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id, dana, _ = await a_case_and_two(unit)
            exchange = an_exchange(case_id, dana)
            await unit.exchanges.add(exchange)
            answered = replace(exchange, answered_at=NOON, files=("file_1",))
            await unit.exchanges.update(answered)
            assert await unit.exchanges.get(exchange.id) == answered
            for unknown in (replace(exchange, id="exchange_0"),):
                with pytest.raises(NotFound):
                    await unit.exchanges.update(unknown)
                with pytest.raises(NotFound):
                    await unit.exchanges.get(unknown.id)


async def test_a_lane_is_free_when_nothing_waits_or_runs_in_it(backend: Backend) -> None:
    store, lease = backend.store, timedelta(seconds=60)
    job = a_job(lane="send:api:local:dana")

    async def is_free() -> bool:
        async with store.reading(CONTEXT) as unit:
            assert await unit.jobs.is_lane_free("send:api:local:lee")
            return await unit.jobs.is_lane_free(job.lane)

    assert await is_free()
    async with store.unit(CONTEXT) as unit:
        await unit.jobs.add(job)
    assert not await is_free()
    mine = await claim_one(backend.jobs, job.id, at=NOON, lease=lease)
    assert mine
    assert not await is_free()
    await backend.jobs.fail(mine, at=NOON, retry_at=None, problem="hopeless")
    assert await is_free()
    async with store.reading(CONTEXT) as unit:
        assert (await unit.jobs.get(job.id)).state is JobState.DEAD

"""What every store must do with calls of language models."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import NotFound
from core.investigation.model_calls import ModelCall, SpendingGroup, SpendingRow, Spent
from tests.contracts.samples import CONTEXT, NOON, a_model_call, an_id, later

if TYPE_CHECKING:
    from core.workflows.services import Store


async def put(store: Store, *calls: ModelCall) -> None:
    async with store.unit(CONTEXT) as unit:
        await unit.model_calls.lock()
        for call in calls:
            await unit.model_calls.add(call)


class TestModelCalls:
    async def test_a_call_comes_back_as_it_was_put(self, store: Store) -> None:
        call = a_model_call(case_id=an_id("case"), is_priced=False)
        await put(store, call)
        async with store.reading(CONTEXT) as unit:
            assert await unit.model_calls.get(call.id) == call

    async def test_settling_replaces_what_was_reserved(self, store: Store) -> None:
        call, other = a_model_call(), a_model_call()
        await put(store, call, other)
        settled = replace(call, is_settled=True, tokens_in=3, tokens_out=4, cost=5)
        async with store.unit(CONTEXT) as unit:
            await unit.model_calls.update(settled)
        async with store.reading(CONTEXT) as unit:
            assert await unit.model_calls.get(call.id) == settled
            assert await unit.model_calls.get(other.id) == other

    async def test_a_call_that_is_not_there_is_not_found(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            with pytest.raises(NotFound):
                await unit.model_calls.get("nowhere")
            with pytest.raises(NotFound):
                await unit.model_calls.update(a_model_call())

    async def test_what_is_reserved_counts_until_its_end(self, store: Store) -> None:
        await put(store, a_model_call(until=later(60), tokens_in=1, tokens_out=2, cost=3))
        async with store.reading(CONTEXT) as unit:
            spent = Spent(calls=1, tokens=3, cost=3)
            assert await unit.model_calls.spent(at=later(59)) == spent
            assert await unit.model_calls.spent(at=later(60)) == Spent()

    async def test_sums_are_of_a_case_a_channel_and_a_time(self, store: Store) -> None:
        case_id = an_id("case")
        sizes: dict[str, int] = {"tokens_in": 1, "tokens_out": 0, "cost": 1, "is_settled": True}
        await put(
            store,
            a_model_call(case_id=case_id, channel="slack:A", at=later(-9), **sizes),
            a_model_call(case_id=case_id, channel="slack:B", **sizes),
            a_model_call(case_id=an_id("case"), channel="slack:B", **sizes),
        )
        async with store.reading(CONTEXT) as unit:
            spent = unit.model_calls.spent
            assert (await spent(at=NOON)).calls == 3
            assert (await spent(at=NOON, case_id=case_id)).calls == 2
            assert (await spent(at=NOON, channel="slack:B")).calls == 2
            assert (await spent(at=NOON, since=NOON, case_id=case_id)).calls == 1

    async def test_totals_are_of_what_is_settled(self, store: Store) -> None:
        case_id, done = an_id("case"), {"tokens_in": 10, "tokens_out": 2, "is_settled": True}
        await put(
            store,
            a_model_call(model="b", cost=7, case_id=case_id, **done),
            a_model_call(model="b", cost=0, is_priced=False, at=later(86_400), **done),
            a_model_call(model="a", cost=1, **done),
            a_model_call(model="c"),
        )
        alone = {"tokens_in": 10, "tokens_out": 2}
        both = {"calls": 2, "tokens_in": 20, "tokens_out": 4}
        async with store.reading(CONTEXT) as unit:
            totals = unit.model_calls.totals
            assert await totals(SpendingGroup.MODEL, since=NOON) == [
                SpendingRow(key="a", calls=1, cost=1, unpriced=0, **alone),
                SpendingRow(key="b", cost=7, unpriced=1, **both),
            ]
            assert await totals(SpendingGroup.DAY, since=NOON) == [
                SpendingRow(key="2026-11-20", cost=8, unpriced=0, **both),
                SpendingRow(key="2026-11-21", calls=1, cost=0, unpriced=1, **alone),
            ]
            assert await totals(SpendingGroup.CASE, since=NOON) == [
                SpendingRow(key="", cost=1, unpriced=1, **both),
                SpendingRow(key=case_id, calls=1, cost=7, unpriced=0, **alone),
            ]
            assert await totals(SpendingGroup.CASE, since=NOON + timedelta(days=2)) == []

    async def test_old_calls_are_forgotten(self, store: Store) -> None:
        old, new = a_model_call(at=later(-1)), a_model_call()
        await put(store, old, new)
        async with store.unit(CONTEXT) as unit:
            assert await unit.model_calls.purge(before=NOON) == 1
            assert (await unit.model_calls.get(new.id)) == new

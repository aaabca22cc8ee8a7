"""What every store must do with facts of the product's own working."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contracts.samples import CONTEXT, a_fact, later

if TYPE_CHECKING:
    from core.workflows.services import Store


class TestFacts:
    async def test_a_fact_comes_back_as_it_was_put(self, store: Store) -> None:
        fact = a_fact(value="caf\u00e9: three in a row")
        async with store.unit(CONTEXT) as unit:
            await unit.facts.put(fact)
        async with store.reading(CONTEXT) as unit:
            assert await unit.facts.get(fact.key) == fact
            assert await unit.facts.get("another") is None

    async def test_the_newest_takes_the_place_of_the_one_before(self, store: Store) -> None:
        newest, other = a_fact(value="", at=later(60)), a_fact(key="pagerduty:pinged")
        async with store.unit(CONTEXT) as unit:
            await unit.facts.put(a_fact())
            await unit.facts.put(other)
        async with store.unit(CONTEXT) as unit:
            await unit.facts.put(newest)
        async with store.reading(CONTEXT) as unit:
            assert await unit.facts.get(newest.key) == newest
            assert await unit.facts.get(other.key) == other

    async def test_one_that_is_removed_holds_no_more(self, store: Store) -> None:
        fact, other = a_fact(), a_fact(key="pagerduty:pinged")
        async with store.unit(CONTEXT) as unit:
            await unit.facts.put(fact)
            await unit.facts.put(other)
        async with store.unit(CONTEXT) as unit:
            await unit.facts.remove(fact.key)
            await unit.facts.remove(fact.key)
        async with store.reading(CONTEXT) as unit:
            assert await unit.facts.get(fact.key) is None
            assert await unit.facts.get(other.key) == other

    async def test_a_long_key_is_found_again(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            await unit.facts.put(a_fact(key="k" * 5000))
            assert await unit.facts.get("k" * 5000)
            assert await unit.facts.get("k" * 4999) is None

"""What every store must do with the steps of turns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.model import TurnStep, TurnStepName
from tests.contracts.samples import CONTEXT, NOON, an_id, new_case

if TYPE_CHECKING:
    from core.workflows.services import Store


def a_step(case_id: str, turn: str, number: int = 1) -> TurnStep:
    return TurnStep(
        case_id=case_id,
        tenant_id="default",
        turn=turn,
        number=number,
        name=TurnStepName.DECIDED,
        outcome='{"said": "caf\\u00e9 \\ud800"}',
        at=NOON,
    )


class TestSteps:
    async def test_steps_come_back_in_their_order(self, store: Store) -> None:
        case_id, turn = (await new_case(store)).case.id, an_id("job")
        first, second = a_step(case_id, turn), a_step(case_id, turn, 2)
        async with store.unit(CONTEXT) as unit:
            await unit.steps.put(second)
            await unit.steps.put(first)
            await unit.steps.put(a_step(case_id, an_id("job")))
        async with store.reading(CONTEXT) as unit:
            assert await unit.steps.of_turn(case_id, turn) == [first, second]

    async def test_a_step_takes_the_place_of_the_one_before(self, store: Store) -> None:
        case_id, turn = (await new_case(store)).case.id, an_id("job")
        step = a_step(case_id, turn)
        async with store.unit(CONTEXT) as unit:
            await unit.steps.put(step)
            await unit.steps.put(replace(step, outcome="[]"))
        async with store.reading(CONTEXT) as unit:
            assert await unit.steps.of_turn(case_id, turn) == [replace(step, outcome="[]")]

    async def test_clearing_leaves_other_cases_alone(self, store: Store) -> None:
        case_id, other = (await new_case(store)).case.id, (await new_case(store)).case.id
        turns = [an_id("job"), an_id("job"), an_id("job")]
        async with store.unit(CONTEXT) as unit:
            await unit.steps.put(a_step(case_id, turns[0]))
            await unit.steps.put(a_step(case_id, turns[1]))
            await unit.steps.put(a_step(other, turns[2]))
        async with store.unit(CONTEXT) as unit:
            await unit.steps.clear(case_id)
        async with store.reading(CONTEXT) as unit:
            assert await unit.steps.of_turn(case_id, turns[0]) == []
            assert await unit.steps.of_turn(case_id, turns[1]) == []
            assert len(await unit.steps.of_turn(other, turns[2])) == 1

"""What a turn had decided comes back exactly as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import Spent
from core.investigation.reasoner import decide
from core.investigation.steps import recall, remember
from core.text.redacted import redacted
from storage.memory import MemoryStore
from tests.contracts.samples import NOON, a_job
from tests.core.investigation.courses import a_citation, a_decision, a_hypothesis, a_view
from tests.core.investigation.scenes import Line, a_log, a_situation

if TYPE_CHECKING:
    from core.investigation.decision import Decision

POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"


async def kept(decision: Decision) -> tuple[int, Decision] | None:
    store, job, view = MemoryStore(), a_job(), a_view()
    async with store.transaction() as unit:
        await remember(unit, job, view, decision, at=NOON)
    async with store.reading() as unit:
        assert await recall(unit, a_job(), view.case.id) is None
        return await recall(unit, job, view.case.id)


async def test_a_real_decision_comes_back_with_the_version_that_it_was_made_on() -> None:
    decision = decide(a_situation(a_log("db", Line(text=POOL)), alert="db"))
    assert decision.hypotheses
    assert await kept(decision) == (9, decision)


async def test_so_does_half_a_character_and_what_it_took() -> None:
    odd = a_citation(text=redacted("half \ud800 of it \0"))
    spent = Spent(rounds=2, calls=3, seconds=0.1)
    decision = replace(a_decision(a_hypothesis(supporting=(odd,))), spent=spent)
    assert await kept(decision) == (9, decision)

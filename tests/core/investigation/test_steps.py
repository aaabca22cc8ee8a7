"""What a turn had decided comes back exactly as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import Defect, TurnPart, Usage
from core.cases.model import TurnStepName
from core.investigation.reasoner import decide
from core.investigation.steps import (
    Recalled,
    recall,
    remember_decision,
    remember_outcome,
    remember_round,
)
from core.text.redacted import RedactedText, redacted
from storage.memory import MemoryStore
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation
from tests.core.investigation.sample_views import a_citation, a_decision, a_hypothesis, a_view
from tests.fakes.context import CONTEXT

if TYPE_CHECKING:
    from core.investigation.decision import Decision

POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"


async def kept(decision: Decision) -> tuple[int, Decision] | None:
    store, view = MemoryStore(), a_view()
    case = view.case
    async with store.unit(CONTEXT) as unit:
        await remember_decision(unit, "job_1", case.id, version=case.version, decision=decision)
    async with store.reading(CONTEXT) as unit:
        assert await recall(unit, "job_2", case.id) == Recalled()
        return (await recall(unit, "job_1", case.id)).decided


async def test_a_real_decision_comes_back_with_the_version_that_it_was_made_on() -> None:
    decision = decide(a_situation(a_log("db", LogLines(text=POOL)), alert="db"))
    assert decision.hypotheses
    assert await kept(decision) == (9, decision)


async def test_so_does_half_a_character_what_it_took_and_what_failed() -> None:
    odd = a_citation(text=redacted("half \ud800 of it \0"))
    spent = Usage(rounds=2, calls=3, seconds=0.1)
    left_out = Defect(
        part=TurnPart.CHECK, name=odd.text, problem=RedactedText.format("KeyError at a.py:1")
    )
    decision = replace(
        a_decision(a_hypothesis(supporting=(odd,))), spent=spent, defects=(left_out,)
    )
    assert await kept(decision) == (9, decision)


async def test_a_round_that_was_acted_on_is_not_decided_again() -> None:
    store, view = MemoryStore(), a_view()
    case, spent = view.case, Usage(rounds=1, calls=2)
    async with store.unit(CONTEXT) as unit:
        await remember_decision(unit, "job_1", case.id, version=1, decision=a_decision())
        await remember_round(unit, "job_1", case.id, spent=spent)
        await remember_outcome(
            unit, "job_1", case.id, name=TurnStepName.TOOL, key="lines e1", outcome="3 lines"
        )
    async with store.reading(CONTEXT) as unit:
        recalled = await recall(unit, "job_1", case.id)
    assert (recalled.spent, recalled.decided) == (spent, None)
    assert recalled.outcomes == {"lines e1": "3 lines"}

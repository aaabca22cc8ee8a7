"""The recorded steps of a turn: each keeps its outcome, so that none is repeated.

A turn that is killed is run again by its job. It reads back how many rounds it had taken, the last
decision and the outcomes of its calls, and continues from there: a paid step is not paid again,
unless its outcome had not been recorded yet. When a turn ends its steps are deleted: their effects
are in the log of the case.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from core.cases.investigation_state import Usage
from core.cases.model import TurnStep, TurnStepName
from core.investigation.decision import Decision
from core.text.redacted import RedactedText, restore_redacted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.ports import CasesUnit

PROGRESS = "progress"  # in place of a turn's id: how far the turn of a case is
_DECIDED = TypeAdapter[tuple[int, Decision]](tuple[int, Decision])
_SPENT = TypeAdapter(Usage)
_OF_A_CALL = frozenset({TurnStepName.CALL, TurnStepName.TOOL, TurnStepName.CHECK})


@dataclass(frozen=True)
class Recalled:
    """What a turn had done when it was killed.

    spent: in the rounds that ended. decided: the version of the case that its last round observed,
    and the decision that is still to be acted on. outcomes: of single calls, by their keys.
    """

    spent: Usage = field(default_factory=Usage)
    decided: tuple[int, Decision] | None = None
    outcomes: dict[str, str] = field(default_factory=dict)
    steps: int = 0


async def remember_decision(
    unit: CasesUnit, turn: str, case_id: str, *, version: int, decision: Decision
) -> None:
    """Records the decision of this round. version: of the case that was observed."""
    outcome = _DECIDED.dump_python((version, decision), mode="json")
    # JSON escapes what has no UTF-8: lines may hold half a character.
    await _put(unit, turn, case_id, TurnStepName.DECIDED, json.dumps(outcome))


async def remember_round(unit: CasesUnit, turn: str, case_id: str, *, spent: Usage) -> None:
    """Records that the effects of the round are committed. spent: by all rounds so far."""
    outcome = _SPENT.dump_json(spent).decode()
    await _put(unit, turn, case_id, TurnStepName.ACTED, outcome)


async def remember_outcome(
    unit: CasesUnit, turn: str, case_id: str, *, name: TurnStepName, key: str, outcome: str
) -> None:
    """Records the outcome of one model or tool call. key: tells the calls of a turn apart."""
    await _put(unit, turn, case_id, name, json.dumps([key, outcome]))


async def recall(unit: CasesUnit, turn: str, case_id: str) -> Recalled:
    """What this turn had done, read from its recorded steps."""
    return _replay(await unit.steps.of_turn(case_id, turn))


def _replay(steps: Sequence[TurnStep]) -> Recalled:
    spent, decided, outcomes = Usage(), None, dict[str, str]()
    for step in steps:
        if step.name is TurnStepName.DECIDED:
            decided = _DECIDED.validate_python(json.loads(step.outcome))
        elif step.name is TurnStepName.ACTED:
            spent, decided = _SPENT.validate_json(step.outcome), None
        elif step.name in _OF_A_CALL:
            key, outcome = json.loads(step.outcome)
            outcomes[key] = outcome
    return Recalled(spent=spent, decided=decided, outcomes=outcomes, steps=len(steps))


async def remember_progress(
    unit: CasesUnit, case_id: str, *, about: str, text: RedactedText
) -> None:
    """How far something is, in words; the newest takes the place of the one before.

    about: PROGRESS for the turn as a whole, or the id of a question whose answer is written.
    """
    step = TurnStep(
        case_id=case_id,
        tenant_id=unit.context.tenant_id,
        turn=about,
        number=1,
        name=TurnStepName.PROGRESS,
        outcome=text.text,
        at=unit.now,
    )
    await unit.steps.put(step)


async def progress_of(unit: CasesUnit, case_id: str, *, about: str = PROGRESS) -> RedactedText:
    """What was said of it last; empty text where nothing was."""
    steps = await unit.steps.of_turn(case_id, about)
    return restore_redacted(steps[-1].outcome) if steps else RedactedText.EMPTY


async def _put(unit: CasesUnit, turn: str, case_id: str, name: TurnStepName, outcome: str) -> None:
    """Appends a step after those that the turn has recorded so far."""
    number = len(await unit.steps.of_turn(case_id, turn)) + 1
    step = TurnStep(
        case_id=case_id,
        tenant_id=unit.context.tenant_id,
        turn=turn,
        number=number,
        name=name,
        outcome=outcome,
        at=unit.now,
    )
    await unit.steps.put(step)

"""What has a turn done so far? Each step is recorded with its outcome, so that none is done twice.

A turn that is killed is run again by its job. It finds what it had decided and goes on from there:
what was paid for is not paid for again, but for a step whose outcome was not recorded yet. When a
turn ends, its steps go: what came of them is in the log of the case.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from core.investigation.decision import Decision

if TYPE_CHECKING:
    from core.cases.events import CaseView
    from core.jobs.model import Job
    from core.store import Unit

_DECIDED = TypeAdapter[tuple[int, Decision]](tuple[int, Decision])


class StepName(StrEnum):
    """The steps that have an outcome of their own. What is acted is in the log of the case."""

    DECIDED = "decided"  # the version of the case that was observed, and what was decided on it


@dataclass(frozen=True, kw_only=True)
class TurnStep:
    """One step of one turn. `turn` is the id of its job, `number` its place, from 1 on.

    `outcome` is JSON, in which text is redacted.
    """

    case_id: str
    tenant_id: str
    turn: str
    number: int
    name: StepName
    outcome: str
    at: datetime


async def remember(
    unit: Unit, job: Job, view: CaseView, decision: Decision, *, at: datetime
) -> None:
    """From now on, this turn has decided. view: what was observed."""
    plain = _DECIDED.dump_python((view.case.version, decision), mode="json")
    step = TurnStep(
        case_id=view.case.id,
        tenant_id=view.case.tenant_id,
        turn=job.id,
        number=1,
        name=StepName.DECIDED,
        outcome=json.dumps(plain),  # escapes what has no UTF-8: lines may hold half a character
        at=at,
    )
    await unit.steps.put(step)


async def recall(unit: Unit, job: Job, case_id: str) -> tuple[int, Decision] | None:
    """The version that this turn had observed when it was killed, and its decision; else None."""
    for step in await unit.steps.of_turn(case_id, job.id):
        if step.name is StepName.DECIDED:
            return _DECIDED.validate_python(json.loads(step.outcome))
    return None

"""One turn of an investigation, from what is known to what is said. Read this page first.

Observe what the tables hold, orient and decide with a reasoner, then act: record the hypotheses,
answer whoever asked, and show the case. Deciding may take long and holds nothing: meanwhile the
turn listens, and what a person corrects, judges or cancels starts it over at once. All effects
commit together with the job that caused them, so a turn that is killed leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.events import HYPOTHESES, CaseView, EventKind
from core.cases.lifecycle import SYSTEM, Change, record
from core.conversation.inbox import answer, apologise
from core.conversation.outbox import publish_case
from core.errors import FaultMavenError, OurFault
from core.investigation.answers import answer_question
from core.investigation.decision import Situation
from core.investigation.situation import observe
from core.jobs.failure import problem_of

if TYPE_CHECKING:
    from core.clean import Clean
    from core.investigation.decision import Decision
    from core.jobs.model import Job
    from core.ports import Unit
    from core.services import Services

# What a person says that makes the decision under way worth nothing.
OVERRULING = frozenset(
    {EventKind.CORRECTED, EventKind.JUDGED, EventKind.CANCELLED, EventKind.RESOLVED}
)
LISTENS_EVERY_S = 0.5
STARTS_OVER = 2  # for corrections; then those who wait get their answer, and the next turn knows


async def investigate_case(job: Job, *, services: Services) -> None:
    """Handler of `case.investigate`: one turn of one case.

    Raises OurFault where something of ours broke; everyone who waits is told so.
    """
    case_id = str(job.payload["case_id"])
    try:
        await _turn(job, case_id, services=services)
    except FaultMavenError:
        raise
    except Exception as error:  # the outermost place that knows who waits
        async with services.store.transaction() as unit:
            await apologise(unit, case_id, quote=job.id[-6:], services=services)
        message = f"a turn of {case_id}: {problem_of(error)}"
        raise OurFault(message) from error


async def _turn(job: Job, case_id: str, *, services: Services) -> None:
    """Begun again where it is overruled; by corrections alone not for ever."""
    for nth in itertools.count():
        heeds = OVERRULING if nth < STARTS_OVER else OVERRULING - {EventKind.CORRECTED}
        async with services.store.reading() as unit:
            view = await unit.cases.view(case_id)
            situation = await observe(unit, view, clock=services.clock)
        seen = _Round(view=view, situation=situation, heeds=heeds)
        decision = await _decide(seen, services=services)
        if decision is not None and await _act(job, seen, decision, services=services):
            return
        if await _was_stopped(job, seen, services=services):
            return


@dataclass(frozen=True, kw_only=True)
class _Round:
    """One pass from observing to acting: what was seen, and what a person may overrule it with."""

    view: CaseView
    situation: Situation
    heeds: frozenset[EventKind]

    async def overruled_by(self, unit: Unit) -> list[EventKind]:
        """What of that people have said since, in order."""
        now = await unit.cases.view(self.view.case.id)
        if now.case.version == self.view.case.version:
            return []
        events = await unit.cases.events(self.view.case.id)
        since = events[self.view.case.version :]
        return [event.kind for event in since if event.kind in self.heeds]


async def _decide(seen: _Round, *, services: Services) -> Decision | None:
    """The reasoner's decision; None where a person overruled it before it came."""
    deciding = asyncio.create_task(services.reasoner.decide(seen.situation))
    listening = asyncio.create_task(_overruled(seen, services=services))
    try:
        await asyncio.wait({deciding, listening}, return_when=asyncio.FIRST_COMPLETED)
        return deciding.result() if deciding.done() else None
    finally:
        for task in (deciding, listening):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _overruled(seen: _Round, *, services: Services) -> None:
    """Returns when a person has said something that overrules what is being decided."""
    while True:
        await asyncio.sleep(LISTENS_EVERY_S)
        async with services.store.reading() as unit:
            if await seen.overruled_by(unit):
                return


async def _act(job: Job, seen: _Round, decision: Decision, *, services: Services) -> bool:
    """Commit what the decision means; False where it was overruled at the last moment."""
    async with services.store.transaction() as unit:
        view = await unit.cases.view(seen.view.case.id, lock=True)
        if await seen.overruled_by(unit):
            return False
        view = await conclude(unit, view, decision, services=services)
        view = await answer_everyone(unit, view, seen.situation, decision, services=services)
        await publish_case(unit, view, services=services)
        await unit.jobs.done(job, at=services.clock.now())
    return True


async def _was_stopped(job: Job, seen: _Round, *, services: Services) -> bool:
    """Ends the turn where a person cancelled it and nobody else waits for an answer."""
    async with services.store.transaction() as unit:
        stopped = EventKind.CANCELLED in (await seen.overruled_by(unit))[-1:]
        if not stopped or await unit.conversation.open_questions(seen.view.case.id):
            return False
        await unit.jobs.done(job, at=services.clock.now())
    return True


async def conclude(
    unit: Unit, view: CaseView, decision: Decision, *, services: Services
) -> CaseView:
    """Record the ranking, where it says anything new."""
    if decision.hypotheses == view.hypotheses and view.case.turns:
        return view
    texts: dict[str, Clean] = {}
    ranked = HYPOTHESES.dump_python(decision.hypotheses, mode="json", context={"texts": texts})
    change = Change(
        kind=EventKind.RANKED,
        data={"verdict": decision.verdict, "hypotheses": ranked},
        texts=list(texts.values()),
    )
    return await record(unit, view, view.case.id, [change], at=services.clock.now(), actor=SYSTEM)


async def answer_everyone(
    unit: Unit,
    view: CaseView,
    situation: Situation,
    decision: Decision,
    *,
    services: Services,
) -> CaseView:
    """Every open question gets its answer, in the order they were asked, also what came late."""
    answered = [
        (question, answer_question(question.text, situation, decision))
        for question in await unit.conversation.open_questions(view.case.id)
    ]
    return await answer(unit, view, answered, services=services)

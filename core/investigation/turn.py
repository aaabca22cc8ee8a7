"""One turn of an investigation, from what is known to what is said. Read this page first.

Observe what the tables hold, orient and decide with a reasoner, then act: record the hypotheses,
answer whoever asked, and show the case. Deciding may take long and holds nothing: meanwhile the
turn listens, and what a person corrects, judges or cancels starts it over at once. All effects
commit together with the job that caused them, so a turn that is killed leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from core.cases.events import HYPOTHESES, CaseView, EventKind
from core.cases.lifecycle import SYSTEM, Change, record
from core.conversation.inbox import answer, apologise
from core.conversation.outbox import publish_case
from core.errors import FaultMavenError, OurFault
from core.investigation.answers import answer_question
from core.investigation.situation import observe
from core.jobs.failure import problem_of

if TYPE_CHECKING:
    from core.clean import Clean
    from core.investigation.model import Decision, Situation
    from core.jobs.model import Job
    from core.ports import Unit
    from core.services import Services

# What a person says that makes the decision under way worth nothing.
OVERRULING = frozenset(
    {EventKind.CORRECTED, EventKind.JUDGED, EventKind.CANCELLED, EventKind.RESOLVED}
)
LISTENS_EVERY_S = 0.5


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
    """Begun again as often as it is overruled."""
    while True:
        async with services.store.reading() as unit:
            view = await unit.cases.view(case_id)
            situation = await observe(unit, view, clock=services.clock)
        decision = await _decide(view, situation, services=services)
        if decision is not None and await _act(job, view, situation, decision, services=services):
            return
        if await _was_stopped(job, view, services=services):
            return


async def _decide(view: CaseView, situation: Situation, *, services: Services) -> Decision | None:
    """The reasoner's decision; None where a person overruled it before it came."""
    deciding = asyncio.create_task(services.reasoner.decide(situation))
    listening = asyncio.create_task(_overruled(view, services=services))
    try:
        await asyncio.wait({deciding, listening}, return_when=asyncio.FIRST_COMPLETED)
        return deciding.result() if deciding.done() else None
    finally:
        for task in (deciding, listening):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _overruled(view: CaseView, *, services: Services) -> None:
    """Returns when a person has said something that overrules what is being decided."""
    while True:
        await asyncio.sleep(LISTENS_EVERY_S)
        async with services.store.reading() as unit:
            if await is_overruled(unit, view):
                return


async def is_overruled(unit: Unit, seen: CaseView) -> bool:
    """Has a person corrected, judged, cancelled or resolved since the case was `seen`?"""
    now = await unit.cases.view(seen.case.id)
    if now.case.version == seen.case.version:
        return False
    events = await unit.cases.events(seen.case.id)
    return any(event.kind in OVERRULING for event in events[seen.case.version :])


async def _act(
    job: Job, seen: CaseView, situation: Situation, decision: Decision, *, services: Services
) -> bool:
    """Commit what the decision means; False where it was overruled at the last moment."""
    async with services.store.transaction() as unit:
        view = await unit.cases.view(seen.case.id, lock=True)
        if await is_overruled(unit, seen):
            return False
        view = await conclude(unit, view, decision, services=services)
        view = await answer_everyone(unit, view, situation, decision, services=services)
        await publish_case(unit, view, services=services)
        await unit.jobs.done(job, at=services.clock.now())
    return True


async def _was_stopped(job: Job, seen: CaseView, *, services: Services) -> bool:
    """Ends the turn where a person cancelled it and nobody else waits for an answer."""
    async with services.store.transaction() as unit:
        events = await unit.cases.events(seen.case.id)
        overruling = [one.kind for one in events[seen.case.version :] if one.kind in OVERRULING]
        stopped = EventKind.CANCELLED in overruling[-1:]
        if not stopped or await unit.conversation.open_questions(seen.case.id):
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

"""One turn of an investigation, from what is known to what is said. Read this page first.

Observe what the tables hold (`situation`), orient and decide with a reasoner within a budget
(`ooda`), then act: record what follows from the decision (`consequences`), answer whoever asked,
and show the case. Deciding may take long and holds nothing: meanwhile the turn listens, and what a
person corrects, judges or cancels starts it over at once.

What was decided is recorded (`steps`) before it is acted on, and all effects commit together with
the job that caused them: a turn that is killed goes on from what it had decided, and does nothing
twice. A case has one turn at a time, and questions are answered in the order they were asked.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.cases.events import CaseView, EventKind
from core.cases.investigation_state import Spent
from core.cases.lifecycle import SYSTEM, record
from core.conversation.messages.news import announce
from core.conversation.messages.outbox import publish_case
from core.conversation.messages.question_inbox import answer, apologise
from core.errors import FaultMavenError, OurFault
from core.investigation.answering.answers import answer_question
from core.investigation.consequences import consequences, ending, is_new
from core.investigation.decision import Decision, Situation
from core.investigation.ooda import budget_of, load_of
from core.investigation.phases import is_iteration
from core.investigation.situation import observe
from core.investigation.steps import recall, remember
from core.jobs.failure import problem_of

if TYPE_CHECKING:
    from core.jobs.model import Job
    from core.store import Unit
    from core.workflows.services import Services

# What a person says or does that makes the decision under way worth nothing.
OVERRULING = frozenset(
    {
        EventKind.CORRECTED,
        EventKind.JUDGED,
        EventKind.CANCELLED,
        EventKind.RESOLVED,
        EventKind.FILE_DELETED,  # what was decided may quote it
    }
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
    spent = Spent()
    for nth in itertools.count():
        heeds = OVERRULING if nth < STARTS_OVER else OVERRULING - {EventKind.CORRECTED}
        seen = await _observe(job, case_id, heeds, spent, services=services)
        decision = seen.decided or await _decide(job, seen, services=services)
        if decision is not None and await _act(job, seen, decision, services=services):
            return
        if await _was_stopped(job, seen, services=services):
            return
        spent = seen.situation.budget.spent


@dataclass(frozen=True, kw_only=True)
class _Round:
    """One pass from observing to acting: what was seen, and what a person may overrule it with.

    `version` is that of the case which was decided on; `decided` is what a turn that was killed
    had decided then.
    """

    view: CaseView
    situation: Situation
    heeds: frozenset[EventKind]
    version: int
    began: datetime
    decided: Decision | None = None

    async def overruled_by(self, unit: Unit) -> list[EventKind]:
        """What of that people have said since, in order."""
        now = await unit.cases.view(self.view.case.id)
        if now.case.version == self.version:
            return []
        events = await unit.cases.events(self.view.case.id)
        return [event.kind for event in events[self.version :] if event.kind in self.heeds]


async def _observe(
    job: Job, case_id: str, heeds: frozenset[EventKind], spent: Spent, *, services: Services
) -> _Round:
    """What is known, and what this very turn had decided before it was killed, if that stands.

    spent: by earlier rounds of this turn.
    """
    async with services.store.reading() as unit:
        view = await unit.cases.view(case_id)
        situation = await observe(unit, view, clock=services.clock)
        budget = replace(budget_of(load_of(situation)), spent=spent)
        seen = _Round(
            view=view,
            situation=replace(situation, budget=budget),
            heeds=heeds,
            version=view.case.version,
            began=services.clock.now(),
        )
        recalled = await recall(unit, job, case_id)
        if recalled is None:
            return seen
        version, decided = recalled
        again = replace(seen, version=version, decided=decided)
        return seen if await again.overruled_by(unit) else again


async def _decide(job: Job, seen: _Round, *, services: Services) -> Decision | None:
    """The reasoner's decision, recorded; None where a person overruled it before that."""
    budget = seen.situation.budget
    if budget.left:  # a round that people ask for by overruling the last one is theirs to take
        budget.take_round()
    decision = await _reasoned(seen, services=services)
    if decision is None:
        return None
    took = (services.clock.now() - seen.began).total_seconds()
    spent = decision.spent + budget.spent + Spent(seconds=took)
    decision = replace(decision, spent=spent)
    if not is_new(seen.view, decision) and not spent.calls:
        return decision  # nothing would be lost with it
    async with services.store.transaction() as unit:
        if await seen.overruled_by(unit):
            return None
        await remember(unit, job, seen.view, decision, at=services.clock.now())
    return decision


async def _reasoned(seen: _Round, *, services: Services) -> Decision | None:
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
        before = await unit.cases.view(seen.view.case.id, lock=True)
        if await seen.overruled_by(unit):
            return False
        view = await conclude(unit, before, seen.situation, decision, services=services)
        view = await answer_everyone(unit, view, seen.situation, decision, services=services)
        view = await _end(unit, before, view, seen, decision, services=services)
        await publish_case(unit, view, services=services)
        await announce(unit, before, view, seen.situation, decision, services=services)
        await unit.steps.clear(view.case.id)
        await unit.jobs.done(job, at=services.clock.now())
    return True


async def _was_stopped(job: Job, seen: _Round, *, services: Services) -> bool:
    """Ends the turn where a person cancelled it and nobody else waits for an answer."""
    async with services.store.transaction() as unit:
        stopped = EventKind.CANCELLED in (await seen.overruled_by(unit))[-1:]
        if not stopped or await unit.conversation.open_questions(seen.view.case.id):
            return False
        await unit.steps.clear(seen.view.case.id)
        await unit.jobs.done(job, at=services.clock.now())
    return True


async def conclude(
    unit: Unit, view: CaseView, situation: Situation, decision: Decision, *, services: Services
) -> CaseView:
    """Record what follows from the decision, where it says anything new."""
    now, hold = services.clock.now(), services.rules.resolve_after
    changes = consequences(view, situation, decision, at=now, hold=hold)
    if not changes:
        return view
    return await record(unit, view, view.case.id, changes, at=now, actor=SYSTEM)


async def answer_everyone(
    unit: Unit,
    view: CaseView,
    situation: Situation,
    decision: Decision,
    *,
    services: Services,
) -> CaseView:
    """Every open question gets its answer, in the order they were asked, also what came late."""
    known = replace(situation, course=view.course)
    answered = [
        (question, answer_question(question.text, known, decision))
        for question in await unit.conversation.open_questions(view.case.id)
    ]
    return await answer(unit, view, answered, services=services)


async def _end(
    unit: Unit,
    before: CaseView,
    view: CaseView,
    seen: _Round,
    decision: Decision,
    *,
    services: Services,
) -> CaseView:
    """What the turn took, where it did anything: the log does not grow for turns that did not."""
    iterates = view.case.state.is_open and is_iteration(seen.situation)
    if view.case.version == before.case.version and not iterates and not decision.spent.calls:
        return view
    ended = ending(seen.situation, decision.spent, iterates=iterates)
    return await record(unit, view, view.case.id, [ended], at=services.clock.now(), actor=SYSTEM)

"""One turn of an investigation, from what is known to what is said. Read this page first.

A turn takes rounds: observe what the tables hold (`situation`), let a reasoner decide within a
budget, act on the decision, and again, until the decision says that it is done or the budget is
spent. To act is to record what follows (`consequences`) and to send the answers that the decision
holds. Deciding may take long and holds nothing: meanwhile the turn listens, and what a person
corrects, judges or cancels starts the round over at once.

Each step is recorded with its outcome before it is acted on (`steps`), and the effects of the last
round commit together with the job: a turn that is killed goes on at the step it had reached, and
does nothing twice. A case has one turn at a time; what is asked during a turn is for the next.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.investigation_state import FittingRunbook, TurnPart, Usage
from core.cases.lifecycle import SYSTEM, record
from core.cases.projection import CaseView
from core.conversation.case_memories import feedback_for, memories_for
from core.conversation.messages.news import queue_turn_news
from core.conversation.messages.owner_questions import ask_for_owners
from core.conversation.messages.question_inbox import answer, apologise, apologise_to_all
from core.errors import FaultMavenError, OurFault
from core.investigation.budget import budget_of, load_of
from core.investigation.consequences import (
    consequences,
    ending,
    impairment,
    is_new,
    recovery,
    runbook_fitted,
)
from core.investigation.decision import Decision, Situation, undecided, with_all_questions
from core.investigation.isolation import Isolation
from core.investigation.phases import is_iteration
from core.investigation.situation import observe
from core.investigation.steps import Recalled, recall, remember_decision, remember_round
from core.investigation.verdict.sufficiency import hold_to_rule
from core.jobs.kinds import CASE_INVESTIGATE, investigation_job
from core.jobs.model import Job, problem_of
from core.text.sentences import sentences
from core.workflows.code_quotes import with_quoted_code
from core.workflows.knowledge_search import fitting_runbook
from core.workflows.services import Unit
from core.workflows.turn_recorder import TurnRecorder, unrecorded

if TYPE_CHECKING:
    from core.cases.lifecycle import Change
    from core.workflows.services import Services

say = sentences("workflows.turn")

# What a person says or does that makes the decision under way worth nothing.
OVERRULING = frozenset(
    {
        EventKind.CORRECTED,
        EventKind.JUDGED,
        EventKind.CANCELLED,
        EventKind.RESOLVED,
        EventKind.TAKEN_BACK,
        EventKind.FILE_DELETED,  # what was decided may quote it
    }
)
LISTENS_EVERY_S = 0.5
STARTS_OVER = 2  # for corrections; then those who wait get their answer, and the next turn knows


async def investigate_case(job: Job, *, services: Services) -> None:
    """Handler of `case.investigate`: one turn of one case.

    Raises OurFault where something of ours broke; everyone who waits is told so.
    """
    case_id = CASE_INVESTIGATE.read(job).case_id
    try:
        await _turn(job, case_id, services=services)
    except FaultMavenError:
        raise
    except Exception as error:  # the outermost place that knows who waits
        async with services.unit() as unit:
            await apologise_to_all(unit, case_id, quote=job.id[-6:])
        message = f"a turn of {case_id}: {problem_of(error)}"
        raise OurFault(message) from error


async def consider(situation: Situation, *, services: Services) -> Decision:
    """What the reasoner of the server says of a situation, with nothing recorded."""
    budget = budget_of(load_of(situation))
    budget.take_round()
    situation = replace(situation, budget=budget)
    return hold_to_rule(await services.reasoner.decide(situation, unrecorded()), situation)


class _Acted(Enum):
    """What came of acting on a decision."""

    DONE = "the turn is over"
    AGAIN = "the round is over, and another one follows"
    OVERRULED = "a person said something meanwhile: nothing was committed"


async def _turn(job: Job, case_id: str, *, services: Services) -> None:
    """Rounds, begun again where people overrule them; by corrections alone not for ever."""
    overruled, spent = 0, None
    while True:
        heeds = OVERRULING if overruled < STARTS_OVER else OVERRULING - {EventKind.CORRECTED}
        round_ = await _observe(job, case_id, heeds, spent, services=services)
        quoted = await with_quoted_code(round_.situation, case_id, services=services)
        round_ = replace(round_, situation=quoted)
        decision = round_.decided or await _decide(job, round_, services=services)
        acted = _Acted.OVERRULED
        if decision is not None:
            acted = await _act(job, round_, decision, services=services)
        if acted is _Acted.DONE:
            return
        if acted is _Acted.OVERRULED:
            if await _was_stopped(job, round_, services=services):
                return
            overruled += 1
        spent = decision.spent if decision is not None else round_.situation.budget.spent


@dataclass(frozen=True, kw_only=True)
class _Round:
    """One pass from observing to acting: what was seen, and what a person may overrule it with.

    `version` is that of the case which was decided on; `runbook` fits its alerts; `decided` is what
    a turn that was killed had decided then, and `recalled` all that it had recorded.
    """

    view: CaseView
    situation: Situation
    heeds: frozenset[EventKind]
    version: int
    began: datetime
    runbook: FittingRunbook | None = None
    recalled: Recalled = field(default_factory=Recalled)
    decided: Decision | None = None

    async def overruled_by(self, unit: Unit) -> list[EventKind]:
        """What of that people have said since, in order."""
        now = await unit.cases.view(self.view.case.id)
        if now.case.version == self.version:
            return []
        events = await unit.cases.events(self.view.case.id)
        return [event.kind for event in events[self.version :] if event.kind in self.heeds]


async def _observe(
    job: Job, case_id: str, heeds: frozenset[EventKind], spent: Usage | None, *, services: Services
) -> _Round:
    """What is known, and what this very turn had decided before it was killed, if that stands.

    spent: by earlier rounds of this turn; None where this process has taken none of them.
    """
    async with services.reading() as unit:
        view = await unit.cases.view(case_id)
        situation = await observe(unit, view)
        memories = await memories_for(unit, situation)
        feedback = await feedback_for(unit, memories)
        situation = replace(situation, memories=memories, feedback=feedback)
        runbook = await fitting_runbook(unit, view, situation.occurrences, services=services)
        recalled = await recall(unit, job.id, case_id)
        budget = replace(budget_of(load_of(situation)), spent=spent or recalled.spent)
        round_ = _Round(
            view=view,
            situation=replace(situation, budget=budget),
            heeds=heeds,
            version=view.case.version,
            began=services.now,
            runbook=runbook,
            recalled=recalled,
        )
        if recalled.decided is None:
            return round_
        version, decided = recalled.decided
        again = replace(round_, version=version, decided=decided)
        return round_ if await again.overruled_by(unit) else again


async def _decide(job: Job, round_: _Round, *, services: Services) -> Decision | None:
    """The reasoner's decision, recorded; None where a person overruled it before that."""
    budget = round_.situation.budget
    if budget.left:  # a round that people ask for by overruling the last one is theirs to take
        budget.take_round()
    decision = await _concluded(job, round_, services=services)
    if decision is None:
        return None
    took = (services.now - round_.began).total_seconds()
    decision = replace(decision, spent=decision.spent + budget.spent + Usage(seconds=took))
    decision = replace(decision, done=decision.done or not budget.left)
    if decision.done:
        decision = with_all_questions(decision, round_.situation)
    if decision.done and not is_new(round_.view, decision) and not decision.spent.calls:
        return decision  # nothing would be lost with it
    async with services.unit() as unit:
        if await round_.overruled_by(unit):
            return None
        case = round_.view.case
        await remember_decision(unit, job.id, case.id, version=case.version, decision=decision)
    return decision


async def _concluded(job: Job, round_: _Round, *, services: Services) -> Decision | None:
    """The reasoner's decision, held to the rule; where it breaks, what was believed before."""
    isolation, decision = Isolation(), None
    with isolation.guard(TurnPart.RANKING, say("part_whole_ranking")):
        decision = await _reasoned(job, round_, services=services)
    if isolation.defects:
        return undecided(round_.situation, tuple(isolation.defects))
    return decision and hold_to_rule(decision, round_.situation)


async def _reasoned(job: Job, round_: _Round, *, services: Services) -> Decision | None:
    recorder = TurnRecorder(
        turn=job.id, case_id=round_.view.case.id, services=services, recalled=round_.recalled
    )
    deciding = asyncio.create_task(services.reasoner.decide(round_.situation, recorder))
    listening = asyncio.create_task(_overruled(round_, services=services))
    try:
        await asyncio.wait({deciding, listening}, return_when=asyncio.FIRST_COMPLETED)
        if deciding.done():
            return deciding.result()
        listening.result()
        return None
    finally:
        deciding.cancel()
        listening.cancel()
        # Not awaited one by one: a task tells the place of its error only the first time.
        await asyncio.wait({deciding, listening})


async def _overruled(round_: _Round, *, services: Services) -> None:
    """Returns when a person has said something that overrules what is being decided."""
    while True:
        await asyncio.sleep(LISTENS_EVERY_S)
        async with services.reading() as unit:
            if await round_.overruled_by(unit):
                return


async def _act(job: Job, round_: _Round, decision: Decision, *, services: Services) -> _Acted:
    """Commit what the decision means; with the last round, that the job is done."""
    async with services.unit() as unit:
        before = await unit.cases.view(round_.view.case.id, lock=True)
        if await round_.overruled_by(unit):
            return _Acted.OVERRULED
        effects = _Effects(unit=unit, round_=round_, decision=decision, job=job)
        view = await effects.conclude(before)
        view = await effects.answer_everyone(view)
        view = await effects.own_up(view)
        if decision.done:
            view = await effects.name_runbook(view)
            view = await effects.end(before, view)
        await queue_turn_news(unit, before, view, round_.situation, decision)
        if decision.done:
            view = await ask_for_owners(unit, view, round_.situation)
        if not decision.done:
            await remember_round(unit, job.id, view.case.id, spent=decision.spent)
            return _Acted.AGAIN
        await unit.steps.clear(view.case.id)
        await effects.plan_for_late_questions()
        unit.cases.due_cards.add(view.case.id)  # files are read by now, also where that is all
        await unit.jobs.done(job, at=unit.now)
    return _Acted.DONE


async def _was_stopped(job: Job, round_: _Round, *, services: Services) -> bool:
    """Ends the turn where a person cancelled it and nobody else waits for an answer."""
    async with services.unit() as unit:
        stopped = EventKind.CANCELLED in (await round_.overruled_by(unit))[-1:]
        if not stopped or await unit.questions.open(round_.view.case.id):
            return False
        await unit.steps.clear(round_.view.case.id)
        await unit.jobs.done(job, at=unit.now)
    return True


@dataclass(frozen=True, kw_only=True)
class _Effects:
    """What a decision brings about, in one unit of work. What fails of it is left out."""

    unit: Unit
    round_: _Round
    decision: Decision
    job: Job
    isolation: Isolation = field(default_factory=Isolation)

    async def conclude(self, view: CaseView) -> CaseView:
        """Record what follows from the decision, where it says anything new."""
        changes = consequences(
            view,
            self.round_.situation,
            self.decision,
            at=self.unit.now,
            hold=self.unit.rules.resolve_after,
            isolation=self.isolation,
        )
        return await self._record(view, changes)

    async def answer_everyone(self, view: CaseView) -> CaseView:
        """Send the answers that the decision holds, in the order in which they were asked.

        Whoever asked what could not be answered is told so; what was asked since is for the next.
        """
        waiting = {
            question.id: question for question in await self.unit.questions.open(view.case.id)
        }
        due = [
            (waiting[reply.question], reply)
            for reply in self.decision.answers
            if reply.question in waiting
        ]
        answered = [(question, reply.response) for question, reply in due if reply.response]
        view = await answer(self.unit, view, answered)
        unanswered = [question for question, reply in due if not reply.response]
        await apologise(self.unit, view.case, unanswered, quote=self.job.id[-6:])
        return view

    async def plan_for_late_questions(self) -> None:
        """Another turn for what was asked too late for this one.

        Whoever asked may have found the job of this turn still waiting, and planned none.
        """
        seen = {reply.question for reply in self.decision.answers}
        waiting = await self.unit.questions.open(self.round_.view.case.id)
        if any(question.id not in seen for question in waiting):
            await self.unit.jobs.add(investigation_job(self.round_.view.case.id, self.unit.context))

    async def own_up(self, view: CaseView) -> CaseView:
        """Record which parts of the turn failed, where that is news."""
        defects = [*self.decision.defects, *self.isolation.defects]
        return await self._record(view, [*impairment(view, defects), *recovery(view)])

    async def name_runbook(self, view: CaseView) -> CaseView:
        """Record which runbook fits, where it is another one than before."""
        runbook = self.round_.runbook
        if runbook is None or runbook == view.investigation.runbook or not view.case.state.is_open:
            return view
        return await self._record(view, [runbook_fitted(runbook)])

    async def end(self, before: CaseView, view: CaseView) -> CaseView:
        """What the turn took, where it did anything: the log grows for no turn that did not."""
        situation, spent = self.round_.situation, self.decision.spent
        iterates = view.case.state.is_open and is_iteration(situation)
        if view.case.version == before.case.version and not iterates and not spent.calls:
            return view
        return await self._record(view, [ending(situation, spent, iterates=iterates)])

    async def _record(self, view: CaseView, changes: list[Change]) -> CaseView:
        if not changes:
            return view
        at = self.unit.now
        return await record(self.unit, view, view.case.id, changes, at=at, actor=SYSTEM)

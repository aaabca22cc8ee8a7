"""One turn of an investigation, from what is known to what is said. Read this page first.

Observe what the tables hold, orient and decide with a reasoner, then act: record the hypotheses,
answer whoever asked, and show the case. All effects commit together with the job that caused
them, so a turn that is killed leaves nothing behind and runs again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import HYPOTHESES, CaseView, EventKind
from core.cases.lifecycle import SYSTEM, Change, record
from core.conversation.inbox import answer
from core.conversation.outbox import publish_case
from core.investigation.answers import answer_question
from core.investigation.reasoner import decide
from core.investigation.situation import observe

if TYPE_CHECKING:
    from core.clean import Clean
    from core.investigation.model import Decision, Situation
    from core.jobs.model import Job
    from core.ports import Unit
    from core.services import Services


async def investigate_case(job: Job, *, services: Services) -> None:
    """Handler of `case.investigate`: one turn of one case."""
    case_id = str(job.payload["case_id"])
    async with services.store.transaction() as unit:
        view = await unit.cases.view(case_id, lock=True)
        situation = await observe(unit, view, clock=services.clock)
        decision = decide(situation)
        view = await conclude(unit, view, decision, services=services)
        view = await answer_everyone(unit, view, situation, decision, services=services)
        await publish_case(unit, view, services=services)
        await unit.jobs.done(job, at=services.clock.now())


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
    """Every open question gets its answer, in the order they were asked."""
    for question in await unit.conversation.open_questions(view.case.id):
        reply = answer_question(question.text, situation, decision)
        view = await answer(unit, view, question, reply, services=services)
    return view

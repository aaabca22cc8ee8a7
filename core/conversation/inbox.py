"""What did people ask, and how does the answer reach whoever asked?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import CaseView, EventKind
from core.cases.lifecycle import SYSTEM, Change, investigate, record, speak
from core.clock import new_id
from core.conversation.model import Place, Question
from core.conversation.outbox import say
from core.conversation.present import answer_card
from core.redaction.engine import Redactor
from core.redaction.keys import case_key

if TYPE_CHECKING:
    from core.clean import Clean
    from core.investigation.model import Answer
    from core.ports import Unit
    from core.services import Services


async def ask(
    unit: Unit, view: CaseView, text: Clean, *, by: str, place: Place, services: Services
) -> tuple[CaseView, Question]:
    """Put a question into the case's inbox and plan the turn that answers it."""
    question = Question(
        id=new_id("ask", clock=services.clock, chance=services.chance),
        tenant_id=view.case.tenant_id,
        case_id=view.case.id,
        asked_by=by,
        asked_at=services.clock.now(),
        text=text,
        place=place,
    )
    await unit.conversation.ask(question)
    view = await speak(unit, view, by=by, services=services)
    asked = Change(
        kind=EventKind.ASKED,
        data={"question_id": question.id, "text": text.digest},
        texts=[text],
    )
    view = await record(unit, view, view.case.id, [asked], at=question.asked_at, actor=by)
    await investigate(unit, view, services=services)
    return view, question


async def answer(
    unit: Unit, view: CaseView, question: Question, reply: Answer, *, services: Services
) -> CaseView:
    """Record the answer, send it to where it was asked, and take the question off the inbox."""
    now = services.clock.now()
    answered = Change(
        kind=EventKind.ANSWERED,
        data={
            "question_id": question.id,
            "text": reply.text.digest,
            "known": reply.known,
            "loci": [line.locus.label for line in reply.citations if line.locus],
        },
        texts=[reply.text],
    )
    view = await record(unit, view, view.case.id, [answered], at=now, actor=SYSTEM)
    redactor = Redactor(case_key(services.secret, view.case.id))
    card = answer_card(view.case, question, reply, redactor=redactor)
    await say(unit, view.case, question.place, card, services=services)
    await unit.conversation.answered(question.id, at=now)
    return view

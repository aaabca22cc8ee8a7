"""What did people ask, and how does the answer reach whoever asked?"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from core.cases.events import CaseView, EventKind
from core.cases.lifecycle import SYSTEM, Change, investigate, record, speak
from core.cases.questions import Question
from core.conversation.cards.answer_cards import (
    QUESTION,
    SETTLED,
    Answered,
    answer_card,
    answers_card,
    cancelled_card,
)
from core.conversation.cards.reply_cards import apology
from core.conversation.messages.outbox import say
from core.ids import new_id
from core.investigation.answering.responses import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cases.model import Case
    from core.conversation.cards.card import Card
    from core.places import Place
    from core.redaction.engine import Redactor
    from core.store import Unit
    from core.text.redacted import Clean
    from core.workflows.services import Services

ONE_BY_ONE = 3  # answers due at one place at once; more of them share messages
TOGETHER = 5


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
    unit: Unit, view: CaseView, answered: Sequence[Answered], *, services: Services
) -> CaseView:
    """Record the answers, send each to where it was asked, and take the questions off the inbox.

    In the order given. Many that are due at one place share messages: a channel takes about one
    a second, and twelve people would wait for each other.
    """
    now = services.clock.now()
    changes = [
        Change(
            kind=EventKind.ANSWERED,
            data={
                "question_id": question.id,
                "text": reply.text.digest,
                "known": is_known(reply),
                "type": reply.type,
                "loci": [line.locus.label for line in reply.citations if line.locus],
            },
            texts=[reply.text],
        )
        for question, reply in answered
    ]
    if changes:
        view = await record(unit, view, view.case.id, changes, at=now, actor=SYSTEM)
    for question, _ in answered:
        await unit.conversation.answered(question.id, at=now)
    redactor = services.redactor(view.case.id)
    for place, card in _cards(view, answered, redactor=redactor):
        await say(unit, view.case, place, card, services=services)
    return view


async def give_up(
    unit: Unit, case: Case, question: Question, *, by: str, services: Services
) -> None:
    """Nobody looks into the question any more; where it was asked, that is said."""
    redactor = services.redactor(case.id)
    card = cancelled_card(case, question, by=by, redactor=redactor)
    await unit.conversation.answered(question.id, at=services.clock.now())
    await say(unit, case, question.place, card, services=services)


async def apologise(unit: Unit, case_id: str, *, quote: str, services: Services) -> None:
    """A turn broke: whoever waits for an answer is told so, with a number to quote."""
    case = (await unit.cases.view(case_id)).case
    for question in await unit.conversation.open_questions(case_id):
        sorry = apology(services.redactor().clean(quote), case=case)
        card = replace(sorry, key=f"{QUESTION}{question.id}", version=SETTLED)
        await unit.conversation.answered(question.id, at=services.clock.now())
        await say(unit, case, question.place, card, services=services)


def _cards(
    view: CaseView, answered: Sequence[Answered], *, redactor: Redactor
) -> Iterator[tuple[Place, Card]]:
    case, known = view.case, view.hypotheses
    ordered = sorted(answered, key=lambda one: one[0].place.thread + one[0].place.channel)
    for place, group in groupby(ordered, key=lambda one: one[0].place):
        due = list(group)
        if len(due) <= ONE_BY_ONE:
            for question, reply in due:
                yield (
                    place,
                    answer_card(case, question, reply, redactor=redactor, hypotheses=known),
                )
            continue
        for first in range(0, len(due), TOGETHER):
            some = due[first : first + TOGETHER]
            yield place, answers_card(case, some, redactor=redactor)

"""The inbox of questions of a case, and the delivery of their answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.lifecycle import SYSTEM, Change, investigate, record, speak
from core.cases.model import Question
from core.conversation.cards.answer_cards import (
    QUESTION,
    SETTLED,
    Answered,
    answer_card,
    answers_card,
    cancelled_card,
)
from core.conversation.cards.card import one_screen
from core.conversation.cards.reply_cards import apology
from core.conversation.messages.exchange import question_of
from core.conversation.messages.outbox import queue_card
from core.investigation.answering.responses import is_known
from core.jobs.kinds import await_files
from core.places import API

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cases.model import Case
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.conversation.ports import Unit
    from core.places import Place
    from core.redaction.engine import Redactor
    from core.text.redacted import RedactedText

WAITS_FOR_FILES = timedelta(seconds=3)  # a question, at most
_MAX_SEPARATE_ANSWERS = 3  # answers due at one place at once; more of them share messages
_ANSWERS_PER_CARD = 5  # at most; as many as one screen holds


async def ask(
    unit: Unit, view: CaseView, text: RedactedText, *, by: str, place: Place, message_id: str = ""
) -> tuple[CaseView, Question]:
    """Put a question into the case's inbox and plan the turn that answers it.

    message_id: of the message that asks it, where there is one.
    """
    question = Question(
        id=question_of(message_id) if message_id else unit.new_id("ask"),
        tenant_id=view.case.tenant_id,
        case_id=view.case.id,
        asked_by=by,
        asked_at=unit.now,
        text=text,
        place=place,
    )
    await unit.questions.add(question)
    view = await speak(unit, view, by=by)
    asked = Change(
        kind=EventKind.ASKED,
        data={"question_id": question.id, "text": text.digest},
        texts=[text],
    )
    view = await record(unit, view, view.case.id, [asked], at=question.asked_at, actor=by)
    await _plan_answer(unit, view)
    return view, question


async def _plan_answer(unit: Unit, view: CaseView) -> None:
    """Plans the turn that answers. Files that were dropped before it was asked are read first.

    The last of them plans a turn; where they take long, what is read by then has to do.
    """
    if await unit.files.is_any_unread(view.case.id):
        due = unit.now + WAITS_FOR_FILES
        await unit.jobs.add(await_files(view.case.id, due=due, context=unit.context))
        return
    await investigate(unit, view)


async def answer(unit: Unit, view: CaseView, answered: Sequence[Answered]) -> CaseView:
    """Record the answers, send each to where it was asked, and take the questions off the inbox.

    In the order given. Many that are due at one place share messages: a channel takes about one
    a second, and twelve people would wait for each other. Each exchange of the API has its own.
    """
    now = unit.now
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
        await unit.questions.answered(question.id, at=now)
    redactor = unit.redactor(view.case.id)
    for place, card in _answer_cards(view, answered, redactor=redactor):
        await queue_card(unit, view.case, place, card)
    return view


async def give_up(unit: Unit, case: Case, question: Question, *, by: str) -> None:
    """Close a question without an answer, and say so where it was asked."""
    redactor = unit.redactor(case.id)
    card = cancelled_card(case, question, by=by, redactor=redactor)
    await unit.questions.answered(question.id, at=unit.now)
    await queue_card(unit, case, question.place, card)


async def apologise_to_all(unit: Unit, case_id: str, *, quote: str) -> None:
    """A turn broke: whoever waits for an answer is told so, with a number to quote."""
    case = (await unit.cases.view(case_id)).case
    await apologise(unit, case, await unit.questions.open(case_id), quote=quote)


async def apologise(unit: Unit, case: Case, questions: Sequence[Question], *, quote: str) -> None:
    """These questions cannot be answered; whoever asked is told so, with a number to quote."""
    for question in questions:
        sorry = apology(unit.redactor().clean(quote), case=case)
        card = replace(sorry, key=f"{QUESTION}{question.id}", version=SETTLED)
        await unit.questions.answered(question.id, at=unit.now)
        await queue_card(unit, case, question.place, card)


def _answer_cards(
    view: CaseView, answered: Sequence[Answered], *, redactor: Redactor
) -> Iterator[tuple[Place, Card]]:
    case, hypotheses = view.case, view.hypotheses
    ordered = sorted(answered, key=lambda pair: pair[0].place.thread + pair[0].place.channel)
    for place, group in groupby(ordered, key=lambda pair: pair[0].place):
        group_answers = list(group)
        if len(group_answers) <= _MAX_SEPARATE_ANSWERS or place.platform == API:
            for question, reply in group_answers:
                yield (
                    place,
                    answer_card(case, question, reply, redactor=redactor, hypotheses=hypotheses),
                )
            continue
        while group_answers:
            card, count = _fullest_card(case, group_answers, redactor=redactor)
            yield place, card
            del group_answers[:count]


def _fullest_card(
    case: Case, answered: Sequence[Answered], *, redactor: Redactor
) -> tuple[Card, int]:
    """The first answers that share a screen, and how many they are: none is hidden by another."""
    card, count = answers_card(case, answered[:1], redactor=redactor), 1
    while count < min(len(answered), _ANSWERS_PER_CARD):
        fuller = answers_card(case, answered[: count + 1], redactor=redactor)
        if one_screen(fuller) != fuller:
            break
        card, count = fuller, count + 1
    return card, count

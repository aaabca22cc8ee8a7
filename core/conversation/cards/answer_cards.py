"""How do questions and their answers become cards? Pure functions, no state.

The progress line, the answer and the word that it was cancelled share one key: each takes the
place of the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.questions import Question
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.response_cards import body_of, cited
from core.investigation.answering.responses import Response
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.hypotheses import Hypothesis
    from core.cases.model import Case
    from core.redaction.engine import Redactor

QUESTION = "answer:"  # what the key of a question's card begins with
SETTLED = 1_000_000  # the version of what ends a question: newer than any of its progress lines
_CANCEL = Action(verb="cancel", argument="", label=Clean.say("Cancel"))
Answered = tuple[Question, Response]


def looking_card(
    case: Case, question: Question, *, others: int = 0, since: datetime, now: datetime
) -> Card:
    """The question is in the inbox; a newer line each time it is drawn. others: wait with it."""
    said = Clean.say("{tag} Looking: {text}", tag=case.tag, text=question.text.line())
    if others:
        more = quantities.counted(others, "more question", "more questions")
        said = Clean.say("{said} · and {more}", said=said, more=more)
    lasts = now - since
    if lasts.total_seconds() >= 1:
        said = Clean.say("{said} · {span}", said=said, span=quantities.span(lasts))
    return Card(
        key=_key(question),
        version=int(lasts.total_seconds()),
        mark=Mark.PROGRESS,
        rows=(Row(text=said),),
        actions=(_CANCEL,),
        case_number=case.number,
    )


def answer_card(
    case: Case,
    question: Question,
    reply: Response,
    *,
    redactor: Redactor,
    hypotheses: Sequence[Hypothesis] = (),
) -> Card:
    """The response to one question, with the lines it rests on, and what may be pressed."""
    body = body_of(reply, hypotheses=hypotheses)
    return Card(
        key=_key(question),
        version=SETTLED,
        mark=body.mark,
        rows=(Row(text=_asked(case, question, redactor)), *body.rows),
        fold=body.fold,
        actions=body.actions,
        case_number=case.number,
    )


def answers_card(case: Case, answered: Sequence[Answered], *, redactor: Redactor) -> Card:
    """Several answers, each below its question, in the order of asking; lines are folded."""
    rows, fold = [], []
    for question, reply in answered:
        rows += [
            Row(text=_asked(case, question, redactor), strong=True),
            Row(text=reply.text, citation=_first_place(reply)),
        ]
        fold += cited(reply)
    return Card(
        key=_key(answered[0][0]),
        version=SETTLED,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=tuple(dict.fromkeys(fold)),
        case_number=case.number,
    )


def cancelled_card(case: Case, question: Question, *, by: str, redactor: Redactor) -> Card:
    """Nobody looks into it any more, and who said so."""
    said = Clean.say(
        "{tag} stopped by {by}: {text}",
        tag=case.tag,
        by=redactor.clean(by).line(),
        text=question.text.line(),
    )
    return Card(
        key=_key(question),
        version=SETTLED,
        mark=Mark.ANSWER,
        rows=(Row(text=said),),
        case_number=case.number,
    )


def _key(question: Question) -> str:
    return f"{QUESTION}{question.id}"


def _asked(case: Case, question: Question, redactor: Redactor) -> Clean:
    return Clean.say(
        "{tag} {by} asked: {text}",
        tag=case.tag,
        by=redactor.clean(question.asked_by).line(),
        text=question.text.line(),
    )


def _first_place(reply: Response) -> str | None:
    return next((line.locus.label for line in reply.citations if line.locus), None)

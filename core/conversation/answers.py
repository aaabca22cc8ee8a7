"""How do questions and their answers become cards? Pure functions, no state.

The progress line, the answer and the word that it was cancelled share one key: each takes the
place of the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clean import Clean
from core.conversation import words
from core.conversation.model import Action, Card, Mark, Question, Row
from core.conversation.quotes import quote
from core.investigation.model import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.model import Case
    from core.investigation.model import Citation
    from core.redaction.engine import Redactor

QUESTION = "answer:"  # what the key of a question's card begins with
LINES_SHOWN = 4
SETTLED = 1_000_000  # the version of what ends a question: newer than any of its progress lines
_CANCEL = Action(verb="cancel", argument="", label=Clean.say("Cancel"))
Answered = tuple[Question, Answer]


def looking_card(
    case: Case, question: Question, *, others: int = 0, since: datetime, now: datetime
) -> Card:
    """The question is in the inbox; a newer line each time it is drawn. others: wait with it."""
    said = Clean.say("{tag} Looking: {text}", tag=case.tag, text=question.text.line())
    if others:
        more = words.counted(others, "more question", "more questions")
        said = Clean.say("{said} · and {more}", said=said, more=more)
    lasts = now - since
    if lasts.total_seconds() >= 1:
        said = Clean.say("{said} · {span}", said=said, span=words.span(lasts))
    return Card(
        key=_key(question),
        version=int(lasts.total_seconds()),
        mark=Mark.PROGRESS,
        rows=(Row(text=said),),
        actions=(_CANCEL,),
        case_number=case.number,
    )


def answer_card(case: Case, question: Question, reply: Answer, *, redactor: Redactor) -> Card:
    """The answer to one question, with the lines it rests on."""
    cited = _cited(reply)
    return Card(
        key=_key(question),
        version=SETTLED,
        mark=Mark.ANSWER,
        rows=(
            Row(text=_asked(case, question, redactor)),
            Row(text=reply.text, strong=True),
            *cited[:LINES_SHOWN],
        ),
        fold=tuple(cited[LINES_SHOWN:]),
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
        fold += _cited(reply)
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


def _cited(reply: Answer) -> list[Row]:
    lines = {line.locus.label if line.locus else line.text.text: line for line in reply.citations}
    return [Row(text=_line(line, reply), citation=_place(line)) for line in lines.values()]


def _line(line: Citation, reply: Answer) -> Clean:
    """The line, with its reason where the answer does not say that already."""
    said = quote(line.text)
    if not line.why or line.why.text in reply.text.text:
        return said
    return Clean.say("{why}: {line}", why=line.why, line=said)


def _place(line: Citation) -> str | None:
    return line.locus.label if line.locus else None


def _first_place(reply: Answer) -> str | None:
    return next((place for line in reply.citations if (place := _place(line))), None)

"""Answers as cards: each of the nine responses, and the progress line before it.

The progress line, the answer and the word that it was cancelled share one key: each takes the
place of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from core.cases.model import Case, Question
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.check_cards import check_actions, predictions
from core.conversation.cards.feedback_cards import named_feedback_actions
from core.conversation.cards.hypothesis_cards import reasons, why_title
from core.evidence.line_quotes import quote
from core.investigation.answering.responses import (
    Answer,
    Choice,
    ClarificationRequest,
    ConfirmationRequest,
    EscalationRequired,
    NeedsMoreData,
    PlanProposal,
    Problem,
    Response,
    SolutionReady,
    StatusUpdate,
)
from core.investigation.precedents import record_text
from core.investigation.verdict.asked_checks import SOMETHING_ELSE
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from core.cases.investigation_state import Solution
    from core.cases.model import Check, Citation, Hypothesis
    from core.redaction.engine import Redactor

QUESTION = "answer:"  # what the key of a question's card begins with
SETTLED = 1_000_000  # the version of what ends a question: newer than any of its progress lines
_CANCEL = Action(verb="cancel", argument="", label=RedactedText.format("Cancel"))
Answered = tuple[Question, Response]
LINES_SHOWN = 4
_START = Action(verb="run", argument="", label=RedactedText.format("Start"))
_CHANGE = Action(verb="correct", argument="", label=RedactedText.format("Change"))
_EVIDENCE = Action(verb="evidence", argument="", label=RedactedText.format("Evidence"))
_HAND_OFF = Action(verb="handoff", argument="", label=RedactedText.format("Hand-off note"))
_GO_ON = Action(verb="run", argument="", label=RedactedText.format("Keep going"))


def looking_card(
    case: Case,
    question: Question,
    *,
    others: int = 0,
    since: datetime,
    now: datetime,
    progress: RedactedText = RedactedText.EMPTY,
    written: RedactedText = RedactedText.EMPTY,
) -> Card:
    """The question is in the inbox; a newer line each time it is drawn.

    others: wait with it. progress: how far the turn is. written: the answer, as far as it goes.
    """
    text = RedactedText.format("{tag} Looking: {text}", tag=case.tag, text=question.text.line())
    if others:
        more = quantities.counted(others, "more question", "more questions")
        text = RedactedText.format("{said} · and {more}", said=text, more=more)
    lasts = now - since
    if lasts.total_seconds() >= 1:
        text = RedactedText.format("{said} · {span}", said=text, span=quantities.span(lasts))
    if progress:
        text = RedactedText.format("{said} · {progress}", said=text, progress=progress.line())
    rows = [Row(text=text), *([Row(text=written)] if written else [])]
    return Card(
        key=_card_key(question),
        # Words that are written are newer than none of the same second.
        version=2 * int(lasts.total_seconds()) + bool(written),
        mark=Mark.PROGRESS,
        rows=tuple(rows),
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
        key=_card_key(question),
        version=SETTLED,
        mark=body.mark,
        rows=(Row(text=_question_text(case, question, redactor)), *body.rows),
        fold=body.fold,
        actions=body.actions,
        case_number=case.number,
    )


def answers_card(case: Case, answered: Sequence[Answered], *, redactor: Redactor) -> Card:
    """Several answers, each below its question, in the order of asking; lines are folded."""
    rows, fold = [], []
    for question, reply in answered:
        rows += [
            Row(text=_question_text(case, question, redactor), strong=True),
            Row(text=reply.text, citation=_first_locus_label(reply)),
        ]
        fold += cited(reply)
    return Card(
        key=_card_key(answered[0][0]),
        version=SETTLED,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=tuple(dict.fromkeys(fold)),
        case_number=case.number,
    )


def cancelled_card(case: Case, question: Question, *, by: str, redactor: Redactor) -> Card:
    """Nobody looks into it any more, and who said so."""
    text = RedactedText.format(
        "{tag} stopped by {by}: {text}",
        tag=case.tag,
        by=redactor.clean(by).line(),
        text=question.text.line(),
    )
    return Card(
        key=_card_key(question),
        version=SETTLED,
        mark=Mark.ANSWER,
        rows=(Row(text=text),),
        case_number=case.number,
    )


@dataclass(frozen=True, kw_only=True)
class CardBody:
    """What stands below the question on its card."""

    rows: tuple[Row, ...]
    fold: tuple[Row, ...] = ()
    actions: tuple[Action, ...] = ()
    mark: Mark = Mark.ANSWER


def body_of(  # noqa: C901, PLR0911 - one case for each of the nine
    response: Response, *, hypotheses: Sequence[Hypothesis] = ()
) -> CardBody:
    """The rows and buttons of a response, whichever it is. hypotheses: those of its case."""
    match response:
        case Answer():
            return _answer_body(response)
        case PlanProposal():
            return _plan_body(response)
        case ClarificationRequest() | ConfirmationRequest():
            return _choice_body(response)
        case SolutionReady():
            return _solution_body(response)
        case NeedsMoreData():
            return _more_data_body(response, hypotheses)
        case EscalationRequired():
            rows = (
                _headline_row(response.text),
                *_labelled_rows(RedactedText.format("tried"), response.tried),
            )
            return CardBody(rows=rows, actions=(_HAND_OFF, _GO_ON))
        case StatusUpdate():
            rows = (_headline_row(response.text), *(Row(text=line) for line in response.lines))
            return CardBody(rows=rows, actions=(_CANCEL,))
        case Problem():
            step = RedactedText.format("Next: {step}", step=response.step)
            rows = (_headline_row(response.text), Row(text=response.safe), Row(text=step))
            return CardBody(rows=rows, mark=Mark.REFUSED)
        case _:
            assert_never(response)


def cited(response: Response) -> list[Row]:
    """The lines that it rests on, each place once."""
    lines = {(line.label or line.text.text): line for line in response.citations}
    return [
        Row(
            text=_citation_text(line, response),
            citation=line.label,
            struck=not line.resolves,
        )
        for line in lines.values()
    ]


def about(check: Check, hypotheses: Iterable[Hypothesis]) -> int:
    """The number of the hypothesis whose check it is; 0 where it is none of these."""
    numbers = (
        hypothesis.number
        for hypothesis in hypotheses
        if check.name.startswith(f"{hypothesis.cause.key}/")
    )
    return next(numbers, SOMETHING_ELSE)


def _card_key(question: Question) -> str:
    return f"{QUESTION}{question.id}"


def _question_text(case: Case, question: Question, redactor: Redactor) -> RedactedText:
    return RedactedText.format(
        "{tag} {by} asked: {text}",
        tag=case.tag,
        by=redactor.clean(question.asked_by).line(),
        text=question.text.line(),
    )


def _first_locus_label(reply: Response) -> str | None:
    return next((line.locus.label for line in reply.citations if line.locus), None)


def _answer_body(response: Answer) -> CardBody:
    if response.explained is not None:
        rows, fold = reasons(response.explained)
        return CardBody(rows=(why_title(response.explained), *rows), fold=tuple(fold))
    lines = cited(response)
    rows = [_headline_row(response.text), *lines[:LINES_SHOWN]]
    return CardBody(rows=tuple(rows), fold=tuple(lines[LINES_SHOWN:]))


def _plan_body(response: PlanProposal) -> CardBody:
    steps = [
        Row(text=RedactedText.format("{n}. {ask}", n=index, ask=step.ask.line()))
        for index, step in enumerate(response.steps, start=1)
    ]
    commands = [Row(text=step.command, code=True) for step in response.steps if step.command]
    rows = (_headline_row(response.text), *steps)
    return CardBody(rows=rows, fold=tuple(commands), actions=(_START, _CHANGE))


def _choice_body(response: ClarificationRequest | ConfirmationRequest) -> CardBody:
    lines = cited(response)[:LINES_SHOWN]
    return CardBody(
        rows=(_headline_row(response.text), *lines),
        actions=tuple(_choice_actions(response.choices)),
    )


def _solution_body(response: SolutionReady) -> CardBody:
    fix = response.solution
    rows = (
        _headline_row(response.text),
        *cited(response)[:1],
        Row(text=RedactedText.format("Fix: {fix}", fix=fix.text.line())),
        *_record_rows(fix),
        Row(text=RedactedText.format("Expect: {what}", what=fix.expects.line())),
    )
    done = Action(
        verb="fixed", argument=str(fix.number), label=RedactedText.format("Mark as fixed")
    )
    other = str(response.hypothesis.number)
    wrong = Action(verb="reject", argument=other, label=RedactedText.format("Not it"))
    actions = (done, wrong, *_record_actions(fix))
    return CardBody(rows=rows, fold=tuple(cited(response)[1:]), actions=actions)


def _record_rows(fix: Solution) -> list[Row]:
    """`Fixed it before: #112, 14 min; worked 3 of 4`."""
    if fix.record is None:
        return []
    record = record_text(fix.record)
    return [Row(text=RedactedText.format("Fixed it before: {record}", record=record))]


def _record_actions(fix: Solution) -> tuple[Action, ...]:
    """Whether what fixed a past case helped here."""
    if fix.record is None:
        return ()
    tag = RedactedText.tag("#", fix.record.number)
    return named_feedback_actions(f"case {fix.record.number}", tag)


def _more_data_body(response: NeedsMoreData, hypotheses: Sequence[Hypothesis]) -> CardBody:
    rows, actions = [_headline_row(response.text)], [_EVIDENCE]
    check = response.check
    if check is not None:
        rows += [Row(text=check.command, code=True)] if check.command else []
        rows += [Row(text=prediction) for prediction in predictions(check, hypotheses)]
        number = about(check, hypotheses)
        actions = [*(check_actions(check, number) if number else ()), _EVIDENCE]
    wanted = tuple(_labelled_rows(RedactedText.format("missing"), response.missing))
    return CardBody(rows=tuple(rows), fold=wanted, actions=tuple(actions))


def _headline_row(text: RedactedText) -> Row:
    return Row(text=text, strong=True)


def _labelled_rows(label: RedactedText, texts: Iterable[RedactedText]) -> list[Row]:
    return [
        Row(text=RedactedText.format("{what}: {one}", what=label, one=text.line()))
        for text in texts
    ]


def _choice_actions(choices: Iterable[Choice]) -> list[Action]:
    return [
        Action(verb=choice.verb, argument=choice.argument.text, label=choice.label.line())
        for choice in choices
    ]


def _citation_text(line: Citation, response: Response) -> RedactedText:
    """The line, with its reason where the answer does not say that already."""
    quoted = quote(line.text)
    if not line.why or line.why.text in response.text.text:
        return quoted
    return RedactedText.format("{why}: {line}", why=line.why, line=quoted)

"""How does each of the nine responses look? Rows and buttons; every button does something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from core.conversation.cards.card import Action, Mark, Row
from core.conversation.cards.check_cards import check_actions, predictions
from core.conversation.cards.quotes import quote
from core.conversation.cards.why_card import reasons
from core.investigation.answering.responses import (
    ClarificationRequest,
    ConfirmationRequest,
    EscalationRequired,
    NeedsMoreData,
    PlanProposal,
    Problem,
    SolutionReady,
    StatusUpdate,
)
from core.investigation.checks.expectations import SOMETHING_ELSE
from core.investigation.model import Answer
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.cases.hypotheses import Check, Citation, Hypothesis
    from core.investigation.answering.responses import Choice, Response

LINES_SHOWN = 4
_START = Action(verb="run", argument="", label=Clean.say("Start"))
_CHANGE = Action(verb="correct", argument="", label=Clean.say("Change"))
_EVIDENCE = Action(verb="evidence", argument="", label=Clean.say("Evidence"))
_HAND_OFF = Action(verb="handoff", argument="", label=Clean.say("Hand-off note"))
_GO_ON = Action(verb="run", argument="", label=Clean.say("Keep going"))
_CANCEL = Action(verb="cancel", argument="", label=Clean.say("Cancel"))


@dataclass(frozen=True, kw_only=True)
class Body:
    """What stands below the question on its card."""

    rows: tuple[Row, ...]
    fold: tuple[Row, ...] = ()
    actions: tuple[Action, ...] = ()
    mark: Mark = Mark.ANSWER


def body_of(  # noqa: C901, PLR0911 - one case for each of the nine
    response: Response, *, hypotheses: Sequence[Hypothesis] = ()
) -> Body:
    """The rows and buttons of a response, whichever it is. hypotheses: those of its case."""
    match response:
        case Answer():
            return _answer(response)
        case PlanProposal():
            return _plan(response)
        case ClarificationRequest() | ConfirmationRequest():
            return _choice(response)
        case SolutionReady():
            return _solution(response)
        case NeedsMoreData():
            return _more_data(response, hypotheses)
        case EscalationRequired():
            rows = (_head(response.text), *_told(Clean.say("tried"), response.tried))
            return Body(rows=rows, actions=(_HAND_OFF, _GO_ON))
        case StatusUpdate():
            rows = (_head(response.text), *(Row(text=one) for one in response.told))
            return Body(rows=rows, actions=(_CANCEL,))
        case Problem():
            step = Clean.say("Next: {step}", step=response.step)
            rows = (_head(response.text), Row(text=response.safe), Row(text=step))
            return Body(rows=rows, mark=Mark.REFUSED)
        case _:
            assert_never(response)


def cited(response: Response) -> list[Row]:
    """The lines that it rests on, each place once."""
    lines = {(_place(line) or line.text.text): line for line in response.citations}
    return [
        Row(text=_line(line, response), citation=_place(line), struck=not line.resolves)
        for line in lines.values()
    ]


def _answer(response: Answer) -> Body:
    if response.explained is not None:
        rows, fold = reasons(response.explained)
        return Body(rows=(_head(response.text), *rows), fold=tuple(fold))
    lines = cited(response)
    rows = [_head(response.text), *lines[:LINES_SHOWN]]
    return Body(rows=tuple(rows), fold=tuple(lines[LINES_SHOWN:]))


def _plan(response: PlanProposal) -> Body:
    steps = [
        Row(text=Clean.say("{n}. {ask}", n=nth, ask=one.ask.line()))
        for nth, one in enumerate(response.steps, start=1)
    ]
    commands = [Row(text=one.command, code=True) for one in response.steps if one.command]
    rows = (_head(response.text), *steps)
    return Body(rows=rows, fold=tuple(commands), actions=(_START, _CHANGE))


def _choice(response: ClarificationRequest | ConfirmationRequest) -> Body:
    lines = cited(response)[:LINES_SHOWN]
    return Body(rows=(_head(response.text), *lines), actions=tuple(_actions(response.choices)))


def _solution(response: SolutionReady) -> Body:
    fix = response.solution
    rows = (
        _head(response.text),
        *cited(response)[:1],
        Row(text=Clean.say("Fix: {fix}", fix=fix.text.line())),
        Row(text=Clean.say("Expect: {what}", what=fix.expects.line())),
    )
    done = Action(verb="fixed", argument=str(fix.number), label=Clean.say("Mark as fixed"))
    other = str(response.hypothesis.number)
    wrong = Action(verb="reject", argument=other, label=Clean.say("Not it"))
    return Body(rows=rows, fold=tuple(cited(response)[1:]), actions=(done, wrong))


def _more_data(response: NeedsMoreData, hypotheses: Sequence[Hypothesis]) -> Body:
    rows, actions = [_head(response.text)], [_EVIDENCE]
    check = response.check
    if check is not None:
        rows += [Row(text=check.command, code=True)] if check.command else []
        rows += [Row(text=one) for one in predictions(check, hypotheses)]
        number = about(check, hypotheses)
        actions = [*(check_actions(check, number) if number else ()), _EVIDENCE]
    wanted = tuple(_told(Clean.say("missing"), response.missing))
    return Body(rows=tuple(rows), fold=wanted, actions=tuple(actions))


def about(check: Check, hypotheses: Iterable[Hypothesis]) -> int:
    """The number of the hypothesis whose check it is; 0 where it is none of these."""
    known = (one.number for one in hypotheses if check.name.startswith(f"{one.cause.key}/"))
    return next(known, SOMETHING_ELSE)


def _head(text: Clean) -> Row:
    return Row(text=text, strong=True)


def _told(what: Clean, said: Iterable[Clean]) -> list[Row]:
    return [Row(text=Clean.say("{what}: {one}", what=what, one=one.line())) for one in said]


def _actions(choices: Iterable[Choice]) -> list[Action]:
    return [
        Action(verb=one.verb, argument=one.argument.text, label=one.label.line()) for one in choices
    ]


def _line(line: Citation, response: Response) -> Clean:
    """The line, with its reason where the answer does not say that already."""
    said = quote(line.text)
    if not line.why or line.why.text in response.text.text:
        return said
    return Clean.say("{why}: {line}", why=line.why, line=said)


def _place(line: Citation) -> str | None:
    return line.locus.label if line.locus else None

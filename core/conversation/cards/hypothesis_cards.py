"""The card of the reasons for a hypothesis, and the next step of a case.

What rests on a line that is not there is struck through and counts for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.investigation_state import Solution, SolutionState
from core.cases.model import (
    Citation,
    Hypothesis,
    HypothesisState,
    Prediction,
    PredictionOutcome,
)
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.quotes import quote
from core.investigation.answering.facts import explained
from core.investigation.verdict.asked_checks import open_checks
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.cases.events import CaseView
    from core.cases.model import Case

LINES = 6  # for and against that stand on the card; the rest is folded
_OUTCOMES = {
    PredictionOutcome.HELD: RedactedText.format("predicted, and held"),
    PredictionOutcome.FAILED: RedactedText.format("predicted, and failed"),
    PredictionOutcome.UNTESTED: RedactedText.format("predicts, not tested yet"),
}
_SCALE_NOTE = RedactedText.format(
    "Weights are log-odds, against something else: +2.3 is ten times as likely."
)
_STEP_WIDTH = 76  # of what is better told in whole clauses, where lines are shorter
_RUN = Action(verb="run", argument="", label=RedactedText.format("Run check"))


def why_card(case: Case, hypothesis: Hypothesis) -> Card:
    """All that speaks for one of a case's hypotheses and against it."""
    headline = RedactedText.format("{tag} {why}", tag=case.tag, why=explained(hypothesis).text)
    rows, fold = reasons(hypothesis)
    run = Action(
        verb="run", argument=str(hypothesis.number), label=RedactedText.format("Run check")
    )
    return Card(
        key=f"why:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=(Row(text=headline, strong=True), *rows),
        fold=tuple(fold),
        actions=(run,) if hypothesis.is_alive else (),
        case_number=case.number,
    )


def reasons(hypothesis: Hypothesis) -> tuple[list[Row], list[Row]]:
    """The card's rows, and what is folded."""
    lines = [*hypothesis.supporting, *hypothesis.contradicting]
    by_weight = sorted(
        (line for line in lines if line.resolves), key=lambda line: -abs(line.weight)
    )
    shown = [_weighed_row(line) for line in by_weight]
    rows = shown[:LINES] or [Row(text=RedactedText.format("for: no line yet, unsupported"))]
    rows += _unsupported_rows(lines)
    rows += [_prediction_row(prediction) for prediction in hypothesis.predictions]
    if hypothesis.check:
        check = RedactedText.format("Would change it: {check}", check=hypothesis.check.line())
        rows.append(Row(text=check))
    instruction = RedactedText.format("To try that: `run {n}`", n=hypothesis.number)
    return [*rows, Row(text=instruction)], [*shown[LINES:], Row(text=_SCALE_NOTE)]


def weight(line: Citation) -> RedactedText:
    """`+3.2`, or with a minus sign."""
    sign = RedactedText.format("+") if line.weight >= 0 else RedactedText.format("\u2212")
    return RedactedText.format("{sign}{n}", sign=sign, n=round(abs(line.weight), 1))


def open_hypotheses(view: CaseView) -> list[Hypothesis]:
    """What is still believed possible, a confirmed one first, then by rank."""
    alive = [hypothesis for hypothesis in view.hypotheses if hypothesis.is_alive]
    return sorted(
        alive,
        key=lambda hypothesis: (hypothesis.state is not HypothesisState.VALIDATED, hypothesis.rank),
    )


def proposed(view: CaseView) -> Solution | None:
    """The fix that waits for somebody to do it."""
    waiting = [
        solution
        for solution in view.investigation.solutions
        if solution.state is SolutionState.PROPOSED
    ]
    return waiting[-1] if waiting else None


def next_row(view: CaseView, best: Hypothesis) -> Row:
    """The line of the case's card."""
    return Row(text=RedactedText.format("Next: {step}", step=next_step(view, best)))


def next_step(view: CaseView, best: Hypothesis) -> RedactedText:
    """The fix that waits for somebody, or what decides: the check that was asked last."""
    fix, asked = proposed(view), next(iter(open_checks(view.investigation)), None)
    if fix is not None:
        instruction = fix.text.line().clause(_STEP_WIDTH - 20)
        return RedactedText.format("{fix}, then `fixed {n}`", fix=instruction, n=fix.number)
    if asked is not None and best.state is not HypothesisState.VALIDATED:
        ask = asked.check.ask.line().clause(_STEP_WIDTH - 14)
        return RedactedText.format("{ask} → `run`", ask=ask)
    if best.state is HypothesisState.VALIDATED:
        return RedactedText.format("fix it, then `resolve` with what fixed it")
    return best.check.line().clause(_STEP_WIDTH - 6)


def next_actions(view: CaseView) -> tuple[Action, ...]:
    """To say that the fix was done where one is proposed; else to try what decides."""
    fix = proposed(view)
    if fix is not None:
        done = RedactedText.format("Mark as fixed")
        return (Action(verb="fixed", argument=str(fix.number), label=done),)
    return (_RUN,) if open_hypotheses(view) else ()


def _weighed_row(line: Citation) -> Row:
    side = RedactedText.format("for") if line.weight >= 0 else RedactedText.format("against")
    text = RedactedText.format(
        "{side} {weight}: {why}", side=side, weight=weight(line), why=_reason_text(line)
    )
    return Row(text=text, citation=_locus_label(line))


def _reason_text(line: Citation) -> RedactedText:
    """The reason, and the line where there is room for both."""
    quoted = quote(line.text)
    if not line.why or line.why == line.text:
        return quoted
    return RedactedText.format("{why}: {line}", why=line.why.line(), line=quoted)


def _unsupported_rows(lines: Iterable[Citation]) -> Iterator[Row]:
    """Claims whose line is not where they say it is, struck through and counted."""
    unresolved = [line for line in lines if not line.resolves]
    for line in unresolved:
        text = RedactedText.format("unsupported: {why}", why=_reason_text(line))
        yield Row(text=text, citation=_locus_label(line), struck=True)
    if unresolved:
        claims = quantities.counted(len(unresolved), "claim rests", "claims rest")
        yield Row(
            text=RedactedText.format(
                "{claims} on no line that is there, and count for nothing", claims=claims
            )
        )


def _prediction_row(prediction: Prediction) -> Row:
    text = RedactedText.format(
        "{how}: {what}", how=_OUTCOMES[prediction.outcome], what=prediction.text.line()
    )
    place = next((place for line in prediction.citations if (place := _locus_label(line))), None)
    return Row(text=text, citation=place)


def _locus_label(line: Citation) -> str | None:
    return line.locus.label if line.locus else None

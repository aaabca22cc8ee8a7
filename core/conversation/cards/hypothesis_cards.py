"""The card of the reasons for a hypothesis, and the next step of a case.

What rests on a line that is not there is struck through and counts for nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import Solution, SolutionState
from core.cases.model import (
    Citation,
    Hypothesis,
    HypothesisState,
    PredictionOutcome,
)
from core.conversation.cards.card import (
    SHOWN,
    Action,
    Card,
    Mark,
    RankedRow,
    Row,
    fold_rows,
    line_count,
)
from core.conversation.cards.quotes import argued
from core.investigation.verdict.asked_checks import open_checks
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.cases.model import Case
    from core.cases.projection import CaseView

QUOTED_SHORT = 72  # characters of a line that is quoted beside its reasons
_CHECK_WIDTH = 132  # of a check; `run` gives the whole
_QUESTION = 2  # lines of a phone for the question above the reasons
_OUTCOMES = {
    PredictionOutcome.HELD: RedactedText.format("seen"),
    PredictionOutcome.FAILED: RedactedText.format("not seen"),
    PredictionOutcome.UNTESTED: RedactedText.format("not checked yet"),
}
_SCALE_NOTE = RedactedText.format("Weights are log-odds: +2.3 makes it ten times as likely.")
_STEP_WIDTH = 76  # of what is better told in whole clauses, where lines are shorter
_RUN = Action(verb="run", argument="", label=RedactedText.format("Run check"))


def why_card(case: Case, hypothesis: Hypothesis) -> Card:
    """All that speaks for one of a case's hypotheses and against it."""
    title = why_title(hypothesis)
    rows, fold = reasons(hypothesis)
    run = Action(
        verb="run", argument=str(hypothesis.number), label=RedactedText.format("Run check")
    )
    headline = RedactedText.format("{tag} {title}", tag=case.tag, title=title.text)
    return Card(
        key=f"why:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=(replace(title, text=headline), *rows),
        fold=tuple(fold),
        actions=(run,) if hypothesis.is_alive else (),
        case_number=case.number,
    )


def why_title(hypothesis: Hypothesis) -> Row:
    """`1. checkout refuses connections, 72 %`."""
    text = RedactedText.format(
        "{n}. {statement}, {share}",
        n=hypothesis.number,
        statement=hypothesis.statement.line(),
        share=quantities.percent(hypothesis.confidence),
    )
    return Row(text=text, strong=True)


def reasons(hypothesis: Hypothesis) -> tuple[list[Row], list[Row]]:
    """The rows below the title that fit a phone, and what is folded."""
    room = SHOWN - _QUESTION - line_count(why_title(hypothesis))
    rows, fold = fold_rows(list(_reason_rows(hypothesis)), room=room)
    return rows, [*fold, Row(text=_SCALE_NOTE)]


def _reason_rows(hypothesis: Hypothesis) -> Iterator[RankedRow]:
    """In the order of reading; the best line of each side, then the check, are shown first."""
    lines = [*hypothesis.supporting, *hypothesis.contradicting]
    resolved = [line for line in lines if line.resolves]
    quoted = set[RedactedText]()
    sides = [[line for line in resolved if line.weight >= 0]]
    sides.append([line for line in resolved if line.weight < 0])
    weighed = [pair for side in sides for pair in argued(side, quoted=quoted, room=QUOTED_SHORT)]
    best = {line.weight >= 0: line for line, _ in sorted(weighed, key=_strength)}
    if not weighed:
        yield RankedRow(row=Row(text=RedactedText.format("for: no line yet, unsupported")), rank=0)
    for line, text in weighed:
        rank = (0 if line.weight >= 0 else 1) if line in best.values() else 5
        yield RankedRow(row=_weighed_row(line, text), rank=rank)
    yield from (RankedRow(row=row, rank=3) for row in _unsupported_rows(lines))
    yield from (RankedRow(row=row, rank=4) for row in _prediction_rows(hypothesis))
    if hypothesis.check:
        text = RedactedText.format("Would settle it: {check}", check=check_text(hypothesis))
        yield RankedRow(row=Row(text=text), rank=2)
    instruction = RedactedText.format("To check that: `run {n}`", n=hypothesis.number)
    yield RankedRow(row=Row(text=instruction), rank=2)


def check_text(hypothesis: Hypothesis) -> RedactedText:
    """Its check in whole clauses, short enough for a phone, without half a parenthesis."""
    text = hypothesis.check.line().clause(_CHECK_WIDTH)
    if text.text.count("(") > text.text.count(")"):
        return text.part(0, text.text.rindex("(")).line()
    return text


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


def _strength(weighed: tuple[Citation, RedactedText]) -> float:
    return abs(weighed[0].weight)


def _weighed_row(line: Citation, reason: RedactedText) -> Row:
    side = RedactedText.format("for") if line.weight >= 0 else RedactedText.format("against")
    text = RedactedText.format("{side} {weight}: {why}", side=side, weight=weight(line), why=reason)
    return Row(text=text, citation=_locus_label(line))


def _unsupported_rows(lines: Iterable[Citation]) -> Iterator[Row]:
    """Claims whose line is not where they say it is, struck through."""
    unresolved = [line for line in lines if not line.resolves]
    for line, reason in argued(unresolved, room=QUOTED_SHORT):
        text = RedactedText.format("unsupported, not counted: {why}", why=reason)
        yield Row(text=text, citation=_locus_label(line), struck=True)


def _prediction_rows(hypothesis: Hypothesis) -> Iterator[Row]:
    """Each expectation and whether it was seen; one that stands among the lines is not repeated."""
    weighed = {line.why for line in hypothesis.contradicting}
    for prediction in hypothesis.predictions:
        text = RedactedText.format(
            "expected: {what} \u2014 {how}",
            what=prediction.text.line(),
            how=_OUTCOMES[prediction.outcome],
        )
        if text not in weighed:
            places = (place for line in prediction.citations if (place := _locus_label(line)))
            yield Row(text=text, citation=next(places, None))


def _locus_label(line: Citation) -> str | None:
    return line.locus.label if line.locus else None

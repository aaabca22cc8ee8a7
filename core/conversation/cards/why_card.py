"""Why is a hypothesis believed? Every weight, what it predicted, and what would change its mind.

What rests on a line that is not there is struck through and counts for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.hypotheses import Outcome
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.quotes import quote
from core.investigation.answering.beliefs import explained
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.cases.hypotheses import Citation, Hypothesis, Prediction
    from core.cases.model import Case

LINES = 6  # for and against that stand on the card; the rest is folded
_OUTCOMES = {
    Outcome.HELD: Clean.say("predicted, and held"),
    Outcome.FAILED: Clean.say("predicted, and failed"),
    Outcome.UNTESTED: Clean.say("predicts, not tested yet"),
}
_SCALE = Clean.say("Weights are log-odds, against something else: +2.3 is ten times as likely.")


def why_card(case: Case, one: Hypothesis) -> Card:
    """All that speaks for one of a case's hypotheses and against it."""
    said = Clean.say("{tag} {why}", tag=case.tag, why=explained(one).text)
    rows, fold = reasons(one)
    run = Action(verb="run", argument=str(one.number), label=Clean.say("Run check"))
    return Card(
        key=f"why:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=(Row(text=said, strong=True), *rows),
        fold=tuple(fold),
        actions=(run,) if one.is_alive else (),
        case_number=case.number,
    )


def reasons(one: Hypothesis) -> tuple[list[Row], list[Row]]:
    """The card's rows, and what is folded."""
    lines = [*one.supporting, *one.contradicting]
    weighed = sorted((line for line in lines if line.resolves), key=lambda line: -abs(line.weight))
    shown = [_weighed(line) for line in weighed]
    rows = shown[:LINES] or [Row(text=Clean.say("for: no line yet, unsupported"))]
    rows += _unsupported(lines)
    rows += [_predicted(prediction) for prediction in one.predictions]
    if one.check:
        check = Clean.say("Would change it: {check}", check=one.check.line())
        rows.append(Row(text=check))
    how = Clean.say("To try that: `run {n}`", n=one.number)
    return [*rows, Row(text=how)], [*shown[LINES:], Row(text=_SCALE)]


def weight(line: Citation) -> Clean:
    """`+3.2`, or with a minus sign."""
    sign = Clean.say("+") if line.weight >= 0 else Clean.say("\u2212")
    return Clean.say("{sign}{n}", sign=sign, n=round(abs(line.weight), 1))


def _weighed(line: Citation) -> Row:
    side = Clean.say("for") if line.weight >= 0 else Clean.say("against")
    text = Clean.say("{side} {weight}: {why}", side=side, weight=weight(line), why=_said(line))
    return Row(text=text, citation=_place(line))


def _said(line: Citation) -> Clean:
    """The reason, and the line where there is room for both."""
    quoted = quote(line.text)
    if not line.why or line.why == line.text:
        return quoted
    return Clean.say("{why}: {line}", why=line.why.line(), line=quoted)


def _unsupported(lines: Iterable[Citation]) -> Iterator[Row]:
    """Claims whose line is not where they say it is, struck through and counted."""
    hollow = [line for line in lines if not line.resolves]
    for line in hollow:
        said = Clean.say("unsupported: {why}", why=_said(line))
        yield Row(text=said, citation=_place(line), struck=True)
    if hollow:
        claims = quantities.counted(len(hollow), "claim rests", "claims rest")
        yield Row(
            text=Clean.say(
                "{claims} on no line that is there, and count for nothing", claims=claims
            )
        )


def _predicted(one: Prediction) -> Row:
    text = Clean.say("{how}: {what}", how=_OUTCOMES[one.outcome], what=one.text.line())
    place = next((place for line in one.citations if (place := _place(line))), None)
    return Row(text=text, citation=place)


def _place(line: Citation) -> str | None:
    return line.locus.label if line.locus else None

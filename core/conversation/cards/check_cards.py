"""Cards of checks: what to run, what each hypothesis predicts, and how to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.model import PredictionOutcome
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.feedback_cards import named_feedback_actions
from core.conversation.cards.reply_cards import note
from core.investigation.causes.metric_features import signature_of
from core.investigation.precedents import check_reference
from core.investigation.verdict.asked_checks import (
    SOMETHING_ELSE,
    found_something,
    says,
    scores_of,
    sights_of,
)
from core.text import quantities
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.cases.model import Case, Check, Expectation, Hypothesis
    from core.investigation.verdict.asked_checks import Seen

say = sentences("knowledge.feedback")

_LABEL_WIDTH = 40  # characters of what a button says
_MIN_LIKELIHOOD = 1 / 2  # likelihood from which a rival predicts a sight
_OUTCOMES = {
    PredictionOutcome.HELD: RedactedText.format("held"),
    PredictionOutcome.FAILED: RedactedText.format("failed"),
    PredictionOutcome.UNTESTED: RedactedText.format("not decided by it"),
}


def check_card(
    case: Case, checks: Sequence[Check], number: int, *, hypotheses: Sequence[Hypothesis]
) -> Card:
    """The first of `checks`, about hypothesis `number`; the others are folded."""
    best = checks[0]
    title = RedactedText.format(
        "{tag} check {n}: {ask}", tag=case.tag, n=number, ask=best.ask.line()
    )
    rows = [Row(text=title, strong=True)]
    if best.command is not None:
        rows.append(Row(text=best.command, code=True))
    rows += [Row(text=prediction) for prediction in predictions(best, hypotheses)]
    rows.append(Row(text=_answer_instruction(best, number)))
    return Card(
        key=f"check:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        actions=tuple(check_actions(best, number)),
        fold=tuple(_other_check_rows(_different(best, checks[1:]))),
        case_number=case.number,
    )


def check_actions(check: Check, number: int) -> Iterator[Action]:
    """All that came back; or, with a tap, what was seen; and whether asking for it helped."""
    nth, other = str(number), min(1, len(sights_of(check.expectations)))
    signature = signature_of(check.name.rpartition("/")[0].rpartition("/")[2])
    labels = signature.answers if signature else None
    yes, no = labels or (_label(says(check, sight)) for sight in (0, other))
    yield Action(verb="result", argument=nth, label=RedactedText.format("Paste output"))
    yield Action(verb="result", argument=f"{nth} yes", label=yes)
    yield Action(verb="result", argument=f"{nth} no", label=no)
    yield from named_feedback_actions(f"check {nth} @{check_reference(check.name)}", say("check"))


def predictions(check: Check, hypotheses: Sequence[Hypothesis]) -> Iterator[RedactedText]:
    """`If 1: "remaining connection slots"`, one line for all that predict the same."""
    known = {hypothesis.number for hypothesis in hypotheses}
    likeliest: dict[int, Expectation] = {}
    for expectation in check.expectations:
        best = likeliest.get(expectation.hypothesis)
        if best is None or (best.likely < _MIN_LIKELIHOOD and expectation.likely > best.likely):
            likeliest[expectation.hypothesis] = expectation
    of_hypotheses = [
        expectation
        for expectation in likeliest.values()
        if expectation.hypothesis in known | {SOMETHING_ELSE}
    ]
    for what, numbers in _group_by_prediction(of_hypotheses).items():
        named = [_hypothesis_name(number) for number in numbers]
        yield RedactedText.format(
            "If {who}: {what}", who=quantities.listed(named), what=what.line()
        )


def scored_card(case: Case, check: Check, seen: Seen) -> Card:
    """What was seen, and what that made of each rival's prediction."""
    tag, line = case.tag, seen.citation
    headline = RedactedText.format("{tag} checked: {what}", tag=tag, what=line.why.line())
    if not found_something(check, seen):
        headline = RedactedText.format(
            "{tag} checked: nothing of what it looks for was seen", tag=tag
        )
    scores = [
        RedactedText.format("{n} {outcome}", n=number, outcome=_OUTCOMES[outcome])
        for number, outcome in scores_of(check, seen)
    ]
    outcomes = RedactedText.format("Predictions: {scores}", scores=RedactedText.join(", ", scores))
    consequence = RedactedText.format("The causes are weighed again.")
    return note("checked", headline, outcomes, consequence, case=case)


def nothing_to_check(case: Case, wanted: RedactedText | None) -> Card:
    """The card where no check is left that would separate the hypotheses."""
    text = RedactedText.format("{tag} no check is open.", tag=case.tag)
    step = RedactedText.format("Bring evidence: drop a file here, or paste lines after `evidence`.")
    return note("no-check", text, wanted or step, case=case)


def _hypothesis_name(number: int) -> RedactedText:
    return RedactedText.format("{n}", n=number) if number else RedactedText.format("something else")


def _group_by_prediction(expectations: Iterable[Expectation]) -> dict[RedactedText, list[int]]:
    """Who predicts what, in the order of their numbers; something else comes last."""
    predictors: dict[RedactedText, list[int]] = {}
    for expectation in sorted(
        expectations,
        key=lambda expectation: (expectation.hypothesis == SOMETHING_ELSE, expectation.hypothesis),
    ):
        predictors.setdefault(expectation.says, []).append(expectation.hypothesis)
    return predictors


def _answer_instruction(check: Check, number: int) -> RedactedText:
    if check.command is None:
        return RedactedText.format("Tap what you see, or type it: `result {n} yes`", n=number)
    return RedactedText.format(
        "Then paste what it prints: `result {n} LINES`, or drop it here", n=number
    )


def _label(what: RedactedText) -> RedactedText:
    """What was seen, up to the first comma: `The certificate has expired`."""
    text = what.line()
    comma = text.text.find(", ")
    return (text if comma < 0 else text.part(0, comma)).cut(_LABEL_WIDTH)


def _different(best: Check, others: Sequence[Check]) -> list[Check]:
    """Those that ask or run something else than the ones before."""
    known = {best.ask, best.command}
    different: list[Check] = []
    for check in others:
        if check.ask not in known and (check.command is None or check.command not in known):
            different.append(check)
        known |= {check.ask, check.command}
    return different


def _other_check_rows(checks: Sequence[Check]) -> Iterator[Row]:
    for check in checks:
        yield Row(text=RedactedText.format("or: {ask}", ask=check.ask.line()))
        if check.command is not None:
            yield Row(text=check.command, code=True)

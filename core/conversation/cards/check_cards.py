"""How does a check become a card? What to run, what each rival predicts, and how to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.hypotheses import Outcome
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.reply_cards import note
from core.investigation.checks.expectations import SOMETHING_ELSE, sights_of
from core.investigation.checks.outcomes import found_something, says, scores_of
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.cases.hypotheses import Check, Expectation, Hypothesis
    from core.cases.model import Case
    from core.investigation.checks.outcomes import Seen

_LABEL = 60  # characters of what a button says, beside `Yes: `
_WORTH = 1 / 2  # likelihood from which a rival predicts a sight
_OUTCOMES = {
    Outcome.HELD: Clean.say("held"),
    Outcome.FAILED: Clean.say("failed"),
    Outcome.UNTESTED: Clean.say("not decided by it"),
}


def check_card(
    case: Case, checks: Sequence[Check], number: int, *, hypotheses: Sequence[Hypothesis]
) -> Card:
    """The first of `checks`, about hypothesis `number`; the others are folded."""
    best = checks[0]
    title = Clean.say("{tag} check {n}: {ask}", tag=case.tag, n=number, ask=best.ask.line())
    rows = [Row(text=title, strong=True)]
    if best.command is not None:
        rows.append(Row(text=best.command, code=True))
    rows += [Row(text=one) for one in predictions(best, hypotheses)]
    rows.append(Row(text=_how_to_answer(best, number)))
    return Card(
        key=f"check:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        actions=tuple(check_actions(best, number)),
        fold=tuple(_others(checks[1:])),
        case_number=case.number,
    )


def check_actions(check: Check, number: int) -> Iterator[Action]:
    """All that came back; or, with a tap, what was seen."""
    nth, other = str(number), min(1, len(sights_of(check.expectations)))
    yes = Clean.say("Yes: {what}", what=says(check, 0).line().cut(_LABEL))
    no = Clean.say("No: {what}", what=says(check, other).line().cut(_LABEL))
    yield Action(verb="result", argument=nth, label=Clean.say("Paste output"))
    yield Action(verb="result", argument=f"{nth} yes", label=yes)
    yield Action(verb="result", argument=f"{nth} no", label=no)


def predictions(check: Check, hypotheses: Sequence[Hypothesis]) -> Iterator[Clean]:
    """`If 1: "remaining connection slots"`, one line for all that predict the same."""
    known = {one.number for one in hypotheses}
    likeliest: dict[int, Expectation] = {}
    for one in check.expectations:
        best = likeliest.get(one.hypothesis)
        if best is None or (best.likely < _WORTH and one.likely > best.likely):
            likeliest[one.hypothesis] = one
    told = [one for one in likeliest.values() if one.hypothesis in known | {SOMETHING_ELSE}]
    for what, numbers in _by_words(told).items():
        named = [_who(number) for number in numbers]
        yield Clean.say("If {who}: {what}", who=quantities.listed(named), what=what.line())


def scored_card(case: Case, check: Check, seen: Seen) -> Card:
    """What was seen, and what that made of each rival's prediction."""
    tag, line = case.tag, seen.citation
    what = Clean.say("{tag} checked: {what}", tag=tag, what=line.why.line())
    if not found_something(check, seen):
        what = Clean.say("{tag} checked: nothing of what it looks for was seen", tag=tag)
    scores = [
        Clean.say("{n} {outcome}", n=number, outcome=_OUTCOMES[outcome])
        for number, outcome in scores_of(check, seen)
    ]
    said = Clean.say("Predictions: {scores}", scores=Clean.join(", ", scores))
    rest = Clean.say("The causes are weighed again.")
    return note("checked", what, said, rest, case=case)


def nothing_to_check(case: Case, wanted: Clean | None) -> Card:
    """Nothing is left that would separate what is believed."""
    said = Clean.say("{tag} no check is open.", tag=case.tag)
    step = Clean.say("Bring evidence: drop a file here, or paste lines after `evidence`.")
    return note("no-check", said, wanted or step, case=case)


def _who(number: int) -> Clean:
    return Clean.say("{n}", n=number) if number else Clean.say("something else")


def _by_words(told: Iterable[Expectation]) -> dict[Clean, list[int]]:
    """Who predicts what, in the order of their numbers; something else comes last."""
    found: dict[Clean, list[int]] = {}
    for one in sorted(told, key=lambda one: (one.hypothesis == SOMETHING_ELSE, one.hypothesis)):
        found.setdefault(one.says, []).append(one.hypothesis)
    return found


def _how_to_answer(check: Check, number: int) -> Clean:
    if check.command is None:
        return Clean.say("Tap what you see, or type it: `result {n} yes`", n=number)
    return Clean.say("Then paste what it prints: `result {n} LINES`, or drop it here", n=number)


def _others(checks: Sequence[Check]) -> Iterator[Row]:
    for one in checks:
        yield Row(text=Clean.say("or: {ask}", ask=one.ask.line()))
        if one.command is not None:
            yield Row(text=one.command, code=True)

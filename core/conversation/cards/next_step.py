"""What comes next with a case? On its card the line that begins with `Next`, and its button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.hypotheses import Hypothesis, HypothesisState
from core.cases.investigation_state import Solution, SolutionState
from core.conversation.cards.card import Action, Row
from core.investigation.checks.arrivals import open_checks
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.cases.events import CaseView

_SHORT = 76  # of what is better told in whole clauses, where lines are shorter
_RUN = Action(verb="run", argument="", label=Clean.say("Run check"))


def open_hypotheses(view: CaseView) -> list[Hypothesis]:
    """What is still believed possible, a confirmed one first, then by rank."""
    alive = [one for one in view.hypotheses if one.is_alive]
    return sorted(alive, key=lambda one: (one.state is not HypothesisState.VALIDATED, one.rank))


def proposed(view: CaseView) -> Solution | None:
    """The fix that waits for somebody to do it."""
    waiting = [one for one in view.course.solutions if one.state is SolutionState.PROPOSED]
    return waiting[-1] if waiting else None


def next_row(view: CaseView, best: Hypothesis) -> Row:
    """The line of the case's card."""
    return Row(text=Clean.say("Next: {step}", step=next_step(view, best)))


def next_step(view: CaseView, best: Hypothesis) -> Clean:
    """The fix that waits for somebody, or what decides: the check that was asked last."""
    fix, asked = proposed(view), next(iter(open_checks(view.course)), None)
    if fix is not None:
        said = fix.text.line().clause(_SHORT - 20)
        return Clean.say("{fix}, then `fixed {n}`", fix=said, n=fix.number)
    if asked is not None and best.state is not HypothesisState.VALIDATED:
        ask = asked.check.ask.line().clause(_SHORT - 14)
        return Clean.say("{ask} → `run`", ask=ask)
    if best.state is HypothesisState.VALIDATED:
        return Clean.say("fix it, then `resolve` with what fixed it")
    return best.check.line().clause(_SHORT - 6)


def next_actions(view: CaseView) -> tuple[Action, ...]:
    """To say that the fix was done where one is proposed; else to try what decides."""
    fix = proposed(view)
    if fix is not None:
        done = Clean.say("Mark as fixed")
        return (Action(verb="fixed", argument=str(fix.number), label=done),)
    return (_RUN,) if open_hypotheses(view) else ()

"""Which phase is a case in, and when is it stuck? Pure functions on what is known and decided.

Consulting leads to diagnosing with the first look. Diagnosing leads to analyzing where a root cause
is said, by the evidence or by a person. Analyzing leads to resolved where evidence from after the
fix shows that it helped, and back to diagnosing where what is known now contradicts the cause.

The history holds entries. A phase that was entered more than MAX_ENTRIES times among the last
LOOKS_BACK is a loop; more than MAX_ITERATIONS turns in one phase lead nowhere. Both are escalated:
people are told that the engine cannot go on alone. A turn is an iteration where it weighs evidence
that was not weighed before, and none is still being read: a question, a repeated alert or one of
ten files dropped together does not make a case stuck.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.hypotheses import Hypothesis, HypothesisState
from core.cases.investigation_state import Course, SolutionState
from core.cases.model import CaseState
from core.evidence.model import FileState
from core.investigation.model import Verdict
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.events import CaseView
    from core.investigation.decision import Decision, Situation

MAX_ITERATIONS = 5
MAX_ENTRIES, LOOKS_BACK = 3, 10

_NAMES = {
    CaseState.CONSULTING: Clean.say("consulting"),
    CaseState.DIAGNOSING: Clean.say("diagnosing"),
    CaseState.ANALYZING: Clean.say("analyzing"),
    CaseState.RESOLVED: Clean.say("resolved"),
    CaseState.CLOSED: Clean.say("closed"),
}


@dataclass(frozen=True, kw_only=True)
class Entering:
    """A phase that the case enters now; `hypothesis` is the cause that it is about."""

    phase: CaseState
    why: Clean
    hypothesis: int | None = None


def advance(view: CaseView, decision: Decision) -> tuple[Entering, ...]:
    """The phases that an open case enters by a decision, in order; most often none."""
    cause = root_cause(decision)
    if view.case.state is CaseState.ANALYZING:
        if _still_holds(view, cause):
            return ()
        back = Entering(phase=CaseState.DIAGNOSING, why=_why_back(view, cause))
        return (back, *_ahead(view.course, cause))
    return _ahead(view.course, cause)


def root_cause(decision: Decision) -> Hypothesis | None:
    """The hypothesis of which "root cause" is said: a person's, else the leader."""
    if decision.verdict is not Verdict.ROOT_CAUSE:
        return None
    alive = [one for one in decision.hypotheses if one.is_alive]
    said = [one for one in alive if one.verdict_by is not None]
    return next(iter([*said, *alive]), None)


def weighed(situation: Situation) -> str:
    """A digest of the evidence that a turn weighs; empty where there is none.

    Alerts are not in it: they say that something is wrong, and repeat. What people found out by a
    check is.
    """
    told = [
        f"{file.id} {file.state} {file.events} {len(situation.findings.get(file.id, ()))}"
        for file in situation.files
    ]
    files = {file.id for file in situation.files}
    answers = ((one.check.name, one.answered_by) for one in situation.course.checks)
    told += [f"{name} {by}" for name, by in answers if by is not None and by not in files]
    return hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest() if told else ""


def is_iteration(situation: Situation) -> bool:
    """Does a turn on this count as one spent in its phase?"""
    if any(file.state is FileState.RECEIVED for file in situation.files):
        return False
    return weighed(situation) != situation.course.weighed


def escalation(
    course: Course, entering: Sequence[Entering], *, iterates: bool, missing: Sequence[Clean]
) -> Clean | None:
    """Why people must take over, in words; None where they need not, or have been told."""
    looped = loop_of(course, entering)
    if looped is not None:
        return Clean.say(
            "Back to {phase} for the {n}th time: what was taken for the cause did not hold",
            phase=_NAMES[looped],
            n=MAX_ENTRIES + 1,
        )
    stays = iterates and not entering and not _was_escalated_since(course, _entered_at(course))
    if not stays or course.iterations < MAX_ITERATIONS:
        return None
    wanted = Clean.join("; ", list(missing[:2])) or Clean.say("another pair of eyes")
    return Clean.say(
        "{n} looks at new evidence, and none was decisive. Missing: {wanted}",
        n=course.iterations + 1,
        wanted=wanted,
    )


def loop_of(course: Course, entering: Sequence[Entering] = ()) -> CaseState | None:
    """The phase that was entered too often since people were told last."""
    told = course.escalated_at
    known = [one.phase for one in course.phases if told is None or one.at > told]
    recent = [*known, *(one.phase for one in entering)][-LOOKS_BACK:]
    often = (phase for phase, count in Counter(recent).items() if count > MAX_ENTRIES)
    return next(often, None)


def _ahead(course: Course, cause: Hypothesis | None) -> tuple[Entering, ...]:
    """To analyzing; not for a cause whose fix did not help, until a person confirms it again."""
    if cause is None or _fix_failed(course, cause.number, since=None):
        return ()
    why = Clean.say("{n}. {cause}", n=cause.number, cause=cause.statement.line())
    return (Entering(phase=CaseState.ANALYZING, why=why, hypothesis=cause.number),)


def _still_holds(view: CaseView, cause: Hypothesis | None) -> bool:
    """Is what the case is being analyzed for still the cause?"""
    if cause is None or _fix_failed(view.course, cause.number, since=_entered_at(view.course)):
        return False
    return _about(view) in (None, cause.number)


def _about(view: CaseView) -> int | None:
    """The cause that the phase was entered for; a person's word has none in its entry."""
    entered = view.course.phases[-1].hypothesis if view.course.phases else None
    if entered is not None:
        return entered
    alive = (one for one in view.hypotheses if one.state is HypothesisState.VALIDATED)
    return next((one.number for one in alive), None)


def _why_back(view: CaseView, cause: Hypothesis | None) -> Clean:
    about = _about(view)
    if cause is not None and about not in (None, cause.number):
        return Clean.say("the evidence now speaks for {n}, not for {m}", n=cause.number, m=about)
    if cause is not None:
        return Clean.say("the fix of {n} did not help", n=cause.number)
    return Clean.say("the evidence does not carry {n} any more", n=about)


def _fix_failed(course: Course, hypothesis: int, *, since: datetime | None) -> bool:
    return any(
        one.hypothesis == hypothesis
        and one.state is SolutionState.FAILED
        and (since is None or one.settled_at is None or one.settled_at >= since)
        for one in course.solutions
    )


def _entered_at(course: Course) -> datetime | None:
    return course.phases[-1].at if course.phases else None


def _was_escalated_since(course: Course, moment: datetime | None) -> bool:
    told = course.escalated_at
    return told is not None and (moment is None or told >= moment)

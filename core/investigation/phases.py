"""Phases of a case: transitions, escalation of stuck cases, and whether a fix helped.

Consulting leads to diagnosing with the first look. Diagnosing leads to analyzing where a root cause
is said, by the evidence or by a person. Analyzing leads to resolved where evidence from after the
fix shows that it helped, and back to diagnosing where what is known now contradicts the cause.

The history holds entries. A phase that was entered more than MAX_ENTRIES times among the last
LOOKS_BACK is a loop; more than MAX_ITERATIONS turns in one phase lead nowhere. Both are escalated:
people are told that the engine cannot go on alone. A turn is an iteration where it weighs evidence
that was not weighed before, and none is still being read: a question, a repeated alert or one of
ten files dropped together does not make a case stuck.

The engine proposes a fix for the cause that it names. A person says that it was done. Then evidence
from after that moment decides: what fires or is logged again says that it failed; quiet that lasts,
with an alert that ended or a file that tells of the time after, says that it helped.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.investigation_state import InvestigationState, Solution, SolutionState
from core.cases.model import CaseState, Cause, Citation, EvidenceKind, Hypothesis, HypothesisState
from core.evidence.model import FileState, Finding, FindingKind, Locus
from core.evidence.signatures import Role, signals
from core.investigation.causes.scored_cause import name_of
from core.investigation.decision import Decision, Situation, Verdict
from core.investigation.remedies import remedy
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.cases.projection import CaseView
    from core.investigation.precedents import Precedent

say = sentences("investigation.phases")


MAX_ITERATIONS = 5
MAX_ENTRIES, LOOKS_BACK = 3, 10

_NAMES = {
    CaseState.CONSULTING: say.later("consulting"),
    CaseState.DIAGNOSING: say.later("diagnosing"),
    CaseState.ANALYZING: say.later("analyzing"),
    CaseState.RESOLVED: say.later("resolved"),
    CaseState.CLOSED: say.later("closed"),
}


@dataclass(frozen=True, kw_only=True)
class Entering:
    """A phase that the case enters now; `hypothesis` is the number of the cause it is about."""

    phase: CaseState
    why: RedactedText
    hypothesis: int | None = None


def advance(view: CaseView, decision: Decision) -> tuple[Entering, ...]:
    """The phases that an open case enters after a decision, in order; usually none."""
    cause = root_cause(decision)
    if view.case.state is CaseState.ANALYZING:
        if _still_holds(view, cause):
            return ()
        back = Entering(phase=CaseState.DIAGNOSING, why=_why_back(view, cause))
        return (back, *_ahead(view.investigation, cause))
    return _ahead(view.investigation, cause)


def root_cause(decision: Decision) -> Hypothesis | None:
    """The root cause of a decision: the hypothesis a person confirmed, else the leader."""
    if decision.verdict is not Verdict.ROOT_CAUSE:
        return None
    alive = [hypothesis for hypothesis in decision.hypotheses if hypothesis.is_alive]
    confirmed = [hypothesis for hypothesis in alive if hypothesis.verdict_by is not None]
    return next(iter([*confirmed, *alive]), None)


def weighed(situation: Situation) -> str:
    """A digest of the evidence that a turn considers; empty if there is none.

    Alerts are not included: they say that something is wrong, and repeat. Answers of people to
    checks are included.
    """
    parts = [
        f"{file.id} {file.state} {file.events} {len(situation.findings.get(file.id, ()))}"
        for file in situation.files
    ]
    files = {file.id for file in situation.files}
    answers = (
        (asked_check.check.name, asked_check.answered_by)
        for asked_check in situation.investigation.checks
    )
    parts += [f"{name} {by}" for name, by in answers if by is not None and by not in files]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest() if parts else ""


def is_iteration(situation: Situation) -> bool:
    """Whether a turn counts as an iteration of its phase: it has new, fully read evidence."""
    if any(file.state is FileState.RECEIVED for file in situation.files):
        return False
    return weighed(situation) != situation.investigation.weighed


def escalation(
    investigation: InvestigationState,
    entering: Sequence[Entering],
    *,
    iterates: bool,
    missing: Sequence[RedactedText],
) -> RedactedText | None:
    """Why people must take over; None if they need not, or have been told already."""
    looped = loop_of(investigation, entering)
    if looped is not None:
        return say(
            "back_too_often",
            phase=_NAMES[looped](),
            n=MAX_ENTRIES + 1,
        )
    stays = (
        iterates
        and not entering
        and not _was_escalated_since(investigation, _entered_at(investigation))
    )
    if not stays or investigation.iterations < MAX_ITERATIONS:
        return None
    text = RedactedText.join("; ", list(missing[:2])) or say("wants_more_eyes")
    return say(
        "nothing_decisive",
        n=investigation.iterations + 1,
        wanted=text,
    )


def loop_of(
    investigation: InvestigationState, entering: Sequence[Entering] = ()
) -> CaseState | None:
    """The phase that was entered too often since the last escalation."""
    escalated_at = investigation.escalated_at
    phases = [
        entry.phase
        for entry in investigation.phases
        if escalated_at is None or entry.at > escalated_at
    ]
    recent = [*phases, *(entry.phase for entry in entering)][-LOOKS_BACK:]
    often = (phase for phase, count in Counter(recent).items() if count > MAX_ENTRIES)
    return next(often, None)


def _ahead(investigation: InvestigationState, cause: Hypothesis | None) -> tuple[Entering, ...]:
    """The step to analyzing; none for a cause whose fix failed, unless confirmed again."""
    if cause is None or _fix_failed(investigation, cause.number, since=None):
        return ()
    why = RedactedText.format("{n}. {cause}", n=cause.number, cause=cause.statement.line())
    return (Entering(phase=CaseState.ANALYZING, why=why, hypothesis=cause.number),)


def _still_holds(view: CaseView, cause: Hypothesis | None) -> bool:
    """Whether the cause that the case is being analyzed for is still the root cause."""
    if cause is None or _fix_failed(
        view.investigation, cause.number, since=_entered_at(view.investigation)
    ):
        return False
    return _about(view) in (None, cause.number)


def _about(view: CaseView) -> int | None:
    """The cause that the phase was entered for; one a person validated if the entry names none."""
    entered = view.investigation.phases[-1].hypothesis if view.investigation.phases else None
    if entered is not None:
        return entered
    alive = (
        hypothesis
        for hypothesis in view.hypotheses
        if hypothesis.state is HypothesisState.VALIDATED
    )
    return next((hypothesis.number for hypothesis in alive), None)


def _why_back(view: CaseView, cause: Hypothesis | None) -> RedactedText:
    """Why the case goes back to diagnosing."""
    about = _about(view)
    if cause is not None and about not in (None, cause.number):
        return say("other_cause_now", n=cause.number, m=about)
    if cause is not None:
        return say("fix_did_not_help", n=cause.number)
    return say("cause_not_carried", n=about)


def _fix_failed(
    investigation: InvestigationState, hypothesis: int, *, since: datetime | None
) -> bool:
    return any(
        solution.hypothesis == hypothesis
        and solution.state is SolutionState.FAILED
        and (since is None or solution.settled_at is None or solution.settled_at >= since)
        for solution in investigation.solutions
    )


def _entered_at(investigation: InvestigationState) -> datetime | None:
    return investigation.phases[-1].at if investigation.phases else None


def _was_escalated_since(investigation: InvestigationState, moment: datetime | None) -> bool:
    escalated_at = investigation.escalated_at
    return escalated_at is not None and (moment is None or escalated_at >= moment)


SETTLES = timedelta(minutes=2)  # what is logged so soon after a fix may still be of before it
_CITED = 3


def propose(
    cause: Hypothesis,
    investigation: InvestigationState,
    *,
    at: datetime,
    trigger: Citation | None = None,
    precedent: Precedent | None = None,
    is_unseen: bool = False,
) -> Solution | None:
    """The solution for a cause; None if one was proposed already.

    trigger: the change that set the cause off, which is undone before another one. precedent: the
    fix that people made in past cases of the cause, which goes first. is_unseen: whether no log of
    its service is here.
    """
    if any(solution.hypothesis == cause.number for solution in investigation.solutions):
        return None
    return Solution(
        number=max((solution.number for solution in investigation.solutions), default=0) + 1,
        hypothesis=cause.number,
        text=precedent.text if precedent else remedy(cause, trigger, is_unseen=is_unseen),
        expects=say("fix_expects"),
        state=SolutionState.PROPOSED,
        proposed_at=at,
        record=precedent.record if precedent else None,
    )


def settle(view: CaseView, situation: Situation, *, hold: timedelta) -> tuple[Solution, ...]:
    """The solutions that later evidence decides now. hold: how long it must stay quiet.

    A solution that helped may still fail later, if its alert fires or its lines are logged again.
    """
    settled = (
        _settled(solution, view, situation, hold=hold) for solution in view.investigation.solutions
    )
    return tuple(solution for solution in settled if solution is not None)


def _settled(
    solution: Solution, view: CaseView, situation: Situation, *, hold: timedelta
) -> Solution | None:
    done_at = solution.confirmed_at
    if done_at is None or solution.state not in (SolutionState.CONFIRMED, SolutionState.VALIDATED):
        return None
    cause = next((h.cause for h in view.hypotheses if h.number == solution.hypothesis), None)
    again = [*_fired_again(situation, since=done_at), *_logged_again(cause, situation, done_at)]
    if again:
        state, citations = SolutionState.FAILED, again
    elif solution.state is SolutionState.VALIDATED or situation.at - done_at < hold:
        return None
    else:
        state, citations = (
            SolutionState.VALIDATED,
            list(_signs_of_quiet(cause, view, situation, done_at, hold)),
        )
    if not citations:
        return None
    return replace(
        solution, state=state, settled_at=situation.at, citations=tuple(citations[:_CITED])
    )


def _fired_again(situation: Situation, *, since: datetime) -> Iterator[Citation]:
    """Alerts that had fired before the fix and start again after it."""
    before = {
        occurrence.fingerprint
        for occurrence in situation.occurrences
        if occurrence.starts_at <= since
    }
    for occurrence in situation.occurrences:
        if occurrence.latest_start > since and occurrence.fingerprint in before:
            text = say("alert_fires_again", name=name_of(occurrence.service))
            why = say("since", at=occurrence.latest_start)
            yield _witness(text, why, EvidenceKind.ALERT)


def _logged_again(cause: Cause | None, situation: Situation, since: datetime) -> Iterator[Citation]:
    """Lines about the cause, logged after the fix had time to settle."""
    for finding in _findings_about(cause, situation):
        if finding.last is not None and finding.last > since + SETTLES:
            why = say("still_logged", at=finding.last)
            yield replace(_witness(finding.text, why, EvidenceKind.LOG), locus=finding.locus)


def _signs_of_quiet(
    cause: Cause | None, view: CaseView, situation: Situation, since: datetime, hold: timedelta
) -> Iterator[Citation]:
    """Evidence of quiet after the fix: alerts that ended, files that reach beyond it."""
    quiet_since = view.case.quiet_since
    if view.case.firing:
        return
    if quiet_since is not None and situation.at - quiet_since >= hold:
        text = say("alerts_ended")
        why = say("nothing_fired_since", at=quiet_since)
        yield _witness(text, why, EvidenceKind.ALERT)
    elif situation.occurrences:
        return
    for file in situation.files:
        is_about_cause = cause is None or file.service == cause.service
        if is_about_cause and file.last is not None and file.last > since + SETTLES:
            text = say("no_line_shows_it", name=file.name.line())
            whole = Locus(file=file.name.text, line_start=1, line_end=max(1, file.lines))
            why = say("up_to", at=file.last)
            yield replace(_witness(text, why, EvidenceKind.LOG), locus=whole)


def _findings_about(cause: Cause | None, situation: Situation) -> Iterator[Finding]:
    """Findings that match a log pattern of the cause at its service."""
    if cause is None:
        return
    faults = {
        name
        for name, signal in signals().items()
        if signal.fault == cause.fault and signal.role is Role.FOR
    }
    for findings in situation.findings.values():
        for finding in findings:
            own = cause.service is None or finding.service == cause.service
            if own and finding.kind is FindingKind.SIGNAL and faults.intersection(finding.signals):
                yield finding


def _witness(text: RedactedText, why: RedactedText, kind: EvidenceKind) -> Citation:
    return Citation(text=text, locus=None, weight=0.0, why=why, kind=kind)

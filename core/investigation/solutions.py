"""What would mend the case, was it done, and did it help? Proposed, confirmed, validated or failed.

The engine proposes one for the cause that it names. A person says that it was done. Then evidence
from after that moment decides: what fires or is logged again says that it failed; quiet that lasts,
with an alert that ended or a file that tells of the time after, says that it helped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.hypotheses import Citation, EvidenceKind
from core.cases.investigation_state import Solution, SolutionState
from core.cases.lifecycle import Change, investigate, record
from core.errors import NotAllowedNow, NotFound
from core.evidence.model import FindingKind, Locus
from core.investigation.causes.weighing import name_of
from core.investigation.ranking.faults import signature_of
from core.jobs.catalogue import settle_case
from core.signatures import Role, signals
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from core.cases.events import CaseView
    from core.cases.hypotheses import Cause, Hypothesis
    from core.cases.investigation_state import Course
    from core.evidence.model import Finding
    from core.investigation.decision import Situation
    from core.store import Unit
    from core.workflows.services import Services

SETTLES = timedelta(minutes=2)  # what is logged so soon after a fix may still be of before it
_CITED = 3


async def confirm_solution(
    unit: Unit, view: CaseView, number: int, *, by: str, services: Services
) -> CaseView:
    """A person says that it was done; turns to come look whether it helped. `view` is locked.

    Raises NotFound, and NotAllowedNow where it was confirmed before or the case is over.
    """
    solution = next((one for one in view.course.solutions if one.number == number), None)
    if solution is None:
        message = f"#{view.case.number} has no solution {number}"
        raise NotFound(message, next_step="Type `status` for what is proposed.")
    if solution.state is not SolutionState.PROPOSED or not view.case.state.is_open:
        message = f"solution {number} of #{view.case.number} is {solution.state} already"
        raise NotAllowedNow(message, next_step="Type `status` to see what came of it.")
    now = services.clock.now()
    change = Change(kind=EventKind.SOLUTION_CONFIRMED, data={"number": number})
    view = await record(unit, view, view.case.id, [change], at=now, actor=by)
    await investigate(unit, view, services=services)
    await _look_again(unit, view, services=services)
    return view


async def _look_again(unit: Unit, view: CaseView, *, services: Services) -> None:
    """Where it is quiet already, nothing else would wake us when that has lasted long enough."""
    if view.case.quiet_since is None:
        return
    await unit.jobs.add(
        settle_case(
            view.case.id,
            tenant_id=view.case.tenant_id,
            quiet_since=view.case.quiet_since,
            due=services.clock.now() + services.rules.resolve_after,
            clock=services.clock,
            chance=services.chance,
        )
    )


def propose(cause: Hypothesis, course: Course, *, at: datetime) -> Solution | None:
    """What would mend it; None where that is proposed, or where doing it did not help."""
    if any(one.hypothesis == cause.number for one in course.solutions):
        return None
    return Solution(
        number=max((one.number for one in course.solutions), default=0) + 1,
        hypothesis=cause.number,
        text=_mend(cause),
        expects=Clean.say("every alert of the case ends, and no new line tells of it"),
        state=SolutionState.PROPOSED,
        proposed_at=at,
    )


def settle(view: CaseView, situation: Situation, *, hold: timedelta) -> tuple[Solution, ...]:
    """The solutions that evidence from after the fix decides now. hold: how long quiet must last.

    One that helped may fail later: then it fires, or is logged, again.
    """
    settled = (_settled(one, view, situation, hold=hold) for one in view.course.solutions)
    return tuple(one for one in settled if one is not None)


def _settled(
    one: Solution, view: CaseView, situation: Situation, *, hold: timedelta
) -> Solution | None:
    done_at = one.confirmed_at
    if done_at is None or one.state not in (SolutionState.CONFIRMED, SolutionState.VALIDATED):
        return None
    cause = next((h.cause for h in view.hypotheses if h.number == one.hypothesis), None)
    again = [*_fired_again(situation, since=done_at), *_logged_again(cause, situation, done_at)]
    if again:
        state, shown = SolutionState.FAILED, again
    elif one.state is SolutionState.VALIDATED or situation.at - done_at < hold:
        return None
    else:
        state, shown = SolutionState.VALIDATED, list(_quiet(cause, view, situation, done_at, hold))
    if not shown:
        return None
    return replace(one, state=state, settled_at=situation.at, citations=tuple(shown[:_CITED]))


def _fired_again(situation: Situation, *, since: datetime) -> Iterator[Citation]:
    """Alerts that had fired before the fix and begin anew after it."""
    before = {one.fingerprint for one in situation.occurrences if one.starts_at <= since}
    for one in situation.occurrences:
        if one.latest_start > since and one.fingerprint in before:
            text = Clean.say("the alert of {name} fires again", name=name_of(one.service))
            why = Clean.say("since {at}", at=one.latest_start)
            yield _witness(text, why, EvidenceKind.ALERT)


def _logged_again(cause: Cause | None, situation: Situation, since: datetime) -> Iterator[Citation]:
    """Lines that tell of the cause after the fix had time to settle."""
    for one in _told(cause, situation):
        if one.last is not None and one.last > since + SETTLES:
            why = Clean.say("still told of at {at}", at=one.last)
            yield replace(_witness(one.text, why, EvidenceKind.LOG), locus=one.locus)


def _quiet(
    cause: Cause | None, view: CaseView, situation: Situation, since: datetime, hold: timedelta
) -> Iterator[Citation]:
    """What tells of quiet after the fix: alerts that ended for good, files that reach beyond it."""
    quiet_since = view.case.quiet_since
    if view.case.firing:
        return
    if quiet_since is not None and situation.at - quiet_since >= hold:
        text = Clean.say("every alert of the case has ended")
        why = Clean.say("nothing has fired since {at}", at=quiet_since)
        yield _witness(text, why, EvidenceKind.ALERT)
    elif situation.occurrences:
        return
    for file in situation.files:
        told = cause is None or file.service == cause.service
        if told and file.last is not None and file.last > since + SETTLES:
            text = Clean.say("no line of {name} tells of it", name=file.name.line())
            whole = Locus(file=file.name.text, line_start=1, line_end=max(1, file.lines))
            why = Clean.say("up to {at}", at=file.last)
            yield replace(_witness(text, why, EvidenceKind.LOG), locus=whole)


def _told(cause: Cause | None, situation: Situation) -> Iterator[Finding]:
    if cause is None:
        return
    faults = {
        name
        for name, signal in signals().items()
        if signal.fault == cause.fault and signal.role is Role.FOR
    }
    for found in situation.findings.values():
        for one in found:
            own = cause.service is None or one.service == cause.service
            if own and one.kind is FindingKind.SIGNAL and faults.intersection(one.signals):
                yield one


def _mend(cause: Hypothesis) -> Clean:
    """In words: what the fault takes, and the change that came before it where there was one."""
    known = signature_of(cause.cause.fault)
    mend = known.mend.line() if known else Clean.EMPTY
    if not mend:
        mend = Clean.say("mend it where it is: {cause}", cause=cause.statement.line())
    if any(line.kind is EvidenceKind.CHANGE and line.resolves for line in cause.supporting):
        return Clean.say("{mend}; begin with the change that came right before it", mend=mend)
    return mend


def _witness(text: Clean, why: Clean, kind: EvidenceKind) -> Citation:
    return Citation(text=text, locus=None, weight=0.0, why=why, kind=kind)

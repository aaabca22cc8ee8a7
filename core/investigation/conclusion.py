"""What is believed, what is missing, and what is the one thing to ask now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.hypotheses import Hypothesis, Trust, WorkingConclusion
from core.cases.investigation_state import SolutionState
from core.investigation.causes.scene import Scene
from core.investigation.causes.weighing import Weighed, name_of
from core.investigation.checks.choosing import question_of
from core.investigation.model import Verdict
from core.investigation.verdict.hypotheses import judged
from core.signatures import signatures
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from core.cases.hypotheses import Check
    from core.cases.investigation_state import Course
    from core.investigation.decision import Decision, Situation

_RIVAL = 0.1  # share of a rival that is worth a question of its own
_MANY_MISSING = 4
_LEADS = 0.5  # share of the posterior from which the leader is trusted a little
_SUPPORTING, _NEXT_STEPS = 3, 3


def missing_evidence(
    situation: Situation, hypotheses: Sequence[Hypothesis], ranked: Sequence[Weighed]
) -> tuple[Clean, ...]:
    """What would help most, first."""
    wanted = list(_unread_peers(situation, ranked))
    best = next((one for one in hypotheses if one.is_alive), None)
    if best is not None:
        wanted += _to_bring(best, ranked)
    if best is None:
        wanted += _first_things(situation)
    if not any(one.is_telling for one in Scene(situation).changes):
        wanted.append(Clean.say("what was deployed or changed in the hour before"))
    return tuple(dict.fromkeys(wanted))[:_MANY_MISSING]


def next_question(
    hypotheses: Sequence[Hypothesis],
    missing: Sequence[Clean],
    verdict: Verdict,
    checks: Sequence[Check] = (),
) -> Clean | None:
    """The one thing to ask of people now; None where nothing is open. checks: the best first."""
    open_ones = [one for one in hypotheses if one.is_alive]
    if verdict is Verdict.ROOT_CAUSE and judged(open_ones[0]):
        return None
    if checks:
        return question_of(checks[0], hypotheses, verdict)
    return Clean.say("Bring {what}.", what=missing[0]) if missing else None


def _to_bring(best: Hypothesis, ranked: Sequence[Weighed]) -> Iterator[Clean]:
    """What would tell more of its fault. Not every fault that measurements show has a signature."""
    known = (one.candidate for one in ranked if one.candidate.cause.key == best.cause.key)
    signature = next((one.signature for one in known), signatures().get(best.cause.fault))
    if signature is not None:
        yield signature.bring


def _unread_peers(situation: Situation, ranked: Sequence[Weighed]) -> list[Clean]:
    """Logs of services that callers complain about and that nobody has brought."""
    brought = {file.service for file in situation.files}
    unread = []
    for one in ranked[:2]:
        candidate = one.candidate
        service, told_by_callers = candidate.cause.service, not candidate.told_by_itself
        if not candidate.signature.symptom or one.explained_by is not None:
            continue
        if told_by_callers and service not in brought:
            unread.append(Clean.say("the log of {name}", name=name_of(service)))
        elif not told_by_callers:
            unread.append(Clean.say("the log of what {name} calls there", name=name_of(service)))
    return unread


def _first_things(situation: Situation) -> list[Clean]:
    services = list(dict.fromkeys(one.service for one in situation.occurrences if one.service))
    if not situation.files and services:
        return [
            Clean.say("the log of {name}, from 10 min before the alert", name=name_of(services[0]))
        ]
    if not situation.files:
        return [Clean.say("a log of the failing service, from 10 min before it began")]
    return [
        Clean.say("the log of what the failing service calls (database, cache, other services)"),
        Clean.say("a log that covers the time before the first error"),
    ]


def draw_conclusion(course: Course, decision: Decision, *, at: datetime) -> WorkingConclusion:
    """What is believed after a turn, how far that can be trusted, on which lines, and what next."""
    alive = [one for one in decision.hypotheses if one.is_alive]
    leader = next(iter(alive), None)
    lines = leader.supporting if leader else ()
    return WorkingConclusion(
        conclusion=_believed(decision, leader),
        confidence=_trust(decision, leader),
        supporting=tuple(one for one in lines if one.resolves)[:_SUPPORTING],
        next_steps=tuple(_steps(course, decision))[:_NEXT_STEPS],
        updated_at=at,
    )


def says_something_new(drawn: WorkingConclusion, before: WorkingConclusion | None) -> bool:
    """Is it worth recording? The same belief on the same lines with the same next step is not."""
    return before is None or _gist(drawn) != _gist(before)


def _gist(one: WorkingConclusion) -> tuple[Clean, Trust, tuple[Clean, ...], tuple[Clean, ...]]:
    lines = tuple(line.text for line in one.supporting)
    return one.conclusion, one.confidence, lines, one.next_steps[:1]


def percent(share: float) -> int:
    """1 to 99: what is computed is never certain."""
    return max(1, min(99, round(share * 100)))


def _believed(decision: Decision, leader: Hypothesis | None) -> Clean:
    if leader is None:
        return Clean.say("No root cause yet: nothing read so far shows a known failure")
    said, share = leader.statement.line(), percent(leader.confidence)
    if judged(leader):
        return Clean.say("Cause confirmed by a person: {said}", said=said)
    if decision.verdict is Verdict.ROOT_CAUSE:
        return Clean.say("Root cause: {said}, {share} %", said=said, share=share)
    return Clean.say("No root cause yet. Most likely: {said}, {share} %", said=said, share=share)


def _trust(decision: Decision, leader: Hypothesis | None) -> Trust:
    """High is what may be called a root cause, medium what leads on more than nothing."""
    if decision.verdict is Verdict.ROOT_CAUSE:
        return Trust.HIGH
    if leader is not None and leader.confidence >= _LEADS and leader.supporting:
        return Trust.MEDIUM
    return Trust.LOW


def _steps(course: Course, decision: Decision) -> Iterator[Clean]:
    """The fix that waits for somebody, the question to people, and what would help."""
    for one in course.solutions:
        if one.state is SolutionState.PROPOSED and decision.verdict is Verdict.ROOT_CAUSE:
            yield one.text
        elif one.state is SolutionState.CONFIRMED:
            yield Clean.say("See whether it helped: {expects}", expects=one.expects)
    if decision.next_question is not None:
        yield decision.next_question
    elif decision.missing:
        yield Clean.say("Bring {what}", what=decision.missing[0])
    for wanted in decision.missing[1:]:
        yield Clean.say("Bring {what}", what=wanted)

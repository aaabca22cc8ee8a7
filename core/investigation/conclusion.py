"""May "root cause" be said, and if not, what is missing? Decided in code, never by tone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clean import Clean
from core.investigation.causes import Weighed, name_of
from core.investigation.hypotheses import judged
from core.investigation.model import Hypothesis, HypothesisState, Verdict
from core.investigation.scene import BAD_DEPLOY, Scene
from core.investigation.signatures import signatures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.decision import Situation

SURE = 0.7  # share of the posterior that a root cause needs
AHEAD = 0.25  # and by how much it must lead its rivals
_RIVAL = 0.1  # share of a rival that is worth a question of its own
_LINES = 3  # of a failure that does not end the process
_FAILED_CALLS = 10  # of a failure that is only seen by callers
_MANY_MISSING = 4


def verdict_on(hypotheses: Sequence[Hypothesis], ranked: Sequence[Weighed]) -> Verdict:
    """`root_cause` only where the best is sure, ahead, told by enough lines, no mere symptom."""
    if any(one.state is HypothesisState.VALIDATED and judged(one) for one in hypotheses):
        return Verdict.ROOT_CAUSE
    if not hypotheses or judged(hypotheses[0]):
        return Verdict.NO_ROOT_CAUSE_YET
    best, second = hypotheses[0], hypotheses[1].confidence if len(hypotheses) > 1 else 0.0
    weighed = next((one for one in ranked if one.candidate.cause.key == best.cause.key), None)
    ahead = best.confidence >= SURE and best.confidence - second >= AHEAD
    if weighed is not None and ahead and is_sufficient(weighed):
        return Verdict.ROOT_CAUSE
    return Verdict.NO_ROOT_CAUSE_YET


def is_sufficient(one: Weighed) -> bool:
    """Enough lines, still going on (or the process died of it), and cause rather than effect."""
    candidate = one.candidate
    final = any(sighting.once_is_enough for sighting in candidate.seen)
    if one.healed or one.explained_by is not None:
        return False
    if candidate.signature.symptom:
        return candidate.count >= _FAILED_CALLS and not candidate.told_by_itself
    if candidate.cause.fault == BAD_DEPLOY and not _follows_a_release(one):
        return False
    return final or candidate.count >= _LINES or len({s.signal.name for s in candidate.seen}) > 1


def missing_evidence(
    situation: Situation, hypotheses: Sequence[Hypothesis], ranked: Sequence[Weighed]
) -> tuple[Clean, ...]:
    """What would help most, first."""
    wanted = list(_unread_peers(situation, ranked))
    best = next((one for one in hypotheses if one.state is not HypothesisState.REJECTED), None)
    if best is not None:
        wanted.append(signatures()[best.cause.fault].bring)
    if best is None:
        wanted += _first_things(situation)
    if not any(one.is_telling for one in Scene(situation).changes):
        wanted.append(Clean.say("what was deployed or changed in the hour before"))
    return tuple(dict.fromkeys(wanted))[:_MANY_MISSING]


def next_question(
    hypotheses: Sequence[Hypothesis], missing: Sequence[Clean], verdict: Verdict
) -> Clean | None:
    """The one thing to ask of people now; None where nothing is open."""
    open_ones = [one for one in hypotheses if one.state is not HypothesisState.REJECTED]
    if verdict is Verdict.ROOT_CAUSE:
        best = open_ones[0]
        if judged(best):
            return None
        return Clean.say("To confirm {cause}: {check}.", cause=best.statement, check=best.check)
    if len(open_ones) > 1 and open_ones[1].confidence > _RIVAL:
        one, other = open_ones[:2]
        return Clean.say(
            "To separate {one} from {other}: {check}.",
            one=one.statement,
            other=other.statement,
            check=one.check,
        )
    return Clean.say("Bring {what}.", what=missing[0]) if missing else None


def _follows_a_release(one: Weighed) -> bool:
    """A deploy was seen before it, or it is about the image of a release."""
    names = {sighting.signal.name for sighting in one.candidate.seen}
    return one.change is not None or "image_missing" in names


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

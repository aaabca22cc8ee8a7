"""May "root cause" be said of the leader? Decided by a rule in code, never by tone.

The rule, all of which must hold:

1. the leader's share of the posterior is `sure` or more;
2. `kinds` independent kinds of evidence speak for it, of log, metric, trace, change and check;
3. `tested` predictions that could have failed were tested against evidence that was not used to
   propose it, and held; none failed;
4. it is a cause and not an effect: no deeper fault explains it, and it was not over long before.

Or a person who looked has confirmed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.hypotheses import EvidenceKind, Hypothesis, HypothesisState, Outcome
from core.investigation.causes.scene import BAD_DEPLOY
from core.investigation.causes.weighing import Weighed, name_of
from core.investigation.model import Sufficiency, Verdict
from core.investigation.ranking.faults import FAULTS
from core.investigation.verdict.hypotheses import judged
from core.investigation.verdict.witnesses import WITNESSES, kinds_for
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINES = 3  # of a failure that does not end the process
_FAILED_CALLS = 10  # of a failure that is only seen by callers
_BRING = {
    EvidenceKind.LOG: Clean.say("its log"),
    EvidenceKind.METRIC: Clean.say("its metrics"),
    EvidenceKind.TRACE: Clean.say("traces of requests through it"),
    EvidenceKind.CHANGE: Clean.say("what was deployed or changed just before"),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The numbers of the rule; settings of an installation.

    `sure` is a share, above 0 and up to 1.
    """

    sure: float = 0.8
    kinds: int = 2
    tested: int = 1


def judge(
    hypotheses: Sequence[Hypothesis], ranked: Sequence[Weighed], rule: Rule
) -> tuple[Verdict, Sufficiency]:
    """The verdict and its ground. hypotheses: best first."""
    confirmed = [one for one in hypotheses if one.state is HypothesisState.VALIDATED]
    if any(map(judged, confirmed)):
        return Verdict.ROOT_CAUSE, _measured(confirmed[0], (), enough=True)
    leader = next((one for one in hypotheses if one.is_alive), None)
    if leader is None or judged(hypotheses[0]):
        nothing = () if hypotheses else (Clean.say("evidence that speaks for any cause"),)
        return Verdict.NO_ROOT_CAUSE_YET, Sufficiency(enough=False, lacking=nothing)
    weighed = next((one for one in ranked if one.candidate.cause.key == leader.cause.key), None)
    lacking = tuple(_lacking(leader, weighed, rule))
    verdict = Verdict.NO_ROOT_CAUSE_YET if lacking else Verdict.ROOT_CAUSE
    return verdict, _measured(leader, lacking, enough=not lacking)


def tested_and_held(one: Hypothesis) -> int:
    """How many of its predictions were put to the test and held."""
    return sum(prediction.outcome is Outcome.HELD for prediction in one.predictions)


def _lacking(leader: Hypothesis, one: Weighed | None, rule: Rule) -> Iterator[Clean]:
    """What is missing to say "root cause", first what would help most."""
    name = name_of(leader.cause.service)
    failed = [it for it in leader.predictions if it.outcome is Outcome.FAILED]
    for prediction in failed:
        yield Clean.say("why it is not so that {text}", text=prediction.text)
    if one is None or not is_cause(one):
        yield Clean.say("what is behind {cause}", cause=leader.statement)
    seen = kinds_for(leader)
    if len(seen) < rule.kinds:
        wanted = [_BRING[kind] for kind in WITNESSES if kind in _BRING and kind not in seen]
        yield Clean.say(
            "evidence of another kind about {name}: {which}",
            name=name,
            which=Clean.join(", or ", wanted),
        )
    if tested_and_held(leader) < rule.tested:
        untested = [it.text for it in leader.predictions if it.outcome is Outcome.UNTESTED]
        what = untested[0] if untested else Clean.say("it shows where nobody has looked yet")
        yield Clean.say("a prediction of it, tested: {text}", text=what)
    if leader.confidence < rule.sure:
        yield Clean.say(
            "what sets {cause} apart from the rest: it has {share} % of {sure} %",
            cause=leader.statement,
            share=round(100 * leader.confidence),
            sure=round(100 * rule.sure),
        )


def is_cause(one: Weighed) -> bool:
    """Still going on (or the process died of it), told often enough, and no mere effect."""
    candidate = one.candidate
    if one.healed or one.explained_by is not None:
        return False
    if candidate.signature.symptom:
        return candidate.count >= _FAILED_CALLS and not candidate.told_by_itself
    if candidate.cause.fault == BAD_DEPLOY and not _follows_a_release(one):
        return False
    if candidate.cause.fault in FAULTS:  # of measurements, which are no matter of a line or two
        return True
    final = any(sighting.once_is_enough for sighting in candidate.seen)
    return (
        final or candidate.count >= _LINES or len({one.signal.name for one in candidate.seen}) > 1
    )


def _follows_a_release(one: Weighed) -> bool:
    """A deploy was seen before it."""
    return one.change is not None


def _measured(one: Hypothesis, lacking: tuple[Clean, ...], *, enough: bool) -> Sufficiency:
    return Sufficiency(
        enough=enough,
        posterior=one.confidence,
        kinds=kinds_for(one),
        tested=tested_and_held(one),
        lacking=lacking,
    )

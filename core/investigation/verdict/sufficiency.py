"""Decides whether the leader is a root cause: a rule over citations that resolve.

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

from core.cases.model import (
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    PredictionOutcome,
)
from core.investigation.causes.evidence_index import BAD_DEPLOY
from core.investigation.causes.scores import ScoredCause, name_of
from core.investigation.decision import Sufficiency, Verdict
from core.investigation.ranking.faults import FAULTS
from core.investigation.verdict.citations import WITNESSES, kinds_for
from core.investigation.verdict.hypotheses import judged
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_LINES = 3  # of a failure that does not end the process
_FAILED_CALLS = 10  # of a failure that is only seen by callers
_BRING = {
    EvidenceKind.LOG: RedactedText.format("its log"),
    EvidenceKind.METRIC: RedactedText.format("its metrics"),
    EvidenceKind.TRACE: RedactedText.format("traces of requests through it"),
    EvidenceKind.CHANGE: RedactedText.format("what was deployed or changed just before"),
}


@dataclass(frozen=True, kw_only=True)
class RootCauseRule:
    """The numbers of the rule; settings of an installation.

    `sure` is a share, above 0 and up to 1.
    """

    sure: float = 0.8
    kinds: int = 2
    tested: int = 1


def judge(
    hypotheses: Sequence[Hypothesis], ranked: Sequence[ScoredCause], rule: RootCauseRule
) -> tuple[Verdict, Sufficiency]:
    """The verdict and its reasons. hypotheses: best first."""
    confirmed = [
        hypothesis for hypothesis in hypotheses if hypothesis.state is HypothesisState.VALIDATED
    ]
    if any(map(judged, confirmed)):
        return Verdict.ROOT_CAUSE, _sufficiency(confirmed[0], (), enough=True)
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    if leader is None or judged(hypotheses[0]):
        nothing = (
            () if hypotheses else (RedactedText.format("a log or metric that shows a failure"),)
        )
        return Verdict.NO_ROOT_CAUSE_YET, Sufficiency(enough=False, lacking=nothing)
    weighed = next(
        (scored for scored in ranked if scored.candidate.cause.key == leader.cause.key), None
    )
    lacking = tuple(_lacking(leader, weighed, rule))
    verdict = Verdict.NO_ROOT_CAUSE_YET if lacking else Verdict.ROOT_CAUSE
    return verdict, _sufficiency(leader, lacking, enough=not lacking)


def tested_and_held(hypothesis: Hypothesis) -> int:
    """The number of its predictions that were tested and held."""
    return sum(
        prediction.outcome is PredictionOutcome.HELD for prediction in hypothesis.predictions
    )


def _lacking(
    leader: Hypothesis, scored: ScoredCause | None, rule: RootCauseRule
) -> Iterator[RedactedText]:
    """What is missing to say "root cause", first what would help most."""
    name = name_of(leader.cause.service)
    failed = [
        prediction
        for prediction in leader.predictions
        if prediction.outcome is PredictionOutcome.FAILED
    ]
    for prediction in failed:
        yield RedactedText.format("logs or metrics that show whether {text}", text=prediction.text)
    if scored is None or not is_cause(scored):
        yield RedactedText.format("evidence of what causes {cause}", cause=leader.statement)
    seen = kinds_for(leader)
    if len(seen) < rule.kinds:
        missing = [_BRING[kind] for kind in WITNESSES if kind in _BRING and kind not in seen]
        yield RedactedText.format(
            "a second source about {name}: {which}",
            name=name,
            which=RedactedText.join(", or ", missing),
        )
    if tested_and_held(leader) < rule.tested:
        untested = [
            prediction.text
            for prediction in leader.predictions
            if prediction.outcome is PredictionOutcome.UNTESTED
        ]
        if untested:
            yield RedactedText.format("logs or metrics that show whether {text}", text=untested[0])
        else:
            yield RedactedText.format(
                "logs or metrics of {name} that nobody brought yet", name=name
            )
    if leader.confidence < rule.sure:
        yield RedactedText.format(
            "evidence that sets {cause} apart: {share} % now, {sure} % needed",
            cause=leader.statement,
            share=round(100 * leader.confidence),
            sure=round(100 * rule.sure),
        )


def is_cause(scored: ScoredCause) -> bool:
    """Whether it is ongoing (or fatal), frequent enough, and not merely an effect."""
    candidate = scored.candidate
    if scored.healed or scored.explained_by is not None:
        return False
    if candidate.signature.symptom:
        return candidate.count >= _FAILED_CALLS and not candidate.told_by_itself
    if candidate.cause.fault == BAD_DEPLOY and not _follows_a_release(scored):
        return False
    if candidate.cause.fault in FAULTS:  # of measurements, which are no matter of a line or two
        return True
    final = any(sighting.once_is_enough for sighting in candidate.seen)
    return (
        final
        or candidate.count >= _LINES
        or len({match.signal.name for match in candidate.seen}) > 1
    )


def _follows_a_release(scored: ScoredCause) -> bool:
    """A deploy was seen before it."""
    return scored.change is not None


def _sufficiency(
    hypothesis: Hypothesis, lacking: tuple[RedactedText, ...], *, enough: bool
) -> Sufficiency:
    return Sufficiency(
        enough=enough,
        posterior=hypothesis.confidence,
        kinds=kinds_for(hypothesis),
        tested=tested_and_held(hypothesis),
        lacking=lacking,
    )

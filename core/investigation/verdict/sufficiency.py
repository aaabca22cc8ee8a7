"""Decides whether the leader is a root cause: a rule over citations that resolve.

The rule, all of which must hold:

1. the leader's share of the posterior is `sure` or more;
2. `kinds` independent kinds of evidence speak for it, of log, metric, trace, change and check; for
   what logs alone tell, the log of another service that shows its effect counts as one;
3. `tested` predictions that could have failed were tested against evidence that was not used to
   propose it, and held; none failed. Where nobody can test it, a third kind of evidence may stand
   in for that;
4. it is a cause and not an effect: no deeper fault explains it, and it was not over long before.

Where a model vouches for the leader (`model_grounds`), nothing is asked that is merely not seen:
the share must be as large, and no prediction failed.

Or a person who looked has confirmed it. The first three and the citations are held against the
decision of any reasoner (`hold_to_rule`); the fourth needs the ranking, which only ours has.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.investigation_state import TurnPart
from core.cases.model import (
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    PredictionOutcome,
)
from core.evidence.model import DataType, FindingKind
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.change_traces import CHANGED_LAST
from core.investigation.causes.evidence_index import BAD_DEPLOY, BY_MODEL
from core.investigation.causes.metric_features import (
    ERRORS,
    FAULTS,
    LATENCY,
    SATURATION,
    SHOWN_ONLY,
    MetricFeature,
)
from core.investigation.causes.scored_cause import ScoredCause, name_of
from core.investigation.causes.troubles import is_wait
from core.investigation.decision import Decision, Situation, Sufficiency, Verdict
from core.investigation.isolation import Isolation
from core.investigation.verdict.citations import WITNESSES, CitableEvidence, kinds_for, witnesses
from core.investigation.verdict.hypotheses import MANY, is_confirmed, judged, title
from core.investigation.verdict.model_grounds import vouched_service
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.context import RootCauseRule
    from core.investigation.causes.evidence_index import Candidate
    from core.investigation.causes.troubles import ServiceHealth

say = sentences("investigation.sufficiency")

_NAMED = 2
_LINES = 3  # of a failure that does not end the process
# What a line tells once, figures and a change bear out, each with so many nats at least.
_AGREE = {EvidenceKind.LOG, EvidenceKind.METRIC, EvidenceKind.CHANGE}
_SPEAKS = 0.6
_TOGETHER = timedelta(seconds=5)
_LIVES = timedelta(seconds=15)  # after the first call that failed
_FAILED_CALLS = 10  # of a failure that is only seen by callers
_BRING = {
    EvidenceKind.LOG: say.later("its_log"),
    EvidenceKind.METRIC: say.later("its_metrics"),
    EvidenceKind.TRACE: say.later("its_traces"),
    EvidenceKind.CHANGE: say.later("its_changes"),
}


def judge(
    hypotheses: Sequence[Hypothesis],
    ranked: Sequence[ScoredCause],
    rule: RootCauseRule,
    health: ServiceHealth | None = None,
    *,
    vouched: str | None = None,
) -> tuple[Verdict, Sufficiency]:
    """The verdict and its reasons. hypotheses: best first. health: of what the leader calls.

    vouched: the service for whose fault a model vouches.
    """
    confirmed = [
        hypothesis for hypothesis in hypotheses if hypothesis.state is HypothesisState.VALIDATED
    ]
    if any(map(judged, confirmed)):
        return Verdict.ROOT_CAUSE, _sufficiency(confirmed[0], (), enough=True)
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    if leader is None or judged(hypotheses[0]):
        nothing = () if hypotheses else (say("wants_failure"),)
        return Verdict.NO_ROOT_CAUSE_YET, Sufficiency(enough=False, lacking=nothing)
    weighed = next(
        (scored for scored in ranked if scored.candidate.cause.key == leader.cause.key), None
    )
    is_effect = weighed is None or not is_cause(weighed) or _is_shared(weighed, ranked, health)
    lacking = (
        *_lacking(
            leader,
            rule,
            is_effect=is_effect,
            at_hand=_at_hand(leader, health),
            is_vouched=_is_vouched(leader, vouched),
        ),
        *_unwatched_callees(leader, health),
        *_unshown(leader, health, weighed),
    )
    verdict = Verdict.NO_ROOT_CAUSE_YET if lacking else Verdict.ROOT_CAUSE
    return verdict, _sufficiency(leader, lacking, enough=not lacking)


def hold_to_rule(decision: Decision, situation: Situation) -> Decision:
    """The decision with its citations checked, and "root cause" only where the rule allows it.

    What a reasoner says about its own citations, its own verdict or a person's counts for nothing.
    The share of its leader is the reasoner's; lines that do not resolve are struck through.
    """
    evidence, isolation = CitableEvidence(situation), Isolation()
    hypotheses = tuple(
        isolation.each(TurnPart.HYPOTHESIS, decision.hypotheses, evidence.resolved, named=title)
    )
    defects = (*decision.defects, *isolation.defects)
    decision = replace(decision, hypotheses=hypotheses, defects=defects)
    if decision.verdict is not Verdict.ROOT_CAUSE:
        return decision
    leader = next((hypothesis for hypothesis in hypotheses if hypothesis.is_alive), None)
    if leader is not None and leader.number in _confirmed(situation):
        return decision
    opinion = decision.opinion or situation.investigation.opinion
    leading = leader.cause if leader else None
    vouched = vouched_service(opinion, situation, leading) if opinion else None
    lacking = _lacking_by_rule(leader, situation.rule, vouched) if leader else ()
    if leader is not None and not lacking:
        return decision
    return replace(
        decision,
        verdict=Verdict.NO_ROOT_CAUSE_YET,
        sufficiency=replace(decision.sufficiency, enough=False, lacking=lacking),
        missing=tuple(dict.fromkeys((*lacking, *decision.missing))),
    )


def _confirmed(situation: Situation) -> set[int]:
    """The numbers of the hypotheses that a person who looked has confirmed, as the case knows."""
    return {hypothesis.number for hypothesis in situation.hypotheses if is_confirmed(hypothesis)}


def tested_and_held(hypothesis: Hypothesis) -> int:
    """The number of its predictions that were tested and held."""
    return sum(
        prediction.outcome is PredictionOutcome.HELD for prediction in hypothesis.predictions
    )


def _lacking(
    leader: Hypothesis,
    rule: RootCauseRule,
    *,
    is_effect: bool,
    at_hand: frozenset[EvidenceKind] = frozenset(),
    is_vouched: bool = False,
) -> Iterator[RedactedText]:
    """What is missing to say "root cause", first what would help most.

    is_effect: whether the ranking takes the leader for an effect, or for over, or for too little.
    at_hand: kinds of evidence about it that were brought, which nobody is asked for again.
    is_vouched: whether a model vouches for it: it read what the rules see nothing in.
    """
    for prediction in leader.predictions:
        if prediction.outcome is PredictionOutcome.FAILED:
            yield say("wants_outcome", text=prediction.text)
    if not is_vouched:
        yield from _unseen(leader, rule, is_effect=is_effect, at_hand=at_hand)
    if leader.confidence < rule.sure:
        yield say(
            "wants_to_set_apart",
            cause=leader.statement,
            share=round(100 * leader.confidence),
            sure=round(100 * rule.sure),
        )


def _unseen(
    leader: Hypothesis, rule: RootCauseRule, *, is_effect: bool, at_hand: frozenset[EvidenceKind]
) -> Iterator[RedactedText]:
    """What would have to be seen besides: its cause, another witness, the outcome of a test."""
    name = name_of(leader.cause.service)
    if is_effect:
        yield say("wants_what_causes", cause=leader.statement)
    seen = kinds_for(leader)
    if witnesses(leader) < rule.kinds:
        asked = [kind for kind in WITNESSES if kind in _BRING and kind not in {*seen, *at_hand}]
        if asked:
            which = RedactedText.join(", or ", [_BRING[kind]() for kind in asked])
            yield say("wants_second_source", name=name, which=which)
        else:
            yield say("wants_other_witness", name=name)
    if tested_and_held(leader) < rule.tested and witnesses(leader) < MANY:
        untested = [
            prediction.text
            for prediction in leader.predictions
            if prediction.outcome is PredictionOutcome.UNTESTED
        ]
        if untested:
            yield say("wants_outcome", text=untested[0])
        else:
            yield say("wants_more_of_service", name=name)


def _lacking_by_rule(
    leader: Hypothesis, rule: RootCauseRule, vouched: str | None
) -> tuple[RedactedText, ...]:
    """What is missing by what the decision itself holds, without the ranking."""
    is_vouched = _is_vouched(leader, vouched)
    return tuple(_lacking(leader, rule, is_effect=False, is_vouched=is_vouched))


def _is_vouched(leader: Hypothesis, vouched: str | None) -> bool:
    return vouched is not None and leader.cause.service == vouched


def _at_hand(leader: Hypothesis, health: ServiceHealth | None) -> frozenset[EvidenceKind]:
    """The kinds of evidence about the service that were brought, records of changes among them."""
    if health is None:
        return frozenset()
    kinds = health.watched.get(leader.cause.service or "", frozenset())
    findings = chain.from_iterable(health.situation.findings.values())
    has_changes = any(finding.kind is FindingKind.CHANGE for finding in findings)
    return kinds | {EvidenceKind.CHANGE} if has_changes else kinds


def _unwatched_callees(leader: Hypothesis, health: ServiceHealth | None) -> Iterator[RedactedText]:
    """Who is slow or fails "by itself" does so only if what it calls is known to be well."""
    service = leader.cause.service
    if health is None or service is None or leader.cause.fault not in SHOWN_ONLY:
        return
    unwatched = sorted(health.graph.callees(service) - health.watched.keys())
    if unwatched:
        names = RedactedText.join(", ", [name_of(name) for name in unwatched[:_NAMED]])
        yield say("wants_callees", names=names)


def _unshown(
    leader: Hypothesis, health: ServiceHealth | None, weighed: ScoredCause | None
) -> Iterator[RedactedText]:
    """Slowness for longer than a moment; the log of who fails, which says why.

    So it is for whom only callers accuse. Partners have no log that we could read.
    """
    service = leader.cause.service
    if health is None or service is None:
        return
    portrait = health.field.portraits.get(service)
    slowness = portrait.signs.get(MetricFeature.LATENCY) if portrait else None
    if leader.cause.fault == LATENCY and slowness and not slowness.shown.stays:
        yield say("wants_slowness", name=name_of(service))
    is_seen_by_callers = weighed is not None and weighed.candidate.signature.symptom
    if leader.cause.fault != ERRORS and not is_seen_by_callers:
        return
    if EvidenceKind.LOG not in health.watched.get(service, ()) and health.serves(service):
        yield say("wants_own_log", name=name_of(service))
    if is_seen_by_callers and weighed is not None and _goes_on(service, weighed, health):
        yield say("wants_what_is_between", name=name_of(service))


def _goes_on(service: str, weighed: ScoredCause, health: ServiceHealth) -> bool:
    """Whether its own log goes on while callers cannot reach it, and complains of nothing.

    Then the fault is between them: a name, an address, a rule of a firewall.
    """
    first = weighed.candidate.first
    complains = any(
        trouble.kind is EvidenceKind.LOG for trouble in health.of_service.get(service, ())
    )
    if first is None or complains:
        return False
    return any(
        file.service == service
        and file.data_type is DataType.LOG
        and file.first is not None
        and file.last is not None
        and file.first < first
        and file.last > first + _LIVES
        for file in health.situation.files
    )


def is_cause(scored: ScoredCause) -> bool:
    """Whether it is ongoing (or fatal), frequent enough, and not merely an effect."""
    candidate = scored.candidate
    if scored.healed or scored.explained_by is not None:
        return False
    if candidate.signature.symptom and not _tells_what_changed(candidate):
        return candidate.count >= _FAILED_CALLS and not candidate.told_by_itself
    if candidate.cause.fault == BAD_DEPLOY and not _follows_a_release(scored):
        return _tells_what_changed(candidate)
    if candidate.cause.fault == BROKEN_BY_CHANGE or candidate.cause.signal == BY_MODEL:
        return True  # it takes more than a change, or a line, to suspect it
    if candidate.cause.fault in FAULTS:  # of measurements, which are no matter of a line or two
        is_effect = candidate.told_by_itself and _waits(scored)
        return not is_effect or _was_changed_last(scored)
    final = any(sighting.once_is_enough for sighting in candidate.seen)
    witnessed = len({sighting.locus.file for sighting in candidate.seen}) > 1
    return (
        final
        or witnessed
        or candidate.count >= _LINES
        or {line.kind for line in scored.citations if line.weight >= _SPEAKS} >= _AGREE
        or len({match.signal.name for match in candidate.seen}) > 1
    )


def _is_shared(
    scored: ScoredCause, ranked: Sequence[ScoredCause], health: ServiceHealth | None
) -> bool:
    """Whether another service reports the very same at the same time: then both have it of a third.

    Unless one of them was changed, or the other depends on it.
    """
    candidate = scored.candidate
    if scored.change is not None or candidate.first is None:
        return False
    service = candidate.cause.service
    dependants = health.graph.dependants(service) if health and service else frozenset()
    return any(
        other.candidate.best.signal.name == candidate.best.signal.name
        and other.candidate.cause.service not in {None, service, *dependants}
        and other.candidate.best.kind is EvidenceKind.LOG
        and other.candidate.first is not None
        and abs(other.candidate.first - candidate.first) <= _TOGETHER
        and not other.healed
        for other in ranked
    )


def _tells_what_changed(candidate: Candidate) -> bool:
    """Whether a model names what fails and, with it, the change that set it off."""
    is_told = candidate.cause.signal == BY_MODEL
    return is_told and any(feature.kind is EvidenceKind.CHANGE for feature in candidate.seen)


def _waits(scored: ScoredCause) -> bool:
    """Whether its own errors tell that it waited for something else."""
    lines = [line for line in scored.citations if line.kind is EvidenceKind.LOG and line.weight > 0]
    loudest = max(lines, key=lambda line: line.weight, default=None)
    is_shown = scored.candidate.cause.fault in {*SHOWN_ONLY, SATURATION}
    return is_shown and loudest is not None and is_wait(loudest.text.text)


def _was_changed_last(scored: ScoredCause) -> bool:
    """Whether it was itself changed, the last before it began: what it waits for is of its own."""
    return any(
        line.kind is EvidenceKind.CHANGE and line.weight >= CHANGED_LAST
        for line in scored.citations
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

"""Puts a model's opinion among the causes that the engine ranked.

A model proposes, code decides: what it cites weighs what its lines weigh, its belief counts as one
more witness within bounds, and whether "root cause" may be said is judged as ever.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.model import Cause, Citation, EvidenceKind
from core.evidence.logs.lock_holders import HELD_BY
from core.evidence.signatures import measured_signatures, signatures
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.evidence_index import BY_MODEL, CLOCKS, Candidate, feature_of
from core.investigation.causes.metric_features import (
    ERRORS,
    SATURATION,
    SHOWN_ONLY,
    MetricFeature,
    signal_of,
)
from core.investigation.causes.metric_grounds import says
from core.investigation.causes.named_services import mentions
from core.investigation.causes.scored_cause import PRIOR, ScoredCause, name_of
from core.investigation.causes.scores import CHANGED_LATER
from core.investigation.decision import Decision, Verdict
from core.investigation.verdict.citations import moment_of, overlaps
from core.investigation.verdict.hypotheses import identity
from core.investigation.verdict.model_grounds import (
    SURE,
    is_grounded,
    is_partner,
    is_set_off,
    names_its_fault,
    of_line,
    tells_why,
)
from core.investigation.verdict.told_changes import ONE_RUN, tell_of_one_change
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.cases.model import Hypothesis
    from core.cases.opinion import OpinedCause, Opinion
    from core.evidence.signatures import Signature
    from core.investigation.decision import Situation
    from core.investigation.survey import Survey

say = sentences("investigation.weights")

BELIEVED = 3.0  # nats at most for what a model believes
_TRUST = 1.5  # of its own log-odds: what it says cautiously is mostly so
_EFFECT = -0.8  # of its evidence, for what only shows, where the model is sure of a cause
_LIKELY = 0.5  # the share of a fault that the engine all but calls the root cause
_POSSIBLE = 0.2  # the share of a cause that the engine has not given up
_SUREST = 0.95  # no belief is taken for more
_RECENT = timedelta(hours=1)  # before the onset
_DEEP = 4  # a cause that a model names stands behind what the engine merely sees
_SIGNAL = signal_of(MetricFeature.LATENCY, says(MetricFeature.LATENCY))


def with_opinion(
    ranked: Sequence[ScoredCause], opinion: Opinion, situation: Situation
) -> tuple[ScoredCause, ...]:
    """The ranking with what the model proposes, the best first."""
    grounded = [cause for cause in opinion.causes if is_grounded(cause, situation)]
    left = 1.0 - math.fsum(cause.probability for cause in grounded)
    others = {identity(scored.candidate.cause): scored for scored in ranked}
    named: dict[str, ScoredCause] = {}
    for cause in sorted(opinion.causes, key=lambda each: -each.probability):
        same = _same(cause, others, situation)
        if same is not None:
            others.pop(identity(same.candidate.cause))
        weighed = _supported(same, cause, situation) if same else _new(cause, situation)
        if weighed is not None:
            likelier = {identity(other.candidate.cause) for other in named.values()}
            key = identity(weighed.candidate.cause)
            named.setdefault(key, _explained_by(weighed, likelier))
    sure = next((cause for cause in grounded if cause.probability >= SURE), None)
    doubted = [
        _doubted(scored, max(0.0, left), sure, situation)
        for key, scored in others.items()
        if key not in named
    ]
    return tuple(sorted([*named.values(), *doubted], key=lambda scored: -scored.score))


def without_quarrel(
    alone: Decision, decision: Decision, opinion: Opinion, surveyed: Survey
) -> Decision:
    """The decision; without its verdict where the engine and a well grounded model contradict.

    alone: the engine's own. Two readers who are both sure, of different things, settle nothing;
    and what the model itself leaves open, its belief does not settle. That nobody suffers it may
    say where no figure and no log of whom the alert is about tells otherwise.
    """
    situation = surveyed.situation
    named = [cause for cause in opinion.causes if is_grounded(cause, situation)]
    sure = next((cause for cause in named if cause.probability >= SURE), None)
    if decision.verdict is Verdict.NO_IMPACT_FOUND and sure is not None:
        return _open(decision, say("model_sees_impact"))
    if opinion.is_harmless and decision.verdict is not Verdict.NO_IMPACT_FOUND:
        return _calmed(decision, opinion, surveyed)
    if decision.verdict is not Verdict.ROOT_CAUSE:
        return decision
    why = _quarrel(alone, decision, opinion, situation)
    if why and _may_both_be(alone, decision, situation):
        return replace(alone, opinion=decision.opinion)
    return _open(decision, why) if why else decision


def _may_both_be(alone: Decision, decision: Decision, situation: Situation) -> bool:
    """Whether what the model blames stands behind what the engine is sure of: that stays said."""
    if alone.verdict is not Verdict.ROOT_CAUSE or not decision.hypotheses:
        return False
    leader, blamed = alone.hypotheses[0].cause, decision.hypotheses[0].cause
    behind = situation.graph.dependencies(leader.service or "")
    return _may_be_effect(leader) and blamed.service in behind


def _quarrel(
    alone: Decision, decision: Decision, opinion: Opinion, situation: Situation
) -> RedactedText | None:
    """What must be settled before the leader is the root cause; None where nothing must."""
    blamed = decision.hypotheses[0].cause
    named = [cause for cause in opinion.causes if cause.service == blamed.service]
    if opinion.is_open and (opinion.may_settle or alone.verdict is not Verdict.ROOT_CAUSE):
        return say("model_leaves_open")
    if _was_changed_since(decision, named, situation):
        return say("model_passes_change", name=name_of(blamed.service))
    if alone.verdict is Verdict.ROOT_CAUSE:
        return _quarrel_of_two(alone, blamed, opinion, situation)
    sure = next((each for each in alone.hypotheses[:1] if each.confidence >= _LIKELY), None)
    is_other = sure is not None and sure.cause.service != blamed.service
    is_set = any(is_set_off(cause, situation) for cause in named)
    is_set = is_set and not _is_of_before(alone, decision, situation)
    # By which both explain it.
    is_same = sure is not None and _is_same_change(alone, named, situation)
    is_other = is_other and not is_set and not is_same
    if sure is not None and is_other and not _may_be_effect(sure.cause):
        return say("engine_blames", cause=sure.statement.line())
    if named and not is_same and not _is_told(named, alone, situation):
        return say("model_tells_not_why", name=name_of(blamed.service))
    return None


def _quarrel_of_two(
    alone: Decision, blamed: Cause, opinion: Opinion, situation: Situation
) -> RedactedText | None:
    """What must be settled where the engine is sure by itself; None where both mean one failure."""
    leader = alone.hypotheses[0]
    if leader.cause.service == blamed.service:
        return _contradiction(alone, opinion, situation)
    named = [cause for cause in opinion.causes if cause.service == blamed.service]
    is_set = any(is_set_off(cause, situation) for cause in named)
    is_same_fault = leader.cause.fault == blamed.fault != BROKEN_BY_CHANGE  # that is any fault
    is_behind = _may_be_effect(leader.cause) and any(
        names_its_fault(cause, situation) or _others_complain_of(cause, situation)
        for cause in named
    )
    # What it calls was changed: it may be the effect, whatever was changed at itself.
    is_callee = blamed.service in situation.graph.dependencies(leader.cause.service or "")
    is_one = (
        is_behind
        or (is_set and is_callee)
        or _is_named_by(leader, blamed)
        or _is_same_change(alone, named, situation)
        or (is_set and is_same_fault)
        or (is_same_fault and _is_of_one_call(leader.cause, blamed, situation, is_set=is_set))
    )
    return None if is_one else say("engine_blames", cause=leader.statement.line())


def _others_complain_of(cause: OpinedCause, situation: Situation) -> bool:
    """Whether it is a partner, which has no log that we could read, and cited lines tell of it."""
    return is_partner(cause.service, situation) and tells_why(cause, situation)


def _is_named_by(leader: Hypothesis, blamed: Cause) -> bool:
    """Whether the lines of what the engine is sure of name the service: who holds the lock."""
    held = (HELD_BY.search(line.text.text) for line in leader.supporting if line.weight > 0)
    return blamed.service is not None and any(
        mentions(match["holder"], blamed.service) for match in held if match
    )


def _was_changed_since(
    decision: Decision, named: Sequence[OpinedCause], situation: Situation
) -> bool:
    """Whether nothing failed until something else was changed, later than what set it off.

    The tools of one run change one after the other.
    """
    triggers = [cause.trigger for cause in named if cause.trigger]
    if decision.trigger and not triggers:
        triggers = [decision.trigger]
    moments = [at for line in triggers if (at := moment_of(line, situation))]
    later = (
        moment_of(line, situation)
        for line in decision.hypotheses[0].contradicting
        if line.kind is EvidenceKind.CHANGE and line.weight <= CHANGED_LATER
    )
    last = max(moments, default=None)
    return last is not None and any(at is not None and at > last + ONE_RUN for at in later)


def _contradiction(alone: Decision, opinion: Opinion, situation: Situation) -> RedactedText | None:
    """What a model is sure of where the engine is of another; None where both may mean one failure.

    A failure that the model describes in words of its own may be the one that the engine names.
    """
    leader = alone.hypotheses[0].cause
    for cause in opinion.causes:
        is_known = cause.fault in signatures() and cause.fault != leader.fault
        is_other = is_known and cause.service != leader.service
        is_sure = cause.probability >= SURE and is_grounded(cause, situation)
        if is_other and is_sure and not _is_same_change(alone, [cause], situation):
            return say("model_blames", cause=cause.statement.line())
    return None


def _is_of_one_call(cause: Cause, other: Cause, situation: Situation, *, is_set: bool) -> bool:
    """Whether both may name the failure of one call: the other whom the cause's service calls.

    Or its caller, where that was changed before (`is_set`): callers tell of it, whoever fails.
    """
    graph = situation.graph
    near = graph.callees(cause.service) | (graph.callers(cause.service) if is_set else frozenset())
    return other.service in near


def _is_of_before(alone: Decision, decision: Decision, situation: Situation) -> bool:
    """Whether what the engine holds to have set it off was changed after what the model does."""
    first, second = (
        moment_of(each.trigger, situation) if each.trigger else None for each in (alone, decision)
    )
    return first is not None and second is not None and first > second + CLOCKS


def _is_same_change(alone: Decision, named: Sequence[OpinedCause], situation: Situation) -> bool:
    """Whether the model names what set it off as the engine does."""
    changed = alone.trigger
    triggers = (cause.trigger for cause in named if cause.trigger)
    return changed is not None and any(
        tell_of_one_change(line, changed, situation) for line in triggers
    )


def _is_told(named: Sequence[OpinedCause], alone: Decision, situation: Situation) -> bool:
    """Whether what the model cites tells why that service fails, or what the engine sees there."""
    own = (each for each in alone.hypotheses if each.cause.service == named[0].service)
    is_seen = any(each.confidence >= _POSSIBLE and not _only_shows(each.cause) for each in own)
    return is_seen or any(tells_why(cause, situation) for cause in named)


def _calmed(decision: Decision, opinion: Opinion, surveyed: Survey) -> Decision:
    """The decision where a model finds that nobody suffers: it is so where nothing tells otherwise.

    Else the question is open, also where the engine is sure of a cause.
    """
    is_told = opinion.may_settle and bool(opinion.missing)  # and why
    if is_told and not surveyed.watch.is_surely_felt:
        return replace(
            decision, verdict=Verdict.NO_IMPACT_FOUND, impact=None, trigger=None, nearby=None
        )
    if opinion.may_settle and decision.verdict is Verdict.ROOT_CAUSE:
        decision = _open(decision, say("engine_sees_impact"))
    return _with_reason(decision, opinion)


def _with_reason(decision: Decision, opinion: Opinion) -> Decision:
    """The decision with why the model finds that nobody suffers; its verdict stays the engine's."""
    why = RedactedText.join("; ", list(opinion.missing)) or say("no_reason")
    reason = say("model_sees_no_impact", why=why)
    return replace(decision, missing=(reason, *decision.missing))


def _open(decision: Decision, why: RedactedText) -> Decision:
    """The decision with the question open, and what would settle it."""
    sufficiency = replace(decision.sufficiency, enough=False)
    return replace(
        decision,
        verdict=Verdict.NO_ROOT_CAUSE_YET,
        sufficiency=replace(sufficiency, lacking=(why, *sufficiency.lacking)),
        missing=(why, *decision.missing),
    )


def _explained_by(scored: ScoredCause, likelier: Collection[str]) -> ScoredCause:
    """Without what the engine holds to be behind it, unless the model finds that likelier."""
    behind = scored.explained_by
    if behind is None or identity(behind.cause) in likelier:
        return scored
    return replace(scored, explained_by=None)


def _same(
    cause: OpinedCause, known: dict[str, ScoredCause], situation: Situation
) -> ScoredCause | None:
    """The engine's cause at the same service: of the same fault, else its best there.

    Else that of the very change which the model says set it off, or of the very line in which a
    caller tells that a partner failed it: they name another party of it.
    """
    there = [scored for scored in known.values() if scored.candidate.cause.service == cause.service]
    exact = [scored for scored in there if scored.candidate.cause.fault == cause.fault]
    of_change = [
        scored
        for scored in known.values()
        if scored.candidate.cause.fault == BROKEN_BY_CHANGE
        and _is_set_off_with(scored, cause, situation)
    ]
    of_call = [scored for scored in known.values() if _is_told_by_caller(scored, cause, situation)]
    fitting = exact or there or of_change or of_call
    return max(fitting, key=lambda scored: scored.score, default=None)


def _is_told_by_caller(scored: ScoredCause, cause: OpinedCause, situation: Situation) -> bool:
    """Whether the engine blames the caller of a partner for the line that the model cites."""
    place = scored.candidate.best.locus
    callees = situation.graph.callees(scored.candidate.cause.service)
    return (
        cause.service in callees
        and is_partner(cause.service, situation)
        and any(line.locus and overlaps(line.locus, place) for line in cause.supporting)
    )


def _supported(same: ScoredCause, cause: OpinedCause, situation: Situation) -> ScoredCause:
    """The engine's cause with the model's word for it; in the model's words where it has none."""
    cited = {(line.locus, line.text) for line in same.citations}
    fresh = [
        line
        for line in (*cause.supporting, *cause.contradicting)
        if (line.locus, line.text) not in cited
    ]
    belief = _belief(_believed(cause, situation), same.citations[0])
    lines = (*same.citations, *fresh, belief)
    candidate = _candidate(cause, situation)
    if same.candidate.cause.service != cause.service:
        party = replace(same.candidate.cause, service=cause.service)
        return replace(same, candidate=replace(same.candidate, cause=party), citations=lines)
    says_why = candidate is not None and (same.score < 0 or _only_shows(same.candidate.cause))
    if candidate is None or not (says_why or not _is_of(same, cause)):
        return replace(same, citations=lines)
    if any(feature.kind is EvidenceKind.CHANGE for feature in candidate.seen):
        # What was changed there is no effect of another's trouble, and may be over by now.
        lines = tuple(line for line in lines if line.weight >= 0 or line in (*fresh, belief))
    return replace(same, candidate=candidate, citations=lines)


def _only_shows(cause: Cause) -> bool:
    """Whether the engine sees that it fails, and not why."""
    known = signatures().get(cause.fault)
    return cause.fault in SHOWN_ONLY or (known is not None and known.symptom)


def _may_be_effect(cause: Cause) -> bool:
    """Whether the engine sees what a cause elsewhere may bring about: work that piles up, too."""
    return cause.fault == SATURATION or _only_shows(cause)


def _is_of(same: ScoredCause, cause: OpinedCause) -> bool:
    """Whether both name the same fault, or the model names none that is known."""
    return same.candidate.cause.fault == cause.fault or cause.fault not in signatures()


def _new(cause: OpinedCause, situation: Situation) -> ScoredCause | None:
    """A cause that the engine has not thought of; None where nothing it cites is left."""
    candidate = _candidate(cause, situation)
    if candidate is None:
        return None
    lines = (*cause.supporting, *cause.contradicting)
    return ScoredCause(
        candidate=candidate, citations=(*lines, _belief(_believed(cause, situation), lines[0]))
    )


def _doubted(
    scored: ScoredCause, left: float, sure: OpinedCause | None, situation: Situation
) -> ScoredCause:
    """What the model does not name has the share that it left over.

    sure: the cause that it is sure of. What only shows, or was set off by the same change, is an
    effect of that: it shows all that its cause brings about.
    """
    if left >= 1 / 2:
        return scored
    line = _belief(left, scored.citations[0])
    is_effect = _only_shows(scored.candidate.cause) or _is_set_off_with(scored, sure, situation)
    if left <= 1 - SURE and is_effect:
        line = replace(line, weight=min(line.weight, _EFFECT * (scored.score - PRIOR)))
    return replace(scored, citations=(*scored.citations, line))


def _is_set_off_with(scored: ScoredCause, cause: OpinedCause | None, situation: Situation) -> bool:
    """Whether the engine suspects the very change that the model says set the cause off."""
    if cause is None or cause.trigger is None:
        return False
    changes = (line for line in scored.citations if line.kind is EvidenceKind.CHANGE)
    changed = next((line for line in changes if line.weight > 0), None)
    return changed is not None and tell_of_one_change(cause.trigger, changed, situation)


def _believed(cause: OpinedCause, situation: Situation) -> float:
    """The probability that the model gives, as far as its grounds carry it."""
    return cause.probability if is_grounded(cause, situation) else min(1 / 2, cause.probability)


def _belief(probability: float, line: Citation) -> Citation:
    """What the model believes, as a line of its own that is no witness of any kind."""
    share = min(_SUREST, max(1 - _SUREST, probability))
    weight = max(-BELIEVED, min(BELIEVED, _TRUST * math.log(share / (1 - share))))
    words = say("model_believes", share=round(100 * max(0.0, probability)))
    return replace(line, weight=weight, why=words, kind=EvidenceKind.ALERT)


def _candidate(cause: OpinedCause, situation: Situation) -> Candidate | None:
    seen = tuple(
        feature_of(finding, _SIGNAL, file=file, seen_by=finding.service or file.service)
        for line in cause.supporting
        for file, finding in of_line(line, situation)
    )
    if not seen:
        return None
    # What is of days ago says what the system is like: nothing that began now began with it.
    news = tuple(feature for feature in seen if _is_recent(feature.first, situation))
    # What others suffer proposes nothing: it is what must follow, and tests it.
    own = tuple(feature for feature in news if feature.seen_by == cause.service)
    changes = tuple(feature for feature in news if feature.kind is EvidenceKind.CHANGE)
    return Candidate(
        cause=Cause(service=cause.service, signal=BY_MODEL, fault=cause.fault),
        signature=_signature(cause),
        seen=(*own, *(each for each in changes if each not in own)) or seen,
    )


def _is_recent(moment: datetime | None, situation: Situation) -> bool:
    onset = situation.onset or situation.at
    return moment is None or abs(onset - moment) <= _RECENT


def _signature(cause: OpinedCause) -> Signature:
    """That of the known failure; for another, one with the model's own words."""
    known = signatures().get(cause.fault)
    if known is not None:
        return known
    shape = measured_signatures()[ERRORS]
    words = {
        "fault": cause.fault,
        "title": cause.statement,
        "depth": _DEEP,
        "before": RedactedText.EMPTY,
        "after": RedactedText.EMPTY,
        "check": cause.check or shape.check,
        "mend": cause.remedy or shape.mend,
    }
    return shape.model_copy(update=words)

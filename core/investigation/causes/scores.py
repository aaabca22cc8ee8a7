"""Ranks the causes that the evidence supports. Deterministic; no model.

A score is a log-odds in nats against *something else*, whose score is 0: with no evidence a named
cause starts well below it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import TurnPart
from core.cases.model import Citation, EvidenceKind
from core.investigation.causes.broken_by_change import (
    BROKEN_BY_CHANGE,
    BrokenByChange,
    follows_last_change,
)
from core.investigation.causes.evidence_index import (
    CLOCKS,
    Candidate,
    EvidenceIndex,
    Feature,
    is_everywhere,
)
from core.investigation.causes.explanations import explains
from core.investigation.causes.metric_features import (
    SATURATION,
    SHOWN_ONLY,
    MetricFeature,
)
from core.investigation.causes.scored_cause import (
    EFFECTS_SEEN,
    PRIOR,
    ScoredCause,
    name_of,
    statement,
)
from core.investigation.causes.signature_grounds import (
    change_grounds,
    cite,
    grounds,
)
from core.investigation.causes.suspects import Suspect, suspects
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.isolation import UNSPARED, Isolation
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from core.investigation.decision import Situation
    from core.investigation.service_graph import ServiceGraph

say = sentences("investigation.scores")

_STANDS = -0.4  # the least score of a cause that may explain another
_EFFECT = -1.4  # for a cause that a deeper one explains
_SYMPTOM = -2.2  # the same, where it is only a failed call
_SHOWN_LOSS = -0.8  # of its evidence, for a service that is merely slow or failing
_CHANGED = 0.5  # of what was measured: what a change before it adds at most
_MOST_SUPPORT = 2.0  # of measurements, for what a log says by name
_ABOVE = 1.5  # nats of a cause over its strongest effect
CHANGED_LATER = -1.2  # nats
_TIED = 1.0  # nats of a change that is tied to what was measured
_WITNESSES = (EvidenceKind.CHANGE, EvidenceKind.LOG)
_WITNESSED = (EvidenceKind.LOG, EvidenceKind.METRIC)


def rank_causes(
    situation: Situation, isolation: Isolation = UNSPARED, health: ServiceHealth | None = None
) -> tuple[ScoredCause, ...]:
    """Every candidate cause, the best first; one that cannot be weighed is left out.

    What a log says by name is a cause of its own; what was measured of the service supports it.
    Where no log names a fault of a service, its measurements make it a candidate, and so does the
    change that may have broken it. health: of the situation's services, if it was read already.
    """
    health = health or ServiceHealth(situation)
    scene = EvidenceIndex(situation, felt=health.certain, began=health.began, ended=health.ended)
    measured = {
        suspect.candidate.cause.service: suspect for suspect in suspects(health.field, isolation)
    }
    logged = isolation.each(
        TurnPart.CAUSE,
        scene.candidates,
        lambda candidate: _score_candidate(candidate, scene),
        named=statement,
    )
    named = {scored.candidate.cause.service for scored in logged if _names_a_fault(scored)}
    alone = [
        _add_measurements(scored, measured.get(scored.candidate.cause.service)) for scored in logged
    ]
    changed = _changed(scene, health, isolation)
    unnamed = [suspect for service, suspect in measured.items() if service not in named]
    alone += isolation.each(
        TurnPart.CAUSE,
        unnamed,
        lambda suspect: _score_suspect(suspect, scene, changed),
        named=_statement_of,
    )
    standing = {scored.candidate.cause.service for scored in logged if _stands(scored)}
    alone += [
        scored
        for service, scored in changed.items()
        if service not in named & standing and service not in measured
    ]
    return tuple(sorted(_compare_all(alone, scene, isolation), key=_order))


def _changed(
    scene: EvidenceIndex, health: ServiceHealth, isolation: Isolation
) -> dict[str | None, ScoredCause]:
    """What a change may have broken, by service."""
    suspected = isolation.attempt(
        TurnPart.CAUSE,
        say("part_changes"),
        lambda: list(BrokenByChange(scene, health).candidates()),
        otherwise=[],
    )
    changed = [
        ScoredCause(candidate=candidate, citations=lines, change=candidate.best)
        for candidate, lines in suspected
    ]
    last = [scored for scored in changed if follows_last_change(scored.candidate, scored.citations)]
    graph = scene.situation.graph
    return {
        scored.candidate.cause.service: _unless_later(scored, last, graph) for scored in changed
    }


def _unless_later(
    scored: ScoredCause, last: Sequence[ScoredCause], graph: ServiceGraph
) -> ScoredCause:
    """With what speaks against a change that harmed nobody until another one was made.

    last: those that were changed last of all. One of them counts if it shows something since then,
    or if this one depends on it.
    """
    if scored in last:
        return scored
    service = scored.candidate.cause.service
    telling = (
        other
        for other in last
        if _shows_itself(other) or graph.is_behind(other.candidate.cause.service, service)
    )
    other = next(telling, None)
    if other is None:
        return scored
    later = cite(other.candidate.best, CHANGED_LATER, say("changed_later"), EvidenceKind.CHANGE)
    return replace(scored, citations=(*scored.citations, later))


def _shows_itself(scored: ScoredCause) -> bool:
    """Whether its own log or figures tell of it."""
    own = (line for line in scored.citations if line.kind in _WITNESSED)
    return any(line.weight >= EFFECTS_SEEN for line in own)


def _score_candidate(candidate: Candidate, scene: EvidenceIndex) -> ScoredCause:
    return ScoredCause(
        candidate=candidate,
        citations=grounds(candidate, scene),
        change=scene.change_before(candidate),
    )


def _names_a_fault(scored: ScoredCause) -> bool:
    """Whether a log says what is wrong there, and not only that a call failed."""
    return scored.score > PRIOR and not scored.candidate.signature.symptom and not scored.healed


def _add_measurements(scored: ScoredCause, suspect: Suspect | None) -> ScoredCause:
    """With what was measured of the service: it says where, the log says what."""
    if suspect is None or not _names_a_fault(scored):
        return scored
    lines = [
        line.citation for line in suspect.grounds if line.sign not in (None, MetricFeature.LOGGED)
    ]
    return replace(scored, citations=(*scored.citations, *_at_most(lines)))


def _score_suspect(
    suspect: Suspect, scene: EvidenceIndex, changed: dict[str | None, ScoredCause]
) -> ScoredCause:
    """A service that only measurements speak of, with the change before it.

    What merely shows at a service that was changed is what the change broke.
    """
    broken = changed.get(suspect.candidate.cause.service)
    if broken is None:
        return _measured_alone(suspect, scene)
    began = suspect.candidate.first
    is_older = began and broken.candidate.first and began < broken.candidate.first - CLOCKS
    is_queue = _is_queue_since(suspect, broken)
    if suspect.candidate.cause.fault in SHOWN_ONLY or is_older or is_queue:
        lines = [line.citation for line in suspect.grounds if line.sign is None]
        if is_queue:
            best = max((line.citation for line in suspect.grounds), key=lambda line: line.weight)
            lines.append(replace(best, weight=min(best.weight, EFFECTS_SEEN)))
        return replace(broken, citations=(*broken.citations, *_at_most(lines)))
    lines = [line for line in broken.citations if line.kind in _WITNESSES]
    return ScoredCause(
        candidate=suspect.candidate,
        citations=(*suspect.citations, *lines),
        change=broken.change,
    )


def _is_queue_since(suspect: Suspect, broken: ScoredCause) -> bool:
    """Whether work waits, or what it works with is used up, since it was changed last of all."""
    return suspect.candidate.cause.fault == SATURATION and follows_last_change(
        broken.candidate, broken.citations
    )


def _measured_alone(suspect: Suspect, scene: EvidenceIndex) -> ScoredCause:
    change = scene.change_before(suspect.candidate)
    measured = sum(line.citation.weight for line in suspect.grounds if line.sign is not None)
    changed = (
        replace(line, weight=min(line.weight, max(0.0, _CHANGED * measured)))
        for line in change_grounds(suspect.candidate, scene)
    )
    return ScoredCause(
        candidate=suspect.candidate, citations=(*suspect.citations, *changed), change=change
    )


def _at_most(lines: Sequence[Citation]) -> Iterator[Citation]:
    """Measurements that support what is told by name: together not more than so much."""
    total = sum(line.weight for line in lines)
    scale = _MOST_SUPPORT / max(total, _MOST_SUPPORT)
    return (replace(line, weight=line.weight * scale) for line in lines)


def _order(scored: ScoredCause) -> tuple[float, int, str]:
    """Equal scores: the deeper fault first. Never by service names: renaming changes nothing."""
    return -scored.score, -scored.candidate.signature.depth, scored.candidate.cause.fault


def _statement_of(scored: ScoredCause | Suspect) -> RedactedText:
    return statement(scored.candidate)


def _compare_all(
    ranked: list[ScoredCause], scene: EvidenceIndex, isolation: Isolation
) -> list[ScoredCause]:
    """Each with all that may explain it, or be explained by it.

    What was only measured is weighed against all else that was, by how much each moved: of many
    services these are most pairs.
    """
    logged = [scored for scored in ranked if not scored.is_measured]
    standing, standing_told = (list(filter(_stands, causes)) for causes in (ranked, logged))

    def compared(scored: ScoredCause) -> ScoredCause:
        if scored.is_measured:
            return _compare(scored, logged, standing_told, scene)
        return _compare(scored, ranked, standing, scene)

    weighed = isolation.each(TurnPart.CAUSE, ranked, compared, named=_statement_of)
    behind = {id(scored.candidate): scored.explained_by for scored in weighed}
    weighed = [replace(scored, explained_by=_last_of(scored, behind)) for scored in weighed]
    # What lies behind a cause that was lifted is lifted after it.
    for depth in sorted({scored.candidate.signature.depth for scored in weighed}):
        weighed = [
            _above_its_effects(scored, weighed)
            if scored.candidate.signature.depth == depth
            else scored
            for scored in weighed
        ]
    return weighed


def _last_of(scored: ScoredCause, behind: Mapping[int, Candidate | None]) -> Candidate | None:
    """What explains it in the end: what explains it may follow from something else in turn.

    behind: what explains a candidate, by its identity.
    """
    last, passed = scored.explained_by, {id(scored.candidate)}
    while last is not None and id(last) not in passed:
        passed.add(id(last))
        last = behind.get(id(last)) or last
    return last


def _above_its_effects(scored: ScoredCause, others: list[ScoredCause]) -> ScoredCause:
    """With as much as puts it above what it explains: what shows an effect shows its cause."""
    if not _is_worth_lifting(scored):
        return scored  # too little by itself: anything may have moved or changed at that time
    effects = [other for other in others if other.explained_by is scored.candidate]
    effect = max(effects, key=lambda other: other.score, default=None)
    if effect is None or effect.score + _ABOVE <= scored.score:
        return scored
    lift = effect.score + _ABOVE - scored.score
    words = _effect_text(scored, effect.candidate)
    kind = EvidenceKind.CHANGE if scored.candidate.cause.fault == BROKEN_BY_CHANGE else None
    line = cite(scored.candidate.best, lift, words, kind)
    return replace(scored, citations=(*scored.citations, line))


def _is_worth_lifting(scored: ScoredCause) -> bool:
    """Whether it is told by name, or both moved and was changed, or was changed last of all."""
    if not scored.is_measured:
        return follows_last_change(scored.candidate, scored.citations)
    changed = (line.weight for line in scored.citations if line.kind is EvidenceKind.CHANGE)
    return max(changed, default=0.0) >= _TIED


def _compare(
    scored: ScoredCause,
    others: list[ScoredCause],
    standing: list[ScoredCause],
    scene: EvidenceIndex,
) -> ScoredCause:
    """With what a deeper fault takes from it, and what the failed calls of others add to it.

    standing: those of the others that may explain another.
    """
    behind = [rival for rival in standing if explains(rival, scored, scene)]
    citations = list(scored.citations)
    deepest = max(behind, key=lambda rival: rival.score, default=None)
    if deepest is not None:
        cause = deepest.candidate
        loss = _loss(scored)
        words = say("effect_of", fault=statement(cause))
        citations.append(cite(cause.best, loss, words))
    caused = (
        [rival for rival in others if explains(scored, rival, scene)] if _stands(scored) else []
    )
    if caused:
        effect = max(caused, key=lambda rival: rival.score).candidate
        # What a change may have done to others is no witness of its own against who was changed,
        # unless all were.
        candidate = scored.candidate
        is_elsewhere = candidate.cause.fault == BROKEN_BY_CHANGE and not is_everywhere(
            candidate.best
        )
        is_change = effect.cause.fault == BROKEN_BY_CHANGE  # of another, which set nothing off
        kind = EvidenceKind.ALERT if is_elsewhere or is_change else None
        logged = _first_logged(caused, candidate.best) if is_elsewhere else None
        shown = logged or effect
        line = cite(shown.best, EFFECTS_SEEN, _effect_text(scored, shown), kind)
        # What a log tells of it is read before other lines that weigh as much.
        citations.insert(0 if logged else len(citations), line)
    explained_by = deepest.candidate if deepest else None
    return replace(scored, citations=tuple(citations), explained_by=explained_by)


def _first_logged(caused: Iterable[ScoredCause], change: Feature) -> Candidate | None:
    """Of what a change brought about, what a log tells first: there one reads what it broke."""
    effects = [
        (effect.candidate.best.first, effect.candidate)
        for effect in caused
        if effect.candidate.best.kind is EvidenceKind.LOG
        and effect.candidate.cause.fault != BROKEN_BY_CHANGE
    ]
    since = [
        (first, candidate)
        for first, candidate in effects
        if first and change.first and first >= change.first
    ]
    return min(since, key=lambda each: each[0], default=(None, None))[1]


def _effect_text(scored: ScoredCause, effect: Candidate) -> RedactedText:
    """Who else fails of it: `ticket-gateway fails too`."""
    places = {*effect.callers, effect.cause.service} - {scored.candidate.cause.service, None}
    if not places:
        return say("effects_seen")
    names = RedactedText.join(", ", [name_of(place) for place in sorted(filter(None, places))])
    return say("also_affected", names=names)


def _loss(scored: ScoredCause) -> float:
    """Of what a deeper fault explains. What only shows, as all that it brings about does."""
    if scored.candidate.signature.symptom:
        return _SYMPTOM
    if scored.candidate.cause.fault in SHOWN_ONLY:
        return min(_EFFECT, _SHOWN_LOSS * (scored.score - PRIOR))
    return _EFFECT


def _stands(scored: ScoredCause) -> bool:
    """Whether it is likely enough to explain another cause."""
    return scored.score > _STANDS and not scored.healed

"""The change that set a cause off, as evidence for that cause.

The ranking ties a change to a cause by who was changed. A flag, a batch or a setting is nobody's:
it is tied by when it was, by its words and by its sort. A cause that such a change explains is
likelier than one that came by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.model import EvidenceKind
from core.investigation.causes.evidence_index import CLOCKS
from core.investigation.causes.metric_features import FAULTS
from core.investigation.causes.signature_grounds import cite
from core.investigation.verdict.trigger_choice import ENOUGH, TriggerChoice
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.model import Locus
    from core.investigation.causes.scored_cause import ScoredCause
    from core.investigation.causes.troubles import ServiceHealth

say = sentences("investigation.conclusion")

_LEADING = 3
_LEAST, _MOST = 0.3, 1.0  # nats
_HALF = 0.5  # nats, of a change that is more than the last before it
_OF_THE_REST = 0.5  # of what its weight has beyond enough


def with_what_set_off(
    ranked: Sequence[ScoredCause], health: ServiceHealth
) -> tuple[ScoredCause, ...]:
    """The ranking, in which the leading causes have the change that set them off beside them.

    Whose change it is must not be another service's, and what is only measured needs more.
    """
    leading: list[ScoredCause] = []
    for scored in ranked[:_LEADING]:
        is_counted = any(_share_change(scored, ahead) for ahead in leading)
        leading.append(scored if is_counted else _with_change(scored, health))
    return tuple(sorted([*leading, *ranked[_LEADING:]], key=lambda scored: -scored.score))


def _share_change(scored: ScoredCause, ahead: ScoredCause) -> bool:
    """Whether one ahead of it has the same fault and change: two names of one party, it may be."""
    is_one_fault = scored.candidate.cause.fault == ahead.candidate.cause.fault
    return is_one_fault and not _changes(scored).isdisjoint(_changes(ahead))


def _changes(scored: ScoredCause) -> set[Locus]:
    lines = (line for line in scored.citations if line.kind is EvidenceKind.CHANGE)
    return {line.locus for line in lines if line.locus is not None and line.weight > 0}


def _with_change(scored: ScoredCause, health: ServiceHealth) -> ScoredCause:
    is_effect = scored.explained_by is not None
    if is_effect or scored.candidate.cause.fault in FAULTS or _is_tied(scored):
        return scored
    lines = tuple(line for line in scored.citations if line.weight > 0)
    choice = TriggerChoice(scored.candidate.cause, lines, health)
    if choice.likeliest is None or choice.is_of_others(choice.likeliest[0]):
        return scored
    change, weight = choice.likeliest
    if change.first and health.began and change.first > health.began + CLOCKS:
        return scored  # somebody suffered before
    counted = min(_MOST, _LEAST + _OF_THE_REST * (weight - ENOUGH))
    line = cite(change, counted, say("set_off"), EvidenceKind.CHANGE)
    return replace(scored, citations=(*scored.citations, line), change=scored.change or change)


def _is_tied(scored: ScoredCause) -> bool:
    """Whether the ranking counts a change for it, as more than what happened to be before."""
    return any(
        line.kind is EvidenceKind.CHANGE and line.weight >= _HALF for line in scored.citations
    )

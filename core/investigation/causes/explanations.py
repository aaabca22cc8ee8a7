"""Which cause explains which effect: it is deeper, near, and was there when the effect began."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE, follows_last_change
from core.investigation.causes.change_kinds import may_bring
from core.investigation.causes.evidence_index import (
    BAD_DEPLOY,
    CLOCKS,
    Candidate,
    EvidenceIndex,
    changes,
    is_everywhere,
)
from core.investigation.causes.metric_features import CPU, FAULTS, MEMORY, SATURATION
from core.investigation.causes.signature_grounds import was_before, was_over

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from core.investigation.causes.scored_cause import ScoredCause

_TOLD_LATER = timedelta(seconds=90)  # a cause may be logged this long after its effect
_ACTS = timedelta(seconds=30)  # within which a change shows
_BRINGS = timedelta(minutes=2)  # within which a change of one's own shows
_QUEUES = frozenset({SATURATION, "connection_pool_exhausted", "workers_used_up"})


def explains(cause: ScoredCause, effect: ScoredCause, scene: EvidenceIndex) -> bool:
    """Whether a standing, deeper `cause` fits `effect` in place and time."""
    deep, shown = cause.candidate, effect.candidate
    if cause is effect or _was_early(deep, shown.first) or _brought_on_itself(effect, cause, scene):
        return False
    if deep.cause.service == shown.cause.service and any(map(_only_ends, (cause, effect))):
        return _only_ends(effect) and not _only_ends(cause) and not deep.signature.symptom
    is_deeper = _is_deeper(deep, shown, scene) or _was_changed_earlier(effect, deep)
    is_cause = is_deeper and not _waits_for(deep, shown, scene)
    if not is_cause or not _fits(cause, effect, scene):
        return False
    places = {shown.cause.service, *shown.callers}
    origins = {deep.cause.service, *deep.callers}  # whose log tells of it feels it
    if deep.cause.fault == BROKEN_BY_CHANGE and is_everywhere(deep.best):
        return True
    if _asks_for_names(shown, deep, scene):
        return True
    behind = (scene.situation.graph.is_behind(each, place) for each in origins for place in places)
    is_near = bool(origins & places) or any(behind) or _shares_broker(deep, places, scene)
    return (
        is_near
        or _may_be_behind(origins, places, effect, scene)
        or (deep.cause.fault == BROKEN_BY_CHANGE and _at_one_request(origins, places, scene))
    )


def _was_changed_earlier(effect: ScoredCause, deep: Candidate) -> bool:
    """Whether little but an earlier change speaks against it, and the other is a fault by name."""
    shown = effect.candidate
    if shown.cause.fault != BROKEN_BY_CHANGE or follows_last_change(shown, effect.citations):
        return False
    is_named = deep.cause.fault not in FAULTS and deep.cause.fault != BROKEN_BY_CHANGE
    return is_named and not deep.signature.symptom and deep.told_by_itself


def _brought_on_itself(effect: ScoredCause, cause: ScoredCause, scene: EvidenceIndex) -> bool:
    """Whether who complains was changed just before in what brings such failures, the other not.

    Who lost the authorities that it trusts complains of a partner that is as it was.
    """
    deep, shown = cause.candidate, effect.candidate
    began, fault = _shown_since(shown), shown.cause.fault
    if deep.cause.fault != fault or deep.told_by_itself or cause.change or began is None:
        return False
    return any(
        change.seen_by == shown.cause.service
        and change.is_telling
        and change.first is not None
        and timedelta() <= began - change.first <= _BRINGS
        and may_bring(change.text.text, fault)
        for change in changes(scene.seen)
    )


def _waits_for(queue: Candidate, shown: Candidate, scene: EvidenceIndex) -> bool:
    """Whether work piles up at who calls the other: that does not make the other answer late."""
    graph, callee = scene.situation.graph, shown.cause.service
    is_behind = graph.is_behind(callee, queue.cause.service)
    is_piled = queue.cause.fault == SATURATION and shown.signature.symptom
    return is_piled and is_behind and not graph.is_behind(queue.cause.service, callee)


def _at_one_request(
    origins: set[str | None], places: set[str | None], scene: EvidenceIndex
) -> bool:
    """Where nobody tells who calls whom, whether some of both worked at the same requests."""
    return not scene.situation.calls and scene.share_requests(origins, places)


def _shares_broker(cause: Candidate, places: Iterable[str | None], scene: EvidenceIndex) -> bool:
    """Whether one of these may wait for work that the changed service takes from a broker."""
    if cause.cause.fault != BROKEN_BY_CHANGE:
        return False
    brokers, graph = scene.services.brokers_of(cause.cause.service), scene.situation.graph
    return any(brokers & graph.callees(place) for place in places)


def _only_ends(scored: ScoredCause) -> bool:
    """Whether a process ends at its start, and nobody released it: of what, its log says."""
    return scored.candidate.cause.fault == BAD_DEPLOY and scored.change is None


def _fits(cause: ScoredCause, effect: ScoredCause, scene: EvidenceIndex) -> bool:
    """Whether it came in time, and is a change only if what it broke follows at once.

    Who was changed earlier may have been well until then; who was changed last has its own change.
    """
    deep, shown = cause.candidate, effect.candidate
    if deep.cause.fault == BROKEN_BY_CHANGE and not (
        follows_last_change(deep, cause.citations) and _may_have_broken(deep, shown, scene)
    ):
        return False
    if shown.cause.fault == BROKEN_BY_CHANGE:
        return not follows_last_change(shown, effect.citations)
    later = CLOCKS if deep.cause.fault == BAD_DEPLOY else _TOLD_LATER  # it broke when it started
    began = _shown_since(shown)
    return not (deep.first and began and deep.first > began + later)


def _shown_since(shown: Candidate) -> datetime | None:
    """Since when it is in earnest; of what is measured, since when its strongest sign is."""
    if shown.cause.fault in FAULTS:
        return shown.best.began or shown.best.first
    return shown.began


def _may_be_behind(
    origins: set[str | None], places: set[str | None], effect: ScoredCause, scene: EvidenceIndex
) -> bool:
    """Where nobody told us whom they call, any fault of that time may be behind a failed call.

    Who serves nobody that is known breaks nobody's calls. Without a topology nobody tells who asks
    a store or a cache that no line names.
    """
    graph = scene.situation.graph
    is_shown = effect.candidate.signature.symptom or effect.is_measured
    serves = any(scene.services.kind(each) or graph.callers(each) for each in origins)
    blamed = {effect.candidate.cause.service} if is_shown else places
    is_untold = not scene.situation.calls and not any(
        graph.callers(each) or graph.callees(each) for each in origins
    )
    return is_shown and serves and (is_untold or not any(map(graph.callees, blamed)))


def _was_early(cause: Candidate, moment: datetime | None) -> bool:
    if cause.cause.fault == BROKEN_BY_CHANGE:
        return False  # a change is no warning that was there for a while: see `_may_have_broken`
    return was_before(cause, moment) or was_over(cause, moment)


def _may_have_broken(changed: Candidate, shown: Candidate, scene: EvidenceIndex) -> bool:
    """Whether a change may be behind it: what follows at once, and is no work of who calls it."""
    at, first = changed.best.first, _shown_since(shown)
    within = _ACTS if shown.cause.fault not in FAULTS else 2 * _ACTS  # figures lag
    if at and first and first > at + within:
        return False
    is_work = shown.cause.fault in (CPU, MEMORY)
    return not (
        is_work and scene.situation.graph.is_behind(changed.cause.service, shown.cause.service)
    )


def _asks_for_names(asking: Candidate, answering: Candidate, scene: EvidenceIndex) -> bool:
    """Whether it misses a name that the name server itself does not know: all ask that."""
    server, service = answering.cause.service, asking.cause.service
    if asking.cause.fault != answering.cause.fault or None in (server, service):
        return False
    is_resolver = scene.services.is_resolver
    is_told = answering.told_by_itself and is_resolver(str(server))
    return is_told and not is_resolver(str(service))


def _is_deeper(candidate: Candidate, other: Candidate, scene: EvidenceIndex) -> bool:
    """By the kind of fault; for faults of the same depth, by who calls whom.

    Whoever does not answer fills the queues of those who wait, whatever is told of it.
    """
    if _waits_for(other, candidate, scene):
        return True
    if candidate.signature.depth != other.signature.depth:
        return candidate.signature.depth > other.signature.depth
    is_queue = other.cause.fault in _QUEUES  # they fill where answers are waited for
    is_alike = candidate.cause.fault == other.cause.fault or candidate.signature.symptom
    if not is_alike and not is_queue:
        return False
    callee, caller = candidate.cause.service, other.cause.service
    services, graph = scene.services, scene.situation.graph
    if _asks_for_names(other, candidate, scene):
        return True
    if graph.is_behind(callee, caller):
        return not graph.is_behind(caller, callee)
    serves = services.kind(callee) is not None and services.kind(caller) is None
    return serves and candidate.told_by_itself and not services.is_caller(caller)

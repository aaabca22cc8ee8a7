"""Weighs measurements for or against a service as the cause: each rule yields weighed lines.

The weights are judgements of ours, in nats, and much the same for all features: weights that were
fitted to incidents of some systems ranked those of another no better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.model import Citation, EvidenceKind
from core.investigation.causes.metric_features import (
    FAULT_OF,
    MetricEvidence,
    MetricFeature,
    ServiceAnomalies,
    kept_name,
    refuses_itself,
    unit_of,
)
from core.investigation.causes.profile_evidence import is_of_profile, profile_of, share_of
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.investigation.causes.measurements import ServiceMeasurements
    from core.text.redacted import RedactedText

say = sentences("investigation.metric_grounds")

_LOCAL = (
    MetricFeature.CPU,
    MetricFeature.MEMORY,
    MetricFeature.SATURATION,
)  # do not spread along calls
_BESIDE = (
    MetricFeature.NETWORK,
    MetricFeature.DISK,
    MetricFeature.HOST,
    MetricFeature.TRAFFIC,
    MetricFeature.OTHER,
)
_STRONG, _SECOND, _WEAK = 0.7, 0.3, 0.3
_OWN, _FAILED = 0.4, 0.4
_PROFILED = 0.8  # of a function that has half of it or more
_ALERTED_ERRORS = 0.2  # more, where the alert is about failures
_OTHER_KIND = 0.5  # times: what is slow, where the alert is about failures, and the reverse
_EFFECTS = 0.3
_COVER = 1.5
_MUCH = 3.0  # suffering of all services together; of less, even all of it explains little
_REACHED = 0.7
_INSTANT_S, _UNFELT = 0.01, 0.3  # who answers so soon makes nobody late, however unusual it is
_RARE = -0.7  # for each power of ten under the busiest service
_RAREST = 2.0
_ALERTED = -0.5
_FAILURE_WORDS = ("error", "fail", "availab", "5xx", "success", "down", "unreachable")
_DELAY_WORDS = ("latency", "slow", "delay", "duration", "response time", "p9", "timeout")
ALERTED = say.later("alert_is_for_it")
ALERT_DEPENDS = say.later("alert_depends")
_SAYS = {
    MetricFeature.CPU: say.later("cpu_rose"),
    MetricFeature.MEMORY: say.later("memory_rose"),
    MetricFeature.SATURATION: say.later("queues_fill"),
    MetricFeature.LATENCY: say.later("latency_rose"),
    MetricFeature.ERRORS: say.later("errors_rose"),
    MetricFeature.ASKED: say.later("time_lost_with_callers"),
    MetricFeature.ASKING: say.later("time_lost_with_callees"),
    MetricFeature.OWN: say.later("slow_itself"),
    MetricFeature.FAILED: say.later("fails_itself"),
    MetricFeature.LOGGED: say.later("new_errors"),
    MetricFeature.NETWORK: say.later("network_changed"),
    MetricFeature.DISK: say.later("disk_changed"),
    MetricFeature.HOST: say.later("host_load_changed"),
    MetricFeature.TRAFFIC: say.later("request_rate_changed"),
    MetricFeature.OTHER: say.later("other_metric_changed"),
    MetricFeature.WAITING: say.later("waits_for_callees"),
}


@dataclass(frozen=True, kw_only=True)
class MetricGround:
    """A weighed line and its feature; None if it is about the service's place in the graph."""

    citation: Citation
    sign: MetricFeature | None
    shown: MetricEvidence


def grounds(service: str, field: ServiceMeasurements) -> tuple[MetricGround, ...]:
    """All lines for and against a service with anomalies."""
    portrait = field.portraits[service]
    return tuple(line for rule in _RULES for line in rule(portrait, field))


def says(sign: MetricFeature) -> RedactedText:
    """What a sign means, in words."""
    return _SAYS[sign]()


def _ground(
    evidence: MetricEvidence,
    weight: float,
    why: RedactedText,
    sign: MetricFeature | None = None,
    kind: EvidenceKind | None = None,
) -> MetricGround:
    citation = Citation(
        text=evidence.text, locus=evidence.locus, weight=weight, why=why, kind=kind or evidence.kind
    )
    return MetricGround(citation=citation, sign=sign, shown=evidence)


def _of(portrait: ServiceAnomalies, sign: MetricFeature, weight: float) -> Iterator[MetricGround]:
    measure = portrait.signs.get(sign)
    if measure is not None and measure.strength > 0:
        why = say("alert_and_profile") if is_of_profile(measure.shown) else _SAYS[sign]()
        yield _ground(measure.shown, weight * measure.strength, why, sign)


def _local(portrait: ServiceAnomalies, _field: ServiceMeasurements) -> Iterator[MetricGround]:
    """What a service does to itself: the strongest counts in full, the others less."""
    ranked = sorted(_LOCAL, key=lambda sign: -portrait.strength(sign))
    for place, sign in enumerate(ranked):
        yield from _of(portrait, sign, _SECOND if place else _STRONG)


def _profiled(portrait: ServiceAnomalies, field: ServiceMeasurements) -> Iterator[MetricGround]:
    """The function that a profile names for what a service does to itself."""
    for sign in _LOCAL:
        measure = portrait.signs.get(sign)
        if measure is None or measure.strength <= 0 or is_of_profile(measure.shown):
            continue
        shown = profile_of(field.situation, portrait.service, sign)
        if shown is not None:
            weight = _PROFILED * min(1.0, 2 * share_of(shown.finding))
            yield _ground(shown, weight, say("profile_names"), sign)


def _spreading(portrait: ServiceAnomalies, field: ServiceMeasurements) -> Iterator[MetricGround]:
    """What spreads from callees to callers counts as far as no callee shows it as well."""
    fails, slows = _is_about(field, _FAILURE_WORDS), _is_about(field, _DELAY_WORDS)
    errors = _STRONG + (_ALERTED_ERRORS if fails else 0.0)
    late = _STRONG * (_UNFELT if _is_instant(portrait) else 1.0)
    weights = {
        MetricFeature.LATENCY: late * (_OTHER_KIND if fails and not slows else 1.0),
        MetricFeature.ERRORS: errors * (_OTHER_KIND if slows and not fails else 1.0),
        MetricFeature.LOGGED: _STRONG,
        MetricFeature.OWN: _OWN,
        MetricFeature.FAILED: _FAILED,
    }
    for sign, weight in weights.items():
        yield from _of(portrait, sign, weight)
        share, callee = field.explained(portrait.service, sign)
        if callee is not None:
            signs = field.portraits[callee].signs
            evidence = (signs.get(sign) or signs[MetricFeature.LOGGED]).shown  # what is told of it
            loss = -weight * portrait.strength(sign) * share
            yield _ground(evidence, loss, say("callees_show_same"), sign)


def _is_instant(portrait: ServiceAnomalies) -> bool:
    """Whether it answers within a hundredth of a second, though later than it used to."""
    measure = portrait.signs.get(MetricFeature.LATENCY)
    moved = measure.shown.moved if measure else None
    unit = unit_of(moved) if moved else None
    return bool(moved and unit and max(moved.before, moved.after) * unit < _INSTANT_S)


def _lost_between(
    portrait: ServiceAnomalies, _field: ServiceMeasurements
) -> Iterator[MetricGround]:
    """A slow way to a service is slow for all who call it, and for what it calls itself."""
    yield from _of(portrait, MetricFeature.ASKED, _STRONG)
    yield from _of(portrait, MetricFeature.ASKING, _STRONG * _STRONG)


def _beside(portrait: ServiceAnomalies, _field: ServiceMeasurements) -> Iterator[MetricGround]:
    best = max(_BESIDE, key=portrait.strength)
    yield from _of(portrait, best, _WEAK)


def _effects(portrait: ServiceAnomalies, field: ServiceMeasurements) -> Iterator[MetricGround]:
    """Callers that show what the service would do to them."""
    callers = [
        field.portraits[caller]
        for caller in sorted(field.graph.callers(portrait.service))
        if caller in field.portraits
    ]
    own = max(portrait.strength(sign) for sign in (*_LOCAL, MetricFeature.LATENCY))
    for sign, cause in (
        (MetricFeature.LATENCY, own),
        (MetricFeature.ERRORS, portrait.strength(MetricFeature.ERRORS)),
    ):
        worst = max(callers, key=lambda anomalies: anomalies.strength(sign), default=None)
        if worst is None or sign not in worst.signs or cause <= 0:
            continue
        if sign is MetricFeature.ERRORS and refuses_itself(worst.signs[sign]):
            continue
        weight = _EFFECTS * min(cause, worst.strength(sign))
        words = say("caller_affected", name=kept_name(worst.service))
        yield _ground(worst.signs[sign].shown, weight, words)


def _waited_for(portrait: ServiceAnomalies, field: ServiceMeasurements) -> Iterator[MetricGround]:
    """Callers that wait longer for others while nothing of those is slow."""
    callers = [
        field.portraits[caller]
        for caller in sorted(field.graph.callers(portrait.service))
        if caller in field.portraits and MetricFeature.WAITING in field.portraits[caller].signs
    ]
    worst = max(
        callers, key=lambda anomalies: anomalies.strength(MetricFeature.WAITING), default=None
    )
    if worst is None:
        return
    beyond = worst.strength(MetricFeature.WAITING) - portrait.strength(MetricFeature.LATENCY)
    if beyond > 0:
        evidence = worst.signs[MetricFeature.WAITING].shown
        words = say("caller_waits", name=kept_name(worst.service))
        yield _ground(evidence, _WEAK * beyond, words, MetricFeature.WAITING)


def _cover(portrait: ServiceAnomalies, field: ServiceMeasurements) -> Iterator[MetricGround]:
    """A good cause explains much of all that is seen: what suffers depends on it."""
    if portrait.suffering <= 0:
        return
    dependents = field.graph.dependants(portrait.service) | {portrait.service}
    behind = [service for service in field.sufferers if service in dependents]
    share = sum(field.sufferers[service] for service in behind) / max(field.suffering, _MUCH)
    evidence = _worst(portrait)
    words = say(
        "accounts_for",
        n=len(behind),
        all=len(field.sufferers),
    )
    yield _ground(evidence, _COVER * share, words)


def _rarity(portrait: ServiceAnomalies, field: ServiceMeasurements) -> Iterator[MetricGround]:
    """A service that hardly anybody asks seldom causes what many suffer from."""
    if portrait.traffic is None or field.busiest <= 0:
        return
    lead = math.log10(field.busiest / max(portrait.traffic, 1e-9))
    if lead > 0:
        words = say(
            "little_traffic",
            n=_rounded(portrait.traffic),
            all=_rounded(field.busiest),
        )
        yield _ground(_worst(portrait), _RARE * min(lead, _RAREST), words)


def _place(portrait: ServiceAnomalies, field: ServiceMeasurements) -> Iterator[MetricGround]:
    if portrait.service in field.reached:
        words = (ALERTED if portrait.service in field.alerted else ALERT_DEPENDS)()
        yield _ground(_worst(portrait), _REACHED, words, kind=EvidenceKind.ALERT)
    behind = field.graph.callees(portrait.service) & set(field.portraits)
    if portrait.service in field.alerted and behind:
        words = say("callees_affected")
        yield _ground(_worst(portrait), _ALERTED, words, kind=EvidenceKind.ALERT)


_Rule = Callable[[ServiceAnomalies, "ServiceMeasurements"], Iterator[MetricGround]]
_RULES: tuple[_Rule, ...] = (
    _local,
    _profiled,
    _spreading,
    _lost_between,
    _beside,
    _effects,
    _waited_for,
    _cover,
    _rarity,
    _place,
)


def _worst(portrait: ServiceAnomalies) -> MetricEvidence:
    """Where the strongest sign is seen; of equal ones, one that names a fault."""
    best = max(portrait.signs, key=lambda sign: (portrait.strength(sign), sign in FAULT_OF))
    return portrait.signs[best].shown


def _is_about(field: ServiceMeasurements, words: tuple[str, ...]) -> bool:
    texts = (
        f"{occurrence.name} {occurrence.summary}".lower()
        for occurrence in field.situation.occurrences
    )
    return any(word in text for text in texts for word in words)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")

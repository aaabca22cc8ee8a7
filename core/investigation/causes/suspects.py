"""The services that may be the cause by measurements, and the fault of each."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.investigation_state import TurnPart
from core.cases.model import Cause, Citation
from core.evidence.model import DataType, Level
from core.evidence.signatures import measured_signatures
from core.investigation.causes.evidence_index import Candidate, Feature
from core.investigation.causes.metric_features import (
    CPU,
    ERRORS,
    FAULT_OF,
    LATENCY,
    MEMORY,
    NETWORK,
    SATURATION,
    SHOWN_ONLY,
    MetricFeature,
    kept_name,
    signal_of,
)
from core.investigation.causes.metric_grounds import MetricGround, grounds, says
from core.investigation.isolation import UNSPARED, Isolation
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.causes.measurements import ServiceMeasurements
    from core.text.redacted import RedactedText

say = sentences("investigation.suspects")

_TELLS_WHY = (CPU, MEMORY, SATURATION, NETWORK)  # the rest only says how it shows
_PROBES = re.compile(r"(?i)(?<![a-z\d])(?:probe|blackbox|synthetics?|canary|healthcheck)_")
_OF_SERVERS = SHOWN_ONLY | {SATURATION}  # what a proxy shows where those behind it are slow
_WHY_COUNTS = 1.0  # nats from which on what tells why is the fault


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A service that shows something, with all lines for and against it."""

    candidate: Candidate
    grounds: tuple[MetricGround, ...]

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(ground.citation for ground in self.grounds)


def suspects(field: ServiceMeasurements, isolation: Isolation = UNSPARED) -> tuple[Suspect, ...]:
    """One suspect for each service with a measurement that may be a cause."""
    checked = isolation.each(
        TurnPart.CAUSE, field.portraits, lambda name: _suspect(name, field), named=_measured
    )
    return tuple(filter(None, checked))


def _passes_on(service: str, field: ServiceMeasurements) -> bool:
    """Whether it is a proxy, and not all of its servers are known to be well.

    Lines name some of its servers; only a topology names all.
    """
    if not field.directory.is_proxy(service):
        return False
    calls = field.situation.calls
    behind = {callee for caller, callee in calls if caller == service}
    return not behind or any(name in field.sufferers for name in field.graph.callees(service))


def _measured(service: str) -> RedactedText:
    return say("measured_of", service=kept_name(service))


def _suspect(service: str, field: ServiceMeasurements) -> Suspect | None:
    if _only_watches(service, field):
        return None
    lines = grounds(service, field)
    telling = [ground for ground in lines if ground.sign is not None and ground.citation.weight > 0]
    own = [ground for ground in telling if _is_own(ground, service, field)]
    fault = _fault(own)
    if fault is None or (fault in _OF_SERVERS and _passes_on(service, field)):
        return None
    seen = [ground for ground in own if ground.sign and FAULT_OF.get(ground.sign) == fault]
    features = tuple(_feature(ground, service, field) for ground in _strongest_first(seen))
    cause = Cause(service=service, signal=features[0].signal.name, fault=fault)
    candidate = Candidate(cause=cause, signature=measured_signatures()[fault], seen=features)
    return Suspect(candidate=candidate, grounds=lines)


def _only_watches(service: str, field: ServiceMeasurements) -> bool:
    """Whether all that is measured there is how others answer a synthetic user, and the machine.

    Of whom a topology does not tell, nor any word but figures, is such a user, too.
    """
    if field.graph.calls and service not in field.graph.named and not _has_words(service, field):
        return True
    signs = field.portraits[service].signs.values()
    moved = [measure.shown.moved for measure in signs if measure.shown.moved is not None]
    asked = [move for move in moved if _PROBES.search(move.series)]
    return (
        bool(asked)
        and len(moved) == len(signs)
        and all(move in asked or move.of_host for move in moved)
    )


def _has_words(service: str, field: ServiceMeasurements) -> bool:
    """Whether more than figures is known of it."""
    return any(
        file.service == service and file.data_type is not DataType.METRIC
        for file in field.situation.files
    )


def _is_own(ground: MetricGround, service: str, field: ServiceMeasurements) -> bool:
    """Whether it is seen at the service itself, or at a caller that waits for it."""
    return (
        ground.sign in FAULT_OF and ground.sign is not None and _shows(ground.sign, service, field)
    )


def _shows(sign: MetricFeature, service: str, field: ServiceMeasurements) -> bool:
    return sign in field.portraits[service].signs or FAULT_OF[sign] == NETWORK


def _fault(own: Sequence[MetricGround]) -> str | None:
    """The likeliest fault; one that tells why goes before one that only shows."""
    weights: defaultdict[str, float] = defaultdict(float)
    for ground in own:
        if ground.sign is not None and (
            ground.shown.stays or FAULT_OF[ground.sign] not in _TELLS_WHY
        ):
            weights[FAULT_OF[ground.sign]] += ground.citation.weight
    if not weights:
        return None
    order = sorted(weights, key=lambda fault: (-weights[fault], fault))
    why = next((fault for fault in order if fault in _TELLS_WHY), None)
    if why is not None and weights[why] >= _WHY_COUNTS:
        return why
    symptom = next((fault for fault in order if fault in (LATENCY, ERRORS)), None)
    return symptom or why


def _strongest_first(seen: Sequence[MetricGround]) -> list[MetricGround]:
    return sorted(seen, key=lambda ground: -ground.citation.weight)


def _feature(ground: MetricGround, service: str, field: ServiceMeasurements) -> Feature:
    """What was measured, as a feature of the fault that it speaks for."""
    evidence, sign = ground.shown, ground.sign
    assert sign is not None  # noqa: S101 - for the type checker
    is_told = sign is MetricFeature.LOGGED  # perhaps by who calls it
    is_its_own = sign in field.portraits[service].signs and not is_told
    return Feature(
        signal=signal_of(sign, says(sign)),
        text=evidence.text,
        locus=evidence.locus,
        kind=evidence.kind,
        level=Level.ERROR,
        file=evidence.file,
        seen_by=service if is_its_own else evidence.finding.service or evidence.file.service,
        count=max(1, evidence.count),
        first=evidence.first,
        last=evidence.last,
        buckets=evidence.finding.buckets,
    )

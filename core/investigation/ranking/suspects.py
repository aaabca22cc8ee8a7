"""Which services may be the cause by what was measured, and of which fault?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.cases.hypotheses import Cause, Citation, EvidenceKind
from core.evidence.model import FindingKind, Level
from core.investigation.causes.scene import Candidate
from core.investigation.causes.sightings import Sighting
from core.investigation.ranking.faults import (
    CPU,
    ERRORS,
    FAULT_OF,
    FAULTS,
    LATENCY,
    MEMORY,
    NETWORK,
    SATURATION,
    signal_of,
)
from core.investigation.ranking.grounds import Ground, grounds, says

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.ranking.field import Field
    from core.investigation.ranking.model import Sign

_TELLS_WHY = (CPU, MEMORY, SATURATION, NETWORK)  # the rest only says how it shows
_WHY_COUNTS = 1.0  # nats from which on what tells why is the fault
_KINDS = {
    EvidenceKind.METRIC: FindingKind.METRIC,
    EvidenceKind.TRACE: FindingKind.SPAN,
}


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A service that shows something, with all lines for and against it."""

    candidate: Candidate
    grounds: tuple[Ground, ...]

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(one.citation for one in self.grounds)


def suspects(field: Field) -> tuple[Suspect, ...]:
    """One a service of which something that may be a cause was seen."""
    return tuple(filter(None, (_suspect(service, field) for service in field.portraits)))


def _suspect(service: str, field: Field) -> Suspect | None:
    found = grounds(service, field)
    telling = [one for one in found if one.sign is not None and one.citation.weight > 0]
    own = [one for one in telling if _is_own(one, service, field)]
    fault = _fault(own)
    if fault is None:
        return None
    seen = [one for one in own if one.sign and FAULT_OF.get(one.sign) == fault]
    sightings = tuple(_sighting(one, service, field) for one in _strongest_first(seen))
    cause = Cause(service=service, signal=sightings[0].signal.name, fault=fault)
    candidate = Candidate(cause=cause, signature=FAULTS[fault], seen=sightings)
    return Suspect(candidate=candidate, grounds=found)


def _is_own(one: Ground, service: str, field: Field) -> bool:
    """Is it seen at the service itself, or at a caller that waits for it?"""
    return one.sign in FAULT_OF and one.sign is not None and _shows(one.sign, service, field)


def _shows(sign: Sign, service: str, field: Field) -> bool:
    return sign in field.portraits[service].signs or FAULT_OF[sign] == NETWORK


def _fault(own: Sequence[Ground]) -> str | None:
    """What tells why goes before what only shows."""
    weights: defaultdict[str, float] = defaultdict(float)
    for one in own:
        if one.sign is not None:
            weights[FAULT_OF[one.sign]] += one.citation.weight
    if not weights:
        return None
    order = sorted(weights, key=lambda fault: (-weights[fault], fault))
    why = next((fault for fault in order if fault in _TELLS_WHY), None)
    if why is not None and weights[why] >= _WHY_COUNTS:
        return why
    shown = next((fault for fault in order if fault in (LATENCY, ERRORS)), None)
    return shown or why


def _strongest_first(seen: Sequence[Ground]) -> list[Ground]:
    return sorted(seen, key=lambda one: -one.citation.weight)


def _sighting(one: Ground, service: str, field: Field) -> Sighting:
    """As if it were a line of a log: what stands in the file, when, how often."""
    shown, sign = one.shown, one.sign
    assert sign is not None  # noqa: S101 - for the type checker
    is_its_own = sign in field.portraits[service].signs
    finding = replace(
        shown.finding,
        kind=_KINDS.get(shown.kind, shown.finding.kind),
        level=Level.ERROR,
        text=shown.text,
        locus=shown.locus,
        count=max(1, shown.count),
        first=shown.first,
        last=shown.last,
        signals=(sign.value,),
        data={},
    )
    return Sighting(
        signal=signal_of(sign, says(sign)),
        finding=finding,
        file=shown.file,
        seen_by=service if is_its_own else shown.finding.service,
    )

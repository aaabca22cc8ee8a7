"""Which series of a service moved near the onset, and how remarkable is that?"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from core.cases.hypotheses import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, FindingKind, Locus
from core.evidence.series.families import Family
from core.evidence.series.moves import Moved, read_families, read_moves
from core.evidence.series.wording import amount, spell
from core.investigation.ranking.model import Exhibited, Measure, Sign
from core.investigation.ranking.names import kept_name
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.investigation.decision import Situation

_AROUND_S = 420.0  # the alert may be late, and a cause may show after it
_STEPS_BEFORE, _STEPS_AFTER = 0.6, 2.1  # times the distance of points, that widen it
_LEAST = 2.0  # standard deviations
_STRONGEST = 5.0
_USUAL = 1.5
_SERIES = 3  # of one family that count: a percentile alone may be chance
_PEERS = 4  # services from which on a common movement is the load's
_SIGNS = {
    Family.ERRORS: Sign.ERRORS,
    Family.LATENCY: Sign.LATENCY,
    Family.WAITING: Sign.WAITING,
    Family.CPU: Sign.CPU,
    Family.MEMORY: Sign.MEMORY,
    Family.SATURATION: Sign.SATURATION,
    Family.DISK: Sign.DISK,
    Family.NETWORK: Sign.NETWORK,
    Family.TRAFFIC: Sign.TRAFFIC,
    Family.OTHER: Sign.OTHER,
}
_BY_NAME = {family.value: sign for family, sign in _SIGNS.items()}
_SPREADING = (Sign.LATENCY, Sign.ERRORS)  # from callees to callers
_SEVERAL = (Sign.LATENCY, Sign.WAITING)


@dataclass(frozen=True)
class _Near:
    """A series' most remarkable move near the onset. strength: below 0 for the better."""

    moved: Moved
    strength: float
    finding: Finding
    file: EvidenceFile


def movements(situation: Situation, onset: datetime) -> dict[str, dict[Sign, Measure]]:
    """By service. Of a sign, only what goes beyond the usual movement of all services."""
    near: defaultdict[str, defaultdict[Sign, list[_Near]]] = defaultdict(lambda: defaultdict(list))
    series: defaultdict[Sign, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for file, finding in _kept(situation):
        service = str(finding.service)
        for family, count in read_families(finding.data).items():
            series[_BY_NAME.get(family, Sign.HOST)][service] += count
        for one in _nearest(file, finding, onset):
            near[service][_sign(one.moved)].append(one)
    common = {sign: _common(sign, counts, near) for sign, counts in series.items()}
    return {
        service: dict(_measures(found, common, series, service)) for service, found in near.items()
    }


def traffic(situation: Situation) -> dict[str, float]:
    """The usual level of requests of each service that is measured."""
    told: dict[str, float] = {}
    for _, finding in _kept(situation):
        level = finding.data.get("traffic")
        if isinstance(level, int | float):
            told[str(finding.service)] = max(float(level), told.get(str(finding.service), 0.0))
    return told


def _kept(situation: Situation) -> Iterator[tuple[EvidenceFile, Finding]]:
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind is FindingKind.MOVES and finding.service:
                yield file, finding


def _nearest(file: EvidenceFile, finding: Finding, onset: datetime) -> Iterator[_Near]:
    best: dict[str, _Near] = {}
    for moved in read_moves(finding.data):
        if _is_near(moved, onset.timestamp()):
            one = _Near(moved, _strength(moved), finding, file)
            known = best.get(moved.series)
            if one.strength and (known is None or abs(one.strength) > abs(known.strength)):
                best[moved.series] = one
    yield from best.values()


def _is_near(moved: Moved, onset: float) -> bool:
    step = (moved.until - moved.at) / 2
    early = onset - _AROUND_S - _STEPS_BEFORE * step
    return early <= moved.at <= onset + _AROUND_S + _STEPS_AFTER * step


def _strength(moved: Moved) -> float:
    """In standard deviations, of the ordinary jumps where these are larger; logarithmic."""
    jumps = abs(moved.strength) / max(1.0, moved.usual / _USUAL)
    if jumps < _LEAST:
        return 0.0
    strength = min(math.log1p(jumps / 2), _STRONGEST)
    return strength if moved.worse else -strength


def _sign(moved: Moved) -> Sign:
    if moved.of_host:
        return Sign.HOST
    return _SIGNS[moved.family]


def _overall(sign: Sign, found: list[_Near], series: int) -> float:
    """Of a family with several series, such as percentiles, the mean of the three strongest."""
    ranked = sorted((one.strength for one in found), reverse=True)
    if sign not in _SEVERAL:
        return ranked[0] if ranked else 0.0
    ranked += [0.0] * (max(series, len(ranked)) - len(ranked))
    counted = sorted(ranked, reverse=True)[:_SERIES]
    return sum(counted) / len(counted) if counted else 0.0


def _common(
    sign: Sign,
    counts: Mapping[str, int],
    near: Mapping[str, Mapping[Sign, list[_Near]]],
) -> float:
    """What half of all services show: that is load, unless it is of a sort that spreads."""
    if len(counts) < _PEERS or sign in _SPREADING:
        return 0.0
    shown = [
        _overall(sign, list(near.get(service, {}).get(sign, ())), count)
        for service, count in counts.items()
    ]
    return max(0.0, median(shown))


def _measures(
    found: Mapping[Sign, list[_Near]],
    common: Mapping[Sign, float],
    series: Mapping[Sign, Mapping[str, int]],
    service: str,
) -> Iterator[tuple[Sign, Measure]]:
    for sign, near in found.items():
        overall = _overall(sign, near, series.get(sign, {}).get(service, 0))
        strength = overall - common.get(sign, 0.0)
        if strength > 0:
            yield sign, Measure(strength=strength, shown=_shown(near), change=_change(near))


def _change(near: Iterable[_Near]) -> float:
    grown = (abs(one.moved.after - one.moved.before) for one in near if one.strength > 0)
    return max(grown, default=0.0)


def _shown(near: Iterable[_Near]) -> Exhibited:
    best = max(near, key=lambda one: one.strength)
    moved = best.moved
    first, last = (datetime.fromtimestamp(at, tz=UTC) for at in (moved.at, moved.until))
    text = Clean.say(
        "{name}: {before} → {after} at {at}",
        name=kept_name(moved.series),
        before=amount(moved.before, moved.unit),
        after=amount(moved.after, moved.unit),
        at=spell(first, dated=False),
    )
    locus = Locus(
        file=best.finding.locus.file,
        line_start=moved.lines[0],
        line_end=moved.lines[1],
        byte_start=moved.place[0],
        byte_end=moved.place[1],
        series=moved.series,
        first=first,
        last=last,
    )
    return Exhibited(
        text=text,
        locus=locus,
        kind=EvidenceKind.METRIC,
        finding=best.finding,
        file=best.file,
        first=first,
        last=last,
        count=sum(one.strength > 0 for one in near),
    )

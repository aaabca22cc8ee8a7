"""The series and spans of a service that moved near the onset, and how strongly."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from core.cases.model import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, FindingKind, Locus
from core.evidence.series.families import Family, classify_name
from core.evidence.series.findings import format_amount, format_time
from core.evidence.series.moves import SeriesMove, read_families, read_list, read_moves
from core.evidence.spans.findings import CallKind, RateMinute, RequestRate, read_rate
from core.investigation.causes.metric_features import (
    Measure,
    MetricEvidence,
    MetricFeature,
    kept_name,
)
from core.investigation.causes.peer_levels import PeerLevels
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.investigation.decision import Situation
    from core.text.redacted import RedactedText

say = sentences("investigation.shifts")

_AROUND_S = 420.0  # the alert may be late, and a cause may show after it
_STEPS_BEFORE, _STEPS_AFTER = 0.6, 2.1  # times the distance of points, that widen it
_LEAST = 2.0  # standard deviations
_MOST = 5.0
_USUAL = 1.5
_SERIES = 3  # of one family that count: a percentile alone may be chance
_PEERS = 4  # services from which on a common movement is the load's
_FEATURE_OF_FAMILY = {
    Family.ERRORS: MetricFeature.ERRORS,
    Family.LATENCY: MetricFeature.LATENCY,
    Family.WAITING: MetricFeature.WAITING,
    Family.CPU: MetricFeature.CPU,
    Family.MEMORY: MetricFeature.MEMORY,
    Family.SATURATION: MetricFeature.SATURATION,
    Family.DISK: MetricFeature.DISK,
    Family.NETWORK: MetricFeature.NETWORK,
    Family.TRAFFIC: MetricFeature.TRAFFIC,
    Family.OTHER: MetricFeature.OTHER,
}
_BY_NAME = {family.value: sign for family, sign in _FEATURE_OF_FAMILY.items()}
_SPREADING = (MetricFeature.LATENCY, MetricFeature.ERRORS)  # from callees to callers
_SEVERAL = (MetricFeature.LATENCY, MetricFeature.WAITING)
_TYPICAL = re.compile(r"(?i)p50|median|(?<![a-z])(?:avg|average|mean)|quantile=\"?0?\.5\b")
_CORES = re.compile(r"(?i)cpu\w*(?:cores|seconds)|cores\w*cpu")
_LEAST_CORES = 0.08  # of a core
_LEAST_HELD = 4  # of what is counted and may be used up


@dataclass(frozen=True)
class _Near:
    """A series' most remarkable move near the onset. strength: below 0 for the better."""

    moved: SeriesMove
    strength: float
    finding: Finding
    file: EvidenceFile


def movements(situation: Situation, onset: datetime) -> dict[str, dict[MetricFeature, Measure]]:
    """Features by service, above the usual movement of all services."""
    moves: defaultdict[str, defaultdict[MetricFeature, list[_Near]]] = defaultdict(
        lambda: defaultdict(list)
    )
    series: defaultdict[MetricFeature, defaultdict[str, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    near = [
        (file, finding, [moved for moved in read_moves(finding.data) if _is_near(moved, onset)])
        for file, finding in _kept(situation)
    ]
    peers = PeerLevels.of(
        (str(finding.service), moved) for _, finding, of_finding in near for moved in of_finding
    )
    for file, finding, of_finding in near:
        service = str(finding.service)
        for family, count in read_families(finding.data).items():
            series[_BY_NAME.get(family, MetricFeature.HOST)][service] += count
        for move in _strongest(file, finding, of_finding, peers):
            moves[service][_sign(move.moved)].append(move)
    common = {sign: _common(sign, counts, moves) for sign, counts in series.items()}
    return {
        service: dict(_measures(of_service, common, series, service))
        for service, of_service in moves.items()
    }


def traffic(situation: Situation) -> dict[str, float]:
    """The usual level of requests of each service that is measured."""
    levels: dict[str, float] = {}
    for _, finding in _kept(situation):
        level = finding.data.get("traffic")
        if isinstance(level, int | float):
            levels[str(finding.service)] = max(float(level), levels.get(str(finding.service), 0.0))
    return levels


def _kept(situation: Situation) -> Iterator[tuple[EvidenceFile, Finding]]:
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind is FindingKind.MOVES and finding.service:
                yield file, finding


def _strongest(
    file: EvidenceFile, finding: Finding, moves: Iterable[SeriesMove], peers: PeerLevels
) -> Iterator[_Near]:
    """Of each series its most remarkable move."""
    best: dict[str, _Near] = {}
    for moved in moves:
        deviations = peers.strength(str(finding.service), moved)
        move = _Near(moved, _strength(moved, deviations), finding, file)
        strongest = best.get(moved.series)
        if move.strength and (strongest is None or abs(move.strength) > abs(strongest.strength)):
            best[moved.series] = move
    yield from best.values()


def _is_near(moved: SeriesMove, onset: datetime) -> bool:
    step = (moved.until - moved.at) / 2
    early = -_AROUND_S - _STEPS_BEFORE * step
    return early <= moved.at - onset.timestamp() <= _AROUND_S + _STEPS_AFTER * step


def _strength(moved: SeriesMove, deviations: float) -> float:
    """In standard deviations, of the ordinary jumps where these are larger; logarithmic."""
    jumps = deviations / max(1.0, moved.usual / _USUAL)
    if jumps < _LEAST or _is_trifle(moved):
        return 0.0
    strength = min(math.log1p(jumps / 2), _MOST)
    return strength if moved.is_worse else -strength


def _is_trifle(moved: SeriesMove) -> bool:
    """A hundredth of a core more is no fault, nor are two connections, however unusual."""
    most = max(moved.before, moved.after)
    if moved.family is Family.SATURATION and 1.0 < most < _LEAST_HELD:
        return all(value == round(value) for value in (moved.before, moved.after))
    in_cores = moved.family is Family.CPU and _CORES.search(moved.series)
    return bool(in_cores) and most < _LEAST_CORES


def _sign(moved: SeriesMove) -> MetricFeature:
    if moved.of_host:
        return MetricFeature.HOST
    return _FEATURE_OF_FAMILY[moved.family]


def _overall(sign: MetricFeature, moves: list[_Near], series: int) -> float:
    """Of a family with several series, such as percentiles, the mean of the three strongest."""
    ranked = sorted((move.strength for move in moves), reverse=True)
    if sign not in _SEVERAL:
        return ranked[0] if ranked else 0.0
    ranked += [0.0] * (max(series, len(ranked)) - len(ranked))
    counted = sorted(ranked, reverse=True)[:_SERIES]
    return sum(counted) / len(counted) if counted else 0.0


def _common(
    sign: MetricFeature,
    counts: Mapping[str, int],
    moves: Mapping[str, Mapping[MetricFeature, list[_Near]]],
) -> float:
    """What half of all services show: that is load, unless it is of a sort that spreads."""
    if len(counts) < _PEERS or sign in _SPREADING:
        return 0.0
    strengths = [
        _overall(sign, list(moves.get(service, {}).get(sign, ())), count)
        for service, count in counts.items()
    ]
    return max(0.0, median(strengths))


def _measures(
    moves: Mapping[MetricFeature, list[_Near]],
    common: Mapping[MetricFeature, float],
    series: Mapping[MetricFeature, Mapping[str, int]],
    service: str,
) -> Iterator[tuple[MetricFeature, Measure]]:
    for sign, of_sign in moves.items():
        overall = _overall(sign, of_sign, series.get(sign, {}).get(service, 0))
        strength = overall - common.get(sign, 0.0)
        if strength > 0:
            yield (
                sign,
                Measure(
                    strength=strength,
                    shown=_shown(of_sign),
                    change=_change(of_sign),
                    typical=_typical_change(of_sign),
                ),
            )


def _change(moves: Iterable[_Near]) -> float:
    grown = (abs(move.moved.after - move.moved.before) for move in moves if move.strength > 0)
    return max(grown, default=0.0)


def _typical_change(moves: list[_Near]) -> float | None:
    """Of the median or the mean; None where neither is measured."""
    family = moves[0].moved.family
    names = {name for move in moves for name in read_list(move.finding.data, "names")}
    if not any(_TYPICAL.search(name) and classify_name(name).family is family for name in names):
        return None
    return _change(move for move in moves if _TYPICAL.search(move.moved.series))


def _shown(moves: Iterable[_Near]) -> MetricEvidence:
    best = max(moves, key=lambda move: move.strength)
    moved = best.moved
    first, last = (datetime.fromtimestamp(at, tz=UTC) for at in (moved.at, moved.until))
    text = say(
        "moved",
        name=kept_name(moved.series),
        before=format_amount(moved.before, moved.unit),
        after=format_amount(moved.after, moved.unit),
        at=format_time(first, dated=False),
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
    return MetricEvidence(
        text=text,
        locus=locus,
        kind=EvidenceKind.METRIC,
        finding=best.finding,
        file=best.file,
        first=first,
        last=last,
        count=sum(move.strength > 0 for move in moves),
        moved=moved,
    )


_BEFORE_S, _AFTER_S = 300.0, 600.0  # of the onset: what is looked at
_LONG_S = 1_800.0  # after the onset: from here on things may be as they were
_FEATURE_OF_CALL = {
    CallKind.ASKED: MetricFeature.ASKED,
    CallKind.ASKING: MetricFeature.ASKING,
    CallKind.OWN: MetricFeature.OWN,
    CallKind.FAILED: MetricFeature.FAILED,
}
_LEAST_MS = 1.0  # that a call always costs
_NOTABLE = 2.0  # times what any call costs
_FEW = 1.0  # spans: the mean of very few counts for less
_LEAST_EARLIER = 3  # spans that tell what was usual before


@dataclass(frozen=True)
class _Sum:
    """Spans, and their ms together."""

    spans: int = 0
    ms: float = 0.0
    first: float = 0.0  # seconds since 1970

    def with_(self, *beats: RateMinute) -> _Sum:
        first = self.first or (60.0 * beats[0].minute if beats else 0.0)
        spans = self.spans + sum(beat.spans for beat in beats)
        return _Sum(spans, self.ms + sum(beat.ms for beat in beats), first)

    @property
    def weight(self) -> float:
        """The mean, of few spans less."""
        return self.ms / (self.spans + _FEW)

    @property
    def mean(self) -> float:
        return self.ms / self.spans if self.spans else 0.0


def paces(situation: Situation, onset: datetime) -> dict[str, dict[MetricFeature, Measure]]:
    """Trace features by service; of several files the strongest."""
    measures: defaultdict[str, dict[MetricFeature, Measure]] = defaultdict(dict)
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind is not FindingKind.PACE or not finding.service:
                continue
            pace = read_rate(finding.data)
            measure = _measure(pace, finding, file, onset.timestamp())
            strongest = measures[finding.service].get(_FEATURE_OF_CALL[pace.sort])
            if measure and (strongest is None or strongest.strength < measure.strength):
                measures[finding.service][_FEATURE_OF_CALL[pace.sort]] = measure
    return dict(measures)


def _measure(
    pace: RequestRate, finding: Finding, file: EvidenceFile, onset: float
) -> Measure | None:
    now, earlier = _sums(pace, onset)
    strength = _call_strength(pace.sort, now, earlier, max(_LEAST_MS, pace.typical))
    if strength <= 0:
        return None
    evidence = MetricEvidence(
        text=_text(pace, finding, now),
        locus=finding.locus,
        kind=EvidenceKind.TRACE,
        finding=finding,
        file=file,
        first=datetime.fromtimestamp(now.first, tz=UTC),
        last=finding.last,
        count=now.spans,
    )
    return Measure(strength=min(strength, _MOST), shown=evidence, change=now.mean - earlier.mean)


def _sums(pace: RequestRate, onset: float) -> tuple[_Sum, _Sum]:
    """Since it changed near the onset, and at any other time.

    The alert may be early or late: of the minutes around it, those count from which on it is worst.
    """
    near = [beat for beat in pace.beats if -_BEFORE_S <= 60.0 * beat.minute - onset <= _AFTER_S]
    far = [beat for beat in pace.beats if not -_BEFORE_S <= 60.0 * beat.minute - onset <= _LONG_S]
    starts = [at for at, beat in enumerate(near) if 60.0 * beat.minute - onset <= _BEFORE_S]
    since = [_Sum().with_(*near[at:]) for at in starts]
    if not since:
        return _Sum(), _Sum().with_(*far)
    begin = max(starts, key=lambda at: (since[at].weight, -at))
    return since[begin], _Sum().with_(*far, *near[:begin])


def _call_strength(sort: CallKind, now: _Sum, earlier: _Sum, typical: float) -> float:
    if sort is CallKind.FAILED:
        return math.log1p(now.spans) - math.log1p(earlier.spans)
    usual = earlier.mean if earlier.spans >= _LEAST_EARLIER else 0.0
    lost = (now.mean - max(0.0, usual)) * now.spans / (now.spans + _FEW)
    notable = typical if sort is CallKind.OWN else _NOTABLE * typical
    return math.log(lost / notable) if lost > 0 else 0.0


def _text(pace: RequestRate, finding: Finding, now: _Sum) -> RedactedText:
    span, ms, mean = kept_name(finding.locus.span or "?"), round(pace.ms), round(now.mean)
    peer = kept_name(pace.peer) if pace.peer else say("other_service")
    match pace.sort:
        case CallKind.ASKED:
            return say("lost_with_caller", ms=ms, peer=peer, span=span, mean=mean, n=now.spans)
        case CallKind.ASKING:
            return say("lost_with_callee", ms=ms, peer=peer, span=span, mean=mean, n=now.spans)
        case CallKind.OWN:
            return say("slower_itself", ms=ms, span=span)
        case CallKind.FAILED:
            return say("span_fails", span=span, n=now.spans)

"""Where do spans since the onset lose time or fail? Between services, or at their own work."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.clean import Clean
from core.evidence.model import EvidenceFile, Finding, FindingKind, Locus
from core.evidence.spans.pace import Example, Pace, Sort, read_pace
from core.investigation.model import EvidenceKind
from core.investigation.ranking.model import Exhibited, Measure, Sign
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from core.investigation.decision import Situation

_BEFORE_S, _AFTER_S = 180.0, 600.0  # of the onset: what is looked at
_SIGNS = {
    Sort.ASKED: Sign.ASKED,
    Sort.ASKING: Sign.ASKING,
    Sort.OWN: Sign.OWN,
    Sort.FAILED: Sign.FAILED,
}
_LEAST_MS = 1.0  # that a call always costs
_NOTABLE = 2.0  # times what any call costs
_FEW = 1.0  # spans: the mean of very few counts for less
_LEAST_EARLIER = 3  # spans that tell what was usual before
_STRONGEST = 5.0
_NAMES = Redactor(b"names of spans")  # they were redacted when they were kept


@dataclass(frozen=True)
class _Sum:
    """Spans, and their ms together."""

    spans: int = 0
    ms: float = 0.0

    @property
    def mean(self) -> float:
        return self.ms / self.spans if self.spans else 0.0


def paces(situation: Situation, onset: datetime) -> dict[str, dict[Sign, Measure]]:
    """By service; of several files the strongest."""
    found: defaultdict[str, dict[Sign, Measure]] = defaultdict(dict)
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind is FindingKind.PACE and finding.service:
                pace = read_pace(finding.data)
                for sort, sign in _SIGNS.items():
                    measure = _measure(sort, pace, finding, file, onset.timestamp())
                    known = found[finding.service].get(sign)
                    if measure and (known is None or known.strength < measure.strength):
                        found[finding.service][sign] = measure
    return dict(found)


def _measure(
    sort: Sort, pace: Pace, finding: Finding, file: EvidenceFile, onset: float
) -> Measure | None:
    now, earlier = _sums(sort, pace, onset)
    strength = _strength(sort, now, earlier, max(_LEAST_MS, pace.typical))
    if strength <= 0:
        return None
    shown = _shown(sort, pace, finding, file, onset, now)
    return Measure(strength=min(strength, _STRONGEST), shown=shown, change=now.mean - earlier.mean)


def _sums(sort: Sort, pace: Pace, onset: float) -> tuple[_Sum, _Sum]:
    """Around the onset, and at any other time."""
    now, earlier = _Sum(), _Sum()
    for beat in pace.beats:
        if beat.sort is not sort:
            continue
        if _is_now(60.0 * beat.minute, onset):
            now = _Sum(now.spans + beat.spans, now.ms + beat.ms)
        else:
            earlier = _Sum(earlier.spans + beat.spans, earlier.ms + beat.ms)
    return now, earlier


def _is_now(at: float, onset: float) -> bool:
    return onset - _BEFORE_S <= at <= onset + _AFTER_S


def _strength(sort: Sort, now: _Sum, earlier: _Sum, typical: float) -> float:
    if sort is Sort.FAILED:
        return math.log1p(now.spans) - math.log1p(earlier.spans)
    usual = earlier.mean if earlier.spans >= _LEAST_EARLIER else 0.0
    lost = (now.mean - max(0.0, usual)) * now.spans / (now.spans + _FEW)
    notable = typical if sort is Sort.OWN else _NOTABLE * typical
    return math.log(lost / notable) if lost > 0 else 0.0


def _shown(
    sort: Sort, pace: Pace, finding: Finding, file: EvidenceFile, onset: float, now: _Sum
) -> Exhibited:
    examples = [one for one in pace.examples if one.sort is sort]
    inside = [one for one in examples if _is_now(one.at // 60 * 60, onset)]
    best = next(iter(inside or examples))
    at = datetime.fromtimestamp(best.at, tz=UTC)
    locus = Locus(
        file=finding.locus.file,
        line_start=best.lines[0],
        line_end=best.lines[1],
        byte_start=best.place[0],
        byte_end=best.place[1],
        first=at,
        last=at,
        span=best.span,
    )
    return Exhibited(
        text=_text(best, now),
        locus=locus,
        kind=EvidenceKind.TRACE,
        finding=finding,
        file=file,
        first=at,
        last=finding.last,
        count=now.spans,
    )


def _text(best: Example, now: _Sum) -> Clean:
    values: dict[str, Clean | float] = {
        "span": _NAMES.clean(best.span),
        "ms": round(best.ms),
        "mean": round(now.mean),
        "n": now.spans,
        "peer": _NAMES.clean(best.peer) if best.peer else Clean.say("another service"),
    }
    match best.sort:
        case Sort.ASKED:
            return Clean.say(
                "span {span}: {ms} ms lost between {peer} and it (mean {mean} ms of {n})", **values
            )
        case Sort.ASKING:
            return Clean.say(
                "span {span}: {ms} ms lost between it and {peer} (mean {mean} ms of {n})", **values
            )
        case Sort.OWN:
            return Clean.say("span {span}: {ms} ms of its own work more than usual", **values)
        case Sort.FAILED:
            return Clean.say("span {span} fails, one of {n}", **values)

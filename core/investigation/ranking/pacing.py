"""Where do spans since the onset lose time or fail? Between services, or at their own work."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.cases.hypotheses import EvidenceKind
from core.evidence.model import FindingKind
from core.evidence.spans.pace import Pace, Sort, read_pace
from core.investigation.ranking.model import Exhibited, Measure, Sign
from core.investigation.ranking.names import kept_name
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.evidence.model import EvidenceFile, Finding
    from core.evidence.spans.pace import Beat
    from core.investigation.decision import Situation

_BEFORE_S, _AFTER_S = 300.0, 600.0  # of the onset: what is looked at
_LONG_S = 1_800.0  # after the onset: from here on things may be as they were
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


@dataclass(frozen=True)
class _Sum:
    """Spans, and their ms together."""

    spans: int = 0
    ms: float = 0.0
    first: float = 0.0  # seconds since 1970

    def with_(self, *beats: Beat) -> _Sum:
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


def paces(situation: Situation, onset: datetime) -> dict[str, dict[Sign, Measure]]:
    """By service; of several files the strongest."""
    found: defaultdict[str, dict[Sign, Measure]] = defaultdict(dict)
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind is not FindingKind.PACE or not finding.service:
                continue
            pace = read_pace(finding.data)
            measure = _measure(pace, finding, file, onset.timestamp())
            known = found[finding.service].get(_SIGNS[pace.sort])
            if measure and (known is None or known.strength < measure.strength):
                found[finding.service][_SIGNS[pace.sort]] = measure
    return dict(found)


def _measure(pace: Pace, finding: Finding, file: EvidenceFile, onset: float) -> Measure | None:
    now, earlier = _sums(pace, onset)
    strength = _strength(pace.sort, now, earlier, max(_LEAST_MS, pace.typical))
    if strength <= 0:
        return None
    shown = Exhibited(
        text=_text(pace, finding, now),
        locus=finding.locus,
        kind=EvidenceKind.TRACE,
        finding=finding,
        file=file,
        first=datetime.fromtimestamp(now.first, tz=UTC),
        last=finding.last,
        count=now.spans,
    )
    return Measure(strength=min(strength, _STRONGEST), shown=shown, change=now.mean - earlier.mean)


def _sums(pace: Pace, onset: float) -> tuple[_Sum, _Sum]:
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


def _strength(sort: Sort, now: _Sum, earlier: _Sum, typical: float) -> float:
    if sort is Sort.FAILED:
        return math.log1p(now.spans) - math.log1p(earlier.spans)
    usual = earlier.mean if earlier.spans >= _LEAST_EARLIER else 0.0
    lost = (now.mean - max(0.0, usual)) * now.spans / (now.spans + _FEW)
    notable = typical if sort is Sort.OWN else _NOTABLE * typical
    return math.log(lost / notable) if lost > 0 else 0.0


def _text(pace: Pace, finding: Finding, now: _Sum) -> Clean:
    values: dict[str, Clean | float] = {
        "span": kept_name(finding.locus.span or "?"),
        "ms": round(pace.ms),
        "mean": round(now.mean),
        "n": now.spans,
        "peer": kept_name(pace.peer) if pace.peer else Clean.say("another service"),
    }
    match pace.sort:
        case Sort.ASKED:
            return Clean.say(
                "{ms} ms lost between {peer} and it in span {span}; {mean} ms on average of {n}",
                **values,
            )
        case Sort.ASKING:
            return Clean.say(
                "{ms} ms lost between it and {peer} in span {span}; {mean} ms on average of {n}",
                **values,
            )
        case Sort.OWN:
            return Clean.say("{ms} ms of its own work more than usual in span {span}", **values)
        case Sort.FAILED:
            return Clean.say("span {span} fails, and {n} in all", **values)

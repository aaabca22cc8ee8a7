"""Derives the trends of a log from all its findings: onset, bursts, what is new, gone or rare.

How late is late is counted in lines of the log, not in hours: what comes once in a thousand lines
and is first seen after a hundred is nothing new.

The stretch of time that has most errors for its length is looked for; where that is more than
chance would bring, it began to go wrong at its start. Kulldorff's scan statistic in one dimension
("A spatial scan statistic", 1997), with a Poisson model.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate, islice, pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.logs.template_counts import minute_of
from core.evidence.logs.templates import RANK, SERIOUS
from core.evidence.model import Extraction, Finding, FindingKind, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_KINDS = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL})
_MAX_NEW = 20
_MAX_GONE = 10
_MAX_RARE = 10
_QUIET = frozenset({Level.DEBUG, Level.INFO})
_LEAST_QUIET = 10  # lines of a new kind that is nothing bad


def onset_of(extraction: Extraction) -> datetime | None:
    """Find when errors began to be unusual: to the second where a kind of error was new then."""
    rates = [finding for finding in extraction.findings if finding.kind is FindingKind.ERROR_RATE]
    if not rates or extraction.first is None or extraction.last is None:
        return None
    step = max(1, int(rates[0].data.get("minutes_per_bucket") or 1))
    first, last = (minute_of(moment, step) for moment in (extraction.first, extraction.last))
    minute = find_onset(rates[0].buckets, first=first, last=last, step=step)
    if minute is None:
        return None
    since = datetime.fromtimestamp(60 * minute, tz=UTC)
    new = [
        finding.first
        for finding in extraction.findings
        if finding.level in SERIOUS
        and finding.first
        and 0 <= minute_of(finding.first) - minute < step
    ]
    return min(new, default=since)


def trend_findings(extraction: Extraction) -> Iterator[Finding]:
    """New, gone and rare kinds of lines, the most serious of each first."""
    kinds = [finding for finding in extraction.findings if finding.kind in _KINDS]
    ranked = sorted(kinds, key=lambda finding: -RANK[finding.level])
    timed = [finding for finding in ranked if finding.buckets]
    trend = LogTrend.of(finding.buckets for finding in timed)
    yield from islice(_new(timed, trend), _MAX_NEW)
    yield from islice(_gone(timed, trend), _MAX_GONE)
    rare = (finding for finding in ranked if is_rare(finding.count, records=extraction.events))
    notable = (finding for finding in rare if finding.level not in _QUIET)
    yield from (
        replace(finding, kind=FindingKind.RARE, signals=())
        for finding in islice(notable, _MAX_RARE)
    )


def _new(kinds: Sequence[Finding], trend: LogTrend) -> Iterator[Finding]:
    """Signals are told by their own findings, so that nothing is counted twice."""
    for kind in kinds:
        if kind.level in _QUIET and kind.count < _LEAST_QUIET:
            continue
        if began_late(kind.buckets, trend, serious=kind.level in SERIOUS):
            yield replace(kind, kind=FindingKind.FIRST_SEEN, signals=())


def _gone(kinds: Sequence[Finding], trend: LogTrend) -> Iterator[Finding]:
    """`first` is when the last of them came: since then it is gone."""
    for kind in kinds:
        if has_stopped(kind.buckets, trend):
            yield replace(kind, kind=FindingKind.VANISHED, signals=(), first=kind.last)


_LEAST_LINES = 10  # in the busiest minute
_LEAST_RATIO = 5.0  # of the busiest minute to the usual one
_LEAST_STEPS = 3  # of a log, for anything to be usual in it
_ONSET = 0.3  # share of the peak at which a burst has begun


@dataclass(frozen=True)
class Burst:
    """From which minute (since 1970), how many lines in the busiest one, how many usually."""

    minute: int
    peak: int
    usual: float


def find_burst(minutes: Mapping[int, int], *, first: int, last: int, step: int = 1) -> Burst | None:
    """The burst of a template, where it has one.

    minutes: lines per minute. first, last: the log's own span, so that silence counts; with a
    span of less than three steps nothing is usual and nothing a burst.
    """
    span = (last - first) // step + 1
    if not minutes or span < _LEAST_STEPS:
        return None
    peak_at = max(minutes, key=lambda minute: minutes[minute])
    peak = minutes[peak_at]
    onset = peak_at
    while minutes.get(onset - step, 0) >= _ONSET * peak:
        onset -= step
    before = [count for minute, count in minutes.items() if minute < onset]
    usual = sum(before) / max(1, (onset - first) // step)
    if onset == first or peak < _LEAST_LINES or peak < _LEAST_RATIO * usual:
        return None
    return Burst(onset, peak, round(usual, 2))


_CHANCE = 1e-3  # that lines which come at any time all come so late, or so early
_SERIOUS_CHANCE = 0.5  # an error that is new is worth telling with little proof
_LEAST_BEFORE = 50  # lines of a log, before anything is new in it
_STEADY = 0.5  # share of the minutes of its life in which a kind comes steadily
_LEAST_STEADY = 10  # of its lines
_LEAST_SILENCE = 3  # times its longest pause
_LEAST_LINES_NOVELTY = 500  # of a log, for anything to be rare in it
_RARE = 2  # lines


@dataclass(frozen=True)
class LogTrend:
    """The spread of all lines of a log: minutes (since 1970), and lines up to each."""

    minutes: tuple[int, ...]
    lines: tuple[int, ...]

    @classmethod
    def of(cls, all_minutes: Iterable[Mapping[int, int]]) -> LogTrend:
        """Of the lines of every kind."""
        counts: dict[int, int] = {}
        for minutes in all_minutes:
            for minute, count in minutes.items():
                counts[minute] = counts.get(minute, 0) + count
        ordered = sorted(counts)
        return cls(tuple(ordered), tuple(accumulate(counts[minute] for minute in ordered)))

    @property
    def total(self) -> int:
        return self.lines[-1] if self.lines else 0

    def before(self, minute: int) -> int:
        """Lines of earlier minutes."""
        at = bisect_left(self.minutes, minute)
        return self.lines[at - 1] if at else 0

    def after(self, minute: int) -> int:
        """Lines of later minutes."""
        return self.total - self.before(minute + 1)


def began_late(minutes: Mapping[int, int], trend: LogTrend, *, serious: bool = False) -> bool:
    """Return whether a kind of line began after the log had gone on, by more than chance."""
    if not minutes:
        return False
    before = trend.before(min(minutes))
    count = sum(minutes.values())
    random = (1 - before / trend.total) ** count
    return before >= _LEAST_BEFORE and random <= (_SERIOUS_CHANCE if serious else _CHANCE)


def has_stopped(minutes: Mapping[int, int], trend: LogTrend) -> bool:
    """Return whether a kind of line came steadily, and then no more while the log went on."""
    count = sum(minutes.values())
    if count < _LEAST_STEADY:
        return False
    seen = sorted(minutes)
    within = [minute for minute in trend.minutes if seen[0] <= minute <= seen[-1]]
    if len(seen) < max(_LEAST_SILENCE, _STEADY * len(within)):
        return False
    random = (1 - trend.after(seen[-1]) / trend.total) ** count
    longest = max(b - a for a, b in pairwise(seen))
    return random <= _CHANCE and trend.minutes[-1] - seen[-1] >= _LEAST_SILENCE * longest


def is_rare(count: int, *, records: int) -> bool:
    """Return whether these are very few lines of a long log."""
    return count <= _RARE and records >= _LEAST_LINES_NOVELTY


_LEAST_ERRORS = 5  # in the stretch
_LEAST_RATIO_ONSET = 2.0  # of its errors to those that its length would have
_LEAST_LIKELIHOOD = 6.0  # log of the ratio of likelihoods; about one log in a hundred by chance
_LEAST_BEFORE_ONSET = 2  # steps of another kind, for anything to be usual
_MAX_STEPS = 600  # all stretches are looked at: that is half its square


def find_onset(minutes: Mapping[int, int], *, first: int, last: int, step: int = 1) -> int | None:
    """The minute (since 1970) in which errors began to be unusual; None where they never did.

    minutes: errors per minute, in steps of that many. first, last: the log's own span.
    """
    while (last - first) // step >= _MAX_STEPS:
        step *= 2
    steps = (last - first) // step + 1
    if steps <= _LEAST_BEFORE_ONSET or not minutes:
        return None
    counts = np.zeros(steps)
    for minute, count in minutes.items():
        counts[min(max(0, (minute - first) // step), steps - 1)] += count
    begins, ends, gain = _best_stretch(counts)
    errors = counts[begins:ends].sum()
    usual = counts.sum() * (ends - begins) / steps
    if gain < _LEAST_LIKELIHOOD or errors < _LEAST_ERRORS or errors < _LEAST_RATIO_ONSET * usual:
        return None
    begins += int(np.flatnonzero(counts[begins:ends])[0])
    return first + begins * step if begins >= _LEAST_BEFORE_ONSET else None


def _best_stretch(counts: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, int, float]:
    """Its first step, the one after its last, and by how much it explains the counts better."""
    total, steps = counts.sum(), len(counts)
    sums = np.concatenate(([0.0], np.cumsum(counts)))
    best = (0, steps, 0.0)
    for begins in range(steps):
        inside = sums[begins + 1 :] - sums[begins]
        usual = total * np.arange(1, steps - begins + 1) / steps
        outside, usual_outside = total - inside, total - usual
        with np.errstate(divide="ignore", invalid="ignore"):
            gains = np.nan_to_num(inside * np.log(inside / usual)) + np.nan_to_num(
                outside * np.log(outside / usual_outside)
            )
        gains[inside <= usual] = 0.0
        at = int(np.argmax(gains))
        if gains[at] > best[2]:
            best = (begins, begins + at + 1, float(gains[at]))
    return best

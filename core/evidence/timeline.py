"""The timeline of a case: its entries, the clocks of its files, and the onset they agree on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.jobs.model import Scalar

say = sentences("evidence.timeline")

TOGETHER = timedelta(minutes=2)  # one fault reaches the files of an incident within this time
_LEAST_GAIN = 6.0  # nats by which a rate that rose must beat a steady one
_LEAST_RATIO = 2.0
_SERIOUS = frozenset({Level.ERROR, Level.FATAL})
_MINUTE = timedelta(minutes=1)
_SERIES = 5  # of one file: the first ones to move
_BEGINNING = 0.05  # of the time that a file tells of
_FILLED = 0.5  # of the errors that are due since a moment came, if it began then
_LEAST = timedelta(seconds=0.5)  # files that differ by less tell one time


@dataclass(frozen=True, kw_only=True)
class OnsetSign:
    """One reason to think that it began at `at` (by the one clock of the timeline).

    `is_exact` where it is the time of a line or span; series are sampled.
    """

    at: datetime
    text: RedactedText
    locus: Locus
    is_exact: bool = True


@dataclass(frozen=True, kw_only=True)
class Onset:
    """The onset of an incident: `signs` agree on it, one a file, of `of` files that have any."""

    at: datetime
    signs: tuple[OnsetSign, ...]
    of: int

    @property
    def is_agreed(self) -> bool:
        return len(self.signs) > 1


@dataclass(frozen=True)
class Rise:
    """In the minute `at` a rate rose to `rate` a minute.

    `before` and `within` count what came in the minute before, and in that one.
    """

    at: datetime
    rate: float
    before: int
    within: int


def find_onset(files: Iterable[Sequence[OnsetSign]]) -> Onset | None:
    """The earliest moment about which at least half of the files that tell one agree.

    Where no half does, the moment of the most files. None where no file tells any. Series alone
    say when only where no line and no span does.
    """
    signs_of_files = [sorted(signs, key=lambda sign: sign.at) for signs in files if signs]
    exact = any(sign.is_exact for signs in signs_of_files for sign in signs)
    moments = sorted(
        {sign.at for signs in signs_of_files for sign in signs if sign.is_exact or not exact}
    )
    agreed = [(at, _agreeing(signs_of_files, at)) for at in moments]
    if not agreed:
        return None
    enough = min(max(2, math.ceil(len(signs_of_files) / 2)), max(len(signs) for _, signs in agreed))
    at, signs = next((at, signs) for at, signs in agreed if len(signs) >= enough)
    return Onset(
        at=at, signs=tuple(sorted(signs, key=lambda sign: sign.at)), of=len(signs_of_files)
    )


def _agreeing(signs_of_files: Sequence[Sequence[OnsetSign]], at: datetime) -> list[OnsetSign]:
    """The first sign of each file within TOGETHER of a moment."""
    close_together = (
        [sign for sign in signs if at <= sign.at <= at + TOGETHER] for signs in signs_of_files
    )
    return [signs[0] for signs in close_together if signs]


def find_signs(
    findings: Iterable[Finding],
    *,
    began: datetime | None = None,
    onset: datetime | None = None,
    ahead: timedelta = timedelta(),
) -> list[OnsetSign]:
    """Return the onset signs that the findings of one file hold.

    began: when the file did. onset: what its extractor says. ahead: how far its clock is ahead of
    the timeline's.
    """
    all_findings = list(findings)
    signs = [
        sign
        for rate in _rates(all_findings)
        if (sign := _of_rate(rate, all_findings, onset)) is not None
    ]
    if began is not None:  # errors that were there from the beginning tell no onset
        signs = [sign for sign in signs if sign.at >= began + _MINUTE]
    if not signs:
        signs += _signs(all_finding for all_finding in all_findings if _bursts(all_finding))
    signs += _signs(
        all_finding
        for all_finding in all_findings
        if all_finding.kind is FindingKind.SPAN and all_finding.data.get("entry")
    )
    series = _signs(_since_later(all_findings, began))
    first = sorted(series, key=lambda sign: sign.at)[:_SERIES]
    signs += [replace(onset_sign, is_exact=False) for onset_sign in first]
    return [replace(onset_sign, at=onset_sign.at - ahead) for onset_sign in signs]


def _since_later(findings: Sequence[Finding], began: datetime | None) -> list[Finding]:
    """Series that moved; those that did so from a file's beginning drift, and tell no onset."""
    moved = [finding for finding in findings if finding.kind is FindingKind.METRIC]
    ends = [finding.last for finding in moved if finding.last is not None]
    if began is None or not ends:
        return moved
    earliest = began + _BEGINNING * (max(ends) - began)
    return [finding for finding in moved if finding.first is None or finding.first >= earliest]


def find_rise(
    buckets: Mapping[int, int], *, first: datetime | None, last: datetime | None
) -> Rise | None:
    """The minute in which a rate rose, as the likeliest split of counts per minute (Poisson).

    buckets: counts by minutes since 1970. first, last: of what is counted. What came at one rate
    from its first to its last began with its first.
    """
    if first is None or last is None:
        return None
    minutes, total = sorted(buckets), sum(buckets.values())
    split = _split(buckets, minutes, total)
    if split is None:
        return Rise(first, total / max(1, len(minutes)), 0, total)
    later = [buckets[minute] for minute in minutes if minute > split]
    within = buckets[split]
    return Rise(
        datetime.fromtimestamp(split * 60, tz=UTC),
        sum(later) / (minutes[-1] - split) if later else within,
        buckets.get(split - 1, 0),
        within,
    )


def _split(buckets: Mapping[int, int], minutes: Sequence[int], total: int) -> int | None:
    """None where one rate explains the counts as well as two."""
    best, split, before = _LEAST_GAIN, None, 0
    for last_one, minute in pairwise(minutes):
        before += buckets[last_one]
        past, rest = minute - minutes[0], minutes[-1] + 1 - minute
        gain = (
            _log_likelihood(before, past)
            + _log_likelihood(total - before, rest)
            - _log_likelihood(total, past + rest)
        )
        if gain > best and (total - before) / rest > _LEAST_RATIO * before / past:
            best, split = gain, minute
    return split


def _rates(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.kind is FindingKind.ERROR_RATE]


def _of_rate(
    rate: Finding, findings: Sequence[Finding], onset: datetime | None
) -> OnsetSign | None:
    """The first error from which on they came as often as they did then."""
    rise = find_rise(rate.buckets, first=rate.first, last=rate.last)
    if rise is None:
        return None
    errors = _signs(
        finding for finding in findings if finding.level in _SERIOUS and finding is not rate
    )
    errors.sort(key=lambda sign: sign.at)
    possible = [finding for finding in errors if _may_be_first(finding.at, rise)]
    best = possible[0] if possible else OnsetSign(at=rise.at, text=rate.text, locus=rate.locus)
    # An extractor that counts by minutes says the same, less exactly.
    is_other = onset is not None and abs(onset - best.at) > _MINUTE
    return replace(best, at=onset) if onset is not None and is_other else best


def _may_be_first(at: datetime, rise: Rise) -> bool:
    """Return whether as many came in the rest of its minute as are due if it began then."""
    left = (rise.at - at) / _MINUTE  # of the minute before
    if 0 < left <= 1:
        return rise.before >= _FILLED * rise.rate * left
    return -1 < left <= 0 and rise.within >= _FILLED * rise.rate * (left + 1)


def _bursts(finding: Finding) -> bool:
    return finding.kind is FindingKind.BURST and finding.level in _SERIOUS


def _signs(findings: Iterable[Finding]) -> list[OnsetSign]:
    timed = ((finding.first, finding) for finding in findings)
    return [
        OnsetSign(at=at, text=finding.text, locus=finding.locus)
        for at, finding in timed
        if at is not None
    ]


def _log_likelihood(count: int, minutes: int) -> float:
    return count * math.log(count / minutes) - count if count and minutes else 0.0


class EntryKind(StrEnum):
    """The sorts of events on a timeline."""

    ALERT = "alert"
    ENDED = "ended"  # an alert did
    CHANGE = "change"
    ERROR = "error"  # the first of its kind
    SIGN = "sign"  # a line that a failure signature knows
    BURST = "burst"
    NEW = "new"  # a kind of line that was never there before
    GONE = "gone"  # one that came steadily and stopped
    METRIC = "metric"
    SPAN = "span"
    PERSON = "person"  # what people (and we) did


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One thing that happened, by one file, machine or person.

    `at` is by the timeline's clock, `told_at` by its file's own. `until` is its last moment, where
    it lasted. `lane` is whose it is: a service, else a file. `buckets` counts lines per minute.
    """

    at: datetime
    told_at: datetime
    sort: EntryKind
    text: RedactedText
    lane: RedactedText
    level: Level = Level.INFO
    until: datetime | None = None
    count: int = 1
    locus: Locus | None = None
    buckets: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TimelineFile:
    """A file as the timeline hears it. `onset` is what its extractor says of it."""

    name: str
    service: str | None
    findings: Sequence[Finding]
    first: datetime | None = None
    onset: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Entries in order, and what is stated of them. `notes` are about clocks, as sentences."""

    entries: tuple[TimelineEntry, ...] = ()
    onset: Onset | None = None
    skews: tuple[ClockSkew, ...] = ()
    notes: tuple[RedactedText, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClockSkew:
    """The clock of file `one` is ahead of that of `other` by about `seconds` (> 0).

    `low` and `high` hold for four fifths of the `ids` that both tell of. `is_bounded` where their
    requests last in a file, so that the time they take cannot be what is seen. `is_zone` where it
    is as far as a time zone would be. Names of files are redacted.
    """

    one: str
    other: str
    seconds: float
    low: float
    high: float
    ids: int
    is_bounded: bool
    is_zone: bool


@dataclass(frozen=True)
class Clocks:
    """The stated skews, and by how much each file's clock is ahead of the timeline's."""

    skews: tuple[ClockSkew, ...]
    ahead: Mapping[str, timedelta]


AGREED = Clocks((), {})


def align_clocks(skews: Iterable[ClockSkew]) -> Clocks:
    """Choose the clock of the file that differs from the fewest others, and is not ahead."""
    stated = sorted(skews, key=lambda skew: -skew.seconds)
    links: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for skew in stated:
        links[skew.other].setdefault(skew.one, skew.seconds)
        links[skew.one].setdefault(skew.other, -skew.seconds)
    ahead: dict[str, timedelta] = {}
    for start in sorted(links, key=lambda name: (len(links[name]), -sum(links[name].values()))):
        if start not in ahead:
            ahead |= _reached(start, links)
    apart = {name: by for name, by in ahead.items() if abs(by) > _LEAST}
    return Clocks(tuple(stated), apart)


def _reached(start: str, links: Mapping[str, Mapping[str, float]]) -> dict[str, timedelta]:
    ahead, waiting = {start: timedelta()}, [start]
    while waiting:
        at = waiting.pop(0)
        for name in links[at].keys() - ahead.keys():
            ahead[name] = ahead[at] + timedelta(seconds=links[at][name])
            waiting.append(name)
    return ahead


def skew_finding(skew: ClockSkew, *, one: RedactedText, other: RedactedText) -> Finding:
    """As a finding of the file `one`, so that a case keeps it. one, other: the files' names."""
    return Finding(
        kind=FindingKind.SKEW,
        level=Level.INFO,
        text=describe_skew(skew, one=one, other=other),
        locus=Locus(file=one.text, line_start=1, line_end=1),
        count=skew.ids,
        data=dict(asdict(skew)),
    )


def file_skews(findings: Sequence[Finding]) -> list[ClockSkew]:
    """Those of files, out of findings; what spans say of hosts is another thing."""
    skew_findings = [
        finding
        for finding in findings
        if finding.kind is FindingKind.SKEW and "is_bounded" in finding.data
    ]
    return [_skew(finding.data) for finding in skew_findings]


def _skew(data: Mapping[str, Scalar]) -> ClockSkew:
    seconds, low, high = (float(data[name] or 0) for name in ("seconds", "low", "high"))
    return ClockSkew(
        one=str(data["one"]),
        other=str(data["other"]),
        seconds=seconds,
        low=low,
        high=high,
        ids=int(data["ids"] or 0),
        is_bounded=bool(data["is_bounded"]),
        is_zone=bool(data["is_zone"]),
    )


def describe_skew(skew: ClockSkew, *, one: RedactedText, other: RedactedText) -> RedactedText:
    """Describe the skew of two clocks, how sure it is, and what was done about it."""
    return say(
        "clock_ahead",
        one=one,
        other=other,
        sure=say("very_likely") if skew.is_bounded else say("likely"),
        s=round(skew.seconds, 2),
        low=round(skew.low, 2),
        high=round(skew.high, 2),
        n=skew.ids,
        zone=say("time_zone") if skew.is_zone else RedactedText.EMPTY,
    )

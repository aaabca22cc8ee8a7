"""What stands on a timeline, what is stated of its clocks, and its onset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.timeline.onset import Onset
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.jobs.model import Scalar


class EntryKind(StrEnum):
    """What sort of thing happened."""

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
class Witness:
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


_LEAST = timedelta(seconds=0.5)  # files that differ by less tell one time


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
    """What is stated of clocks, and by how much each file's is ahead of the timeline's."""

    skews: tuple[ClockSkew, ...]
    ahead: Mapping[str, timedelta]


AGREED = Clocks((), {})


def settle(skews: Iterable[ClockSkew]) -> Clocks:
    """By one clock: that of a file which differs from the fewest others, and is not ahead."""
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


def finding_of(skew: ClockSkew, *, one: RedactedText, other: RedactedText) -> Finding:
    """As a finding of the file `one`, so that a case keeps it. one, other: the files' names."""
    return Finding(
        kind=FindingKind.SKEW,
        level=Level.INFO,
        text=stated(skew, one=one, other=other),
        locus=Locus(file=one.text, line_start=1, line_end=1),
        count=skew.ids,
        data=dict(asdict(skew)),
    )


def skews_among(findings: Sequence[Finding]) -> list[ClockSkew]:
    """Those of files, out of findings; what spans say of hosts is another thing."""
    found = [one for one in findings if one.kind is FindingKind.SKEW and "is_bounded" in one.data]
    return [_skew(one.data) for one in found]


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


def stated(skew: ClockSkew, *, one: RedactedText, other: RedactedText) -> RedactedText:
    """What is stated of two clocks, how sure, and what was done about it."""
    return RedactedText.format(
        "The clock of {one} is {sure} ahead of that of {other} by {s} s ({low} to {high} s, by {n}"
        " shared ids{zone}); the timeline is by one clock, and says where a file told another time",
        one=one,
        other=other,
        sure=RedactedText.format("very likely")
        if skew.is_bounded
        else RedactedText.format("likely"),
        s=round(skew.seconds, 2),
        low=round(skew.low, 2),
        high=round(skew.high, 2),
        n=skew.ids,
        zone=RedactedText.format("; a time zone?") if skew.is_zone else RedactedText.EMPTY,
    )

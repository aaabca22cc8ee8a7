"""What stands on a timeline? Entries on lanes, what is stated of its clocks, and its onset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.evidence.model import Finding, Level, Locus
from core.evidence.timeline.clocks import ClockSkew
from core.evidence.timeline.onset import Onset
from core.text.redacted import Clean


class Sort(StrEnum):
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
class Entry:
    """One thing that happened, by one file, machine or person.

    `at` is by the timeline's clock, `told_at` by its file's own. `until` is its last moment, where
    it lasted. `lane` is whose it is: a service, else a file. `buckets` counts lines per minute.
    """

    at: datetime
    told_at: datetime
    sort: Sort
    text: Clean
    lane: Clean
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

    entries: tuple[Entry, ...] = ()
    onset: Onset | None = None
    skews: tuple[ClockSkew, ...] = ()
    notes: tuple[Clean, ...] = ()

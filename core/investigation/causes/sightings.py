"""Which failure signals and changes have been seen, by whom, from when to when?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.evidence.model import EvidenceFile, Finding, FindingKind, Level
from core.signatures import Role, Signal, signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.investigation.decision import Situation

_MILD = re.compile(r"(?i)\bretry(?:ing)?\b|\battempt\b|\bwill try again\b|\breconnecting\b")
_LAST_WORDS = re.compile(r"\bPANIC\b|\bFATAL ERROR\b|\bfatal error:|\bpanic: |terminate called")
_COUNTED_ELSEWHERE = frozenset({FindingKind.BURST, FindingKind.ERROR_RATE})


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A signal in a file: a kind of line, its count and its times.

    `seen_by` is the service whose log it is, None where nothing says.
    """

    signal: Signal
    finding: Finding
    file: EvidenceFile
    seen_by: str | None

    @property
    def count(self) -> int:
        return self.finding.count

    @property
    def first(self) -> datetime | None:
        return self.finding.first

    @property
    def last(self) -> datetime | None:
        return self.finding.last

    @property
    def moments(self) -> tuple[float, ...]:
        """When its lines were written, in seconds since 1970: the first, then to the minute."""
        first = (self.first.timestamp(),) if self.first else ()
        return first + tuple(60.0 * minute for minute in self.finding.buckets)

    def latest_before(self, moment: datetime | None) -> datetime | None:
        """When it was last written before `moment`, to the minute."""
        if moment is None or self.first is None:
            return self.first
        before = [one for one in self.moments if one <= moment.timestamp()]
        return datetime.fromtimestamp(max(before), UTC) if before else None

    @property
    def is_mild(self) -> bool:
        """Under an error, or something that is tried again by itself."""
        return self.finding.level in (Level.WARNING, Level.INFO, Level.DEBUG) or bool(
            _MILD.search(self.finding.text.text)
        )

    @property
    def once_is_enough(self) -> bool:
        """The process ended with it, or it holds until something else is said."""
        ended = self.signal.final or bool(_LAST_WORDS.search(self.finding.text.text))
        return ended or self.signal.lasting

    @property
    def is_telling(self) -> bool:
        """For a change: did somebody change something, or did a process merely start?"""
        return self.signal.weight > 1

    @property
    def quiet_after(self) -> timedelta | None:
        """How long its file goes on without it; None where times are unknown."""
        if self.last is None or self.file.last is None:
            return None
        return self.file.last - self.last

    @property
    def quiet_before(self) -> timedelta | None:
        """How long its file was without it at first; None where times are unknown."""
        if self.first is None or self.file.first is None:
            return None
        return self.first - self.file.first

    @property
    def span(self) -> timedelta:
        """From the first to the last line of the file."""
        if self.file.first is None or self.file.last is None:
            return timedelta()
        return self.file.last - self.file.first


def sightings(situation: Situation) -> tuple[Sighting, ...]:
    """All of them, each line once, earliest first where times are known."""
    found: dict[tuple[str, int, str], Sighting] = {}
    for one in _all(situation):
        key = (one.file.id, one.finding.locus.line_start, one.signal.name)
        if key not in found or one.count > found[key].count:
            found[key] = one
    return tuple(sorted(found.values(), key=_order))


def changes(seen: tuple[Sighting, ...]) -> tuple[Sighting, ...]:
    """Those that tell of a change."""
    return tuple(one for one in seen if one.signal.role is Role.CHANGE)


def _all(situation: Situation) -> Iterator[Sighting]:
    files = {file.id: file for file in situation.files}
    known = signals()
    for file_id, findings in situation.findings.items():
        for finding in findings:
            if file_id not in files or finding.kind in _COUNTED_ELSEWHERE:
                continue
            file = files[file_id]
            seen_by = finding.service or file.service
            for name in finding.signals:
                if name in known:
                    yield Sighting(signal=known[name], finding=finding, file=file, seen_by=seen_by)


def _order(one: Sighting) -> tuple[bool, float, str, int]:
    moment = one.first.timestamp() if one.first else 0.0
    return one.first is None, moment, one.finding.locus.file, one.finding.locus.line_start

"""Puts logs that tell a local time, and not which, on the clock of the rest of the case.

Whoever writes `07:39:59` in Berlin means 06:39:59 UTC. Such a log covers nothing that the others
cover, until it is moved by whole hours: then it begins or ends with them. That is derived whenever
the case is looked at; what is stored stays as it was read.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.evidence.logs.timestamps import ZONE, offset_of
from core.evidence.model import DataType, EvidenceFile, Finding, FindingKind, Locus
from core.investigation.decision import Situation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CLOCK = re.compile(
    rf"(?<![\d.])(?:[0-2]\d|(?<=\s)\d):[0-5]\d(?::[0-5]\d(?:[.,:]\d{{1,9}})?(?P<zone>{ZONE})?|(?![\d:]))"
)
_LINES = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL, FindingKind.CHANGE})
_LOOK_AT = 160  # characters of a line, in which its time stands
_AROUND = timedelta(hours=1)  # of the alert: what is farther tells nothing of its clock
_APART = timedelta(minutes=5)  # between what it covers and what the others do
_NEAR = timedelta(minutes=5)  # between where it begins or ends and where the others do
_LONGEST = timedelta(hours=12)  # of what a file covers, to be compared
_HOUR, _HALF = timedelta(hours=1), timedelta(minutes=30)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
# A clock that is ahead of UTC was read as one of the day before, where no date stands beside it.
_A_DAY_BACK = timedelta(hours=-23, minutes=-30)
_DATE = re.compile(r"20\d\d|\d{1,2}[-/.]\d{1,2}[-/.]|[A-Z][a-z]{2} [ \d]\d |[IWEF] ?[01]\d[0-3]\d ")
_FEW = 0.2  # of the lines
_TABLES = (".csv", ".tsv")
_AT, _UNTIL = 6, 7  # of a stored move, in seconds since 1970


def with_utc(situation: Situation) -> Situation:
    """The situation with every log on one clock."""
    offsets = _Offsets(situation).by_file
    if not offsets:
        return situation
    files = tuple(
        _moved_file(file, offsets[file.id]) if file.id in offsets else file
        for file in situation.files
    )
    findings = {
        file_id: tuple(_moved(finding, offsets[file_id]) for finding in of_file)
        if file_id in offsets
        else of_file
        for file_id, of_file in situation.findings.items()
    }
    return replace(situation, files=files, findings=findings)


@dataclass(frozen=True)
class _Offsets:
    """How far the clocks of logs without a zone are ahead of UTC."""

    situation: Situation

    @cached_property
    def by_file(self) -> dict[str, timedelta]:
        """By file id. Half hours are believed where two logs agree."""
        window = self._window
        if window is None:
            return {}
        local = [file for file in self.situation.files if file.id in self._local]
        fitting = {
            file.id: list(_fitting(self._span(file), window, west=self._west(file)))
            for file in local
        }
        agreed = Counter(offset for offsets in fitting.values() for offset in offsets)
        chosen = {
            file_id: max(offsets, key=lambda offset: (agreed[offset], -abs(offset)))
            for file_id, offsets in fitting.items()
            if offsets
        }
        believed = {
            file_id: offset
            for file_id, offset in chosen.items()
            if agreed[offset] > 1 or not offset % _HOUR
        }
        believed |= dict(self._of_changes(Counter(believed.values()), window))
        return believed | dict(self._running_on(set(believed.values()), window))

    def _running_on(
        self, agreed: set[timedelta], window: tuple[datetime, datetime]
    ) -> Iterator[tuple[str, timedelta]]:
        """Logs that go on after all others, and end with them by a clock that the case tells of.

        They cover what the others do, since they begin hours before: a list of jobs or changes.
        """
        end = window[1]
        for file in self.situation.files:
            if file.id not in self._local or file.last is None or file.last <= end + _APART:
                continue
            for offset in sorted(agreed | self._told):
                if window[0] - _AROUND <= file.last - offset <= end + _NEAR:
                    yield file.id, offset
                    break

    @cached_property
    def _told(self) -> set[timedelta]:
        """By how much the clocks that logs tell the zone of are ahead of UTC."""
        zones = {
            clock["zone"]
            for file in self.situation.files
            for _, clock in self._clocks(file)
            if clock["zone"]
        }
        return set(filter(None, map(offset_of, zones)))

    def _of_changes(
        self, agreed: Counter[timedelta], window: tuple[datetime, datetime]
    ) -> Iterator[tuple[str, timedelta]]:
        """Texts that date changes by the clock of several logs: they tell no line of their own."""
        offset, logs = next(iter(agreed.most_common(1)), (timedelta(), 0))
        if logs <= 1:
            return
        for file in self.situation.files:
            findings = self.situation.findings.get(file.id, ())
            moments = [
                finding.first
                for finding in findings
                if finding.first and finding.kind is FindingKind.CHANGE
            ]
            if file.data_type is not DataType.LOG and any(
                _is_within(moment - offset, window) and not _is_within(moment, window)
                for moment in moments
            ):
                yield file.id, offset

    @cached_property
    def _window(self) -> tuple[datetime, datetime] | None:
        """What the files of a known clock cover around the alert."""
        onset = self.situation.onset
        if onset is None:
            return None
        spans = [
            (file.first, file.last)
            for file in self.situation.files
            if file.first and file.last and file.id not in self._local
            if file.first - _AROUND <= onset <= file.last + _AROUND
        ]
        if not spans:
            return onset - _APART, onset + _APART
        return min(first for first, _ in spans), max(last for _, last in spans)

    def _span(self, file: EvidenceFile) -> tuple[datetime, datetime] | None:
        """What it covers, without times that only stand in its lines."""
        if file.first is None or file.last is None:
            return None
        findings = self.situation.findings.get(file.id, ())
        moments = [finding.first for finding in findings if finding.first]
        near = (moment for moment in moments if file.last - moment <= _LONGEST)
        return max(file.first, min(near, default=file.first)), file.last

    @cached_property
    def _local(self) -> frozenset[str]:
        """Ids of the logs whose lines tell clocks, but for a few no zone."""
        logs = (file for file in self.situation.files if file.data_type is DataType.LOG)
        unzoned = {file.id for file in logs if self._is_unzoned(file)}
        return frozenset(unzoned | {file.id for file in self.situation.files if self._is_off(file)})

    def _is_unzoned(self, file: EvidenceFile) -> bool:
        """Whether few of its lines tell a zone: a server's first ones may, before its program's."""
        lines: Counter[bool] = Counter()
        for finding, clock in self._clocks(file):
            lines[clock["zone"] is not None] += finding.count
        return lines.total() > 0 and lines[True] <= _FEW * lines.total()

    def _is_off(self, file: EvidenceFile) -> bool:
        """Whether a table of measurements, which may tell no zone, lies apart from the alert."""
        onset = self.situation.onset
        is_table = file.data_type is DataType.METRIC and file.name.text.lower().endswith(_TABLES)
        if not is_table or onset is None or file.first is None or file.last is None:
            return False
        return file.last + _APART < onset or file.first - _APART > onset

    def _west(self, file: EvidenceFile) -> timedelta:
        """How far behind UTC its clock may be."""
        is_dated = any(
            _DATE.search(clock.string, 0, clock.start()) for _, clock in self._clocks(file)
        )
        return _WEST if is_dated else _A_DAY_BACK

    def _clocks(self, file: EvidenceFile) -> Iterator[tuple[Finding, re.Match[str]]]:
        for finding in self.situation.findings.get(file.id, ()):
            if finding.kind in _LINES:
                clock = _CLOCK.search(finding.text.text[:_LOOK_AT])
                if clock is not None:
                    yield finding, clock


def _fitting(
    span: tuple[datetime, datetime] | None, window: tuple[datetime, datetime], *, west: timedelta
) -> Iterator[timedelta]:
    """The offsets by which a file begins or ends with the others; none where it does as it is."""
    begin, end = window
    if span is None or (span[1] >= begin - _APART and span[0] <= end + _APART):
        return
    for steps in range(int(west / _HALF), int(_EAST / _HALF) + 1):
        offset = steps * _HALF
        first, last = span[0] - offset, span[1] - offset
        covers = last > begin and first < end
        if offset and covers and (abs(last - end) <= _NEAR or abs(first - begin) <= _NEAR):
            yield offset


def _is_within(moment: datetime, window: tuple[datetime, datetime]) -> bool:
    return window[0] - _AROUND < moment < window[1] + _APART


def _moved_file(file: EvidenceFile, offset: timedelta) -> EvidenceFile:
    return replace(
        file,
        first=_earlier(file.first, offset),
        last=_earlier(file.last, offset),
        onset=_earlier(file.onset, offset),
    )


def _moved(finding: Finding, offset: timedelta) -> Finding:
    minutes = int(offset.total_seconds() // 60)
    data = dict(finding.data)
    if finding.kind is FindingKind.MOVES:
        data["moves"] = json.dumps(_moved_rows(json.loads(str(data.get("moves", "[]"))), offset))
    return replace(
        finding,
        first=_earlier(finding.first, offset),
        last=_earlier(finding.last, offset),
        locus=_moved_locus(finding.locus, offset),
        buckets={minute - minutes: count for minute, count in finding.buckets.items()},
        data=data,
    )


def _moved_locus(locus: Locus, offset: timedelta) -> Locus:
    if locus.first is None and locus.last is None:
        return locus
    return replace(locus, first=_earlier(locus.first, offset), last=_earlier(locus.last, offset))


def _moved_rows(rows: Sequence[list[object]], offset: timedelta) -> list[list[object]]:
    """Moves of series as they are stored."""
    seconds = offset.total_seconds()
    return [
        [
            value - seconds if place in (_AT, _UNTIL) and isinstance(value, int | float) else value
            for place, value in enumerate(row)
        ]
        for row in rows
    ]


def _earlier(moment: datetime | None, offset: timedelta) -> datetime | None:
    return moment - offset if moment else None

"""Which services are in trouble, since when, and which are watched and well?

Read from findings alone, whatever any hypothesis says: what predictions are tested against.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.clean import Clean
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.series.families import Family
from core.evidence.series.moves import Moved, read_moves
from core.investigation.decision import Situation
from core.investigation.model import Citation, EvidenceKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from core.evidence.model import EvidenceFile

STRONG = 5.0  # times the scatter before: a step that nobody takes for chance
_NOTABLE = 3.0  # one that may be told where it is looked for
_UNUSUAL = 2.5  # times the series' ordinary jumps
_LINES = 3  # error lines of one kind
_NEW = 0.05  # of its file, without it before: else it was there all along
_LOGGED = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL, FindingKind.STACK_TRACE})
# What a service's callers and its own work feel. Traffic falls for many innocent reasons.
_FELT = frozenset(
    {Family.ERRORS, Family.LATENCY, Family.WAITING, Family.CPU, Family.MEMORY}
    | {Family.SATURATION, Family.DISK}
)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that is wrong with a service. `since`, `until` are None where nothing tells times.

    `family` says what sort of series it is, where it is one; `strength` is then its step, by the
    scatter before.
    """

    service: str
    kind: EvidenceKind
    since: datetime | None
    until: datetime | None
    text: Clean
    locus: Locus
    family: Family | None = None
    strength: float = STRONG

    @property
    def is_strong(self) -> bool:
        """Enough to be noticed without having been looked for."""
        return self.strength >= STRONG

    def cited(self, why: Clean, weight: float = 0.0) -> Citation:
        """As a line for or against."""
        return Citation(text=self.text, locus=self.locus, weight=weight, why=why, kind=self.kind)


@dataclass(frozen=True)
class Watch:
    """A situation, read for who is in trouble and who is not."""

    situation: Situation

    @cached_property
    def troubles(self) -> tuple[Trouble, ...]:
        """All of them, the earliest first, then those that tell no time."""
        files = {file.id: file for file in self.situation.files}
        found = (
            trouble
            for file_id, findings in self.situation.findings.items()
            if file_id in files
            for finding in findings
            for trouble in _troubles(finding, files[file_id])
        )
        return tuple(sorted(found, key=_order))

    @cached_property
    def of_service(self) -> dict[str, tuple[Trouble, ...]]:
        found: defaultdict[str, list[Trouble]] = defaultdict(list)
        for one in self.troubles:
            found[one.service].append(one)
        return {name: tuple(those) for name, those in found.items()}

    @cached_property
    def watched(self) -> dict[str, frozenset[EvidenceKind]]:
        """Services that some evidence would show in trouble if they were, by kind of evidence."""
        found: defaultdict[str, set[EvidenceKind]] = defaultdict(set)
        for file in self.situation.files:
            for finding in self.situation.findings.get(file.id, ()):
                service = finding.service or file.service
                kind = _KINDS.get(finding.kind)
                if service and kind:
                    found[service].add(kind)
        return {name: frozenset(kinds) for name, kinds in found.items()}

    def quiet(self, services: Collection[str]) -> list[Citation]:
        """What would show the trouble of these services: one line a service."""
        found: dict[str, Citation] = {}
        for file in self.situation.files:
            for finding in self.situation.findings.get(file.id, ()):
                service, kind = finding.service or file.service, _KINDS.get(finding.kind)
                if service in services and kind and service not in found:
                    found[service] = Citation(
                        text=finding.text,
                        locus=finding.locus,
                        weight=0.0,
                        why=Clean.say("shows no trouble then"),
                        kind=kind,
                    )
        return list(found.values())

    def callers(self, service: str) -> frozenset[str]:
        """Who calls it directly."""
        return frozenset(one for one, other in self.situation.calls if other == service) - {service}

    def callees(self, service: str) -> frozenset[str]:
        """Whom it calls directly."""
        return frozenset(other for one, other in self.situation.calls if one == service) - {service}

    def dependants(self, service: str) -> frozenset[str]:
        """Who calls it, directly or not."""
        return self._reached(service, self._callers) - {service}

    def dependencies(self, service: str) -> frozenset[str]:
        """Whom it calls, directly or not."""
        return self._reached(service, self._callees) - {service}

    @cached_property
    def _callers(self) -> dict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for one, other in self.situation.calls:
            found[other].add(one)
        return found

    @cached_property
    def _callees(self) -> dict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for one, other in self.situation.calls:
            found[one].add(other)
        return found

    @staticmethod
    def _reached(service: str, steps: dict[str, set[str]]) -> frozenset[str]:
        reached, waiting = set[str](), [service]
        while waiting:
            fresh = steps.get(waiting.pop(), set()) - reached
            reached |= fresh
            waiting += fresh
        return frozenset(reached)


_KINDS = {
    FindingKind.MOVES: EvidenceKind.METRIC,
    FindingKind.METRIC: EvidenceKind.METRIC,
    FindingKind.ANOMALY: EvidenceKind.METRIC,
    FindingKind.PACE: EvidenceKind.TRACE,
    FindingKind.SPAN: EvidenceKind.TRACE,
    FindingKind.TEMPLATE: EvidenceKind.LOG,
    FindingKind.SIGNAL: EvidenceKind.LOG,
}


def _troubles(finding: Finding, file: EvidenceFile) -> Iterator[Trouble]:
    service = finding.service or file.service
    if service is None:
        return
    if finding.kind is FindingKind.MOVES:
        moved = (one for one in read_moves(finding.data) if _is_notable(one))
        yield from (_moved(one, finding, service) for one in moved)
    elif finding.kind is FindingKind.SPAN:
        yield _told(finding, service, EvidenceKind.TRACE)
    elif finding.kind in _LOGGED and _is_new_failure(finding, file):
        yield _told(finding, service, EvidenceKind.LOG)


def _is_notable(one: Moved) -> bool:
    unusual = abs(one.strength) >= max(_NOTABLE, _UNUSUAL * one.usual)
    return unusual and one.worse and one.family in _FELT and not one.of_host


def _is_new_failure(finding: Finding, file: EvidenceFile) -> bool:
    """Errors that were not there all along."""
    if finding.level not in (Level.ERROR, Level.FATAL) or finding.count < _LINES:
        return finding.level is Level.FATAL
    if finding.first is None or file.first is None or file.last is None:
        return True
    span = file.last - file.first
    return finding.first - file.first >= max(timedelta(seconds=10), span * _NEW)


def _told(finding: Finding, service: str, kind: EvidenceKind) -> Trouble:
    return Trouble(
        service=service,
        kind=kind,
        since=finding.first,
        until=finding.last,
        text=finding.text,
        locus=finding.locus,
    )


def _moved(one: Moved, finding: Finding, service: str) -> Trouble:
    since = datetime.fromtimestamp(one.at, UTC)
    until = datetime.fromtimestamp(one.until, UTC)
    locus = Locus(
        file=finding.locus.file,
        line_start=one.lines[0],
        line_end=one.lines[1],
        byte_start=one.place[0],
        byte_end=one.place[1],
        series=one.series,
        first=since,
        last=until,
    )
    return Trouble(
        service=service,
        kind=EvidenceKind.METRIC,
        since=since,
        until=until,
        text=Clean.say(
            "{words}: {before} → {after} at {at}",
            words=_SERIES[one.family],
            before=_figure(one.before),
            after=_figure(one.after),
            at=since,
        ),
        locus=locus,
        family=one.family,
        strength=abs(one.strength),
    )


_SERIES = {
    Family.ERRORS: Clean.say("errors"),
    Family.LATENCY: Clean.say("latency"),
    Family.WAITING: Clean.say("time waiting for others"),
    Family.CPU: Clean.say("CPU"),
    Family.MEMORY: Clean.say("memory"),
    Family.SATURATION: Clean.say("saturation"),
    Family.DISK: Clean.say("disk"),
    Family.NETWORK: Clean.say("network"),
    Family.TRAFFIC: Clean.say("traffic"),
    Family.OTHER: Clean.say("a series of it"),
}


def _figure(value: float) -> float:
    return float(f"{value:.3g}")


def _order(one: Trouble) -> tuple[bool, float, str, int]:
    moment = one.since.timestamp() if one.since else 0.0
    return one.since is None, moment, one.locus.file, one.locus.line_start

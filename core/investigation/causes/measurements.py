"""What was measured of each service near the onset, and what its callers explain."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from core.cases.model import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, FindingKind, Level
from core.investigation.causes.code_errors import is_code_error
from core.investigation.causes.metric_features import (
    Measure,
    MetricEvidence,
    MetricFeature,
    ServiceAnomalies,
    refuses_itself,
)
from core.investigation.causes.profile_evidence import alerted_profiles
from core.investigation.causes.service_directory import ServiceDirectory
from core.investigation.causes.shifts import movements, paces, traffic
from core.investigation.decision import Situation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.investigation.service_graph import ServiceGraph


_SPREADING = (MetricFeature.LATENCY, MetricFeature.ERRORS)
# The address of a load balancer, as traces call what they see of it from outside.
_BALANCER = re.compile(
    r"(?i)\.elb\.(?:[\w-]+\.)?amazonaws\.com|\.(?:cloudapp\.azure|azurefd)\.|\blb\.[\w-]+\.|-[an]lb\b"
)
_ABSOLUTE = 1.5  # a callee that grew by two thirds as much explains all of it


@dataclass(frozen=True)
class ServiceMeasurements:
    """The measurements of each service in a situation."""

    situation: Situation

    @cached_property
    def onset(self) -> datetime | None:
        """When alerts say it began, else the middle of what the files say."""
        moments = sorted(file.onset for file in self.situation.files if file.onset)
        return self.situation.onset or (moments[len(moments) // 2] if moments else None)

    @cached_property
    def portraits(self) -> Mapping[str, ServiceAnomalies]:
        """Of every service of which anything stands out."""
        if self.onset is None:
            return {}
        levels = traffic(self.situation)
        # A figure that moved goes before what the alert alone says of it.
        readers = (alerted_profiles, movements, paces, complaints)
        readings = [read(self.situation, self.onset) for read in readers]
        # In the order of the files: no rank depends on how a service is called.
        names = dict.fromkeys(
            name for reading in readings for name, signs in reading.items() if signs
        )
        return {
            name: ServiceAnomalies(
                service=name,
                signs={
                    sign: measure
                    for reading in readings
                    for sign, measure in reading.get(name, {}).items()
                },
                traffic=levels.get(name),
            )
            for name in names
        }

    @cached_property
    def busiest(self) -> float:
        """The level of requests of the busiest service, 0 where none is measured."""
        return max(traffic(self.situation).values(), default=0.0)

    @cached_property
    def directory(self) -> ServiceDirectory:
        """Who is who."""
        return ServiceDirectory(self.situation)

    @property
    def graph(self) -> ServiceGraph:
        """Who calls whom."""
        return self.situation.graph

    @cached_property
    def alerted(self) -> frozenset[str]:
        """What the alerts are about."""
        return frozenset(
            occurrence.service for occurrence in self.situation.occurrences if occurrence.service
        )

    @cached_property
    def reached(self) -> frozenset[str]:
        """What the alerts are about, and all that it depends on; empty where nobody tells."""
        alerted = {service for service in self.alerted if self.graph.callees(service)}
        return frozenset(alerted).union(*map(self.graph.dependencies, alerted))

    def explained(self, service: str, sign: MetricFeature) -> tuple[float, str | None]:
        """The part of a feature (0 to 1) that a callee shows as well, and which callee."""
        own = self.portraits[service]
        if own.strength(sign) <= 0:
            return 0.0, None
        shares = [
            (_share(own, self.portraits[callee], sign), callee)
            for callee in sorted(self._behind(service))
            if callee in self.portraits and service not in self.graph.callees(callee)
        ]
        share, callee = max(shares, default=(0.0, None))
        return (share, callee) if share > 0 else (0.0, None)

    def _behind(self, service: str) -> frozenset[str]:
        """What it calls; of the address of a load balancer, whatever else its callers call.

        Traces show such an address as a service that calls nobody.
        """
        callees = self.graph.callees(service)
        if callees or not _BALANCER.search(service):
            return callees
        beside = frozenset().union(*map(self.graph.callees, self.graph.callers(service)))
        return frozenset(name for name in beside if not _BALANCER.search(name))

    @cached_property
    def sufferers(self) -> Mapping[str, float]:
        """The suffering of each service that has any."""
        suffering = {name: anomalies.suffering for name, anomalies in self.portraits.items()}
        return {name: value for name, value in suffering.items() if value > 0}

    @cached_property
    def suffering(self) -> float:
        """Of all services together."""
        return sum(self.sufferers.values())


def _share(own: ServiceAnomalies, callee: ServiceAnomalies, sign: MetricFeature) -> float:
    """The ratio of strengths, and of growth if both are known in their unit."""
    if sign is MetricFeature.ERRORS and refuses_itself(own.signs[sign]):
        return 0.0
    if sign in _SPREADING and callee.is_only_told_of:
        # Of a partner there are no figures, only what its callers tell of it.
        return min(1.0, callee.strength(MetricFeature.LOGGED) / own.strength(sign))
    share = min(1.0, callee.strength(sign) / own.strength(sign))
    if sign in _SPREADING and own.change(sign) > 0 and share > 0:
        grown = min(1.0, _growth(own.signs[sign], callee.signs[sign]) * _ABSOLUTE)
        return grown if sign is MetricFeature.LATENCY else max(share, grown)
    return share


def _growth(own: Measure, callee: Measure) -> float:
    """How much the callee grew for each unit that its caller did.

    Of both the same statistic: what a callee's slowest calls lose is not lost by all of a caller's.
    """
    if own.typical and callee.typical is not None:
        return callee.typical / own.typical
    return callee.change / own.change


# What failed and is done again by itself: put back where it was taken from, or tried later.
_AGAIN = re.compile(
    r"(?i)\bback (?:to|in|into|on) (?:the )?(?:queue|tube|topic|stream)\b|\bre-?queue(?:d|ing)\b"
    r"|\bwill (?:be )?(?:retr|try again)|\bre-?trying\b|\btrying again\b"
    r"|\b(?:next|retry) (?:attempt )?in \d"
)
# What a server says of a client that did not wait for the answer: that is the client's doing.
_CLIENT_LEFT = re.compile(
    r"(?i)canceling statement due to user request|unexpected EOF on client connection"
    r"|could not (?:send|receive) data (?:to|from) client|\bconnection to client lost\b"
    r"|\b(?:client|peer) (?:prematurely )?(?:closed|dropped|cancell?ed|went away|disconnected)\b"
)
_FEW_AGAIN = 0.03  # of the lines of its log
_BEFORE_MIN, _AFTER_MIN = 5, 10  # around the onset
_SERIOUS = (Level.ERROR, Level.FATAL)
_NOISE, _EARLY, _LATE = 0.05, 0.2, 0.35  # of the lines of its file, and of the time it covers
_LONG_OVER = timedelta(minutes=1)
_BEFORE_ALERT = timedelta(minutes=1)
_MOSTLY = 0.4  # of the lines of its file
_OFTEN, _MORE = 3, 2  # lines that show how often it comes; times as often, from which on it is new
_NEW = 0.05  # of its file, without it before: else it was there all along


@dataclass(frozen=True)
class _Kind:
    """A kind of error line: how many since the onset, and how many a window before it had."""

    finding: Finding
    file: EvidenceFile
    since: int
    usual: float

    @property
    def is_trace(self) -> bool:
        return self.finding.kind is FindingKind.STACK_TRACE

    @property
    def telling(self) -> tuple[bool, float, int]:
        """How much it tells: a trace of its writer's own code says why."""
        return self.is_trace, self.since - self.usual, -self.finding.locus.line_start


def complaints(situation: Situation, onset: datetime) -> dict[str, dict[MetricFeature, Measure]]:
    """New errors by the service that they are about: whose log it is, or whom it failed to call.

    Lines that a signature knows are scored elsewhere. A trace of the service's own code is of none
    but its writer, and counts where no line of a logger does.
    """
    by_service: defaultdict[str, list[_Kind]] = defaultdict(list)
    graph = ServiceDirectory(situation)
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            service = finding.service or file.service
            if service and is_code_error(finding) and is_new(finding, file):
                by_service[service].append(_kind(finding, file, onset))
            is_complaint = _is_complaint(finding) and not is_tried_again(finding, file)
            is_complaint = is_complaint and not _is_over(finding, file, onset)
            if service and is_complaint and not is_steady(finding, file, onset):
                about = graph.complained_of(finding.text.text, by=service)
                by_service[about].append(_kind(finding, file, onset))
    measured = {service: _measure(kinds) for service, kinds in by_service.items()}
    return {
        service: {MetricFeature.LOGGED: measure} for service, measure in measured.items() if measure
    }


def _is_complaint(finding: Finding) -> bool:
    is_line = finding.kind is FindingKind.TEMPLATE and not finding.signals
    return is_line and finding.level in _SERIOUS and not _CLIENT_LEFT.search(finding.text.text)


def _is_over(finding: Finding, file: EvidenceFile, onset: datetime) -> bool:
    """Whether its writer went on for long before the alert, and complained of it no more."""
    if finding.last is None or file.last is None:
        return False
    return finding.last < onset - _LONG_OVER and file.last >= onset


def is_tried_again(finding: Finding, file: EvidenceFile) -> bool:
    """Whether its writer says so, and little of what it does needs that: nobody is harmed."""
    return finding.count <= _FEW_AGAIN * file.lines and _AGAIN.search(finding.text.text) is not None


def _kind(finding: Finding, file: EvidenceFile, onset: datetime) -> _Kind:
    minute = int(onset.timestamp() // 60)
    begin, end = minute - _BEFORE_MIN, minute + _AFTER_MIN
    if not finding.buckets or file.first is None:
        return _Kind(finding, file, finding.count, 0.0)
    since = sum(count for at, count in finding.buckets.items() if begin <= at <= end)
    before = sum(count for at, count in finding.buckets.items() if at < begin)
    minutes = max(1.0, begin - file.first.timestamp() / 60)
    return _Kind(finding, file, since, before * (_BEFORE_MIN + _AFTER_MIN) / minutes)


def _measure(kinds: list[_Kind]) -> Measure | None:
    counted = [kind for kind in kinds if not kind.is_trace] or kinds
    since, usual = sum(kind.since for kind in counted), sum(kind.usual for kind in counted)
    strength = math.log1p(since) - math.log1p(usual)
    if strength <= 0:
        return None
    best = max(kinds, key=lambda kind: kind.telling)
    finding = best.finding
    evidence = MetricEvidence(
        text=finding.text,
        locus=finding.locus,
        kind=EvidenceKind.LOG,
        finding=finding,
        file=best.file,
        first=finding.began,
        last=finding.last,
        count=since,
    )
    return Measure(strength=strength, shown=evidence)


def is_new(finding: Finding, file: EvidenceFile) -> bool:
    """Whether its file was without it for a while; True where times are unknown."""
    if finding.first is None or file.first is None or file.last is None:
        return True
    span = file.last - file.first
    return finding.first - file.first >= max(timedelta(seconds=10), span * _NEW)


def is_steady(finding: Finding, file: EvidenceFile, onset: datetime | None) -> bool:
    """Whether it comes now and then from the beginning of its file to the end: noise.

    onset: of the alert. A file that begins with the trouble tells nothing of the time before.
    """
    if onset is None or finding.first is None or file.first is None:
        return False
    last, end = finding.last or finding.first, file.last or file.first
    span = end - file.first
    return (
        finding.count > 1
        and (finding.count <= _NOISE * file.lines or _is_as_often(finding, file, onset))
        and finding.first <= min(onset - _BEFORE_ALERT, file.first + span * _EARLY)
        and last >= end - span * _LATE
    )


def _is_as_often(finding: Finding, file: EvidenceFile, onset: datetime) -> bool:
    """Whether it came before the minute of the alert hardly less often than since then.

    A quiet log of a server may hold little else; one that mostly complains tells of trouble.
    """
    if file.first is None or file.last is None or finding.count > _MOSTLY * file.lines:
        return False
    minute = int(onset.timestamp() // 60)
    before = sum(count for at, count in finding.buckets.items() if at < minute)
    since = sum(count for at, count in finding.buckets.items() if at >= minute)
    begin, end = file.first.timestamp() / 60, file.last.timestamp() / 60
    if before < _OFTEN or not begin < minute < end:
        return False
    return since / (end - minute) <= _MORE * before / (minute - begin)

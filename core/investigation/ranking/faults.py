"""Faults that only measurements show, and new errors in the logs of services."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.cases.model import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, FindingKind, Level
from core.evidence.signatures import (
    LogPattern,
    Role,
    Signature,
    measured_signatures,
    signatures,
)
from core.investigation.causes.peers import ServiceGraph
from core.investigation.ranking.model import Measure, MetricEvidence, MetricFeature
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.investigation.decision import Situation
    from core.text.redacted import RedactedText

LATENCY, ERRORS, NETWORK = "slow_by_itself", "failing_by_itself", "slow_network"
CPU, MEMORY, SATURATION = "cpu_saturation", "memory_growth", "saturation"
SHOWN_ONLY = frozenset({LATENCY, ERRORS})  # how a fault shows, here or behind
# What a sign speaks for. Others tell where something is wrong, not what.
FAULT_OF: Mapping[MetricFeature, str] = MappingProxyType(
    {
        MetricFeature.LATENCY: LATENCY,
        MetricFeature.OWN: LATENCY,
        MetricFeature.ERRORS: ERRORS,
        MetricFeature.FAILED: ERRORS,
        MetricFeature.LOGGED: ERRORS,
        MetricFeature.ASKED: NETWORK,
        MetricFeature.ASKING: NETWORK,
        MetricFeature.WAITING: NETWORK,
        MetricFeature.CPU: CPU,
        MetricFeature.MEMORY: MEMORY,
        MetricFeature.SATURATION: SATURATION,
    }
)
FAULTS = frozenset(FAULT_OF.values())


def signature_of(fault: str) -> Signature | None:
    """The signature of a fault, from log signatures or from measurements."""
    return signatures().get(fault) or measured_signatures().get(fault)


def signal_of(sign: MetricFeature, says: RedactedText) -> LogPattern:
    """The feature as a log pattern. It matches no lines."""
    return LogPattern(
        name=sign.value,
        fault=FAULT_OF.get(sign, LATENCY),
        role=Role.FOR,
        says=says,
        weight=1.0,
        at_least=Level.INFO,
        needs=(),
        patterns=(),
        change_helps=True,
        examples=(),
    )


_REDACTOR = Redactor(b"names that were kept")


@lru_cache(maxsize=8_192)  # the same names come in every turn of a case
def kept_name(text: str) -> RedactedText:
    """Stored text as redacted text again."""
    return _REDACTOR.clean(text).line()


_BEFORE_MIN, _AFTER_MIN = 5, 10  # around the onset
_SERIOUS = (Level.ERROR, Level.FATAL)


@dataclass(frozen=True)
class _Kind:
    """A kind of error line: how many since the onset, and how many a window before it had."""

    finding: Finding
    file: EvidenceFile
    since: int
    usual: float


def complaints(situation: Situation, onset: datetime) -> dict[str, dict[MetricFeature, Measure]]:
    """New errors by the service that they are about: whose log it is, or whom it failed to call.

    Lines that a signature knows are scored elsewhere.
    """
    by_service: defaultdict[str, list[_Kind]] = defaultdict(list)
    graph = ServiceGraph(situation)
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            service = finding.service or file.service
            if service and _is_complaint(finding):
                about = graph.complained_of(finding.text.text, by=service)
                by_service[about].append(_kind(finding, file, onset))
    measured = {service: _measure(kinds) for service, kinds in by_service.items()}
    return {
        service: {MetricFeature.LOGGED: measure} for service, measure in measured.items() if measure
    }


def _is_complaint(finding: Finding) -> bool:
    is_line = finding.kind is FindingKind.TEMPLATE and not finding.signals
    return is_line and finding.level in _SERIOUS


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
    since, usual = sum(kind.since for kind in kinds), sum(kind.usual for kind in kinds)
    strength = math.log1p(since) - math.log1p(usual)
    if strength <= 0:
        return None
    best = max(kinds, key=lambda kind: (kind.since - kind.usual, -kind.finding.locus.line_start))
    finding = best.finding
    evidence = MetricEvidence(
        text=finding.text,
        locus=finding.locus,
        kind=EvidenceKind.LOG,
        finding=finding,
        file=best.file,
        first=finding.first,
        last=finding.last,
        count=since,
    )
    return Measure(strength=strength, shown=evidence)

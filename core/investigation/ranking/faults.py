"""Faults that only measurements show, and new errors in the logs of services."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, LiteralString

from core.cases.model import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, FindingKind, Level
from core.evidence.signatures import LogPattern, Role, Signature, signatures
from core.investigation.ranking.model import Measure, MetricEvidence, MetricFeature
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.investigation.decision import Situation

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


def _fault(
    name: str,
    title: LiteralString,
    words: tuple[LiteralString, LiteralString],
    depth: int,
    check: LiteralString,
    bring: LiteralString,
    mend: LiteralString,
) -> Signature:
    return Signature(
        fault=name,
        title=RedactedText.format(title),
        depth=depth,
        before=RedactedText.format(words[0]),
        after=RedactedText.format(words[1]),
        check=RedactedText.format(check),
        bring=RedactedText.format(bring),
        mend=RedactedText.format(mend),
        signals={},
    )


FAULTS: Mapping[str, Signature] = MappingProxyType(
    {
        signature.fault: signature
        for signature in (
            _fault(
                LATENCY,
                "Slow by itself",
                ("", " is slow by itself"),
                1,
                "take a profile or a thread dump while it is slow: its own code is at work or waits"
                " for a lock",
                "a profile, a thread dump, or its spans since the onset",
                "take back what changed there, or the work that keeps it busy; then mend what the"
                " profile shows",
            ),
            _fault(
                ERRORS,
                "Failing by itself",
                ("", " fails by itself"),
                1,
                "read its log at the time of a failed request: an error there with no failed call"
                " before it is its own",
                "its log since the onset",
                "take back what changed there; then mend the error that its log names",
            ),
            _fault(
                NETWORK,
                "Slow network or a stalled process",
                ("The way to and from ", " is slow"),
                2,
                "time a request at the service itself and from a caller's host: fast there and slow"
                " here is the way between",
                "round trip times and retransmissions of its host or pod, and its CPU throttling",
                "move it to another host, or take the slow link out; give it CPU where it is"
                " throttled",
            ),
            _fault(
                CPU,
                "CPU used up",
                ("", " uses up its CPU"),
                2,
                "look at what its threads run, and at the throttling of its container",
                "a CPU profile, and the limits and throttling of its container",
                "give it more CPU or share its load; then mend what the profile shows",
            ),
            _fault(
                MEMORY,
                "Memory grows",
                ("", " uses ever more memory"),
                2,
                "compare two heap snapshots some minutes apart: what grows is what leaks",
                "two heap snapshots, or its garbage collector's log",
                "start it again to gain time; then mend what grows",
            ),
            _fault(
                SATURATION,
                "A queue or pool is full",
                ("A queue or pool of ", " is full"),
                2,
                "look at who holds what is used up: its connections, threads or queue entries",
                "the sizes and limits of its pools and queues since the onset",
                "give it room, or end what holds its entries; then mend what holds them",
            ),
        )
    }
)


def signature_of(fault: str) -> Signature | None:
    """The signature of a fault, from log signatures or from measurements."""
    return signatures().get(fault) or FAULTS.get(fault)


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
    """New errors by service. Lines that a signature knows are scored elsewhere."""
    found: defaultdict[str, list[_Kind]] = defaultdict(list)
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            service = finding.service or file.service
            if service and _is_complaint(finding):
                found[service].append(_kind(finding, file, onset))
    measured = {service: _measure(kinds) for service, kinds in found.items()}
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

"""Which services log errors since the onset that they did not log before?"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.hypotheses import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, FindingKind, Level
from core.investigation.ranking.model import Exhibited, Measure, Sign

if TYPE_CHECKING:
    from datetime import datetime

    from core.investigation.decision import Situation

_BEFORE_MIN, _AFTER_MIN = 5, 10  # around the onset
_SERIOUS = (Level.ERROR, Level.FATAL)


@dataclass(frozen=True)
class _Kind:
    """A kind of error line: how many since the onset, and how many a window before it had."""

    finding: Finding
    file: EvidenceFile
    since: int
    usual: float


def complaints(situation: Situation, onset: datetime) -> dict[str, dict[Sign, Measure]]:
    """By service. Lines that a signature knows are weighed as its signals, not here."""
    found: defaultdict[str, list[_Kind]] = defaultdict(list)
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            service = finding.service or file.service
            if service and _is_complaint(finding):
                found[service].append(_kind(finding, file, onset))
    measured = {service: _measure(kinds) for service, kinds in found.items()}
    return {service: {Sign.LOGGED: one} for service, one in measured.items() if one}


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
    since, usual = sum(one.since for one in kinds), sum(one.usual for one in kinds)
    strength = math.log1p(since) - math.log1p(usual)
    if strength <= 0:
        return None
    best = max(kinds, key=lambda one: (one.since - one.usual, -one.finding.locus.line_start))
    finding = best.finding
    shown = Exhibited(
        text=finding.text,
        locus=finding.locus,
        kind=EvidenceKind.LOG,
        finding=finding,
        file=best.file,
        first=finding.first,
        last=finding.last,
        count=since,
    )
    return Measure(strength=strength, shown=shown)

"""What the profiles of a service tell of its CPU, memory and locks: the function that has it.

A profile says where, not when: it speaks only where something else says that the CPU is full, that
memory grows, or that queues fill: a figure, or the alert.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.cases.model import EvidenceKind
from core.evidence.model import FindingKind
from core.evidence.profiles.model import ProfileKind
from core.evidence.profiles.shares import is_library
from core.investigation.causes.metric_features import Measure, MetricEvidence, MetricFeature

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.decision import Situation

LEAST_SHARE = 0.15  # of a function that tells something
_ALERTED = 2.0  # strength of what the alert is about: strong, as a figure that doubled
_OF_LIBRARY = 0.5  # of what grew: arrays and texts belong to objects of the program
_OF_PROFILES = frozenset({FindingKind.PROFILE, FindingKind.THREADS})
_KINDS: Mapping[MetricFeature, tuple[ProfileKind, ...]] = MappingProxyType(
    {
        MetricFeature.CPU: (ProfileKind.CPU, ProfileKind.WALL),
        MetricFeature.MEMORY: (ProfileKind.HEAP, ProfileKind.ALLOC),
        MetricFeature.SATURATION: (ProfileKind.LOCK,),
    }
)
_ABOUT: Mapping[MetricFeature, re.Pattern[str]] = MappingProxyType(
    {
        MetricFeature.CPU: re.compile(r"(?i)cpu(?![a-z])|CPU"),
        MetricFeature.MEMORY: re.compile(r"(?i)memory|heap|oom"),
        MetricFeature.SATURATION: re.compile(r"(?i)saturat|queue|backlog|pool|threads|contention"),
    }
)


def profile_of(situation: Situation, service: str, sign: MetricFeature) -> MetricEvidence | None:
    """The finding of its profiles that tells most of a feature; None where none tells of it."""
    kinds = _KINDS.get(sign, ())
    findings = [
        (finding, file)
        for finding, file in _findings(situation)
        if (finding.service or file.service) == service
        and finding.data.get("profile") in kinds
        and share_of(finding) >= LEAST_SHARE
    ]
    best = max(findings, key=lambda row: _rank(row[0], kinds), default=None)
    return None if best is None else _evidence(*best)


def alerted_profiles(
    situation: Situation, _onset: datetime
) -> dict[str, dict[MetricFeature, Measure]]:
    """What alerts say of services whose profile tells where it goes, by service."""
    signs: dict[str, dict[MetricFeature, Measure]] = {}
    for occurrence in situation.occurrences:
        text = f"{occurrence.name} {occurrence.summary}"
        for sign, about in _ABOUT.items():
            service = occurrence.service
            shown = profile_of(situation, service, sign) if service and about.search(text) else None
            if service and shown is not None:
                signs.setdefault(service, {})[sign] = Measure(strength=_ALERTED, shown=shown)
    return signs


def is_of_profile(evidence: MetricEvidence) -> bool:
    """Whether it was seen in a profile, not in figures over time."""
    return evidence.finding.kind in _OF_PROFILES


def share_of(finding: Finding) -> float:
    """The share that a finding tells of, from 0 to 1: a function's own, or that of a path."""
    name = "own" if finding.data.get("role") == "function" else "share"
    share = finding.data.get(name)
    return float(share) if isinstance(share, int | float) else 0.0


def _findings(situation: Situation) -> Iterator[tuple[Finding, EvidenceFile]]:
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if finding.kind in _OF_PROFILES:
                yield finding, file


def _rank(finding: Finding, kinds: tuple[ProfileKind, ...]) -> tuple[bool, bool, int, float]:
    """What grew tells most; then one function; then by kind and share."""
    role, kind = finding.data.get("role"), finding.data.get("profile")
    place = next((at for at, known in enumerate(kinds) if known == kind), len(kinds))
    share = share_of(finding)
    if role == "grown" and is_library(str(finding.data.get("function"))):
        share *= _OF_LIBRARY
    return role == "grown", role != "path", -place, share


def _evidence(finding: Finding, file: EvidenceFile) -> MetricEvidence:
    return MetricEvidence(
        text=finding.text,
        locus=finding.locus,
        kind=EvidenceKind.METRIC,
        finding=finding,
        file=file,
        first=finding.first,
        last=finding.last,
        count=finding.count,
    )

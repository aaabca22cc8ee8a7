"""What was measured of a service near the onset: features with their strength and their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.cases.model import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, Locus
from core.evidence.series.moves import SeriesMove
from core.text.redacted import RedactedText


class MetricFeature(StrEnum):
    """The features that measurements of a service may show."""

    ERRORS = "errors"  # more fails than before
    LATENCY = "latency"  # answers take longer
    WAITING = "waiting"  # it waits longer for others
    CPU = "cpu"
    MEMORY = "memory"
    SATURATION = "saturation"
    DISK = "disk"
    NETWORK = "network"
    HOST = "host"
    OTHER = "other"  # a figure whose sort nobody tells
    TRAFFIC = "traffic"
    ASKED = "asked"  # time is lost between it and those who call it
    ASKING = "asking"  # time is lost between it and those it calls
    OWN = "own"  # its own work takes longer
    FAILED = "failed"  # its spans fail though nothing behind them does
    LOGGED = "logged"  # its log has errors that it had not before


@dataclass(frozen=True, kw_only=True)
class MetricEvidence:
    """Where a feature is seen: its words, place, time window and finding.

    moved: the step of the series, where it is one.
    """

    text: RedactedText
    locus: Locus
    kind: EvidenceKind
    finding: Finding
    file: EvidenceFile
    first: datetime | None
    last: datetime | None
    count: int = 1
    moved: SeriesMove | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How strong a sign is, on a logarithmic scale: 1 is notable, 2 strong, 4 extreme.

    `change` is by how much it grew in its own unit, 0 where that is not known.
    """

    strength: float
    shown: MetricEvidence
    change: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ServiceAnomalies:
    """One service near the onset. `traffic` is its usual level, None where not measured."""

    service: str
    signs: dict[MetricFeature, Measure]
    traffic: float | None = None

    def strength(self, sign: MetricFeature) -> float:
        """The strength of a feature, 0 if it was not seen."""
        measure = self.signs.get(sign)
        return measure.strength if measure else 0.0

    def change(self, sign: MetricFeature) -> float:
        measure = self.signs.get(sign)
        return measure.change if measure else 0.0

    @property
    def suffering(self) -> float:
        """The strongest of the features that spread along calls."""
        return max(
            map(self.strength, (MetricFeature.LATENCY, MetricFeature.ERRORS, MetricFeature.LOGGED))
        )

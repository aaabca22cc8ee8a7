"""What was measured of a service near the onset? Signs with their strength and their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.cases.hypotheses import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, Locus
from core.text.redacted import Clean


class Sign(StrEnum):
    """What may be wrong at a service, as far as measurements tell."""

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
class Exhibited:
    """Where a sign is seen: in words, with its place, its window and the finding it is from."""

    text: Clean
    locus: Locus
    kind: EvidenceKind
    finding: Finding
    file: EvidenceFile
    first: datetime | None
    last: datetime | None
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How strong a sign is, on a logarithmic scale: 1 is notable, 2 strong, 4 extreme.

    `change` is by how much it grew in its own unit, 0 where that is not known.
    """

    strength: float
    shown: Exhibited
    change: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """One service near the onset. `traffic` is its usual level, None where not measured."""

    service: str
    signs: dict[Sign, Measure]
    traffic: float | None = None

    def strength(self, sign: Sign) -> float:
        """0 where nothing of that sort was seen."""
        found = self.signs.get(sign)
        return found.strength if found else 0.0

    def change(self, sign: Sign) -> float:
        found = self.signs.get(sign)
        return found.change if found else 0.0

    @property
    def suffering(self) -> float:
        """How much it shows of what spreads along calls."""
        return max(map(self.strength, (Sign.LATENCY, Sign.ERRORS, Sign.LOGGED)))

"""What was measured of a service near the onset: features with their strength, and their faults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.cases.model import EvidenceKind
from core.evidence.model import EvidenceFile, Finding, Level, Locus
from core.evidence.series.moves import SeriesMove
from core.evidence.signatures import (
    LogPattern,
    Role,
    Signature,
    measured_signatures,
    signatures,
)
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLISECONDS = re.compile(r"(?i)(?<![a-z])(?:ms|millis|milliseconds)(?![a-z])")
SECONDS = re.compile(r"(?i)(?<![a-z])seconds(?![a-z])")
_SCALES = ((MILLISECONDS, 0.001), (SECONDS, 1.0))
_UNITS = {"ms": 0.001, "s": 1.0}
_TOO_LARGE = re.compile(r"(?:code|status)=\"(?:413|414|431)\"")
_SHARE = re.compile(r"(?i)ratio|share|percent|availab|success|fraction")
_SLOW = 0.1  # seconds: what answers sooner is not felt to be slow
_SLOWER = 1.8  # times as long: what answers a little later is not felt to be slow, either
_FAILING = 0.005  # share of requests
_MOSTLY = 0.5
_HELD = 0.25  # of a rise of failures: less is a spike
_BACKLOG = re.compile(
    r"(?i)queue|backlog|(?<![a-z])lag(?![a-z])|pending|messages_ready|waiting|parked|outstanding"
    r"|key_size|list_length|oldest|staleness"
)
_PILES_UP, _HEAP = 3.0, 10.0  # times as many as before, and at least so many
_SCRAPED = re.compile(r"(?:\w+_)?up(?:\{|$)")  # that nobody measures it harms nobody
# Nor that a balancer finds one of its servers away: whoever asks is sent to another one.
_CHECKED = re.compile(r"(?i)(?:health_?)?check_?(?:fail|status|down)|server_(?:check|status|up)")


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

    @property
    def stays(self) -> bool:
        """Whether it is more than a spike, as each start of a process brings it."""
        if self.moved is None:
            return True
        went, lasts = self.moved.after - self.moved.before, self.moved.lasting - self.moved.before
        return abs(lasts) >= _MOSTLY * abs(went)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How strong a sign is, on a logarithmic scale: 1 is notable, 2 strong, 4 extreme.

    `change` is by how much it grew in its own unit, 0 where that is not known; `typical`, by how
    much its median or mean did, None where neither is measured.
    """

    strength: float
    shown: MetricEvidence
    change: float = 0.0
    typical: float | None = None


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
    def is_only_told_of(self) -> bool:
        """Whether others complain of it, and nothing of its own was measured."""
        return self.signs.keys() == {MetricFeature.LOGGED}

    @property
    def suffering(self) -> float:
        """The strongest of the features that spread along calls."""
        return max(
            map(self.strength, (MetricFeature.LATENCY, MetricFeature.ERRORS, MetricFeature.LOGGED))
        )


def refuses_itself(measure: Measure) -> bool:
    """Whether it counts requests that are refused for their size, which nobody passes on."""
    moved = measure.shown.moved
    return moved is not None and bool(_TOO_LARGE.search(moved.series))


def is_felt(sign: MetricFeature, measure: Measure) -> bool:
    """Whether whoever asks would notice: no spike, no few milliseconds, no request in a thousand.

    Of latencies, failures and work that piles up; whatever else moves is not felt by itself.
    """
    moved = measure.shown.moved
    if moved is None:
        return True
    if sign is MetricFeature.SATURATION:
        is_heap = moved.lasting >= max(_HEAP, _PILES_UP * moved.before) and not moved.is_worked_off
        return is_heap and bool(_BACKLOG.search(moved.series))
    if sign is MetricFeature.LATENCY:
        is_slow = moved.lasting * (unit_of(moved) or 1.0) >= _SLOW  # none is told in longer units
        return is_slow and moved.lasting >= _SLOWER * moved.before
    if _SCRAPED.match(moved.series) or _CHECKED.search(moved.series):
        return False
    if not is_share(moved):
        return abs(moved.lasting - moved.before) > _HELD * abs(moved.after - moved.before)
    return (moved.lasting - moved.before) * (1 if moved.bad >= 0 else -1) >= _FAILING


def unit_of(moved: SeriesMove) -> float | None:
    """The unit in which it tells a time, in seconds; None where nothing tells it."""
    named = (scale for name, scale in _SCALES if name.search(moved.series))
    return _UNITS.get(moved.unit) or next(named, None)


def is_share(moved: SeriesMove) -> bool:
    """Whether it counts failures among all, from 0 to 1."""
    within = all(0.0 <= value <= 1.0 for value in (moved.before, moved.after))
    return within and not moved.unit and bool(_SHARE.search(moved.series))


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

"""A small system with its metrics, spans and logs, in which one thing goes wrong at 09:30.

`kiosk` calls `orders` and `menu`, `orders` calls `stock` and `ledger`, `menu` calls `stock`.
Everything is read from files by the product's own pipeline.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import IO, TYPE_CHECKING

import numpy as np

from core.evidence.pipeline import extract
from core.investigation.decision import Situation
from core.investigation.situation import topology
from core.redaction.engine import Redactor
from tests.core.investigation.sample_situations import a_file, an_alert

if TYPE_CHECKING:
    from core.alerts.model import Occurrence
    from core.evidence.model import EvidenceFile, Extraction, Finding

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONSET = BEGIN + timedelta(minutes=30)
MINUTES = 40
CALLS = (
    ("kiosk", "orders"),
    ("kiosk", "menu"),
    ("orders", "stock"),
    ("orders", "ledger"),
    ("menu", "stock"),
)
USUAL = {"latency_p95_ms": 40.0, "error_ratio": 0.01, "cpu_percent": 20.0, "requests_per_s": 90.0}
REDACTOR = Redactor(b"k" * 32)


@dataclass(frozen=True)
class Paper:
    """An original that lies nowhere."""

    text: str

    @property
    def size(self) -> int:
        return len(self.text.encode())

    @property
    def written(self) -> datetime:
        return ONSET

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.text.encode())


@dataclass(frozen=True, kw_only=True)
class System:
    """What went wrong: `(service, quantity)` to the factor since the onset; lines of logs.

    lost: ms between the two sides of each call to a service since the onset.
    usual: the level of each quantity before.
    """

    changed: Mapping[tuple[str, str], float] = field(default_factory=dict)
    lost: Mapping[str, float] = field(default_factory=dict)
    logs: Mapping[str, str] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=lambda: USUAL)
    alerted: str | None = "kiosk"
    alert: str = "HighErrorRate"
    alert_at: datetime = ONSET
    calls: tuple[tuple[str, str], ...] = CALLS
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, service: str) -> str:
        return self.names.get(service, service)


SERVICES = tuple(dict.fromkeys(name for call in CALLS for name in call))


def metrics(system: System) -> str:
    """A row a minute, a column for each service and quantity, with some scatter."""
    chance = np.random.default_rng(7)
    columns = [(service, what) for service in SERVICES for what in system.usual]
    rows = ["time," + ",".join(f"{system.called(service)}|{what}" for service, what in columns)]
    for minute in range(MINUTES):
        at = BEGIN + timedelta(minutes=minute)
        cells = [at.isoformat()]
        for service, what in columns:
            factor = system.changed.get((service, what), 1.0) if at >= ONSET else 1.0
            cells.append(
                f"{system.usual[what] * factor * (1 + 0.04 * chance.standard_normal()):.5f}"
            )
        rows.append(",".join(cells))
    return "\n".join(rows) + "\n"


def spans(system: System) -> str:
    """Four requests a minute, each calling all services once."""
    rows = ["trace_id,span_id,parent_id,service,operation,start_us,duration_us"]
    for request in range(4 * MINUTES):
        at = BEGIN + timedelta(seconds=15 * request)
        start, trace = round(at.timestamp() * 1e6), f"{request:012x}"
        rows.append(_row(trace, "root", "", system.called("kiosk"), "GET /buy", start, 4_000_000))
        for place, (caller, callee) in enumerate(CALLS):
            lost = 1_000 + (1000 * system.lost.get(callee, 0.0) if at >= ONSET else 0)
            begun, client, server = start + 700_000 * place, f"c{place}", f"s{place}"
            calling, called = system.called(caller), system.called(callee)
            rows.append(_row(trace, client, "root", calling, f"call {place}", begun, 20_000 + lost))
            rows.append(_row(trace, server, client, called, f"serve {place}", begun + 400, 20_000))
    return "\n".join(rows) + "\n"


def _row(*cells: object) -> str:
    return ",".join(str(round(cell)) if isinstance(cell, float) else str(cell) for cell in cells)


def situation(system: System, *kinds: str) -> Situation:
    """With files of these kinds: metrics, spans, logs; all if none is named."""
    kinds_ = kinds or ("metrics", "spans", "logs")
    texts = {
        **({"metrics.csv": metrics(system)} if "metrics" in kinds_ else {}),
        **({"spans.csv": spans(system)} if "spans" in kinds_ and system.lost else {}),
        **({f"{system.called(service)}.log": text for service, text in system.logs.items()}),
    }
    read = [read_text(name, text) for name, text in texts.items()]
    calls = tuple((system.called(caller), system.called(callee)) for caller, callee in system.calls)
    findings_ = (finding for _, findings in read for finding in findings)
    return Situation(
        at=ONSET + timedelta(minutes=10),
        occurrences=_alerts(system),
        files=tuple(file for file, _ in read),
        findings={file.id: findings for file, findings in read},
        calls=calls or topology(findings_),
    )


def _alerts(system: System) -> tuple[Occurrence, ...]:
    if system.alerted is None:
        return ()
    alert = an_alert(system.called(system.alerted), system.alert_at)
    return (replace(alert, name=system.alert, summary=""),)


def read_text(name: str, text: str) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    """A file of this text, and what the product finds in it."""
    extraction = _extracted(name, text)
    file = a_file(
        name,
        extraction.service,
        first=extraction.first,
        last=extraction.last,
        lines=extraction.lines,
    )
    return replace(file, size=extraction.size, onset=extraction.onset), extraction.findings


@cache
def _extracted(name: str, text: str) -> Extraction:
    return extract(Paper(text), name=name, service=None, redactor=REDACTOR)

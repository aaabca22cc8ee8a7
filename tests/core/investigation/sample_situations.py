"""Situations for tests: made of a few findings, or read from recorded logs by the real reader."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.alerts.model import AlertSource, Occurrence
from core.evidence.model import (
    EvidenceFile,
    Finding,
    FindingKind,
    Level,
    Locus,
)
from core.evidence.signatures import match
from core.investigation.decision import Situation
from core.text.redacted import redacted
from tests.core.investigation.kept_extractions import OF_THE_KEPT, kept_extraction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "recordings" / "signatures"
POSITIVES = sorted(SAMPLES.glob("*/positive_*.log"))
INCIDENTS = (
    Path(__file__).parents[3] / "faultmaven/recordings/ferry-bookings",
    Path(__file__).parents[2] / "recordings/parcel-scans",
)
TRUTH = Path(__file__).parents[2] / "recordings/truth"
HEALTHY = sorted(SAMPLES.glob("*/healthy_*.log"))
REDACTOR = OF_THE_KEPT


def sample_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@dataclass(frozen=True, kw_only=True)
class LogLines:
    """`count` lines like `text`, from `at` seconds after T0, for `lasting` seconds."""

    text: str
    at: float = 600
    lasting: float = 300
    count: int = 40
    level: Level = Level.ERROR


def a_log(
    service: str | None, *lines: LogLines, minutes: float = 15
) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    """A file of a service that runs from T0 for `minutes`, and its findings."""
    name = f"{service or 'app'}.log"
    file = a_file(name, service, first=T0, last=T0 + timedelta(minutes=minutes), lines=2000)
    findings = tuple(_finding(line, name, service, place) for place, line in enumerate(lines))
    return file, findings


def a_situation(
    *logs: tuple[EvidenceFile, tuple[Finding, ...]],
    calls: Sequence[tuple[str, str]] = (),
    alert: str | None = None,
    alert_at: float = 660,
) -> Situation:
    occurrences = (an_alert(alert, T0 + timedelta(seconds=alert_at)),) if alert else ()
    return Situation(
        at=T0 + timedelta(minutes=15),
        occurrences=occurrences,
        files=tuple(file for file, _ in logs),
        findings={file.id: findings for file, findings in logs},
        calls=tuple(calls),
    )


def recorded(path: Path, service: str | None) -> Situation:
    """What the reader of logs makes of a recorded file."""
    extraction = kept_extraction(path, name=path.name, service="app")
    file = a_file(
        path.name, service, first=extraction.first, last=extraction.last, lines=extraction.lines
    )
    file = replace(file, size=extraction.size)
    findings = tuple(replace(finding, service=service) for finding in extraction.findings)
    return Situation(at=T0, files=(file,), findings={file.id: findings})


@cache
def incident(folder: Path) -> Situation:
    """A recorded incident as it was: its alert, topology and metrics, all files of services."""
    alert = json.loads((folder / "alert.json").read_text())["alerts"][0]
    calls = json.loads((folder / "topology.json").read_text())["calls"]
    paths = sorted(path for path in (folder / "files").rglob("*") if path.is_file())
    read = [_whole(path, path.parent.name) for path in paths]
    read.append(_whole(folder / "metrics.json", None))
    situation = a_situation(*read, calls=[(caller, callee) for caller, callee in calls])
    began = datetime.fromisoformat(alert["startsAt"])
    return replace(situation, occurrences=(an_alert(alert["labels"]["service"], began),))


def together(*situations: Situation) -> Situation:
    """The evidence of several situations as that of one."""
    files = [file for situation in situations for file in situation.files]
    findings: dict[str, tuple[Finding, ...]] = {}
    for situation in situations:
        findings.update(situation.findings)
    return replace(situations[0], files=tuple(files), findings=findings)


def renamed(situation: Situation, names: Mapping[str, str]) -> Situation:
    """The same with other service names, everywhere a service is named."""
    files = tuple(replace(file, service=names.get(file.service or "")) for file in situation.files)
    findings = {
        file_id: tuple(_renamed(finding, names) for finding in findings)
        for file_id, findings in situation.findings.items()
    }
    calls = tuple((names[caller], names[callee]) for caller, callee in situation.calls)
    occurrences = tuple(
        replace(occurrence, service=names.get(occurrence.service or ""))
        for occurrence in situation.occurrences
    )
    return replace(situation, files=files, findings=findings, calls=calls, occurrences=occurrences)


def shifted(situation: Situation, by: timedelta) -> Situation:
    """The same at another time."""
    minutes = int(by.total_seconds() // 60)
    files = tuple(
        replace(file, first=_later(file.first, by), last=_later(file.last, by))
        for file in situation.files
    )
    findings = {
        file_id: tuple(
            replace(
                finding,
                first=_later(finding.first, by),
                last=_later(finding.last, by),
                buckets={minute + minutes: count for minute, count in finding.buckets.items()},
            )
            for finding in findings
        )
        for file_id, findings in situation.findings.items()
    }
    occurrences = tuple(
        replace(
            occurrence,
            starts_at=occurrence.starts_at + by,
            last_seen_at=occurrence.last_seen_at + by,
        )
        for occurrence in situation.occurrences
    )
    return replace(
        situation, at=situation.at + by, files=files, findings=findings, occurrences=occurrences
    )


def a_file(
    name: str, service: str | None, *, first: datetime | None, last: datetime | None, lines: int
) -> EvidenceFile:
    return EvidenceFile(
        id=f"file_{service}_{name}",
        tenant_id="default",
        case_id="case_1",
        number=1,
        name=redacted(name),
        service=service,
        blob="",
        size=lines * 1_000,
        received_at=T0,
        received_from="test",
        lines=lines,
        first=first,
        last=last,
    )


def an_alert(service: str, at: datetime) -> Occurrence:
    return Occurrence(
        id="occ_1",
        tenant_id="default",
        source=AlertSource.ALERTMANAGER,
        fingerprint="f1",
        case_id="case_1",
        name="HighErrorRate",
        service=service,
        severity="critical",
        labels={"service": service},
        summary="errors",
        starts_at=at,
        ended_at=None,
        last_seen_at=at,
    )


@cache
def _whole(path: Path, service: str | None) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    """A file of an incident, under the name that people give it."""
    name = f"{service}/{path.name}" if service else path.name
    extraction = kept_extraction(path, name=name, service=service)
    file = a_file(
        name, service, first=extraction.first, last=extraction.last, lines=extraction.lines
    )
    return replace(file, data_type=extraction.data_type, size=extraction.size), extraction.findings


def _finding(line: LogLines, file: str, service: str | None, place: int) -> Finding:
    first = T0 + timedelta(seconds=line.at)
    last = first + timedelta(seconds=line.lasting)
    start, end = int(first.timestamp()) // 60, int(last.timestamp()) // 60
    signals = match(line.text, line.level)
    number = 100 + 10 * place + int(line.at)
    return Finding(
        kind=FindingKind.SIGNAL if signals else FindingKind.TEMPLATE,
        level=line.level,
        text=redacted(line.text),
        locus=Locus(file=file, line_start=number, line_end=number),
        count=line.count,
        first=first,
        last=last,
        service=service,
        signals=signals,
        buckets={
            minute: max(1, line.count // (end - start + 1)) for minute in range(start, end + 1)
        },
    )


def _renamed(finding: Finding, names: Mapping[str, str]) -> Finding:
    text = finding.text.text
    for old, new in names.items():
        text = text.replace(old, new)
    return replace(finding, service=names.get(finding.service or ""), text=redacted(text))


def _later(moment: datetime | None, by: timedelta) -> datetime | None:
    return moment + by if moment else None

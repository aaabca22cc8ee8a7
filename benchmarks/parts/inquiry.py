"""What `faultmaven investigate` knows of a folder of files, without a store.

The same functions read the alert, the files and the topology; only what rests in tables there
is held in memory here, so that hundreds of cases can be looked at in minutes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.terminal.uploads import uploads
from core.alerts.model import Occurrence
from core.alerts.notes import notes_of
from core.alerts.notification import read_notification
from core.errors import UnreadableEvidence
from core.evidence.model import EvidenceFile, FileState, Finding, PlainFile
from core.evidence.pipeline import extract
from core.investigation.decision import Situation
from core.investigation.joined_files import with_joined_files
from core.investigation.situation import topology
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from bot.terminal.uploads import Upload
    from core.evidence.model import Extraction

_REDACTOR = Redactor(b"benchmark")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def situation_of(*paths: Path) -> Situation:
    """All that is known of these files, and of those below folders, under no alert yet."""
    files: list[EvidenceFile] = []
    findings: dict[str, tuple[Finding, ...]] = {}
    for number, upload in enumerate(uploads(list(paths)), start=1):
        file, extracted = _read(upload, number)
        files.append(file)
        findings[file.id] = extracted
    newest = max((file.last for file in files if file.last), default=_NOW)
    return Situation(
        at=newest,
        files=tuple(files),
        findings=findings,
        calls=topology(finding for extracted in findings.values() for finding in extracted),
    )


def with_alert(situation: Situation, alert: bytes) -> Situation:
    """The same evidence under this alert, as Alertmanager delivers it."""
    notification = read_notification(alert, received_at=datetime.now(UTC))
    occurrences = tuple(
        Occurrence(
            id=f"occ_{number}",
            tenant_id="default",
            source=notification.source,
            fingerprint=alert.fingerprint,
            case_id="case_1",
            name=alert.labels.get("alertname", ""),
            service=alert.service,
            severity=alert.labels.get("severity"),
            labels=alert.labels,
            summary=alert.annotations.get("summary", ""),
            starts_at=alert.starts_at,
            ended_at=None,
            last_seen_at=alert.starts_at,
            notes=notes_of(alert, notification.source, redact=_REDACTOR.clean),
        )
        for number, alert in enumerate(notification.alerts)
    )
    return with_joined_files(replace(situation, occurrences=occurrences))


def _read(upload: Upload, number: int) -> tuple[EvidenceFile, tuple[Finding, ...]]:
    received = EvidenceFile(
        id=f"file_{number:03}",
        tenant_id="default",
        case_id="case_1",
        number=number,
        name=_REDACTOR.clean(upload.name),
        service=upload.service,
        blob="",
        size=upload.path.stat().st_size,
        received_at=_NOW,
        received_from="system",
    )
    try:
        extraction = extract(
            PlainFile(upload.path), name=upload.name, service=upload.service, redactor=_REDACTOR
        )
    except UnreadableEvidence as error:
        problem = _REDACTOR.clean(str(error))
        return replace(received, state=FileState.FAILED, problem=problem), ()
    return _processed(received, extraction), extraction.findings


def _processed(file: EvidenceFile, extraction: Extraction) -> EvidenceFile:
    return replace(
        file,
        state=FileState.PROCESSED,
        service=file.service or extraction.service,
        data_type=extraction.data_type,
        extractor=extraction.extractor,
        events=extraction.events,
        lines=extraction.lines,
        errors=extraction.errors,
        first=extraction.first,
        last=extraction.last,
        onset=extraction.onset,
        problem=_REDACTOR.clean(extraction.problem) if extraction.problem else None,
    )

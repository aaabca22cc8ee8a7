"""All findings of a file of profiles, the most telling first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.profiles.findings import ProfileFindingWriter
from core.evidence.profiles.thread_findings import ThreadFindingWriter

if TYPE_CHECKING:
    from core.evidence.model import Finding
    from core.evidence.profiles.model import ProfileReading
    from core.redaction.engine import Redactor


def findings_of(
    reading: ProfileReading, *, file: str, service: str | None, redactor: Redactor
) -> tuple[Finding, ...]:
    """Threads first, then functions. file: its redacted name."""
    threads = ThreadFindingWriter(file, service, redactor)
    functions = ProfileFindingWriter(file, service, redactor, is_text=reading.is_text)
    return (*threads.write(reading), *functions.write(reading.profiles))

"""Files as extractors are handed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.extractor import Exhibit
from core.evidence.model import PlainFile
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.extractor import Detected


def exhibit(path: Path, detected: Detected, *, name: str, service: str | None = None) -> Exhibit:
    return Exhibit(
        original=PlainFile(path),
        name=name,
        service=service,
        detected=detected,
        redactor=Redactor(b"key"),
    )

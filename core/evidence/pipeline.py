"""A file goes in; what is it, and what was found in it? Detect, read, redact.

Runs in a process of its own (`core.ports.Runner`); the readers are imported where they are needed,
as they load polars.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from core.evidence.model import DataType, Extraction
from core.redaction.engine import Redactor

_NOT_READ = {
    DataType.EMPTY: "the file is empty",
    DataType.IMAGE: "pictures are not read yet: paste the text that matters",
    DataType.ARCHIVE: "archives are not unpacked yet: send the files in it",
    DataType.BINARY: "no text in it that could be read",
    DataType.PROFILE: "binary profiles are not read yet",
}
_SERVICE_OF = frozenset({DataType.LOG, DataType.METRIC, DataType.TRACE})
# Names of files that say what is in them, not whose it is.
_GENERIC = frozenset(
    "access app application auth console core current daemon data debug dmesg docker error errors "
    "events file journal json kern kernel log logs main message messages metric metrics out output "
    "paste pasted query raw server service stderr stdin stdout syslog test text tmp trace traces "
    "untitled upload values".split()
)
_NOISE = re.compile(
    r"(?i)(?:\.(?:log|txt|out|err|json|jsonl|ndjson|csv|gz|\d+))+$|[-_.]?(?:\d{4}[-_.]?\d{2}[-_.]?\d{2}[-_.\dtz]*)"
    r"|[-_.](?:logs?|metrics?|stdout|stderr|errors?|out)$"
)


def extract(path: Path, *, name: str, service: str | None, case_key: bytes) -> Extraction:
    """All that was found in the file at `path`, which people call `name`.

    service: whose file it is, where somebody said so. case_key: names its placeholders.
    Raises UnreadableEvidence where the content breaks what it seems to be.
    """
    from core.evidence.detection import HEAD_BYTES, detect  # noqa: PLC0415 - see above
    from core.evidence.lines import read_head  # noqa: PLC0415

    detected = detect(read_head(path, HEAD_BYTES), name=name)
    redactor = Redactor(case_key)
    shown = redactor.clean(name).text
    if service is None and detected.data_type in _SERVICE_OF:
        service = service_named_by(shown)
    match detected.reader:
        case "log":
            from core.evidence.extractors.log import LogReader  # noqa: PLC0415

            log = LogReader(name=shown, service=service, redactor=redactor)
            return log.extract(path, confidence=detected.confidence)
        case "metric":
            from core.evidence.extractors.metric import MetricReader  # noqa: PLC0415

            metric = MetricReader(name=shown, service=service, redactor=redactor)
            return metric.extract(path, confidence=detected.confidence)
        case "topology":
            from core.evidence.extractors.topology import TopologyReader  # noqa: PLC0415

            topology = TopologyReader(name=shown, redactor=redactor)
            return topology.extract(path, confidence=detected.confidence)
        case "text":
            from core.evidence.extractors.text import TextReader  # noqa: PLC0415

            text = TextReader(name=shown, service=service, redactor=redactor)
            return text.extract(
                path, data_type=detected.data_type, confidence=detected.confidence
            )
    return Extraction(
        data_type=detected.data_type,
        extractor="none",
        confidence=detected.confidence,
        events=0,
        lines=0,
        size=path.stat().st_size,
        problem=_NOT_READ[detected.data_type],
    )


def service_named_by(name: str) -> str | None:
    """`checkout` for `checkout.log`, `logs/checkout/app.log` or `checkout-2026-11-17.log.gz`."""
    for part in reversed(PurePosixPath(name).parts):
        stem = part
        while (shorter := _NOISE.sub("", stem)) != stem:
            stem = shorter
        if len(stem) > 1 and stem.lower() not in _GENERIC and not stem.isdecimal():
            return stem
    return None

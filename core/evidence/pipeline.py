"""A file goes in; what is it, and what was found in it? Detect, read, redact.

Meant to run in a process of its own (`core.ports.Runner`): it loads polars, and works the CPU.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.evidence.detection import detect
from core.evidence.extractor import HEAD_BYTES, Exhibit, Head
from core.evidence.extractors.log import LogExtractor
from core.evidence.extractors.metric import MetricExtractor
from core.evidence.extractors.text import TextExtractor
from core.evidence.extractors.topology import TopologyExtractor
from core.evidence.lines import is_encoded, read_head, read_text
from core.evidence.model import DataType, Extraction
from core.evidence.original import PlainShelf
from core.evidence.table import open_table

if TYPE_CHECKING:
    from core.evidence.extractor import Extractor
    from core.evidence.original import Original, Shelf
    from core.redaction.engine import Redactor

NO_SHELF = PlainShelf()


# In the order of their claims: of equal ones the first gets the file.
EXTRACTORS: tuple[Extractor, ...] = (
    MetricExtractor(),
    TopologyExtractor(),
    LogExtractor(),
    TextExtractor(),
)
_NOT_READ = {
    DataType.EMPTY: "the file is empty",
    DataType.IMAGE: "pictures are not read yet: paste the text that matters",
    DataType.ARCHIVE: "archives are not unpacked yet: send the files in it",
    DataType.BINARY: "no text in it that could be read",
    DataType.PROFILE: "binary profiles are not read yet",
}
_OF_A_SERVICE = frozenset({DataType.LOG, DataType.METRIC, DataType.TRACE})
# Names of files that say what is in them, not whose it is.
_GENERIC = re.compile(
    r"(?i)(?:access|alerts?|app|application|auth|changes?|console|core|current|daemon|data|debug"
    r"|deploys?|deployments?|dmesg|docker|errors?"
    r"|events?|files?|journal|json|kern|kernel|logs?|main|messages?|metrics?|out|output|paste|pasted"
    r"|query|raw|server|service|stderr|stdin|stdout|syslog|test|text|tmp|traces?|untitled|upload"
    r"|values|[0-9]+|.)"
)
_SOFTWARE = re.compile(
    r"(?i)(?:postgres(?:ql)?|pg|mysqld?|mariadb|mongod?|redis|redis-server|nginx|httpd|apache2?|haproxy"
    r"|envoy|gunicorn|uvicorn|supervisord|rabbitmq|kafka|gc|jvm|node|java|python)[-_.0-9]*"
)
_NOISE = re.compile(
    r"(?i)(?:\.(?:log|txt|out|err|json|jsonl|ndjson|csv|gz|\d+))+$"
    r"|[-_.]?\d{4}[-_.]?\d{2}[-_.]?\d{2}[-_\dtz]*"
    r"|[-_.](?:logs?|metrics?|stdout|stderr|errors?|out)$"
)


def get_ready() -> None:
    """Load what most files need, while the first of them is still on its way."""
    from core.investigation.signatures import literals  # noqa: PLC0415 - see above

    literals()


def extract(
    original: Original,
    *,
    name: str,
    service: str | None,
    redactor: Redactor,
    shelf: Shelf = NO_SHELF,
) -> Extraction:
    """All that was found in a file which people call `name`.

    service: whose file it is, where somebody said so. shelf: where what is derived of it goes.
    Raises UnreadableEvidence where the content breaks what it seems to be.
    """
    head = Head(read_head(original, HEAD_BYTES), name)
    detected = detect(head, EXTRACTORS)
    shown = redactor.clean(name).text
    if service is None and detected.data_type in _OF_A_SERVICE:
        service = service_named_by(shown)
    by_name = {one.name: one for one in EXTRACTORS}
    if detected.extractor in by_name:
        chosen = by_name[detected.extractor]
        text, is_rendition = _as_text(original, shelf)
        exhibit = Exhibit(
            original=text,
            name=shown,
            service=service,
            detected=detected,
            redactor=redactor,
            table=open_table(shelf.table, key=redactor.derive("identifiers")),
        )
        found = chosen.enrich(chosen.extract(exhibit), exhibit)
        return replace(found, decoded=is_rendition)
    return Extraction(
        data_type=detected.data_type,
        extractor="none",
        confidence=detected.confidence,
        events=0,
        lines=0,
        size=original.size,
        problem=_NOT_READ[detected.data_type],
    )


def _as_text(original: Original, shelf: Shelf) -> tuple[Original, bool]:
    """What loci point into: the original, or a rendition of it where there is room for one."""
    if shelf.rendition is None or not is_encoded(original):
        return original, False
    with shelf.rendition.create() as rendition:
        for chunk in read_text(original):
            rendition.write(chunk)
    return shelf.rendition.original(), True


def service_named_by(name: str) -> str | None:
    """`checkout` for `checkout.log`, `logs/checkout/app.log` or `checkout-2026-11-17.log.gz`.

    The name of a server's software is the last resort: `hub-redis/redis-server.log` is hub-redis.
    """
    stems = [_bare(part) for part in reversed(PurePosixPath(name).parts)]
    named = [stem for stem in stems if stem and not _GENERIC.fullmatch(stem)]
    own = [stem for stem in named if not _SOFTWARE.fullmatch(stem)]
    return next(iter(own or named), None)


def _bare(part: str) -> str:
    while (shorter := _NOISE.sub("", part)) != part:
        part = shorter
    return part

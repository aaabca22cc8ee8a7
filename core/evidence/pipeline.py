"""A file goes in; what is it, and what was found in it? Detect, read, redact.

Meant to run in a process of its own (`core.ports.Runner`): it loads polars, and works the CPU.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from core.evidence.detection import HEAD_BYTES, detect
from core.evidence.extractors.log import LogReader
from core.evidence.extractors.metric import MetricReader
from core.evidence.extractors.text import TextReader
from core.evidence.extractors.topology import TopologyReader
from core.evidence.lines import read_head
from core.evidence.model import DataType, Extraction
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.detection import Detected


class Reader(Protocol):
    """Reads one type of file."""

    def extract(self, path: Path, detected: Detected) -> Extraction:
        """Raises UnreadableEvidence."""


class MakesReader(Protocol):
    """A reader's class. What it reads is called `name` and is of `service`."""

    def __call__(self, *, name: str, service: str | None, redactor: Redactor) -> Reader: ...


_READERS: dict[str, MakesReader] = {
    "log": LogReader,
    "metric": MetricReader,
    "text": TextReader,
    "topology": TopologyReader,
}
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
    from core.evidence.extractors.log import LogReader  # noqa: PLC0415 - see above
    from core.investigation.signatures import literals  # noqa: PLC0415

    LogReader(name="", service=None, redactor=Redactor(b""))
    literals()


def extract(path: Path, *, name: str, service: str | None, case_key: bytes) -> Extraction:
    """All that was found in the file at `path`, which people call `name`.

    service: whose file it is, where somebody said so. case_key: names its placeholders.
    Raises UnreadableEvidence where the content breaks what it seems to be.
    """
    detected = detect(read_head(path, HEAD_BYTES), name=name)
    redactor = Redactor(case_key)
    shown = redactor.clean(name).text
    if service is None and detected.data_type in _OF_A_SERVICE:
        service = service_named_by(shown)
    if detected.reader in _READERS:
        reader = _READERS[detected.reader](name=shown, service=service, redactor=redactor)
        return reader.extract(path, detected)
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
